/**
 * FrameGear: any video source, through your own transform, to any browser over WebRTC; and handlers that answer what visitors'
 * cameras and microphones send.
 *
 * @module
 */
export { createServer, Server } from './server.js';
export type { ListeningAddress, ListenOptions } from './server.js';
export { defineConfig } from './config/options.js';
export type {
  CustomSource,
  IceServer,
  RawPicture,
  ServerOptions,
  SourceInput,
  SourcePicture,
} from './config/server-options.js';

export { Stream } from './stream.js';
export type { MountOptions } from './stream.js';
export type {
  ModuleChoice,
  RtcConfiguration,
  RtcConfigurationInput,
  StreamOptions,
  StreamRouteOptions,
  StreamSettings,
  TelephoneOptions,
} from './config/stream-options.js';
export type { Authorize, AuthorizeDetails, StreamAction } from './http/realtime/stream-host.js';

export { AudioVideoStreamHandler, StreamHandler } from './realtime/handlers/stream-handler.js';
export type {
  AudioLayout,
  ChatMessage,
  StreamHandlerOptions,
} from './realtime/handlers/stream-handler.js';
export { VideoStreamHandler } from './realtime/handlers/video-stream-handler.js';
export type {
  VideoFunction,
  VideoGenerator,
  VideoStreamHandlerOptions,
} from './realtime/handlers/video-stream-handler.js';
export type { AudioGenerator } from './realtime/handlers/audio-generator-handler.js';
export { AdditionalOutputs, CloseStream } from './realtime/handlers/outputs.js';
export type { AudioOutput, HandlerOutput, VideoOutput } from './realtime/handlers/outputs.js';
export { getCurrentContext, sendMessage, Warning } from './realtime/handlers/context.js';
export type {
  ConnectionContext,
  HandlerConnection,
  TransportName,
  WaitOptions,
} from './realtime/handlers/handler-connection.js';
export { WebRTCError } from './realtime/handlers/webrtc-error.js';
export { loadHandler } from './realtime/isolated/load-handler.js';
export type { ModuleHandler } from './realtime/isolated/load-handler.js';

export type {
  ConnectionInfo,
  FetchOutputOptions,
  OutputStreamOptions,
  StreamCoreEvents as StreamEvents,
  TriggerResult,
} from './realtime/core/stream-core.js';
export type { ConnectionStats, DroppedCounts } from './realtime/core/connection-stats.js';
export type { OutputEvent } from './realtime/core/output-log.js';
export { ConnectionRefusedError } from './realtime/core/refused-error.js';
export type { RefusalCode } from './realtime/core/refused-error.js';
export type {
  HandlerChoice,
  PictureEditing,
  PictureMaking,
  SoundAndPicture,
  SoundAnswering,
  SoundMaking,
  StreamHandlerInput,
  StreamModality,
  StreamMode,
} from './realtime/core/stream-options.js';
export type { OfferReply } from './realtime/webrtc/offer-reply.js';

export { cloudflareTurnCredentials } from './realtime/credentials/cloudflare.js';
export type { CloudflareTurnOptions } from './realtime/credentials/cloudflare.js';
export { coturnTurnCredentials } from './realtime/credentials/coturn.js';
export type { CoturnTurnOptions } from './realtime/credentials/coturn.js';
export type { TurnRequestOptions } from './realtime/credentials/credential-options.js';
export { huggingFaceTurnCredentials } from './realtime/credentials/hugging-face.js';
export type { HuggingFaceTurnOptions } from './realtime/credentials/hugging-face.js';
export type { TurnConfiguration } from './realtime/credentials/turn-configuration.js';
export { getTurnCredentials, turnCredentials } from './realtime/credentials/turn-credentials.js';
export type { TurnMethod, TurnMethods } from './realtime/credentials/turn-credentials.js';
export { TurnCredentialsError } from './realtime/credentials/turn-credentials-error.js';
export { twilioTurnCredentials } from './realtime/credentials/twilio.js';
export type { TwilioTurnOptions } from './realtime/credentials/twilio.js';

