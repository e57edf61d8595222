import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, inject, onTestFinished } from 'vitest';
import { videoState } from './browser.js';
import type { TestBrowser, TestPage, VideoState } from './browser.js';
import { FramegearProcess } from './framegear-process.js';

/** A folder of the running test; removed when it ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'framegear-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Copies a file or folder of `test/fixtures`. */
export async function copyFixture(name: string, target: string): Promise<void> {
  await cp(new URL(`../fixtures/${name}`, import.meta.url), target, { recursive: true });
}

/**
 * Starts the installed package's command in `folder`, with its data files there too. Stopped when
 * the test ends, if not before.
 */
export async function startFramegear(folder: string, ...args: string[]): Promise<FramegearProcess> {
  const port = args.includes('--port') ? [] : ['--port', '0'];
  const server = await FramegearProcess.start([...args, ...port, '--data-dir', folder], {
    bin: inject('framegear').bin,
    cwd: folder,
  });
  onTestFinished(() => void server.stop());
  return server;
}

/** Opens `url` in a page that is closed when the test ends, if not before. */
export async function openPage(browser: TestBrowser, url: string): Promise<TestPage> {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  expect(await page.goto(url)).toBe(200);
  return page;
}

/** Waits until the page has decoded `frames` more pictures than `after` and its clock runs. */
export async function expectPlaying(
  page: TestPage,
  { frames = 15, timeoutMs = 30_000 } = {},
): Promise<VideoState> {
  const poll = { timeout: timeoutMs, interval: 100 };
  await expect.poll(() => videoState(page), poll).toMatchObject({ connectionState: 'connected' });
  const before = await videoState(page);
  await expect
    .poll(async () => (await videoState(page)).framesDecoded, poll)
    .toBeGreaterThan(before.framesDecoded + frames);
  await expect
    .poll(async () => (await videoState(page)).currentTime, poll)
    .toBeGreaterThan(before.currentTime);
  return videoState(page);
}
