"""Writes visavis.json, the dashboard of a cloud: panels from one short list.

Comes in: nothing. Goes out: the file beside this one, which Grafana imports.

    python deploy/grafana/make_dashboard.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("visavis.json")
_SOURCE = {"type": "prometheus", "uid": "${source}"}

# title, unit, width of 24, [(query, legend)]
PANELS: list[tuple[str, str, int, list[tuple[str, str]]]] = [
    ("Sessions", "none", 12, [
        ("sum by (state) (visavis_cloud_sessions)", "{{state}}"),
        ("sum(visavis_cloud_places)", "possible"),
    ]),
    ("Places in use", "percentunit", 6, [
        ("sum(visavis_cloud_places_taken) / sum(visavis_cloud_places)", "taken"),
    ]),
    ("Workers", "none", 6, [
        ("sum by (engine, state) (visavis_cloud_workers)", "{{engine}} {{state}}"),
    ]),
    ("Requests a second", "reqps", 12, [
        ("sum by (status) (rate(visavis_cloud_requests_total[5m]))", "{{status}}"),
    ]),
    ("Seconds to an answer, 99th percentile", "s", 12, [
        ("histogram_quantile(0.99, sum by (le, route)"
         " (rate(visavis_cloud_request_seconds_bucket[5m])))", "{{route}}"),
    ]),
    ("Faults of ours", "reqps", 8, [
        ('sum by (route) (rate(visavis_cloud_requests_total{status=~"5.."}[5m]))', "{{route}}"),
    ]),
    ("Refused", "reqps", 8, [
        ('sum by (status) (rate(visavis_cloud_requests_total{status=~"4.."}[5m]))', "{{status}}"),
    ]),
    ("Avatars being made", "none", 8, [("sum by (state) (visavis_cloud_jobs)", "{{state}}")]),
    ("Oldest heartbeat of a running session", "s", 8, [
        ("max(visavis_cloud_heartbeat_age_seconds)", "session"),
        ("max(visavis_cloud_worker_age_seconds)", "worker"),
    ]),
    ("Webhook messages waiting", "none", 8, [("max(visavis_cloud_webhooks_waiting)", "waiting")]),
    ("Oldest of them", "s", 8, [("max(visavis_cloud_webhooks_age_seconds)", "age")]),
]  # fmt: skip


def dashboard() -> dict[str, Any]:
    """The whole dashboard."""
    panels: list[dict[str, Any]] = []
    x = y = 0
    for number, (title, unit, width, queries) in enumerate(PANELS, 1):
        if x + width > 24:
            x, y = 0, y + 8
        panels.append({
            "id": number,
            "type": "timeseries",
            "title": title,
            "datasource": _SOURCE,
            "gridPos": {"x": x, "y": y, "w": width, "h": 8},
            "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
            "targets": [
                {"refId": chr(65 + k), "datasource": _SOURCE, "expr": query, "legendFormat": legend}
                for k, (query, legend) in enumerate(queries)
            ],
        })  # fmt: skip
        x += width
    return {
        "uid": "visavis-cloud",
        "title": "Visavis",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [
            {"name": "source", "label": "Source", "type": "datasource", "query": "prometheus"}
        ]},
        "panels": panels,
    }  # fmt: skip


if __name__ == "__main__":
    PAGE.write_text(json.dumps(dashboard(), indent=1) + "\n")
