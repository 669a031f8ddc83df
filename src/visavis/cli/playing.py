"""``visavis play``: a character that the browser draws itself.

Comes in: an avatar. Goes out: a web page on this machine until Ctrl-C.
"""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from visavis.cli.console import AvatarArgument, Quiet, is_quiet
from visavis.cli.paging import (
    Certificate,
    CertificateKey,
    Characters,
    Host,
    HostNames,
    OpenBrowser,
    Port,
    certificate_files,
)
from visavis.errors import MissingDependency

SEND_BUFFER = 64 * 1024
"""Bytes that the machine keeps for a slow page: a second or two of sound."""


def play(
    context: typer.Context,
    avatar: AvatarArgument = "ada",
    characters: Characters = None,
    port: Port = 8700,
    host: Host = "127.0.0.1",
    certificate: Certificate = None,
    certificate_key: CertificateKey = None,
    name: HostNames = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            help="A site whose pages may embed the characters, https://example.org. May be "
            "repeated.", show_default=False,
        ),
    ] = None,
    open_browser: OpenBrowser = False,
    voice: Annotated[
        str | None,
        typer.Option(
            help="espeak-ng voice (en-gb, de, en-us+f4 …); one that fits the character if not "
            "given.", show_default=False,
        ),
    ] = None,
    fps: Annotated[float, typer.Option(help="Poses per second, 10 to 60.")] = 25,
    sessions: Annotated[
        int, typer.Option(help="Visitors at most at one time.", min=1, max=10_000)
    ] = 300,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """A character drawn by the browser: sound and motion are streamed to it, no video."""
    quiet = is_quiet(context, quiet)
    try:
        from visavis.agent.voices import open_voice
        from visavis.options import parse_fps
        from visavis.play.app import PlayOptions, make_app
        from visavis.talk.cast import Cast
        from visavis.talk.server import listen, run
    except ModuleNotFoundError as error:
        raise MissingDependency(
            f"playing needs {error.name}: pip install 'visavis[talk]'"
        ) from error
    files = certificate_files(False, certificate, certificate_key, host, name or [])
    open_voice(voice)  # says at once if there is no such voice
    cast = Cast(avatar, characters)
    options = PlayOptions(
        fps=float(parse_fps(fps)), sessions=sessions, origins=tuple(origin or ()), voice=voice
    )
    app = make_app(cast, options, name or ())
    found = listen(host, port)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    first = next(iter(cast.members.values()))

    def ready(url: str) -> None:
        if not quiet:
            print(f"{first.name}, drawn by your browser: {url}  (Ctrl-C ends it)", flush=True)

    run(app, found, certificate=files, open_browser=open_browser, on_ready=ready, websockets=True)
