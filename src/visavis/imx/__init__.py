"""The avatar file, `.imx`: reading, checking, writing. Knows nothing of rendering.

Comes in: a file, or a model a builder made. Goes out: `AvatarModel`, or a file. The format is
written down in docs/imx-format.md; `TENSORS` and `IMAGES` are its tables.
"""

from visavis.errors import InvalidAvatar
from visavis.imx.documents import Basis, Eye, Eyes, Face, Likeness, LipSync, Manifest, Mouth
from visavis.imx.images import Images
from visavis.imx.model import AvatarModel
from visavis.imx.reader import read
from visavis.imx.summary import MemberSummary, Summary, inspect
from visavis.imx.table import IMAGES, TENSORS
from visavis.imx.tensors import quantise
from visavis.imx.writer import encode, write

__all__ = [
    "IMAGES",
    "TENSORS",
    "AvatarModel",
    "Basis",
    "Eye",
    "Eyes",
    "Face",
    "Images",
    "InvalidAvatar",
    "Likeness",
    "LipSync",
    "Manifest",
    "MemberSummary",
    "Mouth",
    "Summary",
    "encode",
    "inspect",
    "quantise",
    "read",
    "write",
]
