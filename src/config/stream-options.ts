import type { Authorize } from '../http/realtime/stream-host.js';
import type { Logger } from '../logger.js';
import type { ReceivableCodecName } from '../media/encoded-video-chunk.js';
import type {
  HandlerChoice,
  StreamCoreOptions,
  StreamModality,
  StreamMode,
} from '../realtime/core/stream-options.js';
import type { ModuleHandler } from '../realtime/isolated/load-handler.js';
import type { IceServer } from './server-options.js';

/** For a browser's `RTCPeerConnection`, after W3C `RTCConfiguration`. */
export interface RtcConfiguration {
  /** STUN and TURN servers. */
  iceServers?: readonly IceServer[];
  /** `relay`: over TURN servers alone. */
  iceTransportPolicy?: 'all' | 'relay';
  /** How many candidates to gather ahead. */
  iceCandidatePoolSize?: number;
  /** Which transports the browser asks for. */
  bundlePolicy?: 'balanced' | 'max-bundle' | 'max-compat';
}

/**
 * The browser's configuration, or a function that makes one for each visitor, such as those that fetch TURN credentials.
 * What it gives is sent to the browser as JSON.
 */
export type RtcConfigurationInput =
  | RtcConfiguration
  | null
  | (() => RtcConfiguration | null | undefined | Promise<RtcConfiguration | null | undefined>);

/** How calls of Twilio's come in. */
export interface TelephoneOptions {
  /** Auth token of the Twilio account. Requests without its signature are refused. Default: none is looked at. */
  authToken?: string;
  /**
   * Address that Twilio calls, such as `https://calls.example.org`. A path in it, such as `https://example.org/calls`, is the
   * prefix that a proxy takes away before requests come here. Default: as the request says, in `X-Forwarded-Host` and
   * `X-Forwarded-Proto`, or `Host`.
   */
  publicUrl?: string;
  /** Said to the caller first; `null` for nothing. Default `Connecting to the AI assistant.` */
  greeting?: string | null;
  /** Said at the end; `null` for nothing. Default `The call has been disconnected.` */
  farewell?: string | null;
}

/** Which routes a stream has below its prefix; a string is another path for one. `POST /webrtc/offer` is always there. */
export interface StreamRouteOptions {
  /** `POST /input_hook`: inputs for a connection. Default `true`. */
  inputHook?: boolean | string;
  /** `GET /outputs`: outputs of a connection as server-sent events. Default `true`. */
  outputs?: boolean | string;
  /** `POST /trigger_response`: has a handler that takes turns reply now. Default `true`. */
  triggerResponse?: boolean | string;
  /** `GET /webrtc/configuration`: what a client must know. Default `true`. */
  configuration?: boolean;
  /** `WS /websocket/offer`: sound over a WebSocket. Default `true`. */
  websocket?: boolean;
  /** `POST /telephone/incoming` and `WS /telephone/handler`: calls through Twilio; never there with modality `video`. Default `true`. */
  telephone?: boolean | TelephoneOptions;
  /** `GET /client/*`: the browser client's modules. Default `true`. */
  client?: boolean;
  /**
   * `GET /`: a page with the client. A string or `file:` URL names an HTML file of yours. Default: there, but not at the
   * root of an application of yours, whose front page is its own.
   */
  page?: boolean | string | URL;
}

/** What a stream can be told beside its handler. */
export interface StreamSettings {
  /** Most connections at a time, over all transports; `Infinity` for no limit. Default 1, also for `null` and `default`. */
  concurrencyLimit?: number | 'default' | null;
  /** Ends a connection so long after media began to flow. Default: no limit. */
  timeLimitMs?: number | null;
  /** What becomes of a connection whose handler throws, after its client was told. Default `continue`. */
  onError?: 'continue' | 'close';
  /** Takes offers with kinds of media that the modality has no use for, and refuses those alone. Default `false`. */
  allowExtraTracks?: boolean;

  /** For browsers; made anew for each visitor when it is a function. Default: none. */
  rtcConfiguration?: RtcConfigurationInput;
  /** STUN and TURN servers that the server itself asks. Default: none, so that it works offline. */
  serverRtcConfiguration?: Pick<RtcConfiguration, 'iceServers'> | null;
  /** Lowest and highest UDP port. Default: any. */
  icePortRange?: readonly [min: number, max: number];
  /** IP addresses at which clients reach this machine beside its own. Default none. */
  announcedAddresses?: readonly string[];
  /** Codecs of the picture, the favourite first. Default `['vp8', 'h264', 'vp9']`. */
  videoCodecs?: readonly ReceivableCodecName[];
  /** Most bits a second of video, each way. Default 2,500,000. */
  videoBitrate?: number;
  /**
   * How long a connection may take to come up after its answer. Default 30,000, and 10,000 while nothing at all is heard of the
   * client; what is given here holds for both.
   */
  connectTimeoutMs?: number;

  /** For the browser's `getUserMedia`: of the one kind, or `{ audio, video }`. Default: as FastRTC. */
  trackConstraints?: object | null;
  /** For the browser's `RTCRtpSender.setParameters()`. Default: none. */
  rtpParams?: object | null;
  /** What the page is called. Default `FrameGear`. */
  title?: string;
  /** Which routes there are. */
  routes?: StreamRouteOptions;

  /**
   * Origins of pages elsewhere that may use the stream, such as `https://example.org`; `'*'` for all. Default: pages of the same
   * host, and clients that are no browsers.
   */
  allowedOrigins?: readonly string[] | '*';
  /** Asked at every request and socket; `false` refuses it. Default: everybody may. */
  authorize?: Authorize;
  /** Inputs, outputs and candidates of a connection only for the browser that opened it, told by a cookie. Default `false`. */
  protectIds?: boolean;
  /** Where the log goes; a pino instance fits. Default: warnings and errors to stderr; `silentLogger` is for none. */
  logger?: Logger;
}

/** A handler that `loadHandler()` gave: which kind it is, is only known then. */
export interface ModuleChoice {
  /** What goes between client and handler. Default `video`. */
  modality?: StreamModality;
  /** Which way, seen from the client. Default `send-receive`. */
  mode?: StreamMode;
  /** The module's. */
  handler: ModuleHandler;
}

/**
 * What a {@link Stream} is made of: `handler`, what is run for each connection (a module's is loaded by `loadHandler()`); `modality`,
 * what goes between client and handler (default `video`); `mode`, which way, seen from the client (default `send-receive`); and settings.
 */
export type StreamOptions = (HandlerChoice | ModuleChoice) & StreamSettings;

/** The same without the ties between handler, modality and mode. */
export type AnyStreamOptions = Pick<StreamCoreOptions, 'handler' | 'modality' | 'mode'> &
  StreamSettings;
