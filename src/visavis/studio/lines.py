"""What a character says when somebody points at it: sound, and the poses that go with it.

Comes in: an opened avatar, its name. Goes out: JSON for `web/live.js`. Made once a process and
kept in memory, a few dozen of them: nothing of a deleted avatar is left on disk.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import wave
from collections import OrderedDict
from fractions import Fraction

import numpy as np

from visavis.agent.espeak import EspeakVoice
from visavis.avatar import Avatar as Opened
from visavis.cloud.context import Cloud
from visavis.cloud.database import Avatar
from visavis.cloud.opening import opened, voice_of
from visavis.frames import timeline
from visavis.video import open_sound

FPS = 25
_KEPT = 64
_SAYINGS = (
    "Hello! I am {name}. Shall we talk?",
    "Hi there. My name is {name}.",
    "Oh, hello! {name} is my name.",
    "Nice to see you. I am {name}.",
)


class Lines:
    """Lines of avatars.

    Args:
        cloud: whose.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._kept: OrderedDict[tuple[str, str, str], bytes] = OrderedDict()
        self._one = asyncio.Lock()

    async def of(self, row: Avatar, tags: list[str]) -> bytes:
        """The line of an avatar, as JSON.

        Args:
            row: seen by the caller.
            tags: its.
        """
        voice = voice_of(row.name, tags)
        key = (row.sha256, row.name, voice)
        async with self._one:
            if key not in self._kept:
                avatar = await opened(self._cloud, row)
                which = hashlib.sha256(row.id.encode()).digest()[0] % len(_SAYINGS)
                text = _SAYINGS[which].format(name=row.name[:40])
                self._kept[key] = await asyncio.to_thread(_spoken, avatar, text, voice)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]


def _spoken(avatar: Opened, text: str, voice: str) -> bytes:
    said = EspeakVoice(voice).synthesise(text)
    sound = io.BytesIO()
    with wave.open(sound, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(said.sample_rate)
        out.writeframes(said.samples.tobytes())
    motion = avatar.motion(FPS, seed=1)
    with open_sound((said.samples, said.sample_rate)) as reader:
        poses = np.stack([pose.copy() for pose, _ in timeline(reader, motion, Fraction(FPS))])
    return json.dumps(
        {
            "text": text,
            "fps": FPS,
            "seconds": round(len(said.samples) / said.sample_rate, 3),
            "poses": np.round(poses.astype(float), 3).tolist(),
            "sound": base64.b64encode(sound.getvalue()).decode(),
        },
        separators=(",", ":"),
    ).encode()
