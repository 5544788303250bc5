"""Sealed files in S3-compatible object storage, so that many hosts keep them in one place.

An object is there with all its bytes or not at all: small ones are sent at once, larger ones in pieces that the store puts
together at the end. The store checks each against a digest that goes with it; what is inside is sealed, so a changed byte is
found when it is opened. Waiting and trying again are bounded: a store that does not answer is broken within half a minute.
"""

from __future__ import annotations

import hashlib
import os
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from forms_api.storage import StoreBroken
from forms_api.storage.files import Kept, Opened

PIECE = 5 * 1024 * 1024
"""How much is sent at once; less is not allowed but for the last piece of an object."""
ATTEMPTS = 3
CONNECT_SECONDS, READ_SECONDS = 3, 10
PROBE_SECONDS = 5.0
"""For so long the outcome of a probe is good: a balancer asks every host each second."""
CONNECTIONS = 64
MODE = 0o660
"""What a file has that comes back into a folder."""
_GONE = frozenset({"NoSuchKey", "NoSuchUpload", "404"})


class ObjectFiles:
    """Sealed files in a bucket, under a prefix, spread as in a folder."""

    def __init__(
        self, bucket: str, prefix: str, *, endpoint: str, region: str, key_id: str, secret: str, by_host: bool = False
    ) -> None:
        """Take all that is needed to reach the bucket; nothing is asked yet. `by_host` puts its name before the endpoint's."""
        self.place = f"s3://{bucket}/{prefix}".rstrip("/")
        self._bucket, self._prefix = bucket, f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        session = botocore.session.Session()
        for name in ("config_file", "credentials_file"):  # nothing but what was told here counts
            session.set_config_variable(name, os.devnull)
        reach = {
            "service_name": "s3",
            "endpoint_url": endpoint or None,
            "region_name": region or "us-east-1",
            "aws_access_key_id": key_id,
            "aws_secret_access_key": secret,
        }
        made = boto3.Session(botocore_session=session)
        self._client = made.client(**reach, config=_configure(by_host, ATTEMPTS))
        self._prober = made.client(**reach, config=_configure(by_host, 1))
        self._probed: tuple[float, str] = (float("-inf"), "")

    def create(self, name: str) -> NewObject:
        """Begin a file."""
        return NewObject(self._client, self._bucket, self._key(name))

    def open(self, name: str) -> Opened:
        """Open a file. Raises FileNotFoundError, StoreBroken."""
        with explained():
            found = self._client.get_object(Bucket=self._bucket, Key=self._key(name))

        def fetch(offset: int) -> Any:
            told = {"Range": f"bytes={offset}-", "IfMatch": found["ETag"]}
            return self._client.get_object(Bucket=self._bucket, Key=self._key(name), **told)["Body"]

        size = found["ContentLength"]
        return Opened(Download(found["Body"], size, fetch), size, MODE)

    def measure(self, name: str) -> int | None:
        """Return how many bytes a file has; None where there is none."""
        return next((kept.size for kept in self._list(name, 1) if kept.name == name), None)

    def remove(self, name: str, *, durably: bool = False) -> None:
        """Take a file away if it is there; the store answers once it is gone for good."""
        with suppress(FileNotFoundError), explained():
            self._client.delete_object(Bucket=self._bucket, Key=self._key(name))

    def list_kept(self, prefix: str = "") -> Iterator[Kept]:
        """Yield the files whose names begin so, by name."""
        return self._list(prefix, 1000)

    def list_begun(self) -> Iterator[Kept]:
        """Yield what was sent in pieces that nobody has put together yet, or ever will."""
        with explained():
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket, Prefix=self._prefix
            )
            for page in pages:
                for one in page.get("Uploads", ()):
                    yield Kept(one["Key"].rpartition("/")[2], 0, one["Initiated"], one["UploadId"])

    def abandon(self, begun: Kept) -> None:
        """Drop what was begun, with all its pieces; it may be gone already."""
        with suppress(FileNotFoundError), explained():
            _abort(self._client, self._bucket, self._key(begun.name), begun.token)

    def probe(self) -> None:
        """Raise StoreBroken if the bucket is not there or does not answer, as it was a moment ago at most."""
        if time.monotonic() - self._probed[0] >= PROBE_SECONDS:
            try:
                with explained():
                    self._prober.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix, MaxKeys=1)
                self._probed = (time.monotonic(), "")
            except StoreBroken as broken:
                self._probed = (time.monotonic(), str(broken))
        if self._probed[1]:
            raise StoreBroken(self._probed[1])

    def _key(self, name: str) -> str:
        return f"{self._prefix}{name[:2]}/{name}"

    def _list(self, prefix: str, at_once: int) -> Iterator[Kept]:
        wanted = self._key(prefix) if prefix else self._prefix
        with explained():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=wanted, PaginationConfig={"PageSize": at_once}
            )
            for page in pages:
                for one in page.get("Contents", ()):
                    yield Kept(one["Key"].rpartition("/")[2], one["Size"], one["LastModified"])


