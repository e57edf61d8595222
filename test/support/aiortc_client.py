"""Sends and receives with aiortc over /webrtc/offer and prints what happens, one JSON object per line.

usage: aiortc_client.py URL [--audio DIRECTION] [--video DIRECTION] [--codec VP8|H264] [--no-channel]

DIRECTION is sendrecv, sendonly or recvonly. Ends once 30 pictures and 50 pieces of sound have come, of what it receives.
"""

import argparse
import asyncio
import fractions
import json
import urllib.request
import uuid

import numpy
from aiortc import RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from av import AudioFrame, VideoFrame

RATE = 48000


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


class Tone(AudioStreamTrack):
    """440 Hz at a quarter of full scale."""

    async def recv(self):
        frame = await super().recv()
        count = RATE // 50
        start = frame.pts * RATE // frame.sample_rate
        phase = 2 * numpy.pi * 440 * (start + numpy.arange(count)) / RATE
        samples = (8192 * numpy.sin(phase)).astype(numpy.int16)
        tone = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        tone.sample_rate = RATE
        tone.pts = start
        tone.time_base = fractions.Fraction(1, RATE)
        return tone


class RedAndBlue(VideoStreamTrack):
    """Left half red, right half blue."""

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        pixels = numpy.zeros((240, 320, 3), numpy.uint8)
        pixels[:, :160, 0] = 220
        pixels[:, 160:, 2] = 220
        frame = VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts, frame.time_base = pts, time_base
        return frame


async def watch(track):
    for _ in range(30):
        frame = await track.recv()
    pixels = frame.to_ndarray(format="rgb24")
    left, right = pixels[120, 80], pixels[120, 240]
    say("pictures", size=[frame.width, frame.height], left=left.tolist(), right=right.tolist())


def loudness(samples, frequency):
    phase = 2 * numpy.pi * frequency * numpy.arange(len(samples)) / RATE
    return float(2 * abs(numpy.mean(samples * numpy.exp(-1j * phase))))


async def listen(track):
    heard = []
    for _ in range(100):
        frame = await track.recv()
        channels = len(frame.layout.channels)
        heard.append(frame.to_ndarray().reshape(-1, channels)[:, 0].astype(float))
    samples = numpy.concatenate(heard[-50:])
    say("sound", at440=loudness(samples, 440), at660=loudness(samples, 660))


def post(url, body):
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def add(peer, kind, direction, track):
    sends = direction != "recvonly"
    return peer.addTransceiver(track if sends else kind, direction=direction)


async def main(options):
    peer = RTCPeerConnection()
    tasks = []
    peer.on("connectionstatechange", lambda: say("state", state=peer.connectionState))
    peer.on(
        "track",
        lambda track: tasks.append(
            asyncio.ensure_future(listen(track) if track.kind == "audio" else watch(track))
        ),
    )
    if options.audio:
        add(peer, "audio", options.audio, Tone())
    if options.video:
        transceiver = add(peer, "video", options.video, RedAndBlue())
        if options.codec:
            codecs = RTCRtpSender.getCapabilities("video").codecs
            wanted = f"video/{options.codec}".lower()
            transceiver.setCodecPreferences([c for c in codecs if c.mimeType.lower() == wanted])
    answered = asyncio.Event()
    if not options.no_channel:
        channel = peer.createDataChannel("text")
        channel.on("open", lambda: channel.send("handshake"))
        channel.on("message", lambda text: (say("message", text=text), answered.set()))
    await peer.setLocalDescription(await peer.createOffer())
    offer = {"webrtc_id": str(uuid.uuid4()), "type": "offer", "sdp": peer.localDescription.sdp}
    answer = await asyncio.get_running_loop().run_in_executor(None, post, options.url, offer)
    say("answer", **answer)
    await peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], answer["type"]))
    if not options.no_channel:
        await asyncio.wait_for(answered.wait(), 15)
    if options.seconds:
        await asyncio.sleep(options.seconds)
    await asyncio.wait_for(asyncio.gather(*tasks), 25)
    await peer.close()
    say("end")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--audio")
    parser.add_argument("--video")
    parser.add_argument("--codec")
    parser.add_argument("--no-channel", action="store_true")
    parser.add_argument("--seconds", type=float, default=0, help="to stay, at least")
    asyncio.run(main(parser.parse_args()))
