"""The launch address that agents' plugins post to: ours, and bitHuman's as it is.

Comes in: JSON, multipart or an urlencoded form, as `visavis serve` takes it. Goes out: an answer
when the avatar has joined.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from visavis.cloud.caller import Caller, needs
from visavis.cloud.sessions import launching, placing
from visavis.serve.launch_request import parse_launch

router = APIRouter(tags=["sessions"])


class Joined(BaseModel):
    """What a launch is answered with."""

    status: str = Field(examples=["joined"])
    task_id: str = Field(description="The session's id.", examples=["ses_7h2k4m6n8p0q2r4s"])
    room_name: str


_FORM = {
    "livekit_url": {"type": "string"},
    "livekit_token": {"type": "string"},
    "room_name": {"type": "string"},
    "avatar_id": {"type": "string", "description": "Or agent_id."},
    "avatar_image": {
        "type": "string",
        "description": "A picture, instead: a file, base64, or its address. Also: image.",
    },
    "async_mode": {"type": "boolean", "description": "Answer at once."},
}
_SCHEMA = {"schema": {"type": "object", "properties": _FORM,
                      "required": ["livekit_url", "livekit_token"]}}  # fmt: skip
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": _SCHEMA,
            "multipart/form-data": _SCHEMA,
            "application/x-www-form-urlencoded": _SCHEMA,
        },
    }
}


@router.post("/launch", openapi_extra=_BODY)
async def launch(request: Request, caller: Annotated[Caller, needs("sessions")]) -> Joined:
    """Let an avatar join a room, and answer when it has. The same launch again is one session."""
    kind = request.headers.get("content-type", "")
    wanted = await parse_launch(kind, await request.body())
    made = await launching.launch(caller, wanted)
    cloud, session = caller.cloud, made.session
    worker, placement = made.worker, made.placement
    if worker is None or placement is None:  # launched before: wait for the same
        known = await placing.present(cloud, session.id)
        if known is None or wanted.async_mode:
            return _answer(session.state, session.id, session.room)
        worker, placement = known
    if wanted.async_mode:
        cloud.begin(placing.place(cloud, session, worker, placement, wait=False))
        return _answer("waiting", session.id, session.room)
    await placing.place(cloud, session, worker, placement, wait=True)
    return _answer("running", session.id, session.room)


def _answer(state: str, session_id: str, room: str) -> Joined:
    return Joined(
        status="joined" if state == "running" else state, task_id=session_id, room_name=room
    )
