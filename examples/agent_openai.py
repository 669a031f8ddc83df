"""A conversation: OpenAI hears, thinks and speaks, Visavis gives it a face on this CPU.

    OPENAI_API_KEY=... python examples/agent_openai.py dev

Needs LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, and:
pip install livekit-plugins-visavis "livekit-agents[openai,silero]".
"""

from __future__ import annotations

from typing import Any

from livekit.agents import (
    Agent,
    AgentServer,
    AgentSession,
    JobContext,
    RunContext,
    cli,
    function_tool,
)
from livekit.plugins import openai, silero, visavis

server = AgentServer()


class Host(Agent):
    """Answers, and moves its face when it wants to."""

    def __init__(self, avatar: visavis.AvatarSession) -> None:
        super().__init__(instructions="You are Ada. Answer in one or two short spoken sentences.")
        self._avatar = avatar

    @function_tool
    async def gesture(self, context: RunContext[Any], name: str) -> str:
        """Make a gesture while you speak.

        Args:
            context: of the call.
            name: nod, shake, smile, laugh, surprised or think.
        """
        await self._avatar.gesture(name)
        return "done"


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    """One conversation."""
    await ctx.connect()
    session: AgentSession[None] = AgentSession(
        vad=silero.VAD.load(), stt=openai.STT(), llm=openai.LLM(), tts=openai.TTS()
    )
    avatar = visavis.AvatarSession(model_path="ada")
    await avatar.start(session, room=ctx.room)
    await session.start(Host(avatar), room=ctx.room)
    await session.generate_reply(instructions="Greet the user.")


if __name__ == "__main__":
    cli.run_app(server)
