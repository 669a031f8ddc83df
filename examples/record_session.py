"""A live session into a video file: what was said, interruptions and all, as it was seen.

    python examples/record_session.py hello.wav session.mp4

The session is the same as in a room; only here nobody waits for the clock. Needs: pip install
visavis.
"""

from __future__ import annotations

import sys
from fractions import Fraction

import visavis
from visavis.video import VideoSpec, open_sound, open_writer


def main(sound: str, out: str) -> None:
    """A second of listening, the sound, its beginning again and an interruption."""
    video = open_writer(out, VideoSpec((512, 512), Fraction(25), 48_000, 1))
    with (
        visavis.open("ada") as avatar,
        avatar.session(size=512, pixel_format="i420", sample_rate=48_000, seed=1) as session,
    ):
        session.state = "listening"

        def record(seconds: float) -> None:
            for _ in range(round(25 * seconds)):
                frame = session.next()
                for event in frame.events:
                    print(f"{frame.time:6.2f} s  {event}")
                video.write(frame.image, frame.sound[:, None])

        record(1.0)
        with open_sound(sound) as chunks:
            pieces = list(chunks)
            rate = chunks.sample_rate
        for piece in pieces:
            session.push_audio(piece, rate)
        session.flush()
        while session.speaking:
            record(0.04)
        record(0.5)
        for piece in pieces:
            session.push_audio(piece, rate)
        record(1.0)
        session.interrupt()
        record(1.0)
    print(video.close())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
