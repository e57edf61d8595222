// @ts-check
// Draws what `find-motion.ts` sends over the video. FrameGear's page hands each message of a transform on
// as an event of the document.

const video = /** @type {HTMLVideoElement} */ (document.querySelector('video'));
const canvas = document.createElement('canvas');
canvas.style.cssText = 'position:absolute; inset:0; width:100%; height:100%; pointer-events:none';
video.after(canvas);
const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));

document.addEventListener('framegear:message', (event) => {
  const { boxes } = /** @type {CustomEvent} */ (event).detail;
  canvas.width = video.clientWidth;
  canvas.height = video.clientHeight;
  // The video keeps its shape inside its element.
  const scale = Math.min(canvas.width / video.videoWidth, canvas.height / video.videoHeight);
  const width = video.videoWidth * scale;
  const height = video.videoHeight * scale;
  pen.translate((canvas.width - width) / 2, (canvas.height - height) / 2);
  pen.strokeStyle = '#3ddc84';
  pen.fillStyle = '#3ddc84';
  pen.lineWidth = 3;
  pen.font = '16px sans-serif';
  for (const box of boxes) {
    pen.strokeRect(box.x * width, box.y * height, box.width * width, box.height * height);
    pen.fillText(box.label, box.x * width + 6, box.y * height - 6);
  }
  canvas.dataset.boxes = String(boxes.length);
});
