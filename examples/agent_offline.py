"""An agent with a face that needs no key at all: a scripted brain and an offline voice.

    python examples/agent_offline.py dev

Needs LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET of a LiveKit server, which may be one of
your own (``livekit-server --dev``), and: pip install livekit-plugins-visavis espeakng-loader. Meet
the agent in any LiveKit front end, for example the one in ``examples/web/``.
"""

from __future__ import annotations

from typing import Any

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, cli, llm
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.plugins import visavis

SCRIPT = [
    "Hello! I am a drawing that talks. Write something, and I shall answer.",
    "Maybe. My brain is a list of sentences, but my mouth means every one of them.",
    "Please bring me a big map, papa. Did my lips close?",
    "That was all I know. From here on I begin again.",
]


class Script(llm.LLM[str]):
    """Answers with one sentence after the other, whatever it is told."""

    def __init__(self) -> None:
        super().__init__()
        self._said = 0

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: Any = DEFAULT_API_CONNECT_OPTIONS,
        **_: Any,
    ) -> llm.LLMStream:
        """The next sentence."""
        self._said += 1
        return _Line(
            SCRIPT[self._said % len(SCRIPT)],
            llm=self,
            chat_ctx=chat_ctx,
            tools=tools or [],
            conn_options=conn_options,
        )


class _Line(llm.LLMStream):
    def __init__(self, line: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._line = line

    async def _run(self) -> None:
        delta = llm.ChoiceDelta(role="assistant", content=self._line)
        self._event_ch.send_nowait(llm.ChatChunk(id="line", delta=delta))


server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    """One conversation: the avatar first, then the session that speaks through it."""
    await ctx.connect()
    session: AgentSession[None] = AgentSession(
        llm=Script(), tts=visavis.OfflineVoice("en-us+f3"), vad=None, turn_detection="manual"
    )
    avatar = visavis.AvatarSession(model_path="ada")
    await avatar.start(session, room=ctx.room)
    await session.start(Agent(instructions="Say what is in the script."), room=ctx.room)
    await avatar.gesture("nod")
    await session.say(SCRIPT[0])


if __name__ == "__main__":
    cli.run_app(server)
