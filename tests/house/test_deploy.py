"""What is deployed names what there is: settings, figures, files."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
yaml = pytest.importorskip("yaml")


def _dashboard() -> ModuleType:
    path = DEPLOY / "grafana/make_dashboard.py"
    spec = importlib.util.spec_from_file_location("make_dashboard", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name",
    [
        "Dockerfile",
        "compose.yaml",
        "cloud.env.example",
        "kubernetes/visavis.yaml",
        "kubernetes/ray.yaml",
    ],
)
def test_every_variable_is_a_setting(name: str) -> None:
    pytest.importorskip("pydantic_settings")
    from visavis.cloud.settings import CloudSettings

    told = set(re.findall(r"VISAVIS_CLOUD_([A-Z_]+)", (DEPLOY / name).read_text()))
    assert told and not {word.lower() for word in told} - set(CloudSettings.model_fields)


def test_images_copy_files_that_exist() -> None:
    for line in (DEPLOY / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY") and "--from" not in line:
            *sources, _ = line.split()[1:]
            assert all((ROOT / source).exists() for source in sources), line


def test_the_composition_hangs_together() -> None:
    whole = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services: dict[str, Any] = whole["services"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        assert set(service.get("networks", ())) <= set(whole["networks"])
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert (DEPLOY / source).exists() if source[0] == "." else source in whole["volumes"]
    asked = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))
    offered = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "cloud.env.example").read_text(), re.M))
    assert asked <= offered
    # The database and the figures are nobody's outside.
    assert "ports" not in services["postgres"] and "ports" not in services["prometheus"]


def test_the_cluster_probes_what_answers() -> None:
    pytest.importorskip("fastapi")
    from visavis.cloud.routes import health

    paths = {route.path for route in health.router.routes}  # type: ignore[attr-defined]
    objects = list(yaml.safe_load_all((DEPLOY / "kubernetes/visavis.yaml").read_text()))
    deployment = next(thing for thing in objects if thing["kind"] == "Deployment")
    pod = deployment["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    for probe in ("readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["path"] in paths
    labels = pod["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items()
    service = next(thing for thing in objects if thing["kind"] == "Service")
    assert service["spec"]["selector"].items() <= labels.items()


def test_the_ray_cluster_has_room_for_workers_and_only_the_cloud_calls_it() -> None:
    cluster, policy = yaml.safe_load_all((DEPLOY / "kubernetes/ray.yaml").read_text())
    told = (DEPLOY / "kubernetes/ray.yaml").read_text()
    pinned = re.search(r"^ray==(.+)$", (ROOT / "constraints.txt").read_text(), re.M)
    assert pinned and cluster["spec"]["rayVersion"] == pinned[1]
    # A worker fits into a pod, whole.
    sessions = re.search(r"VISAVIS_CLOUD_SESSIONS=(\d+)", told)
    share = re.search(r"VISAVIS_CLOUD_RAY_SESSION='(.+)'", told)
    (group,) = cluster["spec"]["workerGroupSpecs"]
    there = json.loads(json.loads(group["rayStartParams"]["resources"].strip("'")))
    assert sessions and share
    assert there == {name: n * int(sessions[1]) for name, n in json.loads(share[1]).items()}
    name = cluster["metadata"]["name"]
    assert f"RAY_ADDRESS=ray://{name}-head-svc:10001" in told
    pods = [group["template"], cluster["spec"]["headGroupSpec"]["template"]]
    environments = [pod["spec"]["containers"][0]["env"] for pod in pods]
    for environment in [*environments, cluster["spec"]["autoscalerOptions"]["env"]]:
        assert {"name": "RAY_AUTH_MODE", "value": "token"} in environment
    assert policy["spec"]["podSelector"]["matchLabels"] == {"ray.io/cluster": name}
    callers = [rule["podSelector"]["matchLabels"] for rule in policy["spec"]["ingress"][0]["from"]]
    assert callers == [{"app": "visavis-cloud"}, {"ray.io/cluster": name}]


def test_the_dashboard_is_the_one_its_script_writes() -> None:
    board = _dashboard()
    assert json.loads(board.PAGE.read_text()) == board.dashboard()


def test_the_dashboard_shows_figures_that_there_are(tmp_path: Path) -> None:
    pytest.importorskip("aiosqlite")
    import asyncio

    from visavis.cloud.context import Cloud
    from visavis.cloud.settings import load

    async def names() -> set[str]:
        cloud = Cloud(load(data=tmp_path))
        await cloud.database.upgrade()
        cloud.figures.count("GET", "/health", 200, 0.01)
        text = (await cloud.figures.text()).decode()
        await cloud.database.close()
        told = set(re.findall(r"^# TYPE (\w+) gauge", text, re.M))  # with or without a value yet
        return told | set(re.findall(r"^(\w+)[{ ]", text, re.M))

    there = asyncio.run(names())
    board = _dashboard()
    asked = {
        name
        for _, _, _, queries in board.PANELS
        for query, _ in queries
        for name in re.findall(r"visavis_\w+", query)
    }
    assert asked and asked <= there
