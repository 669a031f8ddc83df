"""The last word of an avatar that cannot go on.

Comes in: a room's address, the avatar's token. Goes out: one "finished" to the agent, without
which it would wait for ever. Nothing is published or drawn.
"""

from __future__ import annotations

import logging

from livekit import rtc

from visavis.live.membership import CONNECT_S
from visavis.live.reports import PlaybackReports
from visavis.live.token import on_behalf

logger = logging.getLogger(__name__)

_PATIENCE = 5.0


async def take_leave(url: str, token: str) -> None:
    """Tell the agent that the token names that its speech has ended; logs it if that fails.

    Args:
        url: of the LiveKit server.
        token: the avatar's.
    """
    agent = on_behalf(token)
    if agent is None:
        return
    room = rtc.Room()
    reports = PlaybackReports()
    reports.agent = agent
    try:
        options = rtc.RoomOptions(auto_subscribe=False, connect_timeout=CONNECT_S)
        await room.connect(url, token, options)
        reports.attach(room)
        reports.finished(0.0, True)
        await reports.drain(_PATIENCE)
    except rtc.ConnectError:  # its text may hold the token
        logger.warning("the agent could not be told that its speech ended")
    finally:
        await reports.close()
        await room.disconnect()
