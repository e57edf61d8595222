"""A viewer of /offer that is not ours: aiortc (https://github.com/aiortc/aiortc).

Prints one JSON object a line:
  {"event": "answer", "sdp": ...}
  {"event": "state", "state": "connected" | "closed" | ...}
  {"event": "frame", "number": n, "width": w, "height": h, "key": bool, "mean": average luma}
  {"event": "message", "text": ...}
  {"event": "end", "frames": n}

Usage: aiortc_viewer.py URL [--frames N] [--codec VP8|H264] [--channel LABEL] [--idle SECONDS]
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


async def negotiate(peer, options):
    transceiver = peer.addTransceiver("video", direction="recvonly")
    if options.codec:
        codecs = RTCRtpReceiver.getCapabilities("video").codecs
        wanted = f"video/{options.codec}".lower()
        transceiver.setCodecPreferences([c for c in codecs if c.mimeType.lower() == wanted])
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


async def main(options):
    peer = RTCPeerConnection()
    tracks = asyncio.Queue()
    peer.on("track", tracks.put_nowait)
    peer.on("connectionstatechange", lambda: say("state", state=peer.connectionState))
    if options.channel:
        channel = peer.createDataChannel(options.channel)
        channel.on("open", lambda: channel.send('{"hello":"aiortc"}'))
        channel.on("message", lambda text: say("message", text=text))
    await negotiate(peer, options)
    track = await asyncio.wait_for(tracks.get(), 10)
    frames = await asyncio.wait_for(watch(track, options.frames), 20)
    # Stays without reading, as a background tab does.
    await asyncio.sleep(options.idle)
    await peer.close()
    say("end", frames=frames)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--frames", type=int, default=30)
    parser.add_argument("--codec")
    parser.add_argument("--channel")
    parser.add_argument("--idle", type=float, default=0)
    asyncio.run(main(parser.parse_args()))
