"""``visavis serve``: a worker that is asked by HTTP to join rooms.

Comes in: options, or ``VISAVIS_`` variables. Goes out: avatars in LiveKit rooms.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from visavis.errors import InvalidOption, MissingDependency

_SECRET = "VISAVIS_API_SECRET"


def _option(text: str, name: str, **more: Any) -> Any:
    variable = f"VISAVIS_{name.upper().replace('-', '_')}"
    return typer.Option(f"--{name}", help=text, envvar=variable, **more)


def serve(
    host: Annotated[str, _option("Address to listen on.", "host")] = "127.0.0.1",
    port: Annotated[int, _option("Port; 0: any free one.", "port", min=0, max=65535)] = 8089,
    avatars: Annotated[
        Path | None,
        _option("Folder of .imx files, each an avatar_id.", "avatars", show_default=False),
    ] = None,
    secrets_file: Annotated[
        Path | None,
        _option(
            f"File of API secrets, one a line. One more may be in {_SECRET}.",
            "secrets-file",
            show_default=False,
        ),
    ] = None,
    no_auth: Annotated[
        bool,
        typer.Option("--no-auth", help="Take launches from anybody on this machine.",
                     show_default=False),
    ] = False,
    open_metrics: Annotated[
        bool,
        typer.Option("--open-metrics", envvar="VISAVIS_OPEN_METRICS",
                     help="Show /metrics without a secret.", show_default=False),
    ] = False,
    sessions: Annotated[
        int | None,
        _option("Sessions at most; else two a core.", "sessions", min=1, show_default=False),
    ] = None,
    idle: Annotated[
        float, _option("Seconds without a word after which an avatar leaves; 0: never.", "idle")
    ] = 900.0,
    hold: Annotated[
        float, _option("Seconds a launch waits for a place before it is refused.", "hold")
    ] = 4.0,
    drain: Annotated[
        float, _option("Seconds that speaking sessions have at a shutdown.", "drain")
    ] = 60.0,
    size: Annotated[str, _option("Of the video: 512 or 1280x720.", "size")] = "512",
    fps: Annotated[float, _option("Frames per second.", "fps")] = 25.0,
    codec: Annotated[str, _option("h264 or vp8.", "codec")] = "h264",
    bitrate: Annotated[
        int | None,
        _option("Of the video at most, bit/s; else what fits its size.", "bitrate",
                show_default=False),
    ] = None,
    pictures: Annotated[
        bool,
        typer.Option("--pictures/--no-pictures", envvar="VISAVIS_PICTURES",
                     help="Build avatars from pictures on the spot."),
    ] = True,
    downloads: Annotated[
        str,
        _option("Where avatars and pictures may be fetched from: none, public or any address.",
                "downloads"),
    ] = "public",
    state: Annotated[
        Path | None,
        _option("Folder for launches and built avatars; else in the user's state.", "state",
                show_default=False),
    ] = None,
    log: Annotated[str, _option("json, text, or auto: text on a terminal.", "log")] = "auto",
) -> None:  # fmt: skip
    """Run a worker: avatars join LiveKit rooms as they are asked to by HTTP."""
    if not sys.platform.startswith("linux"):
        raise InvalidOption("visavis serve runs on Linux only; use its container elsewhere")
    import os

    try:
        from visavis.live import RoomOptions
        from visavis.serve.credentials import read_secrets
        from visavis.serve.running import run
        from visavis.serve.settings import WorkerSettings, default_sessions, default_state
    except ModuleNotFoundError as error:
        raise MissingDependency(
            f"serving needs {error.name}: pip install 'visavis[serve]'"
        ) from error
    for value, name, possible in (
        (downloads, "downloads", ("none", "public", "any")),
        (log, "log", ("auto", "json", "text")),
    ):
        if value not in possible:
            raise InvalidOption(f"--{name} {value}: {', '.join(possible)} are possible")
    secrets = () if no_auth else read_secrets(os.environ.get(_SECRET), secrets_file)
    settings = WorkerSettings(
        host=host, port=port, secrets=secrets, no_auth=no_auth, open_metrics=open_metrics,
        avatars=avatars, state=state or default_state(),
        sessions=sessions or default_sessions(),
        hold=hold, idle=idle, drain=drain, pictures=pictures,
        downloads=downloads,  # type: ignore[arg-type]
        room=RoomOptions(size=size, fps=fps, codec=codec, bitrate=bitrate),  # type: ignore[arg-type]
    )  # fmt: skip
    os.environ.pop(_SECRET, None)  # no child of ours needs it
    run(settings, log)  # type: ignore[arg-type]
