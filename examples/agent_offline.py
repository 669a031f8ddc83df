"""An agent with a face that needs no key at all: a scripted brain and an offline voice.

    python examples/agent_offline.py dev

Needs LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET of a LiveKit server, which may be one of
your own (``livekit-server --dev``), and: pip install livekit-plugins-visavis espeakng-loader. Meet
the agent in any LiveKit front end, for example the one in ``examples/web/``.
"""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Any

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, cli, llm
from livekit.plugins import visavis

SCRIPT = [
    "Hello! I am a drawing that talks. Say something, and I shall answer.",
    "Maybe. My brain is a list of sentences, but my mouth means every one of them.",
    "Please bring me a big map, papa. Did my lips close?",
    "That was all I know. From here on I begin again.",
]


class Scripted(Agent):
    """Says one sentence after the other, whatever it hears."""

    def __init__(self) -> None:
        super().__init__(instructions="Say what is in the script.")
        self._next = 0

    async def llm_node(
        self, chat_ctx: llm.ChatContext, tools: list[Any], model_settings: Any
    ) -> AsyncIterable[str]:
        """The next sentence, in place of a language model's answer."""
        sentence = SCRIPT[self._next % len(SCRIPT)]
        self._next += 1
        yield sentence


server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    """One conversation: the avatar first, then the session that speaks through it."""
    await ctx.connect()
    session: AgentSession[None] = AgentSession(tts=visavis.OfflineVoice("en-us+f3"), vad=None)
    avatar = visavis.AvatarSession(model_path="ada")
    await avatar.start(session, room=ctx.room)
    agent = Scripted()
    await session.start(agent, room=ctx.room)
    await avatar.gesture("nod")
    await session.say(SCRIPT[0])


if __name__ == "__main__":
    cli.run_app(server)
