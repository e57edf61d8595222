/* global document, window, performance, RTCPeerConnection, AudioContext, requestAnimationFrame, AudioWorkletNode */
/** Runs in the page of `realtime-round-trip.ts`: `measureVideo(offerUrl, seconds)`, `measureAudio(offerUrl, seconds)`. */

const bits = 16;
const cell = 40;

async function connect(offerUrl, stream, kind) {
  const peer = new RTCPeerConnection();
  peer.createDataChannel('text');
  stream.getTracks().forEach((track) => peer.addTrack(track, stream));
  const arrived = new Promise((resolve) => {
    peer.ontrack = ({ streams }) => resolve(streams[0]);
  });
  await peer.setLocalDescription(await peer.createOffer());
  const { type, sdp } = peer.localDescription;
  const webrtcId = `${kind}-${Math.random()}`;
  const reply = await fetch(offerUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ type, sdp, webrtc_id: webrtcId }),
  });
  await peer.setRemoteDescription(await reply.json());
  return { peer, answer: await arrived };
}

/** A camera that shows the time in black and white squares, 30 pictures a second. */
function clockCamera() {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
  const context = canvas.getContext('2d');
  const paint = () => {
    const now = Math.round(performance.now()) % 2 ** bits;
    for (let bit = 0; bit < bits; bit += 1) {
      context.fillStyle = (now >> bit) & 1 ? '#fff' : '#000';
      context.fillRect(bit * cell, 0, cell, 480);
    }
  };
  paint();
  setInterval(paint, 1000 / 30);
  return canvas.captureStream(30);
}

window.measureVideo = async (offerUrl, seconds) => {
  const { peer, answer } = await connect(offerUrl, clockCamera(), 'video');
  peer.getReceivers().forEach((receiver) => {
    receiver.jitterBufferTarget = 0;
  });
  const video = Object.assign(document.createElement('video'), { autoplay: true, muted: true });
  video.srcObject = answer;
  document.body.append(video);
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 1 });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const delays = [];
  const from = performance.now() + 3000;
  await new Promise((resolve) => {
    const look = (now) => {
      context.drawImage(video, 0, 240, 640, 1, 0, 0, 640, 1);
      const { data } = context.getImageData(0, 0, 640, 1);
      let painted = 0;
      for (let bit = 0; bit < bits; bit += 1) {
        if (data[4 * (bit * cell + cell / 2)] > 128) painted |= 1 << bit;
      }
      const delay = (Math.round(performance.now()) - painted + 2 ** bits) % 2 ** bits;
      if (now > from) delays.push(delay);
      if (now > from + seconds * 1000) resolve();
      else video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  });
  peer.close();
  return delays;
};

const ear = `registerProcessor('ear', class extends AudioWorkletProcessor {
  process([input]) {
    const samples = input[0] ?? [];
    for (let i = 0; i < samples.length; i += 1) {
      const loud = Math.abs(samples[i]) > 0.1;
      if (loud && currentFrame + i > (this.quietUntil ?? 0)) {
        this.port.postMessage((currentFrame + i) / sampleRate);
      }
      if (loud) this.quietUntil = currentFrame + i + sampleRate / 4;
    }
    return true;
  }
});`;

/** A microphone that clicks every second; hears when the click comes back, on the same clock. */
window.measureAudio = async (offerUrl, seconds) => {
  const context = new AudioContext({ sampleRate: 48_000, latencyHint: 'interactive' });
  await context.audioWorklet.addModule(`data:text/javascript,${encodeURIComponent(ear)}`);
  const microphone = context.createMediaStreamDestination();
  const { peer, answer } = await connect(offerUrl, microphone.stream, 'audio');
  peer.getReceivers().forEach((receiver) => {
    receiver.jitterBufferTarget = 0;
  });
  // Chromium decodes only what an element plays.
  const audio = Object.assign(document.createElement('audio'), { autoplay: true, muted: true });
  audio.srcObject = answer;
  const node = new AudioWorkletNode(context, 'ear');
  context.createMediaStreamSource(answer).connect(node).connect(context.destination);
  const heard = [];
  node.port.onmessage = ({ data }) => heard.push(data);
  const played = [];
  const begin = context.currentTime + 3;
  for (let i = 0; i < seconds; i += 1) {
    const at = begin + i;
    const tone = context.createOscillator();
    const gate = context.createGain();
    gate.gain.value = 0.5;
    tone.frequency.value = 1000;
    tone.connect(gate).connect(microphone);
    tone.start(at);
    tone.stop(at + 0.1);
    played.push(at);
  }
  await new Promise((resolve) => {
    const wait = () => {
      if (context.currentTime > begin + seconds + 1) resolve();
      else requestAnimationFrame(wait);
    };
    wait();
  });
  peer.close();
  return played.flatMap((at) => {
    const back = heard.find((time) => time >= at && time < at + 0.9);
    return back === undefined ? [] : [(back - at) * 1000];
  });
};
