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
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    await in_a_process("visavis.serve.building", str(out), picture, seconds)


async def in_a_process(
    module: str,
    argument: str,
    given: bytes,
    seconds: float,
    told: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Let a module of ours work on what a stranger gave, in a process of its own.

    Args:
        module: run with ``python -m``; writes lines of JSON to stdout, the last with ``status``
            (200: done) and ``reason``.
        argument: its only one.
        given: its stdin.
        seconds: it may take.
        told: called with every line but the last.

    Returns:
        The last line.

    Raises:
        Refused: it took too long, died, or says that it cannot be done, with the reason.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        argument,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        return await asyncio.wait_for(_conversation(process, given, told), seconds)
    except TimeoutError:
        raise Refused(
            422, "not_built", f"building the avatar took longer than {seconds:g} s"
        ) from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _conversation(
    process: asyncio.subprocess.Process,
    given: bytes,
    told: Callable[[dict[str, Any]], None] | None,
) -> dict[str, Any]:
    assert process.stdin is not None and process.stdout is not None
    giving = asyncio.ensure_future(_give(process.stdin, given))
    said: dict[str, Any] = {}
    try:
        async for line in process.stdout:
            with contextlib.suppress(ValueError):
                said = dict(json.loads(line))
                if told is not None and "status" not in said:
                    told(said)
    finally:
        giving.cancel()
        await asyncio.gather(giving, return_exceptions=True)
    await process.wait()
    return _judge(said)


async def _give(stdin: asyncio.StreamWriter, given: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        stdin.write(given)
        await stdin.drain()
        stdin.close()


def _judge(said: dict[str, Any]) -> dict[str, Any]:
    try:
        status, reason = int(said["status"]), str(said["reason"])
    except (ValueError, KeyError, TypeError):
        raise Refused(
            422, "not_built", "building the avatar failed; try another picture, as a JPEG or PNG"
        ) from None
    if status != 200:
        raise Refused(status, "not_built", reason)
    return said


def limit() -> None:
    """Limit this process in memory, and let whoever is speaking already go first."""
    import resource

    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    os.nice(5)


def main(out: str) -> dict[str, object]:
    """Build from stdin; what is returned is what the worker is told."""
    limit()
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
