import { describe, expect, it, vi } from 'vitest';
import { Mailbox } from '../../../src/pipeline/mailbox.js';

describe('Mailbox', () => {
  it('gives the newest value and counts the ones it replaced', async () => {
    const discard = vi.fn();
    const mailbox = new Mailbox<string>(discard);
    mailbox.put('a');
    mailbox.put('b');
    mailbox.put('c');
    expect(await mailbox.take()).toBe('c');
    expect(mailbox.replaced).toBe(2);
    expect(discard.mock.calls).toEqual([['a'], ['b']]);
  });

  it('hands a value straight to a waiting taker', async () => {
    const mailbox = new Mailbox<string>(vi.fn());
    const taken = mailbox.take();
    mailbox.put('a');
    expect(await taken).toBe('a');
    expect(mailbox.replaced).toBe(0);
  });

  it('ends the taker and discards everything once closed', async () => {
    const discard = vi.fn();
    const mailbox = new Mailbox<string>(discard);
    const taken = mailbox.take();
    mailbox.close();
    mailbox.close();
    mailbox.put('late');
    expect(await taken).toBeNull();
    expect(await mailbox.take()).toBeNull();
    expect(discard).toHaveBeenCalledExactlyOnceWith('late');
  });
});