export { getReplySignal } from './realtime/turn-taking/reply.js';
export type { ReplyResult } from './realtime/turn-taking/reply.js';
export { ReplyOnPause } from './realtime/turn-taking/reply-on-pause.js';
export type {
  ReplyFunction,
  ReplyOnPauseOptions,
  StartupFunction,
} from './realtime/turn-taking/reply-on-pause.js';
export { ReplyOnStopWords } from './realtime/turn-taking/reply-on-stop-words.js';
export type { ReplyOnStopWordsOptions } from './realtime/turn-taking/reply-on-stop-words.js';
export { SileroVad } from './realtime/turn-taking/silero-vad.js';
export type { SpeechToText, TranscribeOptions } from './realtime/turn-taking/speech-to-text.js';
export type { SpeakOptions, TextToSpeech } from './realtime/turn-taking/text-to-speech.js';
export type { AlgoOptions, ModelOptions } from './realtime/turn-taking/turn-options.js';
export type {
  VoiceActivityDetector,
  VoiceActivitySession,
} from './realtime/turn-taking/voice-activity-detector.js';

export { AudioData } from './media/audio-data.js';
export type {
  AudioDataInit,
  AudioSampleFormat,
  AudioSamples,
  AudioSamplesInit,
} from './media/audio-data.js';
export { audioFromBytes, audioToBytes } from './codec/audio-files.js';
export type {
  AudioFileFormat,
  AudioFromBytesOptions,
  AudioToBytesOptions,
} from './codec/audio-files.js';
export {
  aggregateInt16,
  concatAudio,
  float32ToInt16,
  int16ToFloat32,
  resampleAudio,
} from './codec/audio-tools.js';
export type { ResampleAudioOptions } from './codec/audio-tools.js';

export { VideoFrame } from './media/video-frame.js';
export type { VideoFrameBufferInit, VideoFrameInit } from './media/video-frame.js';
export type { PlaneLayout, VideoPixelFormat } from './media/pixel-format.js';
export type {
  AudioSource,
  AudioSourceValue,
  AudioTransform,
  AudioTransformContext,
  FrameSource,
  FrameTransform,
  StreamInfo,
  TransformContext,
  TransformFunction,
} from './media/contracts.js';
export type { ReceivableCodecName, VideoCodecName } from './media/encoded-video-chunk.js';

export { colorspace } from './transform/colorspace.js';
export type { ColorspaceName } from './transform/colorspace.js';
export { filter } from './transform/filter.js';
export { flip } from './transform/flip.js';
export type { FlipDirection } from './transform/flip.js';
export { frameSizeReduction } from './transform/frame-size-reduction.js';
export { grayscale } from './transform/grayscale.js';
export { overlay } from './transform/overlay.js';
export type { OverlayOptions, OverlayPosition } from './transform/overlay.js';
export { resize } from './transform/resize.js';
export type { ResizeOptions } from './transform/resize.js';
export type { ResizeFit } from './transform/scaling.js';
export { sharpTransform } from './transform/sharp-transform.js';
export type { SharpEdit } from './transform/sharp-transform.js';
export { stabilize } from './transform/stabilize.js';
export type { StabilizeOptions } from './transform/stabilize.js';
export type { TransformChainStats, TransformInput } from './transform/transform-chain.js';
export type { TransformStats } from './transform/transform-unit.js';
export type { AudioTransformStats } from './transform/audio-unit.js';

export type { Pipeline } from './pipeline/pipeline.js';
export type { PipelineEvents, PipelineStats, StreamDrops } from './pipeline/pipeline-types.js';
export type { RenditionStats } from './pipeline/rendition-stats.js';
export type { SoundStats } from './pipeline/sound/sound.js';
export type { StreamState, StreamStatus } from './pipeline/status.js';
export type {
  ViewerSession,
  ViewerSessionEvents,
  ViewerSessionStats,
} from './delivery/viewer-session.js';
export type { Quality } from './delivery/rendition-chooser.js';
export type { RenditionInfo, RenditionLevel } from './media/rendition-info.js';
export type { MessageStats, SendStats, ViewerStats } from './rtc/viewer-stats.js';
export type { SessionRegistry } from './delivery/session-registry.js';

export {
  EncodingError,
  InvalidStateError,
  LimitExceededError,
  NegotiationError,
  NotSupportedError,
  SourceError,
  StreamError,
} from './errors.js';
export { silentLogger, stderrLogger } from './logger.js';
export type { Logger, LogMethod } from './logger.js';
