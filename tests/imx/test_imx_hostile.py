"""Whatever is done to a file: it is read, or refused with InvalidAvatar; never anything else."""

from __future__ import annotations

import json
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import forge
from tests.helpers.mutate import MUTATORS, Mutator
from tests.helpers.synthetic import tiny_model
from visavis import imx

QUICK = settings(max_examples=120, deadline=None)


@cache
def good(which: int = 0) -> bytes:
    return imx.encode(tiny_model(which, size=(48, 32), eyes=(True, which == 0)))


def read_or_refused(data: bytes) -> imx.AvatarModel | None:
    try:
        return imx.read(data)
    except imx.InvalidAvatar as error:
        assert str(error).isprintable() and 0 < len(str(error)) < 500
        return None


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("mutator", sorted(set(MUTATORS), key=lambda m: m.__name__))
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 1))
def test_every_mutator(mutator: Mutator, seed: int, which: int) -> None:
    read_or_refused(mutator(Random(seed), good(which)))


@QUICK
@given(st.integers(0), st.integers(1, 255))
def test_a_flipped_byte_is_refused_or_harmless(at: int, bits: int) -> None:
    """Every byte that is read is checked; the rest are time stamps and the like."""
    data = good()
    at %= len(data)
    model = read_or_refused(data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :])
    if model is not None:
        assert imx.encode(model) == imx.encode(imx.read(data))


@QUICK
@given(st.integers(0))
def test_every_truncation_is_refused(length: int) -> None:
    with pytest.raises(imx.InvalidAvatar):
        imx.read(good()[: length % len(good())])


@QUICK
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\3\4", b"IMX\0", b"PK\5\6"]))
def test_noise_is_refused(noise: bytes, magic: bytes) -> None:
    with pytest.raises(imx.InvalidAvatar):
        imx.read(magic + noise)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a JSON value."""
    if not isinstance(value, (dict, list)):
        return []
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    return [p for key, item in inner for p in [(*path, key), *_places(item, (*path, key))]]


@QUICK
@given(st.data(), st.sampled_from([forge.MANIFEST, "face/face.json", "lipsync/lipsync.json"]))
def test_any_value_anywhere_in_the_documents(data: st.DataObject, member: str) -> None:
    def change(document: Any) -> None:
        *path, last = data.draw(st.sampled_from(_places(document)))
        for key in path:
            document = document[key]
        if data.draw(st.booleans()):
            document[last] = data.draw(JSON)
        else:
            del document[last]

    model = read_or_refused(forge.with_json(good(), member, change))
    if model is not None:  # what was let through can be written and means the same
        again = imx.read(imx.encode(model))
        assert again.face == model.face and again.lipsync == model.lipsync
        json.dumps(model.face.model_dump(mode="json"), allow_nan=False)


@QUICK
@given(st.data())
def test_any_value_anywhere_in_the_tensors_header(data: st.DataObject) -> None:
    def change(header: dict[str, Any]) -> None:
        name, *keys = data.draw(st.sampled_from(_places(header)))
        place: Any = header
        for key in (name, *keys)[:-1]:
            place = place[key]
        place[(name, *keys)[-1]] = data.draw(JSON | st.integers(0, 2**40))

    read_or_refused(forge.with_rig_header(good(), change))
