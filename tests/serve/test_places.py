"""Places are given in order, none is lost, and never too many."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.serve.places import Places


@settings(deadline=None, max_examples=60)
@given(
    count=st.integers(1, 4),
    visits=st.lists(
        st.tuples(
            st.integers(0, 4),  # comes after so many turns of the loop
            st.sampled_from([0.0, 0.002, 1.0]),  # patience
            st.integers(0, 4),  # stays for so many turns
            st.booleans(),  # is cancelled on the way
        ),
        max_size=12,
    ),
)
def test_none_is_lost_and_none_is_given_twice(
    count: int, visits: list[tuple[int, float, int, bool]]
) -> None:
    async def main() -> None:
        places = Places(count)
        inside = 0

        async def turns(number: int) -> None:
            for _ in range(number):
                await asyncio.sleep(0)

        async def visit(after: int, patience: float, stay: int) -> None:
            nonlocal inside
            await turns(after)
            if not await places.take(patience):
                return
            inside += 1
            assert inside <= count
            try:
                await turns(stay)
            finally:
                inside -= 1
                places.give_back()

        tasks = [asyncio.create_task(visit(*visitor[:3])) for visitor in visits]
        await turns(3)
        for task, visitor in zip(tasks, visits, strict=True):
            if visitor[3]:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in tasks:
            assert task.cancelled() or task.exception() is None
        assert places.taken == 0
        assert places.waiting == 0

    asyncio.run(main())


def test_who_came_first_is_served_first() -> None:
    async def main() -> list[int]:
        places = Places(1)
        await places.take(0)
        served: list[int] = []

        async def wait(number: int) -> None:
            assert await places.take(5.0)
            served.append(number)
            places.give_back()

        tasks = [asyncio.create_task(wait(number)) for number in range(5)]
        await asyncio.sleep(0)
        places.give_back()
        await asyncio.gather(*tasks)
        return served

    assert asyncio.run(main()) == [0, 1, 2, 3, 4]
