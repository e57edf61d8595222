import { describe, expect, it } from 'vitest';
import {
  typedBitrate,
  typedIceServer,
  typedList,
  typedNumber,
  typedPair,
  typedRange,
  typedSeconds,
  typedSize,
} from '../../../src/config/typed-values.js';

describe('typed values', () => {
  it.each([
    ['12', 12],
    ['29.97', 29.97],
    ['.5', 0.5],
    ['-.5', -0.5],
    ['5.', '5.'],
    ['.', '.'],
    ['-1', -1],
    ['', ''],
    ['1e3', '1e3'],
    ['12px', '12px'],
    [' 5', ' 5'],
  ])('reads the number %j', (text, value) => expect(typedNumber(text)).toBe(value));

  it.each([
    ['2500000', 2_500_000],
    ['1500k', 1_500_000],
    ['1500K', 1_500_000],
    ['1.5M', 1_500_000],
    ['1.5m', 1_500_000],
    ['.5M', 500_000],
    ['0', 0],
    ['fast', 'fast'],
    ['1.5G', '1.5G'],
    ['-1k', '-1k'],
  ])('reads the bitrate %j', (text, value) => expect(typedBitrate(text)).toBe(value));

  it.each([
    ['1280x720', [1280, 720]],
    ['1280X720', [1280, 720]],
    ['1280', '1280'],
    ['1280x', '1280x'],
    ['1280x720x3', '1280x720x3'],
  ])('reads the size %j', (text, value) => expect(typedSize(text)).toEqual(value));

  it.each([
    ['50000-50100', [50_000, 50_100]],
    ['50000', '50000'],
  ])('reads the range %j', (text, value) => expect(typedRange(text)).toEqual(value));

  it.each([
    ['1.5', 1_500],
    ['2', 2_000],
    ['.5', 500],
    ['3600', 3_600_000],
    ['soon', 'soon'],
    ['-1', '-1'],
    ['3601', '3601'],
  ])('reads the seconds %j', (text, value) => expect(typedSeconds(text)).toBe(value));

  it('reads lists and pairs', () => {
    expect(typedList('vp8, h264')).toEqual(['vp8', 'h264']);
    expect(typedPair('a=b=c')).toEqual(['a', 'b=c']);
    expect(typedPair('a=')).toEqual(['a', '']);
    expect(typedPair('=b')).toBe('=b');
    expect(typedPair('ab')).toBe('ab');
  });

  it.each([
    ['stun:stun.example.org:3478', { urls: 'stun:stun.example.org:3478' }],
    [
      'turn:user:pass@host:3478?transport=tcp',
      { urls: 'turn:host:3478?transport=tcp', username: 'user', credential: 'pass' },
    ],
    ['turns:u:p%40ss:w@host', { urls: 'turns:host', username: 'u', credential: 'p@ss:w' }],
    ['turn:host', { urls: 'turn:host' }],
    ['{"urls":["stun:a"]}', { urls: ['stun:a'] }],
    ['{"urls"', '{"urls"'],
    ['http://host', 'http://host'],
    ['turn:u:%zz@host', 'turn:u:%zz@host'],
  ])('reads the ICE server %j', (text, value) => expect(typedIceServer(text)).toEqual(value));
});
