"""A worker draws the face: it joins the room as a participant of its own.

    visavis serve --avatars . --secrets-file secrets.txt &
    VISAVIS_API_URL=http://127.0.0.1:8089 VISAVIS_API_SECRET=... python examples/agent_cloud.py dev

VISAVIS_AVATAR_ID names a character that the worker knows.

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
    avatar_id = os.environ.get("VISAVIS_AVATAR_ID", "ada")
    avatar = visavis.AvatarSession(avatar_id=avatar_id)  # VISAVIS_API_URL, VISAVIS_API_SECRET
    await avatar.start(session, room=ctx.room)
    await session.start(Agent(instructions="Be friendly."), room=ctx.room)
    await session.say("Hello! I have a face now. Papa, my baby bumps into the big map.")


if __name__ == "__main__":
    cli.run_app(server)
