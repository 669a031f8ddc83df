"""Builds an avatar from a stranger's picture, in a process that may fail without harm.

Comes in: bytes of a picture. Goes out: an ``.imx`` file, or the reason why there is none. As a
program, ``python -m visavis.serve.building OUT``, it reads the picture from stdin.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path

from visavis.errors import InvalidMedia, MissingDependency, UnsuitablePicture
from visavis.serve.refusal import Refused

_MEMORY = 6 << 30
"""Address space of the building process, bytes; networks and arrays need about two."""


async def build_avatar(picture: bytes, out: Path, seconds: float) -> None:
    """Build one.

    Args:
        picture: an image file's bytes.
        out: the ``.imx`` file; appears whole or not at all.
        seconds: it may take.

    Raises:
        Refused: no avatar can be made of it, with the reason.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "visavis.serve.building",
        str(out),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        answer, _ = await asyncio.wait_for(process.communicate(picture), seconds)
    except TimeoutError:
        raise Refused(
            422, "not_built", f"building the avatar took longer than {seconds:g} s"
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    _judge(answer)


def _judge(answer: bytes) -> None:
    try:
        found = json.loads(answer)
        status, reason = int(found["status"]), str(found["reason"])
    except (ValueError, KeyError, TypeError):
        raise Refused(
            422, "not_built", "building the avatar failed; try another picture, as a JPEG or PNG"
        ) from None
    if status != 200:
        raise Refused(status, "not_built", reason)


def main(out: str) -> dict[str, object]:
    """Build from stdin; what is returned is what the worker is told."""
    import resource

    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    os.nice(5)  # whoever is speaking already goes first
    from visavis.build import build

    part = Path(out).with_suffix(f".{os.getpid()}.part.imx")
    try:
        build(sys.stdin.buffer.read(), part, name="portrait")
        os.replace(part, out)
    except (UnsuitablePicture, InvalidMedia) as error:
        return {"status": 422, "reason": str(error)}
    except (MissingDependency, ModuleNotFoundError) as error:
        return {"status": 501, "reason": f"this worker cannot build avatars: {error}"}
    finally:
        part.unlink(missing_ok=True)
    return {"status": 200, "reason": ""}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
