import { describe, expect, it } from 'vitest';
import { createLog } from '../../../src/cli/log.js';
import type { LogOptions } from '../../../src/cli/log.js';
import { SourceError } from '../../../src/errors.js';

function collect(options: Partial<LogOptions> = {}): {
  log: ReturnType<typeof createLog>;
  lines: string[];
} {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line.replace(/^\[[\d:]{8}\] /, ''));
  return { log: createLog({ level: 'info', color: false, write, ...options }), lines };
}

describe('createLog', () => {
  it('writes one plain line per entry, with the time', () => {
    const raw: string[] = [];
    createLog({ level: 'info', color: false, write: (line) => raw.push(line) }).info('hello');
    expect(raw).toEqual([expect.stringMatching(/^\[\d\d:\d\d:\d\d\] INFO: hello\n$/)]);
  });

  it('adds fields, also those of a child', () => {
    const { log, lines } = collect();
    log.child({ stream: 'live' }).warn({ count: 3, who: 'a b' }, 'dropped');
    expect(lines).toEqual(['WARN: dropped  stream=live  count=3  who="a b"\n']);
  });

  it('leaves out what is below its level', () => {
    const { log, lines } = collect({ level: 'warn' });
    log.debug('a');
    log.info('b');
    log.error('c');
    expect(lines).toEqual(['ERROR: c\n']);
  });

  it('says the message of our own errors only', () => {
    const { log, lines } = collect();
    const err = new SourceError('gone: plug it in', { code: 'source-failed' });
    log.warn({ err }, 'camera lost');
    log.warn({ err }, 'camera lost: gone: plug it in');
    expect(lines).toEqual([
      'WARN: camera lost: gone: plug it in\n',
      'WARN: camera lost: gone: plug it in\n',
    ]);
  });

  it('adds the stack of errors that are not ours, and of all with debug', () => {
    const { log, lines } = collect();
    log.error({ err: new Error('boom') }, 'transform failed');
    expect(lines[0]).toMatch(/^ERROR: transform failed: boom\n {4}Error: boom\n {8}at .*log\.test/);
    const detailed = collect({ level: 'debug' });
    detailed.log.warn({ err: new SourceError('gone', { code: 'x' }) }, 'lost');
    expect(detailed.lines[0]).toMatch(/^WARN: lost: gone\n {4}.*SourceError: gone\n {8}at /);
  });

  it('keeps what strangers send from writing lines or driving the terminal', () => {
    const { log, lines } = collect();
    log.info({ agent: 'a\u001b[2Jb' }, 'hi\r\nERROR: fake\u0007');
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/[^\P{Cc}\n]/u);
    expect(lines[0]?.trimEnd()).not.toContain('\n');
  });

  it('colours on request', () => {
    expect(collect({ color: true }).lines).toEqual([]);
    const { log, lines } = collect({ color: true });
    log.warn('x');
    expect(lines[0]).toContain('\u001b[33mWARN');
  });
});
