/** A real browser, driven by a test. */
export interface TestBrowser {
  readonly name: string;
  /** Opens an empty page with a profile of its own. */
  newPage(): Promise<TestPage>;
  close(): Promise<void>;
}

/** A page in a {@link TestBrowser}. */
export interface TestPage {
  /** What went wrong in the page: console errors, uncaught errors. */
  readonly problems: string[];
  /** Every address the page asked for, and how it was asked. */
  readonly requests: { method: string; url: string }[];
  /** @returns the HTTP status of the document. */
  goto(url: string): Promise<number>;
  reload(): Promise<void>;
  /** Runs `script` in the page; only `argument` goes with it. */
  evaluate<Result, Argument = undefined>(
    script: (argument: Argument) => Result | Promise<Result>,
    argument?: Argument,
  ): Promise<Result>;
  screenshot(path: string): Promise<void>;
  setViewport(size: { width: number; height: number }): Promise<void>;
  /** Clicks an element once it can be clicked. */
  click(selector: string): Promise<void>;
  /** Writes into an empty text field. */
  type(selector: string, text: string): Promise<void>;
  /** Presses a key, by its name. */
  press(key: string): Promise<void>;
  close(): Promise<void>;
}

/** What the first `<video>` of a page shows, and what its connection says. */
export interface VideoState {
  width: number;
  height: number;
  /** Seconds. */
  currentTime: number;
  /** Pictures decoded by the newest peer connection. */
  framesDecoded: number;
  /** For example `video/VP8`; empty before the first packet. */
  codec: string;
  connectionState: string;
}

// What the page has and Node has not. Declared here, in a module, they are known to the functions
// below only; the library "dom" would let every file of ours take a browser's names for Node's.
interface Statistics {
  type: string;
  kind?: string;
  codecId?: string;
  framesDecoded?: number;
  mimeType?: string;
}
interface PeerConnection {
  connectionState: string;
  setLocalDescription(...parameters: unknown[]): Promise<void>;
  getStats(): Promise<Iterable<[string, Statistics]>>;
}
interface Video {
  requestVideoFrameCallback(callback: () => void): void;
  videoWidth: number;
  videoHeight: number;
  currentTime: number;
}
interface Element {
  textContent: string;
  getAttribute(name: string): string | null;
}
interface Canvas {
  width: number;
  height: number;
  getContext(kind: '2d'): {
    drawImage(image: Video, x: number, y: number): void;
    getImageData(x: number, y: number, width: number, height: number): { data: Uint8Array };
  };
}
declare const document: { querySelector(selector: string): unknown };
declare const window: {
  RTCPeerConnection: new (...parameters: unknown[]) => PeerConnection;
  testPeers: PeerConnection[] | undefined;
  /** `performance.now()` of the newest offer. */
  testOfferedAt: number | undefined;
};
declare const OffscreenCanvas: new (width: number, height: number) => Canvas;

/** Runs before the page's own scripts: keeps its peer connections, so that tests can ask their statistics. */
export function recordPeerConnections(): void {
  const peers: PeerConnection[] = [];
  window.testPeers = peers;
  window.RTCPeerConnection = new Proxy(window.RTCPeerConnection, {
    construct(target, parameters: unknown[]) {
      const peer = new target(...parameters);
      const setLocalDescription = peer.setLocalDescription.bind(peer);
      peer.setLocalDescription = (...description) => {
        window.testOfferedAt = performance.now();
        return setLocalDescription(...description);
      };
      peers.push(peer);
      return peer;
    },
  });
}

/** What the page plays now. */
export function videoState(page: TestPage): Promise<VideoState> {
  return page.evaluate(async () => {
    const video = document.querySelector('video') as Video | null;
    const peer = window.testPeers?.at(-1);
    const stats = new Map((await peer?.getStats()) ?? []);
    const inbound = [...stats.values()].find(
      (entry) => entry.type === 'inbound-rtp' && entry.kind === 'video',
    );
    const codec = stats.get(inbound?.codecId ?? '');
    return {
      width: video?.videoWidth ?? 0,
      height: video?.videoHeight ?? 0,
      currentTime: video?.currentTime ?? 0,
      framesDecoded: inbound?.framesDecoded ?? 0,
      codec: codec?.mimeType ?? '',
      connectionState: peer?.connectionState ?? 'none',
    };
  });
}

/** Milliseconds from the page's newest offer to the next picture on the screen; call it right after `goto`. */
export function firstPictureMs(page: TestPage): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const video = document.querySelector('video') as Video;
        video.requestVideoFrameCallback(() => {
          resolve(performance.now() - (window.testOfferedAt ?? Number.NaN));
        });
      }),
  );
}

/** Colour of one pixel of the picture the first `<video>` shows; `x`, `y` from 0 to 1. Black without a picture. */
export function readPixel(page: TestPage, x: number, y: number): Promise<[number, number, number]> {
  return page.evaluate(
    (at) => {
      const video = document.querySelector('video') as Video | null;
      if (!video?.videoWidth) return [0, 0, 0];
      const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
      const context = canvas.getContext('2d');
      context.drawImage(video, 0, 0);
      const column = Math.floor(at.x * (canvas.width - 1));
      const row = Math.floor(at.y * (canvas.height - 1));
      const [red = 0, green = 0, blue = 0] = context.getImageData(column, row, 1, 1).data;
      return [red, green, blue];
    },
    { x, y },
  );
}

/** The requests that left the server's own host; a page of ours makes none. */
export function foreignRequests(page: TestPage, url: string): string[] {
  const { host } = new URL(url);
  return page.requests
    .map((request) => request.url)
    .filter((address) => /^(https?|wss?):/.test(address) && new URL(address).host !== host);
}

/** The text of the first element that `selector` finds, as it is in the document; empty without one. */
export function textOf(page: TestPage, selector: string): Promise<string> {
  return page.evaluate((wanted) => {
    const element = document.querySelector(wanted) as Element | null;
    return element?.textContent.trim() ?? '';
  }, selector);
}

/** An attribute of the first element that `selector` finds; empty without one. */
export function attributeOf(page: TestPage, selector: string, name: string): Promise<string> {
  return page.evaluate(
    (wanted) => {
      const element = document.querySelector(wanted.selector) as Element | null;
      return element?.getAttribute(wanted.name) ?? '';
    },
    { selector, name },
  );
}
