"""A launch that is given up: its agent hears of it all the same.

Comes in: the launch, the nursery. Goes out: one "finished" in its room, said by a process that
draws nothing, since drawing may be what its others died of.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from visavis.serve.processes import NurseryClient
from visavis.serve.store import Launch

_PATIENCE = 15.0


async def tell_given_up(launch: Launch, path: Path, nursery: NurseryClient) -> None:
    """Tell the agent that what the avatar was saying has ended.

    Args:
        launch: what is given up.
        path: of the avatar's file.
        nursery: makes the process.
    """
    with contextlib.suppress(OSError):
        process = await nursery.spawn(path)
        process.order("farewell", url=launch.livekit_url, token=launch.livekit_token)
        try:
            async with asyncio.timeout(_PATIENCE):
                async for _ in process.events():
                    pass
        except TimeoutError:
            process.kill()
        finally:
            process.close()
