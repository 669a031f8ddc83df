"""``visavis login``, ``pull``, ``push``, ``usage``: a cloud from the command line.

Comes in: an API secret, ids, files. Goes out: files, avatars in the cloud, what was used.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.console import Json, Quiet, is_quiet, print_json, print_table, steps, write_whole
from visavis.errors import InvalidOption, MissingDependency

if TYPE_CHECKING:
    from visavis.client import Client

Url = Annotated[
    str | None,
    typer.Option("--url", help="Of the cloud; else VISAVIS_API_URL, or as logged in.",
                 show_default=False),
]  # fmt: skip


@contextlib.contextmanager
def _client(url: str | None) -> Iterator[Client]:
    try:
        from visavis.client import Client
    except ModuleNotFoundError as error:
        raise MissingDependency(
            f"this needs {error.name}: pip install 'visavis[client]'"
        ) from error
    with Client(url) as client:
        yield client


def login(
    context: typer.Context,
    url: Annotated[
        str, typer.Argument(metavar="URL", help="Of the cloud: https://cloud.example")
    ] = "http://127.0.0.1:8090",
    out: Annotated[
        bool, typer.Option("--forget", help="Forget the secret instead.", show_default=False)
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Keep an API secret for pull, push and usage: asked for, or read from stdin."""
    try:
        from visavis import client
    except ModuleNotFoundError as error:
        raise MissingDependency(
            f"this needs {error.name}: pip install 'visavis[client]'"
        ) from error
    from visavis.client.credentials import clean

    if out:
        client.forget()
        return
    address = clean(url)
    if sys.stdin.isatty():
        print(f"An API secret of {address}: make one under Developer, API Keys.", file=sys.stderr)
        secret = typer.prompt("API secret", hide_input=True, err=True)
    else:
        secret = sys.stdin.readline()
    secret = secret.strip()
    if not secret:
        raise InvalidOption("no secret was given")
    with client.Client(address, secret) as cloud:
        me = cloud.me()
    file = client.keep(client.Credentials(address, secret))
    if not is_quiet(context, quiet):
        names = ", ".join(one["name"] for one in me["organisations"])
        print(f"logged in to {address} as {names or me['org_id']}; kept in {file}")


def pull(
    context: typer.Context,
    avatar_id: Annotated[str, typer.Argument(metavar="ID", help="Of the avatar: A1B2C3D4E5.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The .imx file; else ID.imx.",
                                  show_default=False),
    ] = None,
    url: Url = None,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Fetch an avatar from the cloud, to use it offline."""
    with _client(url) as cloud:
        file = cloud.pull(avatar_id, output)
    if not is_quiet(context, quiet):
        print(f"{file}: {file.stat().st_size / 1000:,.0f} kB")


def push(
    context: typer.Context,
    source: Annotated[
        str, typer.Argument(metavar="FILE", help="A picture or an .imx file, or its address.")
    ],
    consent: Annotated[
        str,
        typer.Option(help="What allows the use of the likeness: own_likeness, written_consent, "
                     "public_licence or no_person.", show_default=False),
    ],
    name: Annotated[
        str | None, typer.Option(help="The avatar's name; else the file's.", show_default=False)
    ] = None,
    note: Annotated[
        str, typer.Option(help="Who agreed, when.", show_default=False)
    ] = "",
    licence: Annotated[str, typer.Option(help="Of the picture.", show_default=False)] = "",
    description: Annotated[str, typer.Option(help="For people.", show_default=False)] = "",
    visibility: Annotated[
        str, typer.Option(help="private, unlisted (who knows its id) or public.")
    ] = "private",
    tag: Annotated[
        list[str] | None, typer.Option(help="May be repeated.", show_default=False)
    ] = None,
    face: Annotated[
        int, typer.Option(help="Which face where there are several: 1 is the largest.", min=1)
    ] = 1,
    url: Url = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:  # fmt: skip
    """Make an avatar in the cloud from a picture, or put a ready one there."""
    quiet = is_quiet(context, quiet)
    with _client(url) as cloud, steps(quiet) as bar:
        made = cloud.push(
            source, name=name or Path(source).stem, consent=consent, consent_note=note,
            licence=licence, description=description, visibility=visibility, tags=tag or (),
            face=face, progress=bar,
        )  # fmt: skip
    if json:
        print_json(made.model_dump(mode="json"))
    elif not quiet:
        print(f"{made.id}: {made.name}, {made.visibility}")


def usage(
    month: Annotated[
        str | None, typer.Option(help="2026-01; else this month.", show_default=False)
    ] = None,
    csv: Annotated[
        str | None, typer.Option(help="Write CSV to this file; - for stdout.", show_default=False)
    ] = None,
    url: Url = None,
    json: Json = False,
) -> None:
    """Say what was used in the cloud in a month."""
    with _client(url) as cloud:
        if csv is not None:
            write_whole(csv, cloud.usage_csv(month).encode())
            return
        said = cloud.usage(month)
    if json:
        print_json(said)
        return
    rows = [
        [str(day["id"]), f"{day['seconds'] / 60:.1f}", f"{day['micro_credits'] / 1e6:.2f}"]
        for day in said.get("days", ())
    ]
    print_table(str(said.get("month", "")), ["day", "minutes", "credits"], rows)
