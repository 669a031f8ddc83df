"""The plugin: an AgentSession with a face, in a real room."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from aiohttp import web

import visavis
from tests.helpers.livekit_server import LiveKitServer
from tests.helpers.waiting import until
from tests.live.conftest import guest
from visavis.errors import InvalidOption, ServiceError
from visavis.live import RoomOptions

rtc = pytest.importorskip("livekit.rtc", reason="the extra livekit is not installed")
plugin = pytest.importorskip(
    "livekit.plugins.visavis", reason="livekit-plugins-visavis is not installed"
)
ROOT = Path(__file__).resolve().parents[2]


def test_an_agent_session_speaks_through_its_face(livekit: LiveKitServer) -> None:
    from livekit.agents import Agent, AgentSession

    async def play() -> None:
        room = rtc.Room()
        await room.connect(livekit.url, livekit.token("local", "agent", kind="agent"))
        async with guest(livekit, "local") as who:
            session: AgentSession[None] = AgentSession(tts=plugin.OfflineVoice(), vad=None)
            avatar = plugin.AvatarSession(model_path="ada", options=RoomOptions(size=128))
            await avatar.start(session, room=room)
            await session.start(Agent(instructions="Speak."), room=room)
            await asyncio.wait_for(avatar.wait_for_join(), 20)
            await who.sees()
            assert sorted(who.tracks) == ["avatar_audio", "avatar_video"]
            before = time.monotonic()
            said = session.say("Papa, my baby bumps into the big map.")
            await said.wait_for_playout()
            assert who.loud(before)

            long = session.say("One two three four five six seven eight nine ten eleven twelve.")
            await until(lambda: avatar.session is not None and avatar.session.speaking)
            await asyncio.sleep(0.8)
            await session.interrupt()
            await asyncio.wait_for(long.wait_for_playout(), 5)
            assert long.interrupted
            assert avatar.session is not None and not avatar.session.speaking
            last = session.history.items[-1]
            assert last.type == "message" and last.interrupted
            assert "twelve" not in (last.text_content or "")

            await avatar.gesture("nod")
            await avatar.set_state("thinking")
            await until(lambda: avatar.session.state == "thinking", 3)
            with pytest.raises(InvalidOption, match="nod"):
                await avatar.gesture("jump")

            await avatar.aclose()
            assert room.isconnected()  # the agent itself is not thrown out
            assert not room.local_participant.track_publications
            await session.aclose()
        await room.disconnect()

    asyncio.run(play())


def test_a_worker_is_asked_without_a_secret_in_the_token(
    livekit: LiveKitServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The worker's side of the wire is a server of the test's own that notes what it is sent."""
    from livekit import api
    from livekit.agents import AgentSession, utils

    asked: list[tuple[str, str, dict[str, str]]] = []
    answers = [503, 200]

    async def launch(request: web.Request) -> web.Response:
        if request.content_type == "application/json":
            fields = await request.json()
        else:
            post = await request.post()
            fields = {k: v if isinstance(v, str) else v.file.read() for k, v in post.items()}
        asked.append((request.path, request.headers["Authorization"], fields))
        status = answers.pop(0) if answers else 401
        return web.json_response({"detail": "no such secret"}, status=status)

    async def play() -> None:
        app = web.Application()
        app.router.add_post("/launch", launch)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        monkeypatch.setenv("VISAVIS_API_SECRET", "s3cret-s3cret")
        monkeypatch.setenv("VISAVIS_API_URL", f"http://127.0.0.1:{port}")
        room = rtc.Room()
        await room.connect(livekit.url, livekit.token("remote", "agent", kind="agent"))
        session: AgentSession[None] = AgentSession(tts=plugin.OfflineVoice(), vad=None)
        server = {
            "livekit_url": livekit.url,
            "livekit_api_key": livekit.key,
            "livekit_api_secret": livekit.secret,
        }
        async with utils.http_context.open():
            avatar = plugin.AvatarSession(avatar_id="ada")
            await avatar.start(session, room, **server)
            await avatar.aclose()
            picture = tmp_path / "face.jpg"
            picture.write_bytes(b"not really a picture")
            refused = plugin.AvatarSession(avatar_image=picture)
            with pytest.raises(ServiceError, match="no such secret") as caught:
                await refused.start(session, room, **server)
            assert "s3cret" not in str(caught.value)
            await refused.aclose()
        await room.disconnect()
        await runner.cleanup()

    asyncio.run(play())
    assert [path for path, _, _ in asked] == ["/launch"] * 3  # a busy worker is asked again
    assert all(secret == "Bearer s3cret-s3cret" for _, secret, _ in asked)
    assert asked[1][2]["avatar_id"] == "ada"
    assert asked[2][2]["avatar_image"] == b"not really a picture"
    claims = api.TokenVerifier(livekit.key, livekit.secret).verify(asked[1][2]["livekit_token"])
    assert claims.identity == "visavis-avatar" and claims.kind == "agent"
    assert claims.attributes == {"lk.publish_on_behalf": "agent"}
    assert "s3cret" not in str(claims)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "model_path="),
        ({"model_path": "ada", "avatar_id": "x"}, "one of"),
        ({"avatar_id": "x"}, "VISAVIS_API_URL"),
        ({"avatar_id": "x", "api_url": "worker:80"}, "http"),
        ({"avatar_image": "no/such.jpg", "api_url": "http://w"}, "No such file"),
        ({"avatar_image": 7, "api_url": "http://w"}, "int"),
    ],
)
def test_what_is_missing_is_said(
    given: dict[str, object], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("VISAVIS_MODEL_PATH", "VISAVIS_API_URL", "VISAVIS_API_SECRET"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InvalidOption, match=said):
        plugin.AvatarSession(**given)


def test_visavis_names_it_too() -> None:
    assert visavis.AvatarSession is plugin.AvatarSession
