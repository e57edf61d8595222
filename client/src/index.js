/**
 * The browser side of a FrameGear `Stream`: see docs/guide/browser-client.md.
 */
export { StreamClient } from './stream-client.js';
export { StreamFault } from './fault.js';
export { LevelMeter } from './media/level-meter.js';

/** @typedef {import('./options.js').StreamClientOptions} StreamClientOptions */
/** @typedef {import('./options.js').Modality} Modality */
/** @typedef {import('./options.js').Mode} Mode */
/** @typedef {import('./options.js').TransportName} TransportName */
/** @typedef {import('./net/signalling.js').StreamConfiguration} StreamConfiguration */
/** @typedef {import('./messages.js').ServerMessage} ServerMessage */
/** @typedef {import('./client-events.js').ClientEvents} ClientEvents */
/** @typedef {import('./client-events.js').ClientState} ClientState */
/** @typedef {import('./client-events.js').ClientWarning} ClientWarning */
/** @typedef {import('./client-events.js').ClientError} ClientError */
/** @typedef {import('./client-events.js').ChatPart} ChatPart */
/** @typedef {import('./client-events.js').OutputEvent} OutputEvent */
/** @typedef {import('./client-events.js').Levels} Levels */
/** @typedef {import('./client-events.js').TimeLimit} TimeLimit */
/** @typedef {import('./client-events.js').DeviceList} DeviceList */
