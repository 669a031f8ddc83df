"""Secrets open the worker, and are kept as hashes only."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from visavis.errors import InvalidOption
from visavis.live import RoomOptions
from visavis.serve.credentials import check, digest, presented, read_secrets
from visavis.serve.refusal import Refused
from visavis.serve.settings import WorkerSettings

SECRETS = (digest("first-secret"), digest("second-secret"))


@pytest.mark.parametrize(
    "headers",
    [
        {"api-secret": "second-secret"},
        {"authorization": "Bearer first-secret"},
        {"authorization": "bearer  first-secret "},
    ],
)
def test_a_secret_opens(headers: dict[str, str]) -> None:
    check(headers, SECRETS)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "no_secret"),
        ({"authorization": "Basic first-secret"}, "no_secret"),
        ({"api-secret": ""}, "no_secret"),
        ({"api-secret": "first-secre"}, "wrong_secret"),
        ({"api-secret": "FIRST-SECRET"}, "wrong_secret"),
        ({"authorization": "Bearer \udcff"}, "wrong_secret"),
    ],
)
def test_nothing_else_does(headers: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as raised:
        check(headers, SECRETS)
    assert (raised.value.status, raised.value.code) == (401, code)
    assert not (shown := presented(headers)) or shown not in str(raised.value)


def test_no_secret_at_all_opens_to_nobody() -> None:
    with pytest.raises(Refused):
        check({"api-secret": "anything-at-all"}, ())


def test_secrets_come_from_the_environment_and_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    hashed = hashlib.sha256(b"third-secret").hexdigest()
    file.write_text(f"# ours\nfirst-secret   # of the shop\n\nsha256:{hashed}\n")
    assert set(read_secrets("second-secret,fourth-secret", file)) == {
        digest(f"{number}-secret") for number in ("first", "second", "third", "fourth")
    }


def test_short_secrets_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="at least 8") as raised:
        read_secrets("sesame", None)
    assert "sesame" not in str(raised.value)
    with pytest.raises(InvalidOption, match="cannot be read"):
        read_secrets(None, tmp_path / "none")


def test_a_worker_is_open_by_choice_and_on_loopback_only() -> None:
    WorkerSettings(no_auth=True, host="127.0.0.1")
    WorkerSettings(no_auth=True, host="::1")
    with pytest.raises(InvalidOption, match="no secret is set"):
        WorkerSettings()
    for host in ("0.0.0.0", "::", "192.168.1.4", "example.com"):
        with pytest.raises(InvalidOption, match="loopback"):
            WorkerSettings(no_auth=True, host=host)
    shown = repr(WorkerSettings(secrets=SECRETS, room=RoomOptions()))
    assert SECRETS[0].hex() not in shown
    assert repr(SECRETS[0]) not in shown
