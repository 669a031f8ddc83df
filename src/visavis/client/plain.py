"""The client. Comes in: an address and a secret. Goes out: what the cloud answers."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
import stamina

from visavis.client import calls, credentials
from visavis.client.answers import CloudAvatar, CloudEmbed, CloudSession
from visavis.client.calls import Ask, Call, Picture, Progress, Wait, said
from visavis.client.sending import ATTEMPTS, LONGEST, TIMEOUT, Unanswered, again, given_up, look

T = TypeVar("T")


class Client:
    """A cloud, seen by a program.

    Requests that fail on the way or are told to come later are sent again, a few times, and done
    once.

    Example::

        import visavis

        with visavis.Client() as cloud:                  # as `visavis login` left it
            avatar = cloud.push("face.jpg", name="Ada", consent="own_likeness")
            cloud.pull(avatar.id, "ada.imx")

    Args:
        url: the cloud's address; None: ``VISAVIS_API_URL``, or what ``visavis login`` kept.
        secret: an API secret; None: ``VISAVIS_API_SECRET``, or what ``visavis login`` kept;
            "": none.
        transport: another one of httpx's, for tests.

    Raises:
        InvalidOption: no address or no secret is known.
    """

    def __init__(
        self,
        url: str | None = None,
        secret: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._known = credentials.find(url, secret)
        self._http = httpx.Client(
            base_url=self._known.url, timeout=TIMEOUT, transport=transport,
            headers=self._known.headers,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def me(self) -> dict[str, Any]:
        """Who the secret belongs to, and what it may.

        Raises:
            ServiceError: the cloud refuses, or does not answer; so do all that follow.
        """
        return self._run(calls.me())

    def avatars(self, q: str | None = None, tag: str | None = None) -> list[CloudAvatar]:
        """One's avatars, newest first: all, those that a search finds, or that have a tag."""
        return self._run(calls.avatars(q, tag, gallery=False))

    def gallery(self, q: str | None = None, tag: str | None = None) -> list[CloudAvatar]:
        """Avatars that everybody may use."""
        return self._run(calls.avatars(q, tag, gallery=True))

    def avatar(self, avatar_id: str) -> CloudAvatar:
        """One avatar, one's own or one that others show."""
        return self._run(calls.avatar(avatar_id))

    def push(
        self, source: Picture, *, name: str, consent: str, consent_note: str = "",
        licence: str = "", picture_source: str = "", description: str = "",
        visibility: str = "private", tags: Sequence[str] = (), face: int = 1, wait: bool = True,
        progress: Progress | None = None,
    ) -> CloudAvatar:  # fmt: skip
        """Make an avatar.

        Args:
            source: a picture or an ``.imx`` file: its path, its bytes, or an http(s) address.
            name: its name.
            consent: what allows the use of the likeness: "own_likeness", "written_consent",
                "public_licence" or "no_person".
            consent_note: who agreed, when.
            licence: of the picture.
            picture_source: where the picture is from.
            description: for people.
            visibility: "private", "unlisted" or "public".
            tags: words it is found by.
            face: which, where there are several; 1: the largest.
            wait: until it is made; else it is returned with status "making".
            progress: called with a step and the part done, 0 to 1.

        Returns:
            The avatar.

        Raises:
            ServiceError: it is refused, or cannot be made; the message says why.
            InvalidMedia: the file cannot be read.
        """
        about = said(name, consent, consent_note, licence, picture_source, description,
                     visibility, tags, face)  # fmt: skip
        return self._run(calls.push(source, about, wait, progress))

    def pull(self, avatar_id: str, out: str | os.PathLike[str] | None = None) -> Path:
        """Fetch an avatar's file; None: into ``A1B2C3D4E5.imx``. Its path."""
        return self._run(calls.pull(avatar_id, out))

    def clone(self, avatar_id: str, name: str | None = None) -> CloudAvatar:
        """Copy an avatar into one's own; the copy."""
        return self._run(calls.clone(avatar_id, name))

    def delete(self, avatar_id: str) -> list[str]:
        """Delete an avatar for good; what went."""
        return self._run(calls.delete(avatar_id))

    def launch(
        self, avatar_id: str, livekit_url: str, livekit_token: str, room_name: str = ""
    ) -> CloudSession:
        """Let an avatar join a LiveKit room.

        Args:
            avatar_id: of one's own avatars, or one that others show.
            livekit_url: of the room's server.
            livekit_token: the avatar's own: its identity, the grant to join the room; its attribute
                ``lk.publish_on_behalf`` names the agent that it speaks for.
            room_name: if given, it is the token's.

        Returns:
            The session, which has a place and is about to join; the same launch again is the
            same session.
        """
        return self._run(calls.launch(avatar_id, livekit_url, livekit_token, room_name))

    def join(
        self, livekit_url: str, livekit_token: str, room_name: str = "", *,
        avatar_id: str | None = None, image: bytes | str | None = None, address: str = "/launch",
    ) -> None:  # fmt: skip
        """Let an avatar join a LiveKit room and wait until it has.

        A worker (``visavis serve``) can be asked so, too; give the client ``secret=""`` where it
        asks for none. The same launch again does nothing.

        Args:
            livekit_url: of the room's server.
            livekit_token: the avatar's own, see :meth:`launch`.
            room_name: if given, it is the token's.
            avatar_id: an avatar that the cloud or the worker knows; or
            image: a picture's bytes, or its http(s) address.
            address: where to post to, if that is not `/launch` of the client's address.
        """
        self._run(calls.join(livekit_url, livekit_token, room_name, avatar_id, image, address))

    def sessions(self, state: str | None = None) -> list[CloudSession]:
        """Sessions, newest first; state "open" or "ended": those only."""
        return self._run(calls.sessions(state))

    def stop(self, session_id: str) -> CloudSession:
        """Let a session's avatar leave its room."""
        return self._run(calls.stop(session_id))

    def direct(self, session_id: str, what: str, **told: Any) -> CloudSession:
        """Tell a session's avatar something.

        Args:
            session_id: which.
            what: "say", "context" (with ``text=``), "gesture", "emotion" (with ``name=`` and
                ``strength=``) or "state" (with ``name=``).
            **told: see there.
        """
        return self._run(calls.direct(session_id, what, told))

    def embed(
        self, avatar_id: str, origins: Sequence[str], *, name: str = "", minutes: int = 5,
        total_minutes: int | None = None, expires_in: int = 3600,
    ) -> CloudEmbed:  # fmt: skip
        """Make a token that lets pages of one's sites show an avatar and talk to it.

        Make it when a page is asked for, and it need live no longer than the page.

        Args:
            avatar_id: of one's own avatars, or one that others show.
            origins: 1 to 10 sites, as browsers name them: ``https://example.org``.
            name: to know it by, 100 characters at most.
            minutes: of one talk, at most; 1 to 120.
            total_minutes: of all talks together, at most; None: no limit.
            expires_in: seconds for which talks can be begun, 60 to 7,776,000 (90 days).

        Returns:
            The token, and two lines of HTML that show it: now and never again.
        """
        return self._run(calls.embed(avatar_id, origins, name, minutes, total_minutes, expires_in))

    def embeds(self) -> list[CloudEmbed]:
        """Embed tokens of the last months, newest first, without what is secret of them."""
        return self._run(calls.embeds())

    def revoke_embed(self, embed_id: str) -> CloudEmbed:
        """Revoke an embed token: nothing more begins with it, its talks end in a second or two."""
        return self._run(calls.revoke_embed(embed_id))

    def usage(self, month: str | None = None) -> dict[str, Any]:
        """What was used in a month ("2026-01"; None: this one)."""
        return self._run(calls.usage(month))

    def usage_csv(self, month: str | None = None) -> str:
        """The same as CSV: a line for each day, secret and avatar."""
        return self._run(calls.usage_csv(month))

    def _run(self, call: Call[T]) -> T:
        try:
            step = next(call)
            while True:
                if isinstance(step, Wait):
                    time.sleep(step.seconds)
                    step = next(call)
                else:
                    step = call.send(self._send(step))
        except StopIteration as ended:
            value: T = ended.value
            return value

    def _send(self, ask: Ask) -> httpx.Response:
        try:
            for attempt in stamina.retry_context(on=again, attempts=ATTEMPTS, timeout=LONGEST):
                with attempt:
                    return look(self._http.request(ask.method, ask.path, **ask.options))
        except (Unanswered, httpx.HTTPError, httpx.InvalidURL) as error:
            raise given_up(error, self._known.url) from None
        raise AssertionError
