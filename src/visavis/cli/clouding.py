"""``visavis cloud``: accounts, API secrets, avatars and sessions for others, on this machine.

Comes in: options, ``VISAVIS_CLOUD_`` variables, a TOML file. Goes out: an HTTP server.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from visavis.cli.console import Quiet, is_quiet
from visavis.errors import MissingDependency

clouds = typer.Typer(rich_markup_mode=None, invoke_without_command=True)
Backup = Annotated[Path, typer.Argument(metavar="FILE", help="The backup, a ZIP file.")]


def _option(text: str, name: str, **more: Any) -> Any:
    # Not typer's envvar: the settings read variables and file themselves, checked alike.
    return typer.Option(f"--{name}", help=text, show_default=False, **more)


@clouds.callback()
def cloud(
    context: typer.Context,
    config: Annotated[
        Path | None, _option("TOML file of settings; or VISAVIS_CLOUD_CONFIG.", "config")
    ] = None,
    host: Annotated[str | None, _option("Address to listen on; else 127.0.0.1.", "host")] = None,
    port: Annotated[int | None, _option("Port; else 8090; 0: any free one.", "port")] = None,
    public_url: Annotated[
        str | None, _option("Under which browsers and agents reach it.", "public-url")
    ] = None,
    data: Annotated[
        Path | None, _option("Folder for database, files and key; else the user's.", "data")
    ] = None,
    database: Annotated[
        str | None, _option("postgresql://user@host/name; else SQLite in that folder.", "database")
    ] = None,
    files: Annotated[
        str | None, _option("s3://bucket/prefix, or a folder; else in that folder.", "files")
    ] = None,
    sign_up: Annotated[
        str | None, _option("open, or closed (the default): by invitation only.", "sign-up")
    ] = None,
    engine: Annotated[
        str | None, _option("What carries sessions: local (the default), ray, or none.", "engine")
    ] = None,
    ray_address: Annotated[
        str | None, _option("Of Ray: ray://host:10001, or auto: this machine's.", "ray-address")
    ] = None,
    sessions: Annotated[
        int | None, _option("Sessions at once; else two a core.", "sessions")
    ] = None,
    log: Annotated[
        str | None, _option("json, text, or auto: text on a terminal.", "log")
    ] = None,
) -> None:  # fmt: skip
    """Run a cloud: everything for others to make avatars and let them join rooms.

    Every setting can also be a variable (VISAVIS_CLOUD_PORT) or a line of the TOML file (port);
    what is given here counts first, then the variable, then the file.
    """
    try:
        from visavis.cloud.settings import load
    except ModuleNotFoundError as error:
        raise MissingDependency(
            f"the cloud needs {error.name}: pip install 'visavis[cloud]'"
        ) from error
    context.obj = load(
        config, host=host, port=port, public_url=public_url, data=data, database=database,
        files=files, sign_up=sign_up, engine=engine, ray_address=ray_address,
        sessions=sessions,
        log=log,
    )  # fmt: skip
    if context.invoked_subcommand is None:
        from visavis.cloud.running import run
        from visavis.studio import add_studio

        run(context.obj, add_studio)


@clouds.command("backup")
def backup(context: typer.Context, out: Backup, quiet: Quiet = False) -> None:
    """Write database, stored files and key into one file; the cloud may go on meanwhile.

    Which cloud, the options before the command say: visavis cloud --data folder backup file.zip
    """
    import asyncio

    from visavis.cloud.backup import backup as write

    kept = asyncio.run(write(context.obj, out))
    if not is_quiet(context, quiet):
        print(f"{out}: {kept.rows} rows, {kept.files} files, {kept.bytes / 1e6:,.1f} MB")


@clouds.command("restore")
def restore(context: typer.Context, source: Backup, quiet: Quiet = False) -> None:
    """Fill an empty cloud with a backup: a new folder, a new database, of either kind."""
    import asyncio

    from visavis.cloud.backup import restore as fill

    kept = asyncio.run(fill(context.obj, source))
    if not is_quiet(context, quiet):
        print(f"restored: {kept.rows} rows, {kept.files} files, {kept.bytes / 1e6:,.1f} MB")


@clouds.command("workers")
def workers(context: typer.Context) -> None:
    """List the workers: id, state, sessions and places, version."""
    import asyncio

    from visavis.cloud.engines.ordering import workers as listed

    for row in asyncio.run(listed(context.obj)):
        print(f"{row.id}  {row.state:9}  {row.taken:3} of {row.capacity:3}  {row.version}")


@clouds.command("drain")
def drain(
    context: typer.Context,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[WORKER]...", help="Which; else all.")
    ] = None,
) -> None:
    """Replace workers in a Ray cluster, one after the other; their sessions go on under others.

    As after a new version of their program. The cloud does it, which has to run meanwhile.
    """
    import asyncio

    from visavis.cloud.engines.ordering import drain as drained

    async def run() -> None:
        async for name in drained(context.obj, ids or []):
            print(f"{name}: replaced", flush=True)

    asyncio.run(run())
