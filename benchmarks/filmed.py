"""Does the mouth move when the mouths of filmed people do? By how many ms it is late, and r.

Comes in: a folder of landmark tracks with sound (`grid_more_tracks` of the development data). Goes
out: for each person, and in all, the median lag of the network's opening and of the pose's jaw
behind the filmed opening, and their correlation at lag 0. `--clips` prints every clip.

    python benchmarks/filmed.py ../shared/data/video/grid_more_tracks --most 5
"""

from __future__ import annotations

import argparse

import numpy as np

from visavis.evaluate import filmed_clips, filmed_sync, pose_opening
from visavis.speech import mouth_rows

_CLEAR = 0.6  # clips that agree less say little about time


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tracks")
    parser.add_argument("--most", type=int, help="clips of each person at most")
    parser.add_argument("--lookahead", type=int, default=80, choices=(0, 40, 80), help="ms")
    parser.add_argument("--clips", action="store_true", help="print every clip")
    chosen = parser.parse_args()
    found: dict[str, list[tuple[float, float, float, float, float]]] = {}
    for clip in filmed_clips(chosen.tracks, most=chosen.most):
        rows = mouth_rows(clip.sound, clip.rate, chosen.lookahead)
        times = (np.arange(len(rows)) + 0.5) * 0.02
        row = filmed_sync(clip, times, rows[:, 0])
        pose = filmed_sync(clip, times, pose_opening(rows))
        at_0 = float(np.corrcoef(np.interp(clip.times, times, rows[:, 0]), clip.opening)[0, 1])
        found.setdefault(clip.speaker, []).append(
            (at_0, row.correlation, row.offset_ms, pose.correlation, pose.offset_ms)
        )
        if chosen.clips:
            print(
                f"  {clip.speaker:9} {clip.name:8} r {at_0:.2f}  network {row.offset_ms:+4.0f} ms"
                f" (r {row.correlation:.2f})  pose {pose.offset_ms:+4.0f} ms"
                f" (r {pose.correlation:.2f})"
            )
    everybody = [clip for clips in found.values() for clip in clips]
    for who, figures in [*sorted(found.items()), ("all", everybody)]:
        table = np.array(figures)
        late = [
            np.median(table[table[:, k] > _CLEAR, k + 1]) if (table[:, k] > _CLEAR).any() else 0
            for k in (1, 3)
        ]
        print(
            f"{who:9} {len(table):3} clips: r {table[:, 0].mean():.3f}; network {late[0]:+.0f} ms,"
            f" pose {late[1]:+.0f} ms late (medians of the clips with r over {_CLEAR})"
        )


if __name__ == "__main__":
    main()
