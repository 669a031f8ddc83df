"""``visavis talk``: meet a character in the browser.

Comes in: an avatar, endpoints. Goes out: a web page on this machine until Ctrl-C.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

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
from visavis.errors import InvalidOption, MissingDependency

if TYPE_CHECKING:
    from visavis.agent.endpoints import Endpoint


def talk(
    context: typer.Context,
    avatar: AvatarArgument = "ada",
    characters: Characters = None,
    port: Port = 8600,
    host: Host = "127.0.0.1",
    https: Annotated[
        bool,
        typer.Option(
            "--https", show_default=False,
            help="Serve HTTPS with a certificate made here: a phone's microphone needs it.",
        ),
    ] = False,
    certificate: Certificate = None,
    certificate_key: CertificateKey = None,
    name: HostNames = None,
    open_browser: OpenBrowser = False,
    voice: Annotated[
        str | None,
        typer.Option(
            help="espeak-ng voice (en-gb, de, en-us+f4 …), or a voice of --tts-url; one that fits "
            "the character if not given.", show_default=False,
        ),
    ] = None,
    agent: Annotated[
        bool,
        typer.Option("--agent", help="Hold a conversation; needs --llm-url.", show_default=False),
    ] = False,
    llm_url: Annotated[
        str | None,
        typer.Option(
            envvar="VISAVIS_LLM_URL", show_default=False, show_envvar=False,
            help="OpenAI-compatible language model, http://localhost:11434/v1; key in "
            "VISAVIS_LLM_KEY.",
        ),
    ] = None,
    llm_model: Annotated[str, typer.Option(help="Its model.")] = "llama3.2",
    stt_url: Annotated[
        str | None,
        typer.Option(
            envvar="VISAVIS_STT_URL", show_default=False, show_envvar=False,
            help="OpenAI-compatible speech recognition; key in VISAVIS_STT_KEY.",
        ),
    ] = None,
    stt_model: Annotated[str, typer.Option(help="Its model.")] = "whisper-1",
    language: Annotated[
        str | None,
        typer.Option(help="What is spoken: en, de …; recognised if not given.", show_default=False),
    ] = None,
    tts_url: Annotated[
        str | None,
        typer.Option(
            envvar="VISAVIS_TTS_URL", show_default=False, show_envvar=False,
            help="OpenAI-compatible voice instead of espeak-ng; key in VISAVIS_TTS_KEY.",
        ),
    ] = None,
    tts_model: Annotated[str, typer.Option(help="Its model.")] = "tts-1",
    instructions: Annotated[
        Path | None,
        typer.Option(
            help="A text file: who the character is. {name} stands for its name.",
            show_default=False,
        ),
    ] = None,
    video: Annotated[
        bool,
        typer.Option(
            "--video", show_default=False,
            help="Send video; else the browser draws the character itself, where it can.",
        ),
    ] = False,
    fps: Annotated[float, typer.Option(help="Frames per second, 10 to 60.")] = 25,
    bitrate: Annotated[
        int, typer.Option(help="Of the picture at most, kbit/s.", min=200, max=20_000)
    ] = 2500,
    codec: Annotated[
        Literal["h264", "vp8"], typer.Option(metavar="h264|vp8", help="Preferred for the picture.")
    ] = "h264",
    sessions: Annotated[
        int, typer.Option(help="Visitors at most at one time.", min=1, max=100)
    ] = 4,
    photos: Annotated[
        bool, typer.Option("--photos/--no-photos", help="Make characters of visitors' photos.")
    ] = True,
    ice_server: Annotated[
        list[str] | None,
        typer.Option(
            help="stun:host:port or turn:user:password@host:port, for visitors from other "
            "networks. May be repeated.", show_default=False,
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Meet a character in the browser: it says what you type or speak, or converses."""
    if agent and not llm_url:
        raise InvalidOption(
            "--agent needs a language model: --llm-url http://localhost:11434/v1 (Ollama), or a "
            "vendor's address with the key in VISAVIS_LLM_KEY"
        )
    quiet = is_quiet(context, quiet)
    files = certificate_files(https, certificate, certificate_key, host, name or [])
    spoken = instructions.read_text("utf-8") if instructions else None
    try:
        from visavis.agent.voices import open_voice
        from visavis.live.webrtc import ice_servers
        from visavis.options import parse_fps
        from visavis.talk.app import make_app
        from visavis.talk.cast import Cast
        from visavis.talk.options import TalkOptions
        from visavis.talk.server import listen, run
    except ModuleNotFoundError as error:
        raise MissingDependency(
            f"talking needs {error.name}: pip install 'visavis[talk]'"
        ) from error
    llm = _endpoint("language model", llm_url, llm_model, "VISAVIS_LLM_KEY") if agent else None
    stt = _endpoint("speech recognition", stt_url, stt_model, "VISAVIS_STT_KEY")
    tts = _endpoint("voice", tts_url, tts_model, "VISAVIS_TTS_KEY")
    options = TalkOptions(
        fps=float(parse_fps(fps)), bitrate=1000 * bitrate, codec=codec, video=video,
        sessions=sessions,
        photos=photos,
        ice=tuple(ice_server or ()), voice=voice, llm=llm, stt=stt, tts=tts, language=language,
        instructions=spoken,
    )  # fmt: skip
    ice_servers(options.ice)
    open_voice(voice, tts)  # says at once if there is no such voice
    cast = Cast(avatar, characters)
    found = listen(host, port)
    first = next(iter(cast.members.values()))

    def ready(url: str) -> None:
        if not quiet:
            print(f"Talk to {first.name}: {url}  (Ctrl-C ends it)", flush=True)

    run(make_app(cast, options, tuple(name or ())), found,
        certificate=files, open_browser=open_browser, on_ready=ready, websockets=True)  # fmt: skip


def _endpoint(role: str, url: str | None, model: str, key_name: str) -> Endpoint | None:
    from visavis.agent.endpoints import Endpoint

    if not url:
        return None
    return Endpoint(role, url, model, os.environ.get(key_name) or None, key_name)
