"""``visavis info`` and ``visavis list``: what is in an avatar, what avatars there are.

Comes in: an avatar. Goes out: a table, or JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visavis.cli.console import AvatarArgument, Json, print_json, print_table

if TYPE_CHECKING:
    from visavis.imx import Summary


def info(avatar: AvatarArgument, json: Json = False) -> None:
    """Say what is in an avatar's file."""
    from visavis import imx
    from visavis.library import find

    path = find(avatar)
    summary = imx.inspect(path)
    if json:
        print_json({"path": str(path), **_as_dict(summary)})
        return
    manifest = summary.manifest
    width, height = manifest.canvas
    likeness = manifest.likeness
    facts = [
        ["file", f"{path} ({_bytes(summary.file_size)})"],
        ["name", manifest.name],
        ["kind", manifest.kind],
        ["canvas", f"{width} x {height} px, textures at {manifest.texture_scale:g}x"],
        ["format", f"{manifest.format} {manifest.version}"],
        ["made by", f"{manifest.generator}, {manifest.created}"],
        ["licence", likeness.licence or "not stated"],
        ["consent", likeness.consent or "not stated"],
        ["source", likeness.source or "not stated"],
        ["mesh", f"{summary.vertices} vertices, {summary.triangles} triangles"],
        ["bases", ", ".join(summary.bases)],
        ["eyes", _eyes(summary)],
        ["teeth", "its own" if summary.face.mouth.own_teeth else "fitted"],
        ["head turns", _turns(summary)],
    ]
    print_table("", ["", ""], facts)
    members = [
        [member.path, f"{member.packed:,}", f"{member.size:,}", member.detail]
        for member in summary.members
    ]
    print()
    print_table("", ["member", "bytes", "unpacked", "what"], members)


def _eyes(summary: Summary) -> str:
    eyes = summary.face.eyes
    still = [side for side in ("left", "right") if getattr(eyes, side) is None]
    return "both move" if not still else f"{' and '.join(still)} not animated"


def _turns(summary: Summary) -> str:
    face = summary.face
    return f"yaw ±{face.yaw_limit:g}°, pitch ±{face.pitch_limit:g}°, roll ±{face.roll_limit:g}°"


def _bytes(count: int) -> str:
    return f"{count / 1000:,.0f} kB"


def _as_dict(summary: Summary) -> dict[str, Any]:
    return {
        "file_size": summary.file_size,
        "manifest": summary.manifest.model_dump(mode="json", exclude={"members"}),
        "vertices": summary.vertices,
        "triangles": summary.triangles,
        "bases": list(summary.bases),
        "face": summary.face.model_dump(mode="json"),
        "members": [
            {
                "path": member.path,
                "bytes": member.packed,
                "unpacked": member.size,
                "stored": member.stored,
                "detail": member.detail,
            }
            for member in summary.members
        ],
    }


def characters(json: Json = False) -> None:
    """List the characters that come with Visavis."""
    from visavis import imx
    from visavis.library import characters, find

    rows = []
    for name in characters():
        summary = imx.inspect(find(name))
        rows.append({"name": name, "kind": summary.manifest.kind, "bytes": summary.file_size})
    if json:
        print_json(rows)
    elif rows:
        table = [[str(r["name"]), str(r["kind"]), f"{r['bytes']:,}"] for r in rows]
        print_table("", ["name", "kind", "bytes"], table)
    else:
        print("no characters in this installation")
