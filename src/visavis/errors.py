"""The few errors Visavis raises for its users; each message says what to do next.

Comes in: nothing. Goes out: exception classes. Everything a caller can put right (a bad file, an
unsuitable picture, a missing extra) is one of these; anything else is a bug of ours.
"""

from __future__ import annotations


class VisavisError(Exception):
    """Base of all errors a user can put right; the message says how."""


class InvalidAvatar(VisavisError):
    """An `.imx` file that is broken, foreign or hostile.

    Attributes:
        member: the member of the file that is wrong, or "" for the file as a whole.
        reason: what is wrong with it, in plain words.
    """

    def __init__(self, member: str, reason: str) -> None:
        self.member = member
        self.reason = reason
        super().__init__(f"{member}: {reason}" if member else reason)

    def __reduce__(self) -> tuple[type[InvalidAvatar], tuple[str, str]]:
        """Both parts: a worker process' refusal reaches the one that asked, with its words."""
        return type(self), (self.member, self.reason)


class UnsuitablePicture(VisavisError):
    """A picture no character can be made of (no face, too small, turned away …)."""


class InvalidMedia(VisavisError):
    """A sound, picture or video file that cannot be read or written."""


class InvalidOption(VisavisError):
    """An argument outside what is possible, with what is possible."""


class MissingDependency(VisavisError):
    """Something that has to be installed or fetched first, with the command that does it."""


class ServiceError(VisavisError):
    """A server that does not answer, or refuses: which one, and why. Never holds a secret."""
