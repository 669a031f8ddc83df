"""What an encoder's settings cost and give, on a speaking face: the figures beside video/file.py.

Comes in: an avatar, a sound. Goes out: CPU ms per frame, kbit/s and luma PSNR of each setting.

    python benchmarks/encode.py ada hello.wav
"""

from __future__ import annotations

import argparse
import itertools
import time
from fractions import Fraction
from typing import Any

import av
import numpy as np
import numpy.typing as npt

import visavis
from visavis.video.file import H264, VP9

Picture = npt.NDArray[np.uint8]


def settings() -> dict[str, tuple[str, dict[str, str]]]:
    """Label to encoder and options: ours, and what they were chosen among."""
    found = {}
    for quality, (crf, preset) in H264.items():
        found[f"H.264 {quality}"] = ("libx264", {"crf": crf, "preset": preset})
    for preset in ("superfast", "veryfast", "faster", "fast", "medium"):
        found[f"H.264 crf 17 {preset}"] = ("libx264", {"crf": "17", "preset": preset})
    for quality, (crf, deadline, speed) in VP9.items():
        options = {"crf": crf, "deadline": deadline, "cpu-used": speed}
        found[f"VP9 {quality}"] = ("libvpx-vp9", {**options, "b": "0", "row-mt": "1"})
    slow = {"crf": "24", "deadline": "good", "cpu-used": "4", "b": "0", "row-mt": "1"}
    found["VP9 crf 24, good, 4"] = ("libvpx-vp9", slow)
    return found


def measure(codec: str, options: dict[str, str], pictures: list[Picture]) -> tuple[float, ...]:
    """CPU ms per frame, kbit/s at 25 fps, luma PSNR in dB."""
    height, width = pictures[0].shape[0] * 2 // 3, pictures[0].shape[1]
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate, encoder.time_base = 25, Fraction(1, 25)
    encoder.options, encoder.thread_type = options, "FRAME"
    begun = time.process_time()
    packets = []
    for index, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = index
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    spent = time.process_time() - begun
    decoder: Any = av.CodecContext.create("h264" if codec == "libx264" else "vp9", "r")
    shown = [f for packet in [*packets, None] for f in decoder.decode(packet)]
    errors = [
        np.mean((frame.to_ndarray()[:height].astype(float) - picture[:height]) ** 2)
        for frame, picture in zip(shown, pictures, strict=True)
    ]
    bits = 8 * 25 * sum(packet.size for packet in packets) / len(pictures)
    psnr = float(np.mean(10 * np.log10(255**2 / np.array(errors))))
    return 1000 * spent / len(pictures), bits / 1000, psnr


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("avatar")
    parser.add_argument("sound")
    parser.add_argument("--frames", type=int, default=100)
    chosen = parser.parse_args()
    with visavis.open(chosen.avatar) as avatar:
        frames = avatar.frames(chosen.sound, pixel_format="i420")
        pictures = [frame.image for frame in itertools.islice(frames, chosen.frames)]
    print(f"{'':26}{'ms/frame':>9}{'kbit/s':>9}{'dB':>7}")
    for label, (codec, options) in settings().items():
        spent, rate, psnr = measure(codec, options, pictures)
        print(f"{label:26}{spent:9.1f}{rate:9.0f}{psnr:7.1f}")


if __name__ == "__main__":
    main()
