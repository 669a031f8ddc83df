"""Why a request is not granted, as its sender is told.

Comes in: an HTTP status and a reason. Goes out: :class:`Refused`, an exception.
"""

from __future__ import annotations

from visavis.errors import VisavisError


class Refused(VisavisError):
    """A request that is not granted.

    Attributes:
        status: HTTP status.
        code: one word for programs, such as ``at_capacity``.
        retry_after: seconds after which it may be tried again, if that helps.
    """

    def __init__(self, status: int, code: str, reason: str, retry_after: int | None = None) -> None:
        self.status = status
        self.code = code
        self.retry_after = retry_after
        super().__init__(reason)


def bad_request(reason: str) -> Refused:
    """The request makes no sense as it is."""
    return Refused(400, "bad_request", reason)
