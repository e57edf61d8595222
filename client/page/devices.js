import { byId } from './dom.js';

/** The lists of cameras and microphones; a choice counts at once. */
export class DevicePanel {
  #client;
  #toasts;
  #toggle = byId('devices-toggle', HTMLButtonElement);
  #panel = byId('devices', HTMLFormElement);
  #cameras = byId('camera-choice', HTMLSelectElement);
  #microphones = byId('microphone-choice', HTMLSelectElement);

  /**
   * @param {import('../client/index.js').StreamClient} client
   * @param {import('./stream-info.js').Flows} flows
   * @param {import('./toasts.js').Toasts} toasts
   */
  constructor(client, flows, toasts) {
    this.#client = client;
    this.#toasts = toasts;
    this.#toggle.hidden = !flows.sendsAudio && !flows.sendsVideo;
    byId('camera-field', HTMLElement).hidden = !flows.sendsVideo;
    byId('microphone-field', HTMLElement).hidden = !flows.sendsAudio;
    this.#toggle.addEventListener('click', () => {
      this.#panel.hidden = !this.#panel.hidden;
      this.#toggle.setAttribute('aria-expanded', String(!this.#panel.hidden));
    });
    this.#panel.addEventListener('submit', (event) => event.preventDefault());
    this.#cameras.addEventListener('change', () => {
      void this.#choose(this.#cameras, (id) => client.useCamera(id));
    });
    this.#microphones.addEventListener('change', () => {
      void this.#choose(this.#microphones, (id) => client.useMicrophone(id));
    });
    client.on('devices', (devices) => this.#show(devices));
    client.on('localstream', () => void client.listDevices().then((list) => this.#show(list)));
    void client.listDevices().then((list) => this.#show(list));
  }

  /** @param {import('../client/index.js').DeviceList} devices */
  #show({ cameras, microphones }) {
    fill(this.#cameras, cameras, this.#client.cameraId, 'Camera');
    fill(this.#microphones, microphones, this.#client.microphoneId, 'Microphone');
  }

  /**
   * @param {HTMLSelectElement} select
   * @param {(deviceId: string | null) => Promise<void>} use
   */
  async #choose(select, use) {
    select.disabled = true;
    try {
      await use(select.value === '' ? null : select.value);
    } catch (error) {
      this.#toasts.show('error', error instanceof Error ? error.message : String(error));
    } finally {
      select.disabled = false;
      this.#show(await this.#client.listDevices());
    }
  }
}

/**
 * @param {HTMLSelectElement} select
 * @param {MediaDeviceInfo[]} devices
 * @param {string} current
 * @param {string} noun
 */
function fill(select, devices, current, noun) {
  // ids are empty until the visitor has allowed one: there is nothing to choose between then
  const known = devices.filter(({ deviceId }) => deviceId !== '');
  const options = known.map(
    ({ deviceId, label }, index) => new Option(label || `${noun} ${index + 1}`, deviceId),
  );
  if (!known.some(({ deviceId }) => deviceId === current)) {
    const none = devices.length === 0 ? `No ${noun.toLowerCase()}` : `Any ${noun.toLowerCase()}`;
    options.unshift(new Option(none, ''));
  }
  const written = (/** @type {HTMLOptionElement} */ { value, text }) => `${value} ${text}`;
  const same = options.map(written).join() === [...select.options].map(written).join();
  if (!same) select.replaceChildren(...options);
  select.value = known.some(({ deviceId }) => deviceId === current) ? current : '';
}