class NewObject:
    """An object that is sent as it is written, and is there once the store said so."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        self._client, self._where = client, {"Bucket": bucket, "Key": key}
        self._waiting, self._upload, self._tags = bytearray(), "", list[str]()

    def __enter__(self) -> Self:
        return self

    def write(self, block: bytes) -> None:
        """Take the next bytes, and send what fills a piece."""
        self._waiting += block
        while len(self._waiting) > PIECE:
            self._send(bytes(self._waiting[:PIECE]))
            del self._waiting[:PIECE]

    def finish(self) -> None:
        """Send what is left and return when the store has acknowledged the whole."""
        last = bytes(self._waiting)
        if not self._upload:
            with explained():
                self._client.put_object(**self._where, Body=last, ContentMD5=_digest(last))
            return
        self._send(last)
        parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(self._tags, 1)]
        with explained():
            self._client.complete_multipart_upload(
                **self._where, UploadId=self._upload, MultipartUpload={"Parts": parts}
            )
        self._upload = ""

    def _send(self, piece: bytes) -> None:
        with explained():
            if not self._upload:
                self._upload = self._client.create_multipart_upload(**self._where)["UploadId"]
            sent = self._client.upload_part(
                **self._where,
                UploadId=self._upload,
                PartNumber=len(self._tags) + 1,
                Body=piece,
                ContentMD5=_digest(piece),
            )
        self._tags.append(sent["ETag"])

    def __exit__(self, *_: object) -> None:
        if self._upload:  # what cannot be dropped now is swept
            with suppress(StoreBroken, FileNotFoundError), explained():
                _abort(self._client, self._where["Bucket"], self._where["Key"], self._upload)


class Download:
    """The bytes of an object; where the connection breaks, the rest is asked for again."""

    def __init__(self, body: Any, size: int, fetch: Callable[[int], Any]) -> None:
        """Take the stream, how many bytes it has, and what returns it again from an offset on."""
        self._body, self._size, self._fetch, self._at = body, size, fetch, 0

    def read(self, size: int = -1, /) -> bytes:
        """Return so many bytes, fewer only at the end. Raises StoreBroken."""
        left = self._size - self._at
        wanted, blocks = left if size < 0 else min(size, left), list[bytes]()
        while wanted:
            block = self._read_some(wanted)
            blocks.append(block)
            self._at += len(block)
            wanted -= len(block)
        return b"".join(blocks)

    def close(self) -> None:
        """Let go of the connection."""
        self._body.close()

    def _read_some(self, wanted: int) -> bytes:
        for _ in range(ATTEMPTS):
            with suppress(BotoCoreError, OSError):
                if block := self._body.read(wanted):
                    return bytes(block)
            self._body.close()
            with explained():
                self._body = self._fetch(self._at)
        raise StoreBroken("an object breaks off")


@contextmanager
def explained() -> Iterator[None]:
    """Say what the store said in one word; what it says of keys and requests stays here."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _GONE:
            raise FileNotFoundError(code) from None
        raise StoreBroken(f"object storage: {code}") from None
    except (BotoCoreError, OSError) as error:
        raise StoreBroken(f"object storage: {type(error).__name__}") from None


def _configure(by_host: bool, attempts: int) -> Config:
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=CONNECTIONS,
        signature_version="s3v4",
        s3={"addressing_style": "virtual" if by_host else "path"},
        request_checksum_calculation="when_required",  # Content-MD5 goes with all bytes, and every store knows that
        response_checksum_validation="when_required",
        ignore_configured_endpoint_urls=True,
    )


def _digest(block: bytes) -> str:
    return b64encode(hashlib.md5(block, usedforsecurity=False).digest()).decode()


def _abort(client: Any, bucket: str, key: str, upload: str) -> None:
    client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)
