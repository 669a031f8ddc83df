"""The three lines, self-hosted: the face is drawn in the agent's own process, offline.

    python examples/agent_local.py dev

VISAVIS_MODEL_PATH names your own ``.imx``. The voice is espeak-ng and nobody answers: put your own
speech to text, language model and voice into ``AgentSession(...)``, as ``agent_openai.py`` does.

Needs LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, and:
pip install livekit-plugins-visavis espeakng-loader.
"""

from __future__ import annotations

import os

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, cli
from livekit.plugins import visavis

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    """One conversation."""
    await ctx.connect()
    session: AgentSession[None] = AgentSession(tts=visavis.OfflineVoice(), vad=None)
    model = os.environ.get("VISAVIS_MODEL_PATH", "ada")
    avatar = visavis.AvatarSession(model_path=model)
    await avatar.start(session, room=ctx.room)
    await session.start(Agent(instructions="Be friendly."), room=ctx.room)
    await session.say("Hello! I have a face now. Papa, my baby bumps into the big map.")


if __name__ == "__main__":
    cli.run_app(server)
