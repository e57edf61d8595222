import { describe, expect, it } from 'vitest';
import * as wire from '../../../src/realtime/wire.js';

describe('messages of the server', () => {
  it('are those that clients of FastRTC know', () => {
    const messages = [
      wire.receivedLog('handshake'),
      wire.turnLog('started_talking'),
      wire.sendInput(),
      wire.fetchOutput(),
      wire.stopWord(),
      wire.endStream('Stream closed'),
      wire.updateConnection('closed'),
      wire.errorMessage('boom'),
      wire.warningMessage('careful'),
      wire.chatPart('7', 'Hel'),
      wire.avatarEnd(),
    ];
    expect(messages.map((message) => JSON.stringify(message))).toEqual([
      '{"type":"log","data":"Server received: handshake"}',
      '{"type":"log","data":"started_talking"}',
      '{"type":"send_input","data":[]}',
      '{"type":"fetch_output","data":[]}',
      '{"type":"stopword","data":""}',
      '{"type":"end_stream","data":"Stream closed"}',
      '{"type":"update_connection","data":"closed"}',
      '{"type":"error","data":"boom","message":"boom"}',
      '{"type":"warning","data":"careful","message":"careful"}',
      '{"type":"chat","id":"7","message":"Hel"}',
      '{"type":"avatar_end"}',
    ]);
  });
});

describe('a chat message', () => {
  it.each([
    ['{"type":"chat","data":"Hello"}', { type: 'chat', data: 'Hello' }],
    [' {"data":"", "type":"chat"}', { type: 'chat', data: '' }],
    ['{"type":"stop_chat","data":"x"}', { type: 'stop_chat', data: '' }],
    ['{"type":"chat"}', null],
    ['{"type":"chat","data":{"a":1}}', null],
    ['{"type":"chatter","data":"x"}', null],
    ['{"type":"chat","data":', null],
    ['chat', null],
    ['"chat"', null],
    ['null', null],
    ['[{"type":"chat","data":"x"}]', null],
    ['', null],
  ])('is read from %s', (text, message) => {
    expect(wire.readChat(text)).toEqual(message);
  });
});
