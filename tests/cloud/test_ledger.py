"""The ledger is exact, whatever is told to it how often and in whatever order."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator
from fractions import Fraction

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from visavis.cloud.context import Cloud
from visavis.cloud.database import (
    LedgerEntry,
    LiveSession,
    Organisation,
    Price,
    Scope,
    UsageDay,
    Worker,
)
from visavis.cloud.engines.engine import Report
from visavis.cloud.ids import new_id
from visavis.cloud.sessions import ending
from visavis.cloud.sessions.ending import SYSTEM
from visavis.cloud.sessions.keeping import Keeper
from visavis.cloud.usage import budgets, ledger, summaries
from visavis.cloud.usage.prices import PriceList

pytestmark = pytest.mark.asyncio

NOON = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)
NIGHT = datetime.datetime(2026, 1, 31, 23, 59, 50, 250_000, tzinfo=datetime.UTC)


def after(moment: datetime.datetime, seconds: float) -> datetime.datetime:
    return moment + datetime.timedelta(seconds=seconds)


@pytest_asyncio.fixture
async def filled(cloud: Cloud) -> AsyncIterator[Cloud]:
    async with cloud.database.write(SYSTEM) as db:
        db.add(Organisation(id="org_a", name="a"))
        db.add(Worker(id="wrk_a", engine="test", state="ready", capacity=100_000))
    yield cloud


async def new_session(cloud: Cloud, created: datetime.datetime) -> str:
    name = new_id("ses")
    async with cloud.database.write(SYSTEM) as db:
        worker = await db.get(Worker, "wrk_a", with_for_update=True)
        assert worker is not None
        worker.taken += 1
        db.add(LiveSession(id=name, org_id="org_a", secret_id="key_a", avatar_id="ada",
                           worker_id="wrk_a", task_id=name, created_at=created))  # fmt: skip
    return name


async def booked(cloud: Cloud, name: str) -> list[LedgerEntry]:
    async with cloud.database.read(SYSTEM) as db:
        rows = await db.scalars(
            select(LedgerEntry).where(LedgerEntry.source == name).order_by(LedgerEntry.sequence)
        )
        return list(rows.all())


async def sums_agree(cloud: Cloud) -> None:
    """Sums of days say what the ledger says."""
    async with cloud.database.read(SYSTEM) as db:
        sums = await db.execute(
            select(UsageDay.day, UsageDay.secret_id, UsageDay.avatar_id, UsageDay.sessions,
                   UsageDay.seconds, UsageDay.micro_credits, UsageDay.granted)
        )  # fmt: skip
        found: dict[tuple[str, str, str], list[int]] = {}
        for entry in await db.scalars(select(LedgerEntry)):
            key = (entry.day, entry.secret_id or "", entry.avatar_id or "")
            total = found.setdefault(key, [0, 0, 0, 0])
            given_ = entry.kind == "grant"
            for index, value in enumerate(
                (entry.kind == "started", entry.seconds,
                 0 if given_ else entry.micro_credits, -entry.micro_credits if given_ else 0)
            ):  # fmt: skip
                total[index] += value
        assert {tuple(row[:3]): list(row[3:]) for row in sums} == found


told = st.lists(
    st.tuples(
        st.floats(0, 40, allow_nan=False),  # seconds that pass before it is told
        st.sampled_from(["report", "report", "twice", "late", "stop"]),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize("begin", [NOON, NIGHT])
async def test_whatever_is_told_in_whatever_order_the_sum_is_the_time_in_the_room(
    filled: Cloud, begin: datetime.datetime
) -> None:
    cloud = filled

    @settings(max_examples=15, deadline=None, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(told)
    def check(history: list[tuple[float, str]]) -> None:
        asyncio.run_coroutine_threadsafe(one(history), loop).result()

    async def one(history: list[tuple[float, str]]) -> None:
        name = await new_session(cloud, begin)
        now, ended, last = 0.0, False, 0.0
        for pause, what in history:
            now += pause
            if ended:
                what = "late"
            report = Report(name, True, last if what == "late" else now, what == "stop")
            for _ in range(2 if what == "twice" else 1):
                await ending.settle(cloud, name, report, after(begin, now))
            if what != "late":
                last = now
            ended = ended or what == "stop"
        if not ended:
            last = now
            final = Report(name, True, now, True, reason="over")
            await ending.settle(cloud, name, final, after(begin, now))
        entries = await booked(cloud, name)
        assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
        assert [entry.kind for entry in entries].count("started") == 1
        assert [entry.kind for entry in entries].count("ended") == 1
        assert sum(entry.seconds for entry in entries) == int(last)
        assert sum(entry.micro_credits for entry in entries) == int(last) * 1_000_000 // 60
        assert all(entry.seconds >= 0 and entry.micro_credits >= 0 for entry in entries)
        assert all(entry.day == entry.at.date().isoformat() for entry in entries)
        for entry in entries:  # nothing of a day is entered on another
            midnight = entry.at.replace(hour=0, minute=0, second=0, microsecond=0)
            assert entry.seconds <= (entry.at - midnight).total_seconds() + 1

    loop = asyncio.get_running_loop()
    await asyncio.to_thread(check)
    await sums_agree(cloud)
    async with cloud.database.read(SYSTEM) as db:
        assert await db.scalar(select(Worker.taken)) == 0
        assert await db.scalar(select(func.count()).where(LiveSession.token != "")) == 0


async def test_two_that_tell_the_same_at_once_enter_it_once(filled: Cloud) -> None:
    names = [await new_session(filled, NOON) for _ in range(4)]
    for second in (3.0, 20.0, 41.5):
        over = second > 41
        reports = [Report(name, True, second, over) for name in names for _ in range(3)]
        await asyncio.gather(
            *(ending.settle(filled, one.task_id, one, after(NOON, second)) for one in reports)
        )
    for name in names:
        entries = await booked(filled, name)
        assert sum(entry.seconds for entry in entries) == 41
        assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
    await sums_agree(filled)
    async with filled.database.read(SYSTEM) as db:
        assert await db.scalar(select(Worker.taken)) == 0


async def test_a_new_worker_goes_on_counting(filled: Cloud) -> None:
    name = await new_session(filled, NOON)
    await ending.settle(filled, name, Report(name, True, 30.0, False), after(NOON, 30))
    async with filled.database.write(SYSTEM) as db:
        session = await db.get(LiveSession, name)
        assert session is not None
        session.base_seconds, session.task_id = session.seconds, "second"
    # What the first one says now does not count.
    await ending.settle(filled, name, Report(name, True, 99.0, True), after(NOON, 40))
    await ending.settle(filled, name, Report("second", True, 5.5, True), after(NOON, 50))
    assert sum(entry.seconds for entry in await booked(filled, name)) == 35


async def test_credit_is_given_once(filled: Cloud) -> None:
    async def give() -> bool:
        async with filled.database.write(SYSTEM) as db:
            return await ledger.give(db, "org_a", 5 * ledger.CREDIT, "inv_1", NOON, "thank you")

    assert sorted(await asyncio.gather(*(give() for _ in range(5)))) == [False] * 4 + [True]
    async with filled.database.read(Scope.organisation("org_a")) as db:
        assert await summaries.balance(db) == 5 * ledger.CREDIT
        month = await summaries.month_of(db, "2026-01")
    assert (month.granted, month.micro_credits, month.secrets) == (5 * ledger.CREDIT, 0, [])
    await sums_agree(filled)


async def test_the_soft_budget_is_told_once_a_month(filled: Cloud) -> None:
    from visavis.cloud.database import Budget, OutboxMessage, WebhookEndpoint

    async with filled.database.write(SYSTEM) as db:
        db.add(Budget(id="bud_a", org_id="org_a", soft=ledger.CREDIT))
        db.add(WebhookEndpoint(id="whk_a", org_id="org_a", url="https://x.test", secret="s",
                               events=["budget.reached"]))  # fmt: skip
    for begin in (NOON, after(NOON, 86_400)):
        name = await new_session(filled, begin)
        for second in (30, 61, 80, 99):
            report = Report(name, True, second, second == 99)
            await ending.settle(filled, name, report, after(begin, second))
    async with filled.database.read(SYSTEM) as db:
        payloads = (await db.scalars(select(OutboxMessage.payload))).all()
        assert sorted(one["data"]["month"] for one in payloads) == ["2026-01", "2026-02"]
    async with filled.database.write(SYSTEM) as db:
        assert not await budgets.tell_soft(db, "org_a", after(NOON, 86_500))


@given(
    changes=st.lists(st.tuples(st.integers(-500, 500), st.integers(0, 10**7)), max_size=4,
                     unique_by=lambda change: change[0]),
    parts=st.lists(st.integers(0, 200), min_size=1, max_size=6),
)  # fmt: skip
@settings(database=None)
async def test_what_seconds_cost_does_not_depend_on_how_they_are_told(
    changes: list[tuple[int, int]], parts: list[int]
) -> None:
    rows = [Price(id=f"p{at}", item="x", micro_credits=price, valid_from=after(NOON, at))
            for at, price in changes]  # fmt: skip
    prices = PriceList.of(rows)
    total = sum(parts)
    one_by_one = sum(
        prices.cost(after(NOON, sum(parts[: number + 1])), part)
        for number, part in enumerate(parts)
    )
    assert one_by_one == prices.cost(after(NOON, total), total)
    slow = sum(
        Fraction(prices.at(after(NOON, second))[0], 60) for second in range(total)
    )  # a second has the price that holds when it begins
    assert Fraction(one_by_one, 60) == slow


async def test_who_is_not_heard_of_any_more_has_ended_at_the_last_entry(filled: Cloud) -> None:
    cloud = filled
    now = cloud.now()
    silent, heard = await new_session(cloud, after(now, -500)), await new_session(cloud, now)
    await ending.settle(cloud, silent, Report(silent, True, 100.0, False), after(now, -400))
    await ending.settle(cloud, heard, Report(heard, True, 0.0, False), now)
    keeper = Keeper(cloud)
    for _ in range(2):
        await keeper._reap(120.0)
    entries = await booked(cloud, silent)
    assert [entry.kind for entry in entries] == ["started", "heartbeat", "ended"]
    assert sum(entry.seconds for entry in entries) == 100
    async with cloud.database.read(SYSTEM) as db:
        gone, still = await db.get(LiveSession, silent), await db.get(LiveSession, heard)
        assert gone is not None and still is not None
        assert (gone.state, gone.ended_at, gone.token) == ("ended", after(now, -400), "")
        assert still.state == "running"
        assert await db.scalar(select(Worker.taken)) == 1
