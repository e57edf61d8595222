/**
 * A microphone that hears nothing, for visitors who have none: the offer needs both kinds all the same.
 *
 * @param {AudioContext} context
 * @returns {MediaStreamTrack}
 */
export function silentTrack(context) {
  const oscillator = new OscillatorNode(context);
  const gain = new GainNode(context, { gain: 0 });
  const destination = new MediaStreamAudioDestinationNode(context);
  oscillator.connect(gain).connect(destination);
  oscillator.start();
  const [track] = destination.stream.getAudioTracks();
  if (!track) throw new Error('the browser made no audio track');
  return onStop(track, () => {
    oscillator.stop();
    gain.disconnect();
  });
}

/** Pixels of a picture that shows nothing: small, and yet encoded. */
const side = 16;

/** A camera that sees black. Chromium encodes nothing of one pixel's size. */
export function blackTrack() {
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext('2d');
  let odd = false;
  const draw = () => {
    if (!context) return;
    odd = !odd;
    // a canvas gives a picture only when it has changed
    context.fillStyle = odd ? '#000' : '#010101';
    context.fillRect(0, 0, side, side);
  };
  draw();
  const [track] = canvas.captureStream(30).getVideoTracks();
  if (!track) throw new Error('the browser made no video track');
  const timer = setInterval(draw, 100);
  draw();
  return onStop(track, () => clearInterval(timer));
}

/**
 * @param {MediaStreamTrack} track
 * @param {() => void} clean Called when `stop()` is.
 */
function onStop(track, clean) {
  const stop = track.stop.bind(track);
  track.stop = () => {
    clean();
    stop();
  };
  return track;
}
