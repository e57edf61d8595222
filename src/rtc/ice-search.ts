import type { CandidatePair, RTCIceTransport } from 'werift';

type Connection = RTCIceTransport['connection'];

/** Pause between two checks of our own (RFC 8445, 14.2, asks for 5 ms at least). */
const paceMs = 20;

/** What werift's `Connection` keeps to itself. */
interface SearchInternals {
  connect: () => Promise<void>;
  nominated: CandidatePair | undefined;
  state: string;
  earlyChecks: Parameters<SearchInternals['checkIncoming']>[];
  earlyChecksDone: boolean;
  pairRemoteCandidate: (candidate: unknown) => void;
  sortCheckList: () => void;
  unfreezeInitial: () => void;
  checkIncoming: (message: unknown, address: unknown, protocol: unknown) => void;
  schedulingChecks: () => boolean;
  consentFresh: boolean;
  queryConsent: () => void;
  setState: (state: 'connected') => void;
}

/**
 * The search for a path, in place of werift's: it ends the moment a pair is nominated. werift's looks 20 ms later, and
 * every first picture would come so much later.
 */
export class IceSearch {
  readonly #connection: Connection;
  readonly #internals: SearchInternals;
  #wake: () => void = () => undefined;
  #running = false;

  /** To be made before anything comes in. */
  constructor(connection: Connection) {
    this.#connection = connection;
    this.#internals = connection as unknown as SearchInternals;
    let nominated = connection.nominated;
    Object.defineProperty(connection, 'nominated', {
      get: () => nominated,
      set: (pair: CandidatePair | undefined) => {
        nominated = pair;
        this.#wake();
      },
    });
    this.#internals.connect = () => this.#run();
    // werift would ask for consent every 5 s, beside our own keep-alives every 2 s, which end a silent path much sooner.
    this.#internals.queryConsent = () => undefined;
  }

  /** Ends a search that still runs; its promise rejects. */
  stop(): void {
    this.#running = false;
    this.#wake();
  }

  /** Goes on until a pair is nominated: a peer may still be heard from elsewhere. @throws {Error} when it was stopped. */
  async #run(): Promise<void> {
    const internals = this.#internals;
    const connection = this.#connection;
    this.#running = true;
    for (const candidate of connection.remoteCandidates) internals.pairRemoteCandidate(candidate);
    internals.sortCheckList();
    internals.unfreezeInitial();
    for (const check of internals.earlyChecks) internals.checkIncoming(...check);
    internals.earlyChecks = [];
    internals.earlyChecksDone = true;
    while (internals.nominated === undefined) {
      if (!this.#running || internals.state === 'closed') {
        throw new Error('the search for a path was stopped');
      }
      internals.schedulingChecks();
      await this.#pause();
    }
    this.#running = false;
    // What still runs is waited for no longer.
    for (const { handle } of connection.checkList) handle?.resolve();
    internals.consentFresh = true;
    internals.setState('connected');
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, paceMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#internals.nominated !== undefined) this.#wake();
    });
  }
}
