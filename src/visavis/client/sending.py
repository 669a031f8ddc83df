"""How requests are sent: again where that helps, and what refusals mean.

Comes in: responses and failures. Goes out: whether to try again, and errors that say what to do.
"""

from __future__ import annotations

import httpx

from visavis.errors import ServiceError

TIMEOUT = httpx.Timeout(30.0, read=120.0)
ATTEMPTS = 5
LONGEST = 90.0
"""Seconds for all attempts together."""
_MOST_WAIT = 30.0
_AGAIN = (408, 429, 502, 503, 504)


class Unanswered(Exception):
    """A response that is worth another attempt."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        super().__init__(f"status {response.status_code}")


def look(response: httpx.Response) -> httpx.Response:
    """A response that is good.

    Raises:
        Unanswered: another attempt may help.
        ServiceError: it is refused, with the reason.
    """
    if response.is_success:
        return response
    if response.status_code in _AGAIN or _code(response) == "in_progress":
        raise Unanswered(response)
    raise refused(response)


def again(error: Exception) -> bool | float:
    """Whether to try again; a number: in so many seconds."""
    if isinstance(error, Unanswered):
        said = error.response.headers.get("retry-after", "")
        return min(float(said), _MOST_WAIT) if said.isdigit() else True
    return isinstance(error, httpx.TransportError)


def given_up(error: Exception, url: str) -> ServiceError:
    """The last failure, for people."""
    if isinstance(error, Unanswered):
        return refused(error.response)
    return ServiceError(f"{url} does not answer ({type(error).__name__}); is it the right address?")


def refused(response: httpx.Response) -> ServiceError:
    """What a refusal says."""
    try:
        said = response.json()
        why = said.get("detail") or said["error"]  # a worker's word for it
        text = " ".join(filter(None, (why, said.get("todo"))))
    except (ValueError, KeyError, TypeError):
        text = f"it answers {response.status_code}; is this the address of a Visavis cloud?"
    return ServiceError(f"{response.url.host}: {text}")


def _code(response: httpx.Response) -> str:
    try:
        return str(response.json()["code"])
    except (ValueError, KeyError, TypeError):
        return ""
