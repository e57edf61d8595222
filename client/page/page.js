import { StreamClient } from '../client/index.js';
import { Chat } from './chat.js';
import { setUpControls } from './controls.js';
import { DevicePanel } from './devices.js';
import { byId, setText } from './dom.js';
import { Inputs } from './inputs.js';
import { Outputs } from './outputs.js';
import { Stage } from './stage.js';
import { flowsOf, readStreamInfo, wantedTransport } from './stream-info.js';
import { TimeLimitBar } from './time-limit.js';
import { Toasts } from './toasts.js';
import { Wave } from './wave.js';

const info = readStreamInfo();
const flows = flowsOf(info);
const client = new StreamClient({
  modality: info.modality,
  mode: info.mode,
  transport: wantedTransport(),
});

document.title = info.title;
setText(byId('title', HTMLElement), info.title);
byId('title', HTMLElement).title = info.title;
byId('main', HTMLElement).dataset.modality = info.modality;
byId('main', HTMLElement).dataset.mode = info.mode;

const toasts = new Toasts();
new Stage(client, flows);
new Wave(client, flows);
new Inputs(client, toasts);
new Outputs(client);
new TimeLimitBar(client);
new DevicePanel(client, flows, toasts);
setUpControls(client, flows);

/** The reason of a failure is shown on the stage. */
const connect = () =>
  client.connect().then(
    () => true,
    () => false,
  );
const chat = new Chat(client, connect);
// functions for pictures take no text, and without an answer there is nobody to talk to
if (info.modality !== 'video' && info.mode === 'send-receive') chat.show();

byId('start', HTMLButtonElement).addEventListener('click', () => void connect());
byId('stop', HTMLButtonElement).addEventListener('click', () => client.disconnect());

client.on('error', ({ message }) => toasts.show('error', message));
client.on('warning', ({ message }) => toasts.show('warning', message));
client.on('end_stream', (message) => toasts.show('warning', message));
// the server learns at once that we left
window.addEventListener('pagehide', () => client.disconnect());
// for the browser's console
Object.assign(window, { framegearClient: client });
