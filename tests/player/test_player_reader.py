"""The reader in the browser refuses what the reader in Python refuses, and nothing else."""

from __future__ import annotations

import base64
from functools import cache
from random import Random
from typing import Any

import pytest

from tests.helpers import forge
from tests.helpers.mutate import MUTATORS
from tests.helpers.synthetic import tiny_model
from visavis import imx

SEEDS = range(2)

READ = """async (files) => {
  const {read, InvalidAvatar} = await import("/player/visavis.js");
  const answers = [];
  for (const file of files) {
    try {
      const avatar = await read(Uint8Array.from(atob(file), (c) => c.charCodeAt(0)));
      Object.values(avatar.images).forEach((image) => image.close());
      answers.push({name: avatar.manifest.name});
    } catch (error) {
      answers.push({refused: error instanceof InvalidAvatar, why: String(error)});
    }
  }
  return answers;
}"""


@cache
def good(which: int = 0) -> bytes:
    return imx.encode(tiny_model(which, size=(48, 32), eyes=(True, which == 0)))


def read_in_browser(page: Any, files: list[bytes]) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = page.evaluate(
        READ, [base64.b64encode(data).decode() for data in files]
    )
    return answers


def reason(data: bytes) -> str | None:
    """Why Python refuses a file; None where it does not."""
    try:
        imx.read(data)
    except imx.InvalidAvatar as error:
        return str(error)
    return None


def compare(page: Any, files: dict[str, bytes]) -> None:
    for (name, data), answer in zip(
        files.items(), read_in_browser(page, list(files.values())), strict=True
    ):
        why = reason(data)
        if why is None:
            assert "name" in answer, f"{name}: {answer}"
        else:
            assert answer.get("refused"), f"{name}: {why}, but {answer}"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_spoiled_files(page: Any) -> None:
    files = {
        f"{mutator.__name__} {seed}": mutator(Random(seed), good(seed % 2))
        for mutator in sorted(set(MUTATORS), key=lambda m: m.__name__)
        for seed in SEEDS
    }
    compare(page, files)


def test_flipped_and_missing_bytes(page: Any) -> None:
    rng, data = Random(0), good()
    files = {"good": data}
    for i in range(25):
        at = rng.randrange(len(data))
        files[f"flipped {i} {at}"] = forge.patched(data, at, bytes([data[at] ^ 1 << i % 8]))
        files[f"cut {i} {at}"] = data[:at]
    compare(page, files)


def test_foreign_files(page: Any) -> None:
    kinds = [b"", b"IMX\0" + b"\x17" * 100, b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"PK\3\4"]
    answers = read_in_browser(page, [*kinds, b"RIFF\0\0\0\0WEBPVP8 ", b"PK\3\4" + b"\0" * 100])
    assert all(answer["refused"] for answer in answers)
    assert "visavis build" in answers[1]["why"] and "a picture" in answers[2]["why"]


def test_bombs(page: Any) -> None:
    """A member that would unpack to far more than it says is let go after what it says."""
    name = "face/rig.safetensors"
    members = forge.unpack(good())
    bomb = forge.pack(forge.sealed(members | {name: b"\0" * (13 << 20)}))
    local, central = forge.headers(bomb)[name]
    small = (64 << 10).to_bytes(4, "little")
    lying = forge.patched(forge.patched(bomb, local + 22, small), central + 24, small)
    deep = forge.with_members(good(), {"face/face.json": b'{"a":' * 30000 + b"1" + b"}" * 30000})
    compare(page, {"bomb": bomb, "lying": lying, "deep": deep})


def test_a_newer_minor_version(page: Any) -> None:
    def newer(manifest: dict[str, Any]) -> None:
        manifest["version"] = "1.7"
        manifest["mood"] = "blue"

    later = forge.with_json(good(), forge.MANIFEST, newer)
    compare(page, {
        "1.7": later,
        "2.0": forge.with_json(good(), forge.MANIFEST, lambda m: m.update(version="2.0")),
        "an unknown field": forge.with_json(
            good(), forge.MANIFEST, lambda m: m.update(mood="blue")
        ),
        "another member": forge.with_members(good(), {"appearance/hat.webp": b"hat"}),
        "a hat in 1.7": forge.with_members(later, {"appearance/hat.webp": b"hat"}),
    })  # fmt: skip
