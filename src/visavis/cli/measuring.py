"""``visavis bench`` and ``visavis doctor``: how fast it is here, and whether it works.

Comes in: an avatar, or nothing. Goes out: a table, or JSON; doctor's exit status.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from visavis.cli.console import (
    AvatarArgument,
    Json,
    Quiet,
    is_quiet,
    print_json,
    print_table,
    progress,
)


def bench(
    context: typer.Context,
    avatar: AvatarArgument,
    runs: Annotated[int, typer.Option(help="Medians are of this many runs.", min=1, max=100)] = 5,
    frames: Annotated[int, typer.Option(help="Frames a run.", min=5, max=1000)] = 50,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Measure milliseconds per frame by stage, beside video encoders, on one thread."""
    from visavis.bench import STAGES
    from visavis.bench import bench as measure
    from visavis.library import find

    path = find(avatar)
    with progress("measuring", is_quiet(context, quiet)) as bar:
        report = measure(path, runs=runs, frames=frames, progress=bar)
    if json:
        print_json(dataclasses.asdict(report))
        return
    sizes = list(report.stages)
    rows = [
        [stage, *(f"{report.stages[size][stage]:.2f}" for size in sizes), meaning]
        for stage, meaning in STAGES.items()
    ]
    print_table("", ["ms per frame", *sizes, ""], rows)
    shares = (report.stages[size]["frame"] / report.stages[size]["vp8"] for size in sizes)
    said = ", ".join(f"{share:.2f} at {size}" for share, size in zip(shares, sizes, strict=True))
    print(f"\na frame takes this share of its vp8: {said}")
    print(
        f"cold start to the first frame   {report.cold_ms:.0f} ms "
        f"({report.cold_cpu_ms:.0f} ms of CPU)"
    )
    if report.memory_mb:
        print(f"memory with one avatar open     {report.memory_mb['open']:.0f} MB")
        print(f"the same, opened again, adds    {report.memory_mb['same']:.1f} MB")
        print(f"another avatar adds             {report.memory_mb['another']:.1f} MB")
    print(
        f"medians of {report.runs} runs of {report.frames} frames, CPU time, one thread; "
        f"{report.cpu}"
    )


def doctor(context: typer.Context, quiet: Quiet = False, json: Json = False) -> None:
    """Say what works on this machine, and what to do about what does not."""
    from visavis.doctor import examine

    checks = []
    with progress("looking", is_quiet(context, quiet)):
        checks = list(examine())
    broken = [check for check in checks if check.state == "broken"]
    if json:
        print_json({"ok": not broken, "checks": [dataclasses.asdict(check) for check in checks]})
    else:
        shown = broken if is_quiet(context, quiet) else checks
        if shown:
            print_table(
                "", ["", "", ""], [[check.name, check.state, check.detail] for check in shown]
            )
        elif not is_quiet(context, quiet):
            print("all is well")
    if broken:
        raise typer.Exit(1)
