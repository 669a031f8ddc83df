"""A run of PNG pictures: a folder, or a pattern of names.

Comes in: pictures RGB, or RGBA where transparent. Goes out: ``frame_00000.png`` … in the folder,
or names of the pattern. The sound is not written: it begins with picture 0 as it is.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidMedia
from visavis.video.sound import Samples
from visavis.video.spec import PixelFormat, VideoSpec, number_pattern

FOLDER_PATTERN = "frame_%05d.png"
PNG_COMPRESSION = 3


class PictureFolder:
    """PNG pictures in the making; see :class:`visavis.video.writer.Writer`.

    Everything is made in a folder of its own beside the target, then moved.
    """

    def __init__(self, path: Path, spec: VideoSpec) -> None:
        pattern = path.suffix.lower() == ".png" and not path.is_dir()
        self._path = path
        self._folder = path.parent if pattern else path
        self._pattern = number_pattern(path.name) if pattern else FOLDER_PATTERN
        self.pixel_format: PixelFormat = "rgba" if spec.transparent else "rgb"
        self.description = "PNG pictures"
        self._count = 0
        try:
            self._part = Path(tempfile.mkdtemp(prefix=".visavis-", dir=path.parent))
        except OSError as error:
            raise InvalidMedia(f"cannot write {path}: {error.strerror or error}") from error

    def write(self, image: npt.NDArray[np.uint8], sound: Samples) -> None:
        """Take the next picture; the sound is not kept."""
        import cv2

        to_bgr = cv2.COLOR_RGBA2BGRA if image.shape[2] == 4 else cv2.COLOR_RGB2BGR
        _, data = cv2.imencode(
            ".png", cv2.cvtColor(image, to_bgr), [cv2.IMWRITE_PNG_COMPRESSION, PNG_COMPRESSION]
        )
        try:
            (self._part / (self._pattern % self._count)).write_bytes(data.tobytes())
        except OSError as error:
            raise InvalidMedia(f"cannot write {self._path}: {error.strerror or error}") from error
        self._count += 1

    def close(self) -> Path:
        """Move the pictures to their place."""
        try:
            self._folder.mkdir(exist_ok=True)
            for file in sorted(self._part.iterdir()):
                os.replace(file, self._folder / file.name)
            self._part.rmdir()
            self._remove_older()
        except OSError as error:
            raise InvalidMedia(f"cannot write {self._path}: {error.strerror or error}") from error
        return self._path

    def _remove_older(self) -> None:
        """Pictures that an earlier, longer run left behind ours would pass for ours."""
        index = self._count
        while (older := self._folder / (self._pattern % index)).is_file():
            older.unlink()
            index += 1

    def discard(self) -> None:
        """Remove what was begun; harmless after ``close``."""
        shutil.rmtree(self._part, ignore_errors=True)
