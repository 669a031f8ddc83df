"""Talking to a worker by HTTP, as `visavis serve` answers.

Comes in: a worker's address and secret. Goes out: placements, orders, reports.
"""

from __future__ import annotations

from typing import Any

import httpx

from visavis.cloud.database import Worker
from visavis.cloud.engines.engine import Placement, Report, WorkerAway
from visavis.cloud.sealing import Sealer
from visavis.serve.refusal import Refused
from visavis.serve.tracing import carry

_LAUNCH = 90.0
"""Seconds for a launch: a picture may have to be built first."""
_FIGURES = ("frames", "dropped", "underruns", "utterances", "reconnects", "sound_gaps", "draw_ms",
            "late_ms_p95")  # fmt: skip


def secret_of(sealer: Sealer, worker_id: str, start: int) -> str:
    """A worker's secret: another one each time it is started, and nowhere written down."""
    return sealer.sign("worker", f"{worker_id}:{start}")


class Calls:
    """Calls to workers.

    Args:
        sealer: makes their secrets.
        patience: seconds for an answer, to what is answered at once.
    """

    def __init__(self, sealer: Sealer, patience: float = 10.0) -> None:
        self._sealer = sealer
        self._http = httpx.AsyncClient(
            timeout=patience, trust_env=False, limits=httpx.Limits(max_connections=200)
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def alive(self, worker: Worker, state: str = "/health") -> bool:
        """Whether a worker answers to its secret; with "/ready", whether it takes sessions."""
        try:
            answer = await self._call(worker, "GET", "/tasks")
            if answer.is_success and state != "/health":
                answer = await self._http.get(f"{worker.address}{state}")
                return answer.is_success or answer.json().get("status") == "at_capacity"
        except (WorkerAway, httpx.HTTPError, ValueError):
            return False
        return answer.is_success

    async def launch(self, worker: Worker, placement: Placement, avatar: str, wait: bool) -> None:
        """``POST /launch``.

        Args:
            worker: which.
            placement: what.
            avatar: name of the avatar there, "" for a picture.
            wait: until it has joined.

        Raises:
            Refused: as the worker says.
        """
        fields = {
            "livekit_url": placement.livekit_url,
            "livekit_token": placement.livekit_token,
            "room_name": placement.room,
            "task_id": placement.task_id,
            "async_mode": "" if wait else "true",
            "resumed": "true" if placement.resumed else "",
        }
        files = None
        if placement.picture:
            files = {"avatar_image": ("picture", placement.picture, "application/octet-stream")}
        elif placement.picture_url:
            fields["avatar_image_url"] = placement.picture_url
        else:
            fields["avatar_id"] = avatar
        _refuse(
            await self._call(worker, "POST", "/launch", data=fields, files=files, timeout=_LAUNCH)
        )

    async def reports(self, worker: Worker) -> dict[str, Report]:
        """``GET /tasks``."""
        answer = await self._call(worker, "GET", "/tasks")
        _refuse(answer)
        return {task["task_id"]: _report(task) for task in answer.json()["tasks"]}

    async def stop(self, worker: Worker, task_id: str) -> None:
        """``POST /tasks/…/stop``."""
        answer = await self._call(worker, "POST", f"/tasks/{task_id}/stop", timeout=30.0)
        if answer.status_code != 404:
            _refuse(answer)

    async def direct(self, worker: Worker, task_id: str, what: str, text: str) -> None:
        """``POST /tasks/…/direct``."""
        order = {"what": what, "text": text}
        path = f"/tasks/{task_id}/direct"
        _refuse(await self._call(worker, "POST", path, json=order, timeout=15.0))

    async def _call(self, worker: Worker, method: str, path: str, **more: Any) -> httpx.Response:
        if not worker.address:
            raise WorkerAway()
        headers = {"api-secret": secret_of(self._sealer, worker.id, worker.start)}
        carry(headers)  # the trace goes on there
        try:
            return await self._http.request(
                method, f"{worker.address}{path}", headers=headers, **more
            )
        except httpx.HTTPError:
            raise WorkerAway() from None


def _report(task: dict[str, Any]) -> Report:
    metrics = task["metrics"]
    return Report(
        task_id=task["task_id"],
        joined=task["joined"],
        seconds=float(task["seconds"]),
        ended=task["ended"] is not None,
        state=task["status"],
        reason=task["reason"],
        figures={name: metrics[name] for name in _FIGURES if name in metrics},
        speaking=bool(metrics.get("speaking", False)),
    )


def _refuse(answer: httpx.Response) -> None:
    """Pass a worker's refusal on."""
    if answer.is_success:
        return
    try:
        said = answer.json()
        code, reason = str(said["status"]), str(said["error"])
    except (ValueError, KeyError, TypeError):
        raise WorkerAway() from None
    if answer.status_code == 401:  # it has been started again meanwhile
        raise WorkerAway()
    after = answer.headers.get("retry-after", "")
    raise Refused(answer.status_code, code, reason, int(after) if after.isdigit() else None)
