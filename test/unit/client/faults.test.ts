import { describe, expect, it } from 'vitest';
import { loadClientModule } from '../../support/client-module.js';

interface Fault extends Error {
  code: string;
  retryable: boolean;
  limit?: number;
}
interface Faults {
  StreamFault: new (reason: string, options: { code: string }) => Fault;
  faultFromMeta: (meta: unknown) => Fault;
  faultFromStatus: (status: number, detail?: string) => Fault;
  timeIsUp: (limitMs: number) => Fault;
  toFault: (error: unknown) => Fault;
}
interface DeviceFaults {
  deviceFault: (error: unknown, kind: 'audio' | 'video') => Fault;
}

const { StreamFault, faultFromMeta, faultFromStatus, timeIsUp, toFault } =
  await loadClientModule<Faults>('src/fault.js');
const { deviceFault } = await loadClientModule<DeviceFaults>('src/media/device-fault.js');

describe('faultFromMeta', () => {
  it('names how many places there are', () => {
    const fault = faultFromMeta({ error: 'concurrency_limit_reached', limit: 3 });
    expect(fault).toMatchObject({ code: 'limit-reached', limit: 3, retryable: false });
    expect(fault.message).toContain('All 3 places');
    expect(faultFromMeta({ error: 'concurrency_limit_reached', limit: 1 }).message).toContain(
      'The only place',
    );
  });

  it('knows an id in use', () => {
    expect(faultFromMeta({ error: 'connection_already_exists' }).code).toBe('already-exists');
  });

  it('knows a stream that has been closed, which may come back', () => {
    const fault = faultFromMeta({ error: 'stream_closed', message: 'The stream is closing.' });
    expect(fault).toMatchObject({ code: 'closed-by-server', retryable: true });
  });

  it('passes on what the server says for people, else its code', () => {
    expect(faultFromMeta({ error: 'invalid_offer', message: 'no ICE.' }).message).toContain(
      ': no ICE.',
    );
    expect(faultFromMeta({ error: 'odd_error' })).toMatchObject({ code: 'refused' });
    expect(faultFromMeta({ error: 'odd_error' }).message).toContain('odd_error');
    expect(faultFromMeta(undefined).code).toBe('refused');
  });
});

describe('faultFromStatus', () => {
  it('tells what may pass from what will not', () => {
    expect(faultFromStatus(503)).toMatchObject({ code: 'http-503', retryable: true });
    expect(faultFromStatus(422)).toMatchObject({ code: 'http-422', retryable: false });
    expect(faultFromStatus(401).code).toBe('not-allowed');
    expect(faultFromStatus(404).code).toBe('not-found');
  });
});

describe('deviceFault', () => {
  it.each([
    ['NotAllowedError', 'permission-denied'],
    ['NotFoundError', 'no-device'],
    ['NotReadableError', 'device-busy'],
    ['OverconstrainedError', 'no-device'],
    ['TypeError', 'device-failed'],
  ])('puts %s into words', (name, code) => {
    const fault = deviceFault(new DOMException('x', name), 'video');
    expect(fault.code).toBe(code);
    expect(fault.message).toContain('camera');
  });
});

describe('other faults', () => {
  it('says how long the time was', () => {
    expect(timeIsUp(90_000).message).toContain('90 seconds');
    expect(timeIsUp(150_000).message).toContain('2.5 minutes');
  });

  it('keeps a fault as it is and wraps what is none', () => {
    const fault = new StreamFault('Stopped.', { code: 'stopped' });
    expect(toFault(fault)).toBe(fault);
    expect(toFault(new Error('odd'))).toMatchObject({ code: 'internal' });
  });
});
