"""Not everybody's pictures at once."""

from __future__ import annotations

import asyncio

import pytest

from visavis.cloud.problems import Problem
from visavis.studio.routes import Queue


@pytest.mark.asyncio
async def test_one_at_a_time_and_few_that_wait() -> None:
    queue, go_on = Queue(), asyncio.Event()
    now, most = 0, 0

    async def look() -> None:
        nonlocal now, most
        async with queue.turn():
            now += 1
            most = max(most, now)
            await go_on.wait()
            now -= 1

    looking = [asyncio.create_task(look()) for _ in range(9)]
    await asyncio.sleep(0)
    with pytest.raises(Problem) as refused:
        await look()
    assert refused.value.status == 503 and refused.value.retry_after
    go_on.set()
    await asyncio.gather(*looking)
    assert most == 1
    await look()
