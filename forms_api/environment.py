"""Single settings as the environment gives them, each refused with a sentence that says which and what to write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

S3 = "s3://"


class BadSetting(ValueError):
    """A setting that cannot be used; the sentence says which and what to write."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A place in S3-compatible object storage, and what opens it."""

    name: str
    prefix: str = ""
    endpoint: str = ""
    """Where the service is met; by default Amazon's."""
    region: str = ""
    by_host: bool = False
    """Whether the bucket's name stands before the endpoint's, as some services want it."""
    key_id: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)

    @property
    def address(self) -> str:
        """Return the place as a setting names it."""
        return f"{S3}{self.name}/{self.prefix}".rstrip("/")

    @classmethod
    def read(cls, environ: Mapping[str, str], address: str) -> Self:
        """Return a bucket by its address (s3://bucket/prefix) and the settings FORMS_FILES_*. Raises BadSetting."""
        found = re.fullmatch(
            r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*))?/?", address
        )
        if not found:
            raise BadSetting(
                f"FORMS_FILES 写成“{address}”不行。请写 s3://桶名 或 s3://桶名/目录；放在数据文件夹里就不写。"
            )
        key_id, secret = _read_credentials(environ)
        endpoint = environ.get("FORMS_FILES_ENDPOINT", "")
        if (endpoint and not (re.match("https?://", endpoint) and urlsplit(endpoint).hostname)) or "@" in endpoint:
            raise BadSetting("FORMS_FILES_ENDPOINT 写得不对。请写对象存储的地址，例如 https://s3.intern:9000。")
        style = environ.get("FORMS_FILES_STYLE", "")
        if style not in ("", "path", "host"):
            raise BadSetting(f"FORMS_FILES_STYLE 写成“{style}”不行。请写 path（桶名在路径里）或 host（桶名在域名里）。")
        return cls(
            found[1], found[2] or "", endpoint, environ.get("FORMS_FILES_REGION", ""), style == "host", key_id, secret
        )


def _read_credentials(environ: Mapping[str, str]) -> tuple[str, str]:
    lines = read_secret(environ, "FORMS_FILES_CREDENTIALS").split()
    if len(lines) != 2:
        raise BadSetting(
            "没有对象存储的访问密钥。请把它写进一个文件，第一行 access key，第二行 secret key，权限 0600，"
            "用 FORMS_FILES_CREDENTIALS 指出这个文件。"
        )
    return lines[0], lines[1]


def read_files(environ: Mapping[str, str]) -> Bucket | None:
    """Return where FORMS_FILES keeps sealed files; None for the data folder. Raises BadSetting."""
    address = environ.get("FORMS_FILES", "").strip()
    return Bucket.read(environ, address) if address else None


def read_number(environ: Mapping[str, str], name: str, least: int) -> int | None:
    """Return a whole number; None where nothing is said. Raises BadSetting."""
    text = environ.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) >= least):
        raise BadSetting(f"{name} 写成“{text}”不行。请写不小于 {least} 的整数。")
    return int(text)


def read_notify(text: str) -> str:
    """Return how workers are told. Raises BadSetting."""
    if text and text != "console" and not text.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise BadSetting(f"FORMS_NOTIFY 写成“{text}”不行。请写 https 开头的网关地址，或 console；不发消息就不写。")
    return text


def read_secret(environ: Mapping[str, str], name: str) -> str:
    """Return what stands in the file that a setting names; others must not be able to read it. Raises BadSetting."""
    path = environ.get(name, "")
    if not path:
        return ""
    try:
        if Path(path).stat().st_mode & 0o077:
            raise BadSetting(f"{name} 指的文件 {path} 别的用户也能读。请运行 chmod go= {path}。")
        return Path(path).read_text("utf-8").strip()
    except OSError as error:
        raise BadSetting(f"{name} 指的文件 {path} 读不出来（{error.strerror}）。请检查路径和权限。") from None


def read_store(text: str) -> str:
    """Return the address of a database without a password in it. Raises BadSetting."""
    if text and not text.startswith(("postgresql://", "postgres://")):
        raise BadSetting("FORMS_STORE 写得不对。请写 postgresql://用户@主机/库名；用数据文件夹里的 SQLite 就不写。")
    if ":" in urlsplit(text).netloc.rpartition("@")[0] or "password=" in text:
        raise BadSetting("FORMS_STORE 里不能写密码。请把密码写进 PGPASSFILE 指的文件，权限 0600。")
    return text


def read_prefix(text: str) -> str:
    """Return the letters before a reference number. Raises BadSetting."""
    if not (1 <= len(text) <= 4 and text.isascii() and text.isalpha() and text.isupper()):
        raise BadSetting(f"FORMS_PREFIX 写成“{text}”不行。请写 1 到 4 个大写字母，例如 YX。")
    return text
