/**
 * @typedef {'closed' | 'connecting' | 'open' | 'reconnecting' | 'failed'} StateName
 *
 * @typedef {object} ClientState
 * @property {StateName} state
 * @property {string} code Why, for programs: see `FaultCode`. Empty when there is nothing to say.
 * @property {string} reason Why, as a sentence for the visitor; or empty.
 * @property {number | null} retryAt When the next try comes, as `performance.now()`; in `reconnecting` only.
 *
 * @typedef {object} ClientWarning
 * @property {string} code `server` for a warning of the handler; `no-camera`, `no-microphone`, `device-lost`,
 *   `slow-connection`, `fallback`, `parameters`, `playback` for those of the client.
 * @property {string} message A sentence for the visitor.
 *
 * @typedef {object} ClientError
 * @property {string} code `handler-error` for one of the handler, else see `FaultCode`.
 * @property {string} message A sentence for the visitor.
 *
 * @typedef {object} ChatPart
 * @property {string} id Parts with one id are one message; a new id begins the next.
 * @property {string} text
 *
 * @typedef {object} OutputEvent
 * @property {unknown} data What the handler gave: the values of `AdditionalOutputs`, as the server writes them.
 * @property {string} id Its number for `Last-Event-ID`; empty over a socket.
 *
 * @typedef {object} Levels
 * @property {number} microphone 0 is silence (-60 dB and below), 1 as loud as can be.
 * @property {number} answer The same of what the server sends.
 *
 * @typedef {object} TimeLimit
 * @property {number} limitMs
 * @property {number} endsAt When the server will close the connection, as `performance.now()`.
 *
 * @typedef {object} DeviceList
 * @property {MediaDeviceInfo[]} cameras Labels are empty until the visitor has allowed one.
 * @property {MediaDeviceInfo[]} microphones
 *
 * What `StreamClient` tells, by name.
 *
 * @typedef {object} ClientEvents
 * @property {ClientState} statechange
 * @property {import('./messages.js').ServerMessage} message Everything the server says, before its own event.
 * @property {string} log
 * @property {undefined} started_talking The server hears speech.
 * @property {undefined} pause_detected Speech has ended; an answer is being made.
 * @property {undefined} response_starting The answer begins.
 * @property {boolean} pending True between `pause_detected` and `response_starting`.
 * @property {undefined} send_input The handler waits for inputs: answer with `setInputs()`.
 * @property {undefined} stopword A stop word was heard.
 * @property {ChatPart} chat
 * @property {undefined} avatar_end The answer to a chat message is complete.
 * @property {string} end_stream The handler ended the stream; the message is for the visitor.
 * @property {ClientError} error
 * @property {ClientWarning} warning
 * @property {OutputEvent} output
 * @property {TimeLimit | null} timelimit At the begin and the end of a connection with a limit.
 * @property {Levels} level About 20 times a second while connected and somebody listens.
 * @property {DeviceList} devices The list has changed.
 * @property {MediaStream | null} localstream What is sent has changed: show it as preview.
 * @property {MediaStream | null} remotestream What is received has changed: play it.
 */

export {};
