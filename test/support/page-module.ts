/** Loads a module of `static/js/player/`, plain JavaScript of the browser; those that need no document run in Node too. */
export async function loadPageModule<Module>(file: string): Promise<Module> {
  const url = new URL(`../../static/js/player/${file}.js`, import.meta.url);
  return (await import(url.href)) as Module;
}

/** What the page's `StatisticsReader` makes of two readings. */
export interface PageStatistics {
  framesDecoded: number;
  framerate: number | null;
  bitrate: number | null;
  width: number | null;
  fractionLost: number | null;
  roundTripMs: number | null;
  jitterBufferMs: number | null;
  decodeMs: number | null;
  processingMs: number | null;
  codec: string | null;
}

/** The page's `ServerTalk`. */
export interface ServerTalk {
  readonly renditions: { ladder: object[]; current: string | null };
  readonly figures: object | null;
  readonly latency: { ms: number | null; whole: boolean };
  readonly quality: string;
  begin(send: (message: object) => boolean): void;
  end(): void;
  receive(message: object): boolean;
  watch(watched: boolean): void;
  choose(quality: string): void;
  look(statistics: Partial<PageStatistics> | null, now: number): void;
}

/** The module with it. */
export interface ServerTalkModule {
  ServerTalk: new (video: object) => ServerTalk;
}
