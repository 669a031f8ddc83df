"""Any picture with a face: the worker makes a character of it and joins the room.

    AVATAR_IMAGE=face.jpg VISAVIS_API_URL=http://127.0.0.1:8089 python examples/agent_image.py dev

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
    avatar = visavis.AvatarSession(avatar_image=os.environ["AVATAR_IMAGE"])  # VISAVIS_API_URL
    await avatar.start(session, room=ctx.room)
    await session.start(Agent(instructions="Be friendly."), room=ctx.room)
    await session.say("Hello! I have a face now. Papa, my baby bumps into the big map.")


if __name__ == "__main__":
    cli.run_app(server)
