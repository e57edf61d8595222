import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { OutputEvent } from '../../realtime/core/output-log.js';
import type { StreamPort } from '../../realtime/core/stream-port.js';
import type { Logger } from '../../logger.js';

/** What a request wants, for {@link Authorize}. `page` covers the page's files and the client's. */
export type StreamAction =
  | 'page'
  | 'configuration'
  | 'offer'
  | 'candidate'
  | 'websocket'
  | 'telephone'
  | 'input'
  | 'trigger'
  | 'outputs';

/** What {@link Authorize} is told beside the request. */
export interface AuthorizeDetails {
  /** What the request wants. */
  readonly action: StreamAction;
  /** The connection it is about; `null` where none is named, as when a WebSocket opens. */
  readonly webrtcId: string | null;
}

/** Decides whether a request may have what it wants. */
export type Authorize = (
  request: IncomingMessage,
  details: AuthorizeDetails,
) => boolean | Promise<boolean>;

/** Who may use a stream. */
export interface AccessOptions {
  /** Origins of pages elsewhere that may, beside those of the same host; `'*'`: all. */
  readonly allowedOrigins: readonly string[] | '*';
  /** `null`: everybody may. */
  readonly authorize: Authorize | null;
  /** A connection is only for the browser that opened it. */
  readonly protectIds: boolean;
}

/** Which routes there are, and where, below the prefix; `null`: not there. */
export interface RouteOptions {
  readonly inputHook: string | null;
  readonly outputs: string | null;
  readonly triggerResponse: string | null;
  readonly configuration: boolean;
  readonly websocket: boolean;
  readonly telephone: TelephoneRouteOptions | null;
  readonly client: boolean;
  readonly page: PageOption;
}

/** Which page a mount serves at its root: ours, one of the application's, none. `auto`: ours, but not at the root of somebody else's application. */
export type PageOption = 'always' | 'auto' | 'never' | { readonly file: string };

/** How calls come in. */
export interface TelephoneRouteOptions {
  /** Twilio's, to check its signatures; `null`: they are not checked. */
  readonly authToken: string | null;
  /** Address that Twilio calls, where the request does not tell it, e.g. `https://example.org`, maybe with the prefix that a proxy takes away. */
  readonly publicUrl: string | null;
  /** Said before; `null`: nothing. Default: as FastRTC. */
  readonly greeting?: string | null;
  /** Said after; `null`: nothing. Default: as FastRTC. */
  readonly farewell?: string | null;
}

/** What the routes of a stream need of it. */
export interface StreamHost {
  readonly port: StreamPort;
  readonly title: string;
  readonly logger: Logger;
  readonly access: AccessOptions;
  readonly routes: RouteOptions;
  /** Aborts when the stream closes. */
  readonly closing: AbortSignal;
  /** Answers a body of `POST /webrtc/offer`. Never rejects. */
  offer(
    body: unknown,
    request: { headers: IncomingHttpHeaders; signal: AbortSignal },
  ): Promise<{ status: number; body: object }>;
  /** False when there is no such connection. */
  setInput(id: string, args: readonly unknown[]): boolean;
  /** What it gives is the answer. */
  triggerResponse(id: string, inputs?: readonly unknown[]): object;
  /** Reads outputs behind number `after`; `null` when the id is unknown. Ends with the connection. */
  readOutputs(id: string, after: number, signal: AbortSignal): AsyncIterable<OutputEvent> | null;
  /** For the browser; made anew for each visitor. */
  rtcConfiguration(): Promise<object | null>;
  /** What `GET /webrtc/configuration` gives beside the RTC configuration. */
  readonly clientSettings: object;
}
