import type { Request } from 'express';
import { describe, expect, it } from 'vitest';
import { opensPrefixWithoutSlash, relativeRoot } from '../../../../src/http/pages/relative-root.js';

const asked = (originalUrl: string, baseUrl = ''): Request =>
  ({ originalUrl, baseUrl }) as unknown as Request;

describe('relativeRoot', () => {
  it.each([
    ['/', '', '/'],
    ['/?x=/a/b', '', '/'],
    ['/page', '', '/'],
    ['/a/', '', '/'],
    ['/a/b/c', '', '/'],
    ['//a//b', '', '/'],
    ['http://host/a/b?c', '', '/'],
    ['/cam/', '/cam', '/cam/'],
    ['/cam', '/cam', '/cam/'],
    ['/cam?x=1', '/cam', '/cam/'],
    ['/cam/a/b', '/cam', '/cam/'],
    ['/deep/er/cam', '/deep/er/cam', '/deep/er/cam/'],
    ['/deep/er/cam/x/', '/deep/er/cam', '/deep/er/cam/'],
  ])('leads from %s, mounted at "%s", to %s', (originalUrl, baseUrl, root) => {
    const page = new URL(originalUrl.replace(/^\/\//, '/./'), 'http://host');
    const found = new URL(relativeRoot(asked(originalUrl, baseUrl)), page);
    expect(found.pathname).toBe(root);
  });

  it('never leads to another host', () => {
    for (const url of ['//evil.example', '//evil.example/', '///evil.example/x']) {
      expect(relativeRoot(asked(url))).toMatch(/^\.\.?\//);
      expect(relativeRoot(asked(url, url))).toMatch(/^\.\//);
    }
  });
});

describe('opensPrefixWithoutSlash', () => {
  it('is true only for the bare prefix', () => {
    expect(opensPrefixWithoutSlash(asked('/cam?x', '/cam'))).toBe(true);
    expect(opensPrefixWithoutSlash(asked('/cam/', '/cam'))).toBe(false);
    expect(opensPrefixWithoutSlash(asked('/'))).toBe(false);
  });
});
