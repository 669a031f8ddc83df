"""Are picture and sound of finished files in step? By how many ms the picture is late.

Comes in: an avatar; speech files, if any. Goes out: a line for each kind of file, frame rate and
sample rate (bursts of sound with the mouth made to open), and a line for each speech file.

    python benchmarks/sync.py ada speech.wav
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import visavis
from visavis.evaluate import click_offsets, speech_sync

FPS = (20, 25, 30, 50, 60)
RATES = (8_000, 16_000, 22_050, 44_100, 48_000)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("avatar")
    parser.add_argument("speech", nargs="*")
    chosen = parser.parse_args()
    with visavis.open(chosen.avatar) as avatar, tempfile.TemporaryDirectory() as folder:
        for suffix in (".mp4", ".webm", ".mov"):
            for fps, rate in zip(FPS, RATES, strict=True):
                out = Path(folder, f"a{suffix}")
                late = click_offsets(avatar, out, fps=fps, sample_rate=rate, seconds=6)
                worst = max(late, key=abs)
                print(
                    f"{suffix:6} {fps} fps {rate:6} Hz: {len(late)} bursts, worst {worst:+.2f} ms"
                )
        for speech in chosen.speech:
            for fps in (25, 50):
                sync = speech_sync(avatar, speech, Path(folder, "a.mp4"), fps=fps)
                print(
                    f"{Path(speech).name} {fps} fps: {sync.offset_ms:+.0f} ms "
                    f"(correlation {sync.correlation:.2f})"
                )


if __name__ == "__main__":
    main()
