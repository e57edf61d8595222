"""A viewer of /offer that is not ours: aiortc (https://github.com/aiortc/aiortc).

Prints one JSON object a line:
  {"event": "answer", "sdp": ...}
  {"event": "state", "state": "connected" | "closed" | ...}
  {"event": "frame", "number": n, "width": w, "height": h, "key": bool, "mean": average luma}
  {"event": "message", "text": ...}
  {"event": "end", "frames": n, "records": DTLS data records off the network, "accepted": those among them
    that were taken, that is not dropped as replays}; both 0 without a channel

Usage: aiortc_viewer.py URL [--frames N] [--codec VP8|H264] [--channel LABEL] [--idle SECONDS] [--stay]
"""

import argparse
import asyncio
import json
import urllib.request

from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def post(url, offer):
    request = urllib.request.Request(
        url, json.dumps(offer).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def prefer(transceiver, codec):
    codecs = RTCRtpReceiver.getCapabilities("video").codecs
    wanted = f"video/{codec}".lower()
    transceiver.setCodecPreferences([c for c in codecs if c.mimeType.lower() == wanted])


async def negotiate(peer, options):
    for kind in options.sections.split(","):
        transceiver = peer.addTransceiver(kind, direction="recvonly")
        if options.codec and kind == "video":
            prefer(transceiver, options.codec)
    await peer.setLocalDescription(await peer.createOffer())
    offer = {"sdp": peer.localDescription.sdp, "type": peer.localDescription.type}
    answer = await asyncio.get_running_loop().run_in_executor(None, post, options.url, offer)
    say("answer", sdp=answer["sdp"])
    await peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], answer["type"]))


async def watch(track, wanted):
    for number in range(1, wanted + 1):
        frame = await track.recv()
        luma = frame.to_ndarray(format="gray")
        say(
            "frame",
            number=number,
            width=frame.width,
            height=frame.height,
            key=bool(frame.key_frame),
            mean=round(float(luma.mean()), 1),
        )
    return wanted


async def of_kind(tracks, kind):
    while True:
        track = await tracks.get()
        if track.kind == kind:
            return track


class RecordCount:
    """Counts DTLS records of application data on their way to the data channels."""

    def __init__(self):
        self.records = 0
        self.accepted = 0

    def watch(self, sctp):
        ice = sctp.transport.transport
        receive, handle = ice._recv, sctp._handle_data

        async def counted_receive():
            data = await receive()
            self.records += data[0] == 23
            return data

        async def counted_handle(data):
            self.accepted += 1
            await handle(data)

        ice._recv, sctp._handle_data = counted_receive, counted_handle


async def main(options):
    peer = RTCPeerConnection()
    tracks = asyncio.Queue()
    peer.on("track", tracks.put_nowait)
    closed = asyncio.Event()
    count = RecordCount()

    peer.on("connectionstatechange", lambda: say("state", state=peer.connectionState))
    if options.channel:
        channel = peer.createDataChannel(options.channel)
        channel.on("open", lambda: channel.send('{"hello":"aiortc"}'))
        channel.on("message", lambda text: say("message", text=text))
    await negotiate(peer, options)
    if options.channel:
        # Not before: until the answer the channel has a transport of its own.
        count.watch(peer.sctp)
    track = await asyncio.wait_for(of_kind(tracks, "video"), 10)
    frames = await asyncio.wait_for(watch(track, options.frames), 20)
    # Stays without reading, as a background tab does.
    await asyncio.sleep(options.idle)
    if options.stay:
        # The other side has to leave; without its goodbye that shows after half a minute.
        dtls = peer.getTransceivers()[0].receiver.transport
        dtls.on("statechange", lambda: closed.set() if dtls.state == "closed" else None)
        if dtls.state == "closed":
            closed.set()
        await asyncio.wait_for(closed.wait(), 15)
    await peer.close()
    say("end", frames=frames, records=count.records, accepted=count.accepted)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--frames", type=int, default=30)
    parser.add_argument("--codec")
    parser.add_argument("--sections", default="video", help="for example audio,video,video")
    parser.add_argument("--channel")
    parser.add_argument("--idle", type=float, default=0)
    parser.add_argument("--stay", action="store_true")
    asyncio.run(main(parser.parse_args()))
