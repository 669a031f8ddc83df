"""What an avatar's operator lets its agent know.

Comes in: text streams of the avatar's participant, sent by ``POST /v1/sessions/…/context``. Goes
out: messages in the agent's chat context, as soon as there is an agent.
"""

from __future__ import annotations

import asyncio
from typing import Any

from livekit import rtc
from livekit.agents import AgentSession

from visavis.live.directing import CONTEXT

from .log import logger

LONGEST = 16_000
"""Letters of one text that are taken in."""


class Knowledge:
    """Takes in what the avatar of one agent session passes on.

    Args:
        room: the agent's.
        agent_session: whose agent shall know it.
        avatar: identity of the avatar's participant; what others send is left out.
    """

    def __init__(self, room: rtc.Room, agent_session: AgentSession[Any], avatar: str) -> None:
        self._room = room
        self._session = agent_session
        self._avatar = avatar
        self._waiting: list[str] = []
        self._entering = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        room.register_text_stream_handler(CONTEXT, self._stream)
        agent_session.on("agent_state_changed", self._changed)

    async def close(self) -> None:
        """Take in no more."""
        self._room.unregister_text_stream_handler(CONTEXT)
        self._session.off("agent_state_changed", self._changed)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _stream(self, reader: rtc.TextStreamReader, identity: str) -> None:
        if identity == self._avatar:
            self._begin(self._take(reader))
        else:
            logger.warning("context from somebody who is not the avatar is left out")

    def _changed(self, event: object) -> None:
        if self._waiting:
            self._begin(self._enter())

    def _begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, reader: rtc.TextStreamReader) -> None:
        self._waiting.append((await reader.read_all())[:LONGEST])
        await self._enter()

    async def _enter(self) -> None:
        """Tell the agent; if there is none yet, when there is one."""
        async with self._entering:
            try:
                agent = self._session.current_agent
            except RuntimeError:
                return
            waiting, self._waiting = self._waiting, []
            known = agent.chat_ctx.copy()
            for text in waiting:
                known.add_message(role="system", content=text)
            await agent.update_chat_ctx(known)
