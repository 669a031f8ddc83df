"""Writes docs/cloud-settings.md from the code of the cloud's settings.

Comes in: `visavis.cloud.settings`. Goes out: the page, or with ``--check`` status 1 if it is old.

    python docs/_make/cloud_settings.py
"""

from __future__ import annotations

import inspect
import json
import re
import sys
import typing
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "cloud-settings.md"

HEAD = """# Settings of a cloud

<!-- made by docs/_make/cloud_settings.py; do not edit -->

Each is a line of one TOML file (`visavis cloud --config cloud.toml`, or `VISAVIS_CLOUD_CONFIG`), a
variable (`VISAVIS_CLOUD_PORT`), and the most common ones an option (`--port`). An option counts
first, then the variable, then the file. A value that cannot be is refused at the start, by name.

```toml
port = 8090
public_url = "https://visavis.example.org"
database = "postgresql://visavis@localhost/visavis"
sign_up = "open"
```

| setting | | if not given |
|---|---|---|
"""


def _told(docstring: str) -> dict[str, str]:
    """Names and texts of the attributes that a docstring tells of."""
    part = inspect.cleandoc(docstring).partition("Attributes:\n")[2]
    part = re.split(r"\n\n\S", part)[0]
    found = re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", part, re.M)
    return {name: " ".join(text.split()) for name, text in found}


def _default(field: typing.Any) -> str:
    value = field.get_default()
    if field.annotation is Path:
        return "the user's data folder"
    if field.default_factory is not None:
        value = json.dumps(field.get_default(call_default_factory=True))
    if hasattr(value, "get_secret_value"):
        value = value.get_secret_value()
    return (
        ""
        if value in (None, "")
        else f"`{str(value).lower() if value is True or value is False else value}`"
    )


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")


def page() -> str:
    """The whole page."""
    from visavis.cloud.settings import CloudSettings

    told = _told(CloudSettings.__doc__ or "")
    missing = set(CloudSettings.model_fields) - set(told)
    if missing:
        raise SystemExit(f"CloudSettings' docstring says nothing of {', '.join(sorted(missing))}")
    rows = [
        f"| `{name}` | {_cell(told[name])} | {_default(field)} |"
        for name, field in CloudSettings.model_fields.items()
    ]
    return HEAD + "\n".join(rows) + "\n"


def main() -> int:
    """Write the page, or check it."""
    text = page()
    if "--check" in sys.argv[1:]:
        fresh = PAGE.is_file() and PAGE.read_text("utf-8") == text
        if not fresh:
            print(f"{PAGE} is old: python docs/_make/cloud_settings.py", file=sys.stderr)
        return 0 if fresh else 1
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
