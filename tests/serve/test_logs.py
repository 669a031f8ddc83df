"""Logs are one line an event, and hold no secret."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from visavis.serve.logs import JsonLines, TextLines

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhdmF0YXIifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize("formatter", [JsonLines(), TextLines()])
@pytest.mark.parametrize(
    "text",
    [
        f"cannot join wss://x/rtc?access_token={TOKEN}&auto=1",
        f"token {TOKEN}",
        "headers {'api-secret': 'my-very-secret'}",
        "Authorization: Bearer my-very-secret",
        'api_secret="my-very-secret"',
    ],
)
def test_secrets_are_hidden(formatter: logging.Formatter, text: str) -> None:
    try:
        raise ValueError(text)
    except ValueError:
        record = logging.LogRecord("x", logging.INFO, "", 1, "%s", (text,), sys.exc_info())
    record.reason = text
    line = formatter.format(record)
    for hidden in (TOKEN, "c2lnbmF0dXJl", "my-very-secret"):
        assert hidden not in line


def test_json_lines_are_json() -> None:
    record = logging.LogRecord("x", logging.WARNING, "", 1, "two\nlines", (), None)
    record.task_id = "abc"
    line = JsonLines().format(record)
    assert "\n" not in line
    found = json.loads(line)
    assert (found["level"], found["event"], found["task_id"]) == ("warning", "two\nlines", "abc")
