"""A second look at the last rows: what they say together about the mouth.

Comes in: what the network says of one row, then of the next. Goes out: opening, width and jaw.
The network says each row by itself, as one who learned phones, voices and noise at once. A plain
linear regression over its last eight rows, fitted to filmed mouths alone
(`python -m training.speech.readout`), agrees with people never heard by 0.02 to 0.03 more: lips
are on their way before a sound, and stay behind after it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from visavis.speech.channels import FIRST_PHONE, PHONES

Floats = npt.NDArray[np.float32]

ROWS = 8
"""Rows looked at, 160 ms: more bring nothing."""
FEATURES = FIRST_PHONE + 2 * len(PHONES)
"""Of one row: its columns, and its phones once more on a logarithmic scale."""
SIZE = ROWS * FEATURES + 1
FLOOR, SCALE = np.float32(0.01), np.float32(0.25)
"""That scale: SCALE * log(P + FLOOR)."""
_ROOM = 64  # rows before the newest ones move back to the beginning of their array


def features(row: Floats) -> Floats:
    """What is looked at of rows.

    Args:
        row: (..., 32) columns as in `MOUTH_CHANNELS`, without gates.

    Returns:
        (..., FEATURES).
    """
    logs = np.log(row[..., FIRST_PHONE:] + FLOOR) * SCALE
    return np.concatenate([row, logs], -1)


class Readout:
    """Looks back over the rows of one stream.

    Args:
        matrix: (3, SIZE) opening, width and jaw from the last `ROWS` rows' features, oldest first;
            the last column is added.
    """

    def __init__(self, matrix: Floats) -> None:
        self._weights = np.ascontiguousarray(matrix[:, :-1])
        self._offset = np.ascontiguousarray(matrix[:, -1])
        self._rows = np.empty((_ROOM, FEATURES), np.float32)
        self._count = 0

    def push(self, row: Floats) -> Floats:
        """(3,) opening, width and jaw at the next row, (32,) without gates."""
        if self._count == 0:  # as if it had been so before
            self._rows[: ROWS - 1] = features(row)
            self._count = ROWS - 1
        elif self._count == _ROOM:
            self._rows[: ROWS - 1] = self._rows[1 - ROWS :]
            self._count = ROWS - 1
        newest = self._rows[self._count]
        newest[: len(row)] = row
        np.log(row[FIRST_PHONE:] + FLOOR, out=newest[len(row) :])
        newest[len(row) :] *= SCALE
        self._count += 1
        seen = self._rows[self._count - ROWS : self._count].reshape(-1)
        return np.asarray(np.dot(self._weights, seen) + self._offset, np.float32)
