"""The page's smaller parts: microphone, picture's size, certificate, command line."""

from __future__ import annotations

import asyncio
import ssl
import stat
from pathlib import Path

import numpy as np
import pytest

from visavis.cli import run
from visavis.errors import InvalidAvatar, InvalidOption
from visavis.talk.cast import Cast
from visavis.talk.certificate import own_certificate
from visavis.talk.messages import Screen
from visavis.talk.microphone import QUIET, TAIL_S, Microphone
from visavis.talk.options import TalkOptions
from visavis.talk.server import address, listen

RATE = 24_000


@pytest.mark.parametrize(
    "screen", [(1280, 800), (390, 844), (844, 390), (1, 9000), (3440, 1440), (800, 800)]
)
def test_the_picture_has_the_pages_shape(screen: tuple[int, int]) -> None:
    width, height = TalkOptions().size(Screen(width=screen[0], height=screen[1]))
    assert width % 16 == height % 16 == 0
    assert 0.9 < width * height / (512 * 1024) < 1.1
    if 0.66 < screen[0] / screen[1] < 2:
        assert width / height == pytest.approx(screen[0] / screen[1], rel=0.04)


class Turns:
    def __init__(self) -> None:
        self.begun = 0
        self.turns: list[np.ndarray] = []
        self.microphone = Microphone(RATE, self.begin, self.turns.append)

    def begin(self) -> None:
        self.begun += 1


def test_a_held_turn_is_all_that_was_heard() -> None:
    async def scene() -> None:
        turns = Turns()
        sound = (np.arange(4800) % 100 * 100).astype(np.int16)
        turns.microphone.push(sound, False)  # before: not meant
        turns.microphone.take("hold")
        assert turns.begun == 1
        turns.microphone.push(sound, False)
        turns.microphone.take("off")
        turns.microphone.push(sound, False)  # was still on its way
        await asyncio.sleep(TAIL_S + 0.05)
        turns.microphone.push(sound, False)
        assert [len(turn) for turn in turns.turns] == [9600]

    asyncio.run(scene())


def test_a_tap_and_silence_are_no_turn() -> None:
    async def scene() -> None:
        turns = Turns()
        turns.microphone.take("hold")
        turns.microphone.push(np.full(4800, QUIET // 2, np.int16), False)
        turns.microphone.take("off")
        await asyncio.sleep(TAIL_S + 0.05)
        turns.microphone.take("hold")
        turns.microphone.push(np.full(4800, 9000, np.int16), False)
        turns.microphone.take("open")
        assert [len(turn) for turn in turns.turns] == [0, 0]
        turns.microphone.close()

    asyncio.run(scene())


def test_the_cast_names_everybody_once(folder: Path) -> None:
    cast = Cast(str(folder / "tiny.imx"), folder)
    assert list(cast.members) == ["tiny", "ada", "mei", "otto", "rufus"]
    assert cast.add(folder / "tiny.imx").key == "tiny-2"
    assert cast["otto"].voice != cast["ada"].voice
    with pytest.raises(InvalidOption):
        cast["nobody"]
    (folder / "broken").mkdir(exist_ok=True)
    (folder / "broken" / "x.imx").write_bytes(b"PK no avatar")
    with pytest.raises(InvalidAvatar, match=r"x\.imx"):
        Cast("ada", folder / "broken")


def test_a_certificate_of_ones_own(tmp_path: Path) -> None:
    chain, key = own_certificate("0.0.0.0", ["talk.example"], tmp_path)
    assert stat.S_IMODE(Path(key).stat().st_mode) == 0o600
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(chain, key)


def test_a_taken_port_is_said() -> None:
    with listen("127.0.0.1", 0) as found:
        found.listen()
        port = found.getsockname()[1]
        assert address(found, False) == f"http://127.0.0.1:{port}/"
        with pytest.raises(InvalidOption, match="--port"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody.imx"], "no file nobody.imx"),
        (["ada", "--agent"], "--llm-url"),
        (["ada", "--agent", "--llm-url", "localhost"], "with http"),
        (["ada", "--characters", "/nowhere"], "no folder"),
        (["ada", "--voice", "nowhere"], "no voice"),
        (["ada", "--ice-server", "host"], "stun:host:port"),
        (["ada", "--certificate", "a.pem"], "belong together"),
    ],
)
def test_wrong_use(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["talk", *arguments, "--port", "0"]) == 1
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
