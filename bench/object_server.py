"""A real S3 server for tests and trials: moto's, in a process of its own on 127.0.0.1 or on every address; it forgets everything at the end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import boto3

from forms_api.environment import Bucket

KEY_ID, SECRET = "forms", "a-secret-of-the-trial"
PATIENCE = 60


@dataclass
class ObjectServer:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    _numbers: count[int] = field(default_factory=count)

    @classmethod
    def start(cls, host: str = "127.0.0.1") -> ObjectServer:
        """Start it and wait until it answers."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        words = [sys.executable, "-m", "moto.server", "-H", host, "-p", str(port)]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = cls(subprocess.Popen(words, **quiet), port)  # type: ignore[call-overload]  # noqa: S603 - our own words
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and server.process.poll() is None:
            try:
                urlopen(f"{server.endpoint}/moto-api/", timeout=5).close()  # noqa: S310 - this machine alone
            except (URLError, OSError):
                time.sleep(0.05)
            else:
                return server
        server.stop()
        raise TimeoutError("the object server did not start")

    @property
    def endpoint(self) -> str:
        """Return where it is met from this machine."""
        return f"http://127.0.0.1:{self.port}"

    def make_bucket(self, endpoint: str = "") -> Bucket:
        """Make an empty bucket and return it, as it is reached through an endpoint."""
        bucket = Bucket(f"county{next(self._numbers)}", "yunxi", endpoint or self.endpoint, "", False, KEY_ID, SECRET)
        self.client().create_bucket(Bucket=bucket.name)
        return bucket

    def drop_bucket(self, bucket: Bucket) -> None:
        """Take a bucket away with all that is in it."""
        client = self.client()
        for name in self.list_keys(bucket):
            client.delete_object(Bucket=bucket.name, Key=name)
        client.delete_bucket(Bucket=bucket.name)

    def list_keys(self, bucket: Bucket) -> list[str]:
        """Return the names of all objects of a bucket."""
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=bucket.name)
        return [one["Key"] for page in pages for one in page.get("Contents", ())]

    def client(self) -> Any:
        """Return a client that reaches it without any detour."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEY_ID,
            aws_secret_access_key=SECRET,
        )

    def stop(self) -> None:
        """End it."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(PATIENCE)


def write_credentials(path: Path) -> Path:
    """Write the file that FORMS_FILES_CREDENTIALS names, and return it."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(f"{KEY_ID}\n{SECRET}\n")
    return path


def tell_settings(bucket: Bucket, credentials: Path) -> dict[str, str]:
    """Return the settings of an environment that keeps files in a bucket."""
    return {
        "FORMS_FILES": bucket.address,
        "FORMS_FILES_ENDPOINT": bucket.endpoint,
        "FORMS_FILES_CREDENTIALS": str(credentials),
    }
