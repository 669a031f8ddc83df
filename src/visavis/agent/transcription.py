"""Speech to text by an OpenAI-compatible endpoint.

Comes in: one turn's sound. Goes out: what was said.
"""

from __future__ import annotations

import io
import json
import re
import wave
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis.agent.endpoints import Endpoint, EndpointFailed

_NO_WORDS = re.compile(r"[\[(*♪][^\])*]*[\])*♪]")
"""What recognisers write for what is no speech: [BLANK_AUDIO], (music), *laughs*."""


@dataclass(frozen=True)
class Transcriber:
    """A speech recogniser.

    Attributes:
        endpoint: where it is.
        language: "en", "de" …; None: it finds out itself, which takes longer and errs more.
    """

    endpoint: Endpoint
    language: str | None = None

    async def transcribe(self, samples: npt.NDArray[np.int16], sample_rate: int) -> str:
        """What was said.

        Args:
            samples: int16 (n,).
            sample_rate: Hz.

        Returns:
            The text; "" if there was none.

        Raises:
            EndpointFailed: no answer.
        """
        data = {"model": self.endpoint.model, "response_format": "json"}
        if self.language:
            data["language"] = self.language
        files = {"file": ("turn.wav", wav(samples, sample_rate), "audio/wav")}
        async with self.endpoint.post("audio/transcriptions", data=data, files=files) as response:
            text = (await response.aread()).decode("utf-8", "replace")
        try:
            text = str(json.loads(text)["text"])
        except (ValueError, KeyError, TypeError) as error:
            raise EndpointFailed(
                f"the {self.endpoint.role} sends something else than a transcription"
            ) from error
        return " ".join(_NO_WORDS.sub(" ", text).split())


def wav(samples: npt.NDArray[np.int16], sample_rate: int) -> bytes:
    """A WAV file of int16 (n,) samples."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return out.getvalue()
