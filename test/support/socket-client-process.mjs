// A client of the WebSocket protocol in a process of its own, to be killed.
import { WebSocket } from 'ws';

const socket = new WebSocket(process.argv[2]);
socket.on('open', () => {
  socket.send(JSON.stringify({ event: 'start', websocket_id: 'mortal' }));
  setInterval(() => socket.send(JSON.stringify({ event: 'ping' })), 100);
});
