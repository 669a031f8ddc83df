"""What an avatar in its room is told from outside: to nod, to say something, to pass a word on.

Comes in: an order, see :data:`visavis.serve.launch_request.DIRECTIONS`, and a text. Goes out: it is
done, or the reason why not.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from visavis.errors import InvalidOption
from visavis.live.directing import EMOTION, GESTURE, STATE

if TYPE_CHECKING:
    from visavis.live import RoomAvatar

_METHODS = {"gesture": GESTURE, "emotion": EMOTION, "state": STATE}


async def direct(face: RoomAvatar | None, what: str, text: str) -> None:
    """Have an avatar do something.

    Args:
        face: the avatar.
        what: "gesture", "emotion" or "state": `text` is a name, or JSON with name and strength;
            "say": speak the text with the offline voice; "context": pass the text to the agent.
        text: what of it.

    Raises:
        InvalidOption: it is not possible.
        MissingDependency: there is no offline voice here.
        ServiceError: the agent is not there.
    """
    if face is None or face.state != "joined":
        raise InvalidOption("the avatar is not in its room")
    if what in _METHODS:
        face.direction.do(_METHODS[what], text)
    elif what == "say":
        from visavis.agent.espeak import EspeakVoice
        from visavis.agent.voices import DEFAULT_VOICE

        said = await asyncio.to_thread(EspeakVoice(DEFAULT_VOICE).synthesise, text)
        face.say(said.samples, said.sample_rate)
    else:
        await face.tell_agent(text)
