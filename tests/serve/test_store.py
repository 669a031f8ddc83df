"""Launches on disk are for their owner only, and gone when they are over."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest

from visavis.errors import InvalidOption
from visavis.serve.store import Launch, LaunchStore

LAUNCH = Launch(
    task_id="0123456789abcdef", livekit_url="ws://x", livekit_token="a.b.c", room="r",
    identity="avatar", agent="agent", avatar="id:ada", expires=time.time() + 600,
    created=time.time(), path="/somewhere/ada.imx",
)  # fmt: skip


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_kept_is_found_again_and_is_private(tmp_path: Path) -> None:
    loose = os.umask(0)  # the worst there is
    try:
        store = LaunchStore(tmp_path / "launches")
        store.save(LAUNCH)
    finally:
        os.umask(loose)
    assert mode(tmp_path / "launches") == 0o700
    assert {mode(path) for path in (tmp_path / "launches").iterdir()} == {0o600}
    store.close()
    again = LaunchStore(tmp_path / "launches")
    assert again.left_behind() == [LAUNCH]
    again.remove(LAUNCH.task_id)
    assert again.left_behind() == []


def test_folders_that_others_may_enter_are_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "launches").mkdir(mode=0o755)
    LaunchStore(tmp_path / "launches")
    assert mode(tmp_path / "launches") == 0o700


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "launches").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidOption, match="our own"):
        LaunchStore(tmp_path / "launches")


def test_expired_broken_and_foreign_files_are_dropped(tmp_path: Path) -> None:
    store = LaunchStore(tmp_path / "launches")
    store.save(replace(LAUNCH, expires=time.time() - 1))
    store.save(replace(LAUNCH, task_id="aaaaaaaaaaaaaaaa", path=""))  # never got its avatar
    (tmp_path / "launches" / "bbbbbbbbbbbbbbbb.json").write_text('{"task_id": "../../x"}')
    (tmp_path / "launches" / "cccccccccccccccc.json").write_text("{")
    (tmp_path / "launches" / "dddddddddddddddd.part").write_text("half")
    assert store.left_behind() == []
    assert [path.name for path in (tmp_path / "launches").iterdir()] == ["lock"]


def test_two_workers_do_not_share_a_folder(tmp_path: Path) -> None:
    first = LaunchStore(tmp_path / "launches")
    with pytest.raises(InvalidOption, match="another worker"):
        LaunchStore(tmp_path / "launches")
    first.close()
    LaunchStore(tmp_path / "launches").close()


def test_a_launch_shows_no_token() -> None:
    assert "a.b.c" not in repr(LAUNCH)


def test_a_launch_goes_on_counting_where_its_last_worker_was_ended(tmp_path: Path) -> None:
    store = LaunchStore(tmp_path / "launches")
    store.save(LAUNCH)
    store.mark(LAUNCH.task_id, 12.25)
    store.mark(LAUNCH.task_id, 7.5)
    store.mark("fedcba9876543210", 99.0)  # of a launch that is gone
    store.close()
    store = LaunchStore(tmp_path / "launches")
    assert [launch.seconds for launch in store.left_behind()] == [7.5]
    assert [path.stem for path in (tmp_path / "launches").glob("*.seconds")] == [LAUNCH.task_id]
    store.remove(LAUNCH.task_id)
    assert list((tmp_path / "launches").glob("*.seconds")) == []
    store.close()


def test_how_a_launch_ended_is_kept_for_the_next_worker_without_its_token(tmp_path: Path) -> None:
    store = LaunchStore(tmp_path / "launches")
    for number in range(4):
        launch = replace(LAUNCH, task_id=f"0123456789abcde{number}")
        store.save(launch)
        store.over(launch, 12.5 + number, "ended", "the agent has gone")
        os.utime(tmp_path / f"launches/{launch.task_id}.over", (number, number))
    store.save(replace(LAUNCH, task_id="0123456789abcde3"))  # it died between the two
    store.forget("0123456789abcde2")
    store.close()
    assert "a.b.c" not in "".join(p.read_text() for p in (tmp_path / "launches").glob("*.over"))
    store = LaunchStore(tmp_path / "launches")
    assert store.left_behind() == []
    past = store.past(2)
    assert [(one[0].task_id[-1], one[0].seconds) for one in past] == [("1", 13.5), ("3", 15.5)]
    assert {one[1:3] for one in past} == {("ended", "the agent has gone")}
    assert len(list((tmp_path / "launches").glob("*.over"))) == 2
    store.close()
