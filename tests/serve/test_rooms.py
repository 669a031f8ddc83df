"""Avatars in the rooms of a real LiveKit server, as a worker puts them there."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import signal
import time

import pytest
from livekit import rtc

from tests.helpers.livekit_server import LiveKitServer
from tests.helpers.worker_process import SECRET, WorkerProcess, task
from tests.serve.agent import Agent

pytestmark = pytest.mark.asyncio


async def test_a_launch_brings_the_avatar_and_a_repetition_does_not_throw_it_out(
    livekit: LiveKitServer, worker: WorkerProcess, room: str
) -> None:
    others = set(worker.stored())  # of other tests, whose avatars are still on their way out
    async with worker.client() as client, Agent(livekit, room) as agent:
        form = agent.form(avatar_id="ada")
        first, second = await asyncio.gather(
            client.post("/launch", json=form), client.post("/launch", data=form)
        )
        assert first.status_code == 200, first.text
        assert first.json()["status"] == "joined"
        assert first.json()["room_name"] == room
        assert second.json() == first.json()
        await agent.say(2.0)
        third = await client.post(
            "/launch", data=form, headers={"Authorization": f"Bearer {SECRET}"}
        )
        assert third.json()["task_id"] == first.json()["task_id"]
        report = await agent.finished()
        assert (round(report.playback_position, 3), report.interrupted) == (2.0, False)
        assert agent.left == []
        frame = await agent.avatar_video()
        assert (frame.width, frame.height) == (256, 256)
        (launch,) = set(worker.stored()) - others
        # Another agent in the room, after this one's job was restarted, takes the avatar over.
        other = livekit.token(room, agent.avatar, kind="agent", on_behalf="another-agent")
        taken = await client.post("/launch", json={**form, "livekit_token": other})
        assert taken.status_code == 200, taken.text
        before = await task(client, first.json()["task_id"])
        assert (before["status"], before["reason"].split()[0]) == ("ended", "replaced")
        stopped = await client.post(f"/tasks/{taken.json()['task_id']}/stop")
        assert stopped.json()["status"] == "ended"
        await agent.gone()
    assert launch not in worker.stored()


async def test_a_crash_in_mid_sentence_is_mended_and_touches_no_other(
    livekit: LiveKitServer, worker: WorkerProcess, room: str
) -> None:
    async with (
        worker.client() as client,
        Agent(livekit, room) as agent,
        Agent(livekit, f"{room}-other") as other,
    ):
        launched = [
            await client.post("/launch", json=one.form(avatar_id="ada")) for one in (agent, other)
        ]
        mine, others = [answer.json()["task_id"] for answer in launched]
        await agent.avatar_video()
        await agent.say(6.0)
        await other.say(3.0)
        await asyncio.sleep(0.7)
        pid = (await task(client, mine))["pid"]
        crashed = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        report = await agent.finished()
        told = time.monotonic() - crashed
        assert report.interrupted
        await agent.avatar_video()
        seen = time.monotonic() - crashed
        print(f"\nafter SIGKILL: agent free {told:.2f} s, video {seen:.2f} s")
        await agent.say(1.0)
        again = await agent.finished()
        assert (round(again.playback_position, 3), again.interrupted) == (1.0, False)
        described = await task(client, mine)
        assert (described["status"], described["crashes"]) == ("running", 1)
        assert described["pid"] != pid
        untouched = await other.finished()
        assert (round(untouched.playback_position, 3), untouched.interrupted) == (3.0, False)
        assert (await task(client, others))["crashes"] == 0
        # An orderly stop in mid-sentence tells the agent, too.
        await agent.say(5.0)
        await asyncio.sleep(0.7)
        began = time.monotonic()
        stopped = await client.post(f"/tasks/{mine}/stop")
        assert stopped.json()["reason"] == "stopped by request"
        last = await agent.finished(5.0)
        print(f"after stop: agent free {time.monotonic() - began:.2f} s")
        assert last.interrupted
        assert 0 < last.playback_position < 5
        await client.post(f"/tasks/{others}/stop")
        metrics = (await client.get("/metrics")).text
        assert float(metrics.split("\nvisavis_crashes_total ")[1].split()[0]) >= 1


async def test_a_picture_becomes_an_avatar_once(
    livekit: LiveKitServer, worker: WorkerProcess, room: str, portrait: bytes
) -> None:
    async with worker.client() as client, Agent(livekit, room) as agent:
        began = time.monotonic()
        sent = base64.b64encode(portrait).decode()
        first = await client.post("/launch", json=agent.form(image=sent))
        assert first.status_code == 200, first.text
        built = time.monotonic() - began
        assert (await agent.avatar_video()).width == 256
        await client.post(f"/tasks/{first.json()['task_id']}/stop")
        began = time.monotonic()
        second = await client.post(
            "/launch",
            data={key: str(value) for key, value in agent.form().items()},
            files={"avatar_image": ("avatar.jpg", portrait, "image/jpeg")},
        )
        assert second.status_code == 200, second.text
        print(f"\nfrom a picture: {built:.2f} s, again {time.monotonic() - began:.2f} s")
        digest = hashlib.sha256(portrait).hexdigest()
        assert len(list((worker.state / "avatars").glob(f"{digest}*"))) == 1
        await client.post(f"/tasks/{second.json()['task_id']}/stop")


async def test_a_token_of_another_server_is_refused_with_the_reason(
    livekit: LiveKitServer, worker: WorkerProcess, room: str
) -> None:
    agent = Agent(livekit, room)
    form = agent.form(avatar_id="ada")
    good = str(form["livekit_token"])
    forged = good[:-6] + ("AAAAAA" if good[-6:] != "AAAAAA" else "BBBBBB")
    async with worker.client() as client:
        answer = await client.post("/launch", json={**form, "livekit_token": forged})
    assert (answer.status_code, answer.json()["status"]) == (502, "not_joined")
    assert "token" in answer.json()["error"]
    assert forged not in answer.text


async def test_no_secret_is_shown_anywhere(
    livekit: LiveKitServer, worker: WorkerProcess, room: str
) -> None:
    async with worker.client() as client, Agent(livekit, room) as agent:
        form = agent.form(avatar_id="ada")
        launched = (await client.post("/launch", json=form)).json()["task_id"]
        pid = (await task(client, launched))["pid"]
        shown = (await client.get("/tasks")).text + (await client.get("/metrics")).text
        for number in (pid, worker.pid, worker.nursery):
            with open(f"/proc/{number}/cmdline", encoding="utf-8") as file:
                shown += file.read()
        for number in (pid, worker.nursery):
            with open(f"/proc/{number}/environ", encoding="utf-8") as file:
                shown += file.read()
        await client.post(f"/tasks/{launched}/stop")
    shown += worker.text()
    signature = str(form["livekit_token"]).split(".")[2]
    for secret in (SECRET, str(form["livekit_token"]), signature, livekit.secret):
        assert secret not in shown


async def test_an_avatar_does_as_it_is_told_from_outside(
    livekit: LiveKitServer, worker: WorkerProcess, room: str
) -> None:
    async with worker.client() as client, Agent(livekit, room) as agent:
        heard: asyncio.Queue[str] = asyncio.Queue()
        reading: set[asyncio.Task[None]] = set()

        def on_text(reader: rtc.TextStreamReader, sender: str) -> None:
            async def read() -> None:
                heard.put_nowait(await reader.read_all())

            reading.add(asyncio.create_task(read()))

        agent.room.register_text_stream_handler("visavis.context", on_text)
        name = "a0b1c2d3e4f5"
        form = agent.form(avatar_id="ada", task_id=name)
        for _ in range(2):
            answer = await client.post("/launch", json=form)
            assert answer.json()["task_id"] == name, answer.text

        async def tell(what: str, text: str) -> int:
            told = await client.post(f"/tasks/{name}/direct", json={"what": what, "text": text})
            return told.status_code

        assert await tell("gesture", "nod") == 200
        assert await tell("gesture", "fly") == 422
        assert await tell("state", "thinking") == 200
        assert await tell("context", "The caller is called Mia.") == 200
        assert await asyncio.wait_for(heard.get(), 10) == "The caller is called Mia."
        assert await tell("say", "One two three four five six seven eight.") == 200
        assert await tell("say", "And more.") == 422
        # The agent speaks: it goes first, and its report is about its own words.
        await agent.say(1.0)
        report = await agent.finished()
        assert (round(report.playback_position, 3), report.interrupted) == (1.0, False)
        seconds = (await task(client, name))["seconds"]
        assert (await client.post(f"/tasks/{name}/stop")).json()["seconds"] >= seconds > 0
        assert await tell("gesture", "nod") == 409
        # Its name is used up.
        again = await client.post("/launch", json=form)
        assert again.json() == {"status": "ended", "task_id": name, "room_name": room}
