import type { Worker } from 'node:worker_threads';
import { StreamError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import type { ViewerOffer } from '../rtc/peer-offer.js';
import type { CloseReason } from '../rtc/peer-session-types.js';
import type { ViewerStats } from '../rtc/viewer-stats.js';
import { Mailbag } from './mailbag.js';
import { counterOf } from './protocol.js';
import type { HostCommand, HostReport } from './protocol.js';
import type { Quality } from './rendition-chooser.js';
import { receiveError } from './sent-error.js';
import { startWorker } from './start-worker.js';
import { isOptional } from './uplink.js';
import type {
  AcceptedViewer,
  HostAcceptOptions,
  HostSink,
  TellViewerEvent,
  ViewerHost,
} from './viewer-host.js';
import { PictureFlow, WorkerSink } from './worker-sink.js';

/** How long a worker may take to see its viewers out: a goodbye and the last messages before it. */
const closeLimitMs = 2000;

/** What a {@link WorkerHost} is joined to. */
export interface WorkerHostOptions {
  tell: TellViewerEvent;
  /** It has ended, and not by `close()`; its viewers are told nothing. `started`: it has ever worked. */
  ended: (started: boolean) => void;
  logger: Logger;
}

interface Answering {
  resolve: (accepted: AcceptedViewer) => void;
  reject: (reason: unknown) => void;
}

/** A host in a worker thread, as the main thread sees it. Keeps the process alive while it starts and has viewers. */
export class WorkerHost implements ViewerHost {
  readonly #options: WorkerHostOptions;
  readonly #worker: Worker;
  readonly #counters: Int32Array;
  readonly #flow: PictureFlow;
  readonly #bag: Mailbag<HostCommand>;
  readonly #sinks: Map<string, WorkerSink> = new Map();
  readonly #answering: Map<string, Answering> = new Map();
  readonly #stats: Map<string, ViewerStats> = new Map();
  /** Answered, and not gone yet. */
  readonly #viewers: Set<string> = new Set();
  readonly #exited: Promise<void>;
  readonly #ready: Promise<void>;
  #settleReady: () => void = () => undefined;
  #seenOut: () => void = () => undefined;
  #started = false;
  #isClosed = false;
  #closing: Promise<void> | null = null;

  constructor(options: WorkerHostOptions) {
    this.#options = options;
    const { worker, counters } = startWorker();
    this.#worker = worker;
    this.#counters = counters;
    this.#flow = new PictureFlow(counters);
    this.#bag = new Mailbag((commands) => {
      if (!this.#isClosed) worker.postMessage(commands);
    });
    this.#ready = new Promise((resolve) => {
      this.#settleReady = resolve;
    });
    worker.on('message', (reports: HostReport[]) => {
      for (const report of reports) this.#take(report);
    });
    worker.on('error', (err) => options.logger.error({ err }, 'a delivery worker failed'));
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#end();
        resolve();
      });
    });
  }

  /** The thread; for tests, which end it. */
  get worker(): Worker {
    return this.#worker;
  }

  /** See `ViewerHost`. */
  get closed(): boolean {
    return this.#isClosed || this.#closing !== null;
  }

  /** See `ViewerHost`; resolves when it has ended, too. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** See `ViewerHost`. */
  async accept(
    viewer: string,
    offer: ViewerOffer,
    options: HostAcceptOptions,
    signal?: AbortSignal,
  ): Promise<AcceptedViewer> {
    signal?.throwIfAborted();
    if (this.closed) throw lost();
    const answered = new Promise<AcceptedViewer>((resolve, reject) => {
      this.#answering.set(viewer, { resolve, reject });
    });
    this.#keepAlive();
    this.#bag.push({ kind: 'accept', viewer, offer, options });
    const abort = (): void => this.#bag.push({ kind: 'abort', viewer });
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await answered;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** See `ViewerHost`. */
  sink(streamName: string): HostSink {
    let sink = this.#sinks.get(streamName);
    if (sink === undefined) {
      sink = new WorkerSink(streamName, this.#flow, {
        push: (command) => this.#bag.push(command),
        keyFrameNeeded: (rendition) => {
          // Those who are not on it do not mind.
          for (const viewer of this.#viewers) {
            this.#options.tell(viewer, { kind: 'keyframerequest', reason: 'dropped', rendition });
          }
        },
      });
      this.#sinks.set(streamName, sink);
    }
    return sink;
  }

  /** See `ViewerHost`. */
  setLadder(streamName: string, codec: VideoCodecName, ladder: readonly RenditionInfo[]): void {
    this.#bag.push({ kind: 'ladder', streamName, codec, ladder });
  }

  /** See `ViewerHost`. */
  broadcast(streamName: string, text: string): void {
    if (this.#viewers.size > 0) this.#bag.push({ kind: 'broadcast', streamName, text });
  }

  /** See `ViewerHost`. */
  send(viewer: string, text: string): void {
    this.#bag.push({ kind: 'send', viewer, text });
  }

  /** See `ViewerHost`. */
  pin(viewer: string, quality: Quality): void {
    this.#bag.push({ kind: 'pin', viewer, quality });
  }

  /** See `ViewerHost`. */
  release(viewer: string, reason: CloseReason): void {
    this.#bag.push({ kind: 'release', viewer, reason });
  }

  /** See `ViewerHost`. */
  stats(viewer: string): ViewerStats | null {
    return this.#stats.get(viewer) ?? null;
  }

  /** See `ViewerHost`. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return this.#exited;
    this.#worker.ref();
    const seenOut = new Promise<void>((resolve) => {
      this.#seenOut = resolve;
    });
    const limit = setTimeout(this.#seenOut, closeLimitMs);
    this.#bag.push({ kind: 'close' });
    await Promise.race([seenOut, this.#exited]);
    clearTimeout(limit);
    await this.#worker.terminate();
    await this.#exited;
  }

  #take(report: HostReport): void {
    switch (report.kind) {
      case 'event':
        if (isOptional(report)) Atomics.add(this.#counters, counterOf.events, 1);
        if (report.event.kind === 'closed') this.#stats.delete(report.viewer);
        if (report.event.kind === 'gone') {
          this.#viewers.delete(report.viewer);
          // It may have been closed before its offer was answered.
          this.#stats.delete(report.viewer);
        }
        this.#options.tell(report.viewer, report.event);
        this.#keepAlive();
        break;
      case 'accepted':
        this.#viewers.add(report.viewer);
        this.#stats.set(report.viewer, report.accepted.stats);
        this.#settle(report.viewer)?.resolve(report.accepted);
        break;
      case 'refused':
        this.#settle(report.viewer)?.reject(receiveError(report.error));
        break;
      case 'stats':
        Atomics.add(this.#counters, counterOf.stats, 1);
        for (const [viewer, stats] of report.viewers) {
          if (this.#stats.has(viewer)) this.#stats.set(viewer, stats);
        }
        break;
      case 'log':
        this.#options.logger[report.level](report.fields, report.message);
        break;
      case 'ready':
        this.#started = true;
        this.#settleReady();
        this.#keepAlive();
        break;
      case 'closed':
        this.#seenOut();
        break;
    }
  }

  #settle(viewer: string): Answering | undefined {
    const answering = this.#answering.get(viewer);
    this.#answering.delete(viewer);
    this.#keepAlive();
    return answering;
  }

  #keepAlive(): void {
    if (this.#viewers.size + this.#answering.size > 0) this.#worker.ref();
    else if (this.#closing === null && this.#started) this.#worker.unref();
  }

  #end(): void {
    this.#isClosed = true;
    this.#settleReady();
    for (const { reject } of this.#answering.values()) reject(lost());
    this.#answering.clear();
    if (this.#closing === null) this.#options.ended(this.#started);
  }
}

/** The worker has ended; another one takes its place. */
function lost(): StreamError {
  return new StreamError('the thread that served this viewer has ended', { code: 'worker-lost' });
}
