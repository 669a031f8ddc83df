"""Settings: from options, variables and one file, in this order; wrong ones are named at start."""

from __future__ import annotations

from pathlib import Path

import pytest

from visavis.cloud.sealing import Sealer, key_of
from visavis.cloud.settings import load
from visavis.errors import InvalidOption


def test_options_go_before_variables_and_these_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cloud.toml"
    file.write_text('port = 1\nhost = "file"\nsign_up = "open"\nlogin_days = 7\n')
    monkeypatch.setenv("VISAVIS_CLOUD_PORT", "2")
    monkeypatch.setenv("VISAVIS_CLOUD_HOST", "variable")
    found = load(file, port=3)
    assert (found.port, found.host, found.sign_up) == (3, "variable", "open")
    monkeypatch.setenv("VISAVIS_CLOUD_CONFIG", str(file))
    assert load().login_days == 7 and load(port=None).port == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [("port", "many"), ("port", 70_000), ("database", "mysql://x"), ("rate", "often"),
     ("sign_up", "maybe"), ("downloads", "all"), ("builders", 0)],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(InvalidOption, match=f"VISAVIS_CLOUD_{name.upper()}"):
        load(**{name: value})


def test_a_name_nobody_knows_and_a_file_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "cloud.toml"
    file.write_text("prot = 8090\n")
    with pytest.raises(InvalidOption, match="prot"):
        load(file)
    file.write_text("port = \n")
    with pytest.raises(InvalidOption, match="cannot be read"):
        load(file)
    with pytest.raises(InvalidOption, match="no settings file"):
        load(tmp_path / "none.toml")


def test_secrets_are_in_no_message_and_no_picture_of_the_settings() -> None:
    secret = "postgresql://user:hidden-word@host/name"
    assert "hidden-word" not in repr(load(database=secret, key="k" * 40 + "hidden-word"))
    with pytest.raises(InvalidOption) as raised:
        load(database="mysql://user:hidden-word@host/name")
    assert "hidden-word" not in str(raised.value)


@pytest.mark.parametrize("given", ["postgres://u@h/n", "postgresql://u@h/n"])
def test_postgresql_as_everybody_writes_it(given: str) -> None:
    assert load(database=given).database_url == "postgresql+psycopg://u@h/n"


def test_the_key_is_made_once_and_is_its_owner_s(tmp_path: Path) -> None:
    key = key_of("", tmp_path)
    assert key_of("", tmp_path) == key and (tmp_path / "key").stat().st_mode & 0o077 == 0
    sealed = Sealer(key).seal("text")
    assert "text" not in sealed and Sealer(key).open(sealed) == "text"
    with pytest.raises(ValueError, match="another key"):
        Sealer("x" * 32).open(sealed)
    with pytest.raises(InvalidOption):
        Sealer("short")
