"""A character in a LiveKit room without any agent: it says what you type.

    python examples/room_without_agent.py room-name

Needs LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, and:
pip install "visavis[livekit]" espeakng-loader.
"""

from __future__ import annotations

import asyncio
import os
import sys

from livekit import api

import visavis
from visavis.agent.espeak import EspeakVoice
from visavis.live import RoomAvatar, RoomOptions


async def main(room: str) -> None:
    """Join, say every line of the standard input, and leave at its end."""
    token = (
        api.AccessToken(os.environ["LIVEKIT_API_KEY"], os.environ["LIVEKIT_API_SECRET"])
        .with_identity("ada")
        .with_grants(api.VideoGrants(room_join=True, room=room))
        .to_jwt()
    )
    voice = EspeakVoice("en-us+f3")
    with visavis.open("ada") as character:
        avatar = RoomAvatar(character, RoomOptions(size=512))
        await avatar.join(os.environ["LIVEKIT_URL"], token)
        print("Ada is in the room. Type what she shall say.", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            said = await asyncio.to_thread(voice.synthesise, line)
            avatar.session.interrupt()  # a new line cuts the last one short
            avatar.session.push_audio(said.samples, said.sample_rate)
            avatar.session.flush()
        while avatar.session.speaking:
            await asyncio.sleep(0.1)
        await avatar.leave()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "visavis"))
