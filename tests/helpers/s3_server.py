"""A server that speaks S3, in a process of its own: moto's."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.util import find_spec
from typing import Any

import pytest

VARIABLES = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "testing testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}


class S3Server:
    """Running until it is stopped; skips where it is not installed.

    Attributes:
        url: its address.
    """

    def __init__(self) -> None:
        for name in ("moto", "flask", "flask_cors", "s3fs"):
            if find_spec(name) is None:
                pytest.skip(f"{name} is not installed")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + 120
        while True:
            assert self._process.poll() is None and time.monotonic() < end, "moto does not start"
            try:
                urllib.request.urlopen(self.url, timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)

    def bucket(self, name: str) -> None:
        """Make a bucket."""
        self._client().create_bucket(Bucket=name)

    def objects(self, bucket: str) -> dict[str, int]:
        """Names and sizes of what a bucket has."""
        listed = self._client().list_objects_v2(Bucket=bucket)
        return {one["Key"]: one["Size"] for one in listed.get("Contents", ())}

    def _client(self) -> Any:
        import boto3

        return boto3.client(
            "s3", endpoint_url=self.url, region_name=VARIABLES["AWS_DEFAULT_REGION"],
            aws_access_key_id=VARIABLES["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=VARIABLES["AWS_SECRET_ACCESS_KEY"],
        )  # fmt: skip

    def variables(self, patch: pytest.MonkeyPatch) -> None:
        """Set what its clients read."""
        for name, value in {**VARIABLES, "AWS_ENDPOINT_URL": self.url}.items():
            patch.setenv(name, value)

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
