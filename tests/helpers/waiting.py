"""Waiting in tests: for something to become true, never for a time to pass.

Comes in: a condition. Goes out: nothing, or an AssertionError when it never held.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


async def until(true: Callable[[], object], timeout: float = 20.0) -> None:
    """Wait until a condition holds; the limit (s) only ends a test that has failed."""
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end, "that did not happen"
        await asyncio.sleep(0.01)
