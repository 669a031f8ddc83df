"""Logs: one line an event, JSON for programs or text for people, never with a secret.

Comes in: records of Python's logging. Goes out: lines on stderr.
"""

from __future__ import annotations

import datetime
import json
import logging
import re
import sys
from typing import Any, Literal

LogFormat = Literal["auto", "json", "text"]

_TOKEN = re.compile(r"eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?")
_CREDENTIAL = re.compile(
    r"((?:api[-_]?secret|access_token|token|authorization)[\"']?\s*[:=]\s*[\"']?)(?:bearer\s+)?"
    r"[^\s\"'&,}]+",
    re.IGNORECASE,
)
FIELDS = (
    "task_id", "room", "avatar", "pid", "reason", "state", "seconds",
    "request_id", "method", "route", "status", "session_id",
)  # fmt: skip
"""What records may carry beside their message, as ``extra=``."""


def hide(text: str) -> str:
    """A text without tokens and credentials."""
    return _CREDENTIAL.sub(r"\1…", _TOKEN.sub("…", text))


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}


class JsonLines(logging.Formatter):
    """Records as lines of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        entry: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": hide(record.getMessage()),
            **{name: hide(str(value)) for name, value in _fields(record).items()},
        }
        if record.exc_info:
            entry["trace"] = hide(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


class TextLines(logging.Formatter):
    """Records as lines for people."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and a trace if there is one."""
        moment = datetime.datetime.fromtimestamp(record.created).strftime("%H:%M:%S.%f")[:-3]
        more = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        line = f"{moment} {record.levelname.lower():7} {record.getMessage()} {more}".rstrip()
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return hide(line)


def set_up(kind: LogFormat, level: int = logging.INFO) -> None:
    """Send all logs to stderr.

    Args:
        kind: "json", "text", or "auto": text on a terminal.
        level: the least that is told.
    """
    if kind == "auto":
        kind = "text" if sys.stderr is not None and sys.stderr.isatty() else "json"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if kind == "json" else TextLines())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level)
    for noisy in ("httpcore", "httpx", "livekit", "asyncio", "uvicorn"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
