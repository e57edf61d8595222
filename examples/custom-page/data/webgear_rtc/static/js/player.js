// The whole of WebGear_RTC's protocol: one offer, one answer.
const video = document.getElementById('door');
const state = document.getElementById('state');

const peer = new RTCPeerConnection();
peer.addTransceiver('video', { direction: 'recvonly' });
peer.addEventListener('track', (event) => {
  video.srcObject = event.streams[0];
});
peer.addEventListener('connectionstatechange', () => {
  state.textContent = peer.connectionState;
});

await peer.setLocalDescription();
const response = await fetch('offer', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(peer.localDescription),
});
const answer = await response.json();
if (response.ok) await peer.setRemoteDescription(answer);
else state.textContent = answer.error.message;
