"""The HTTP surface of a running worker, without a room server."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families

from tests.helpers.worker_process import SECRET, WorkerProcess
from tests.serve.test_tokens import GOOD, token
from visavis.cli import run


@pytest.fixture
def client(worker: WorkerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=worker.url, headers={"api-secret": SECRET}, timeout=30.0) as running:
        yield running


def test_health_and_readiness_are_open(worker: WorkerProcess) -> None:
    assert httpx.get(f"{worker.url}/health").json() == {"status": "ok"}
    assert httpx.get(f"{worker.url}/ready").json()["status"] == "ready"


def test_figures(client: httpx.Client) -> None:
    text = client.get("/metrics").text
    found = {family.name: family for family in text_string_to_metric_families(text)}
    assert found["visavis_places"].samples[0].value == 6
    assert found["visavis_ready"].samples[0].value == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/launch"),
        ("GET", "/metrics"),
        ("GET", "/tasks"),
        ("GET", "/tasks/0123456789abcdef"),
        ("POST", "/tasks/0123456789abcdef/stop"),
        ("GET", "/test-frame"),
    ],
)
@pytest.mark.parametrize("secret", [None, "a-secret-nobody-may-se"])
def test_the_rest_asks_for_a_secret(
    worker: WorkerProcess, method: str, path: str, secret: str | None
) -> None:
    headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
    answer = httpx.request(method, worker.url + path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "secret" in answer.json()["error"]


def test_a_test_frame_is_a_picture_of_somebody(client: httpx.Client) -> None:
    first = client.get("/test-frame")
    assert first.headers["content-type"] == "image/jpeg"
    picture = Image.open(io.BytesIO(first.content)).convert("L")
    assert picture.size == (512, 512)
    low, high = picture.getextrema()
    assert high - low > 100
    other = client.get("/test-frame", params={"avatar_id": "otto", "size": "320x240"})
    assert Image.open(io.BytesIO(other.content)).size == (320, 240)
    assert other.content != first.content


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/test-frame?avatar_id=nobody", 404, "nobody"),
        ("/test-frame?avatar_id=../../etc/passwd", 404, "no avatar"),
        ("/test-frame?size=huge", 400, "size"),
        ("/tasks/nothing", 404, "no task"),
        ("/elsewhere", 404, "Not Found"),
    ],
)
def test_refusals_are_json_with_a_reason(
    client: httpx.Client, path: str, status: int, word: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert word in answer.json()["error"]


def launch(client: httpx.Client, **more: str) -> httpx.Response:
    claims = {**GOOD, "exp": 4_000_000_000, "sub": uuid.uuid4().hex}
    fields = {"livekit_url": "ws://127.0.0.1:9", "livekit_token": token(claims), **more}
    return client.post("/launch", json=fields)


@pytest.mark.parametrize(
    ("fields", "status", "word"),
    [
        ({"avatar_id": "nobody"}, 404, "nobody"),
        ({"avatar_id": "ada", "room_name": "another"}, 400, "room_name is not the room"),
        ({"avatar_id": "ada", "livekit_token": "none"}, 400, "no LiveKit token"),
        ({"avatar_id": "ada", "livekit_token": token(GOOD)}, 400, "expired"),
        ({"avatar_id": "http://127.0.0.1:9/ada.imx"}, 422, "address of the avatar"),
        ({"avatar_id": "ada"}, 502, "cannot be joined"),  # nobody listens at that port
    ],
)
def test_launches_that_cannot_be_say_why(
    client: httpx.Client, fields: dict[str, str], status: int, word: str
) -> None:
    answer = launch(client, **fields)
    assert answer.status_code == status, answer.text
    assert word in answer.json()["error"]
    assert "c2lnbmVk" not in answer.text  # the token's signature


def test_pictures_without_a_face_and_bombs_are_refused(
    client: httpx.Client, portrait: bytes
) -> None:
    import base64
    import zlib

    plain = io.BytesIO()
    Image.new("RGB", (600, 600), "teal").save(plain, "JPEG")
    answer = launch(client, image=base64.b64encode(plain.getvalue()).decode())
    assert (answer.status_code, answer.json()["status"]) == (422, "not_built")
    assert "face" in answer.json()["error"].lower()

    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + name + data + check

    side = (60_000).to_bytes(4, "big")
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", side + side + b"\x08\x02\0\0\0")
    bomb += chunk(b"IDAT", zlib.compress(bytes(1_000_000))) + chunk(b"IEND", b"")
    answer = launch(client, avatar_image=base64.b64encode(bomb).decode())
    assert answer.status_code == 422
    assert client.get("/health").status_code == 200


def test_requests_without_end_are_cut_off(client: httpx.Client) -> None:
    body = json.dumps({"image": "A" * 21_000_000}).encode()
    assert client.post("/launch", content=body).status_code == 413

    def endless() -> Iterator[bytes]:
        for _ in range(400):
            yield bytes(100_000)

    try:
        status = client.post("/launch", content=endless()).status_code
    except httpx.TransportError:  # cut off while sending
        status = 413
    assert status == 413


@pytest.mark.parametrize(
    ("options", "variables", "word"),
    [
        ([], {}, "no secret is set"),
        (["--no-auth", "--host", "0.0.0.0"], {}, "loopback"),
        ([], {"VISAVIS_API_SECRET": SECRET, "VISAVIS_CODEC": "av1"}, "av1"),
        (["--log", "xml"], {"VISAVIS_API_SECRET": SECRET}, "xml"),
        (["--avatars", "/nowhere"], {"VISAVIS_API_SECRET": SECRET}, "/nowhere"),
    ],
)
def test_wrong_options_end_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    variables: dict[str, str],
    word: str,
) -> None:
    monkeypatch.delenv("VISAVIS_API_SECRET", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert run(["serve", "--state", str(tmp_path), *options]) == 1
    text = capsys.readouterr().err
    assert word in text
    assert text.count("\n") == 1
    assert SECRET not in text
