"""Settings from the environment, where things lie in the data folder, and the intake that is made of both."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from forms_api.attachments import Shelf
from forms_api.content_clone import ContentClone
from forms_api.crypto import BadPublicKey, Sealer
from forms_api.definitions import CHINA
from forms_api.environment import Bucket, read_files, read_notify, read_number, read_prefix, read_secret, read_store
from forms_api.forms_bundle import Bundle
from forms_api.logs import find_trace
from forms_api.notifications import ConsoleNotifier, HttpGateway, Notifier, NullNotifier, SmtpNotifier, WeComGroup
from forms_api.receiving import Intake, Limits
from forms_api.refusals import Closed
from forms_api.sinks import find_font
from forms_api.storage import Store, StoreBroken, StoreOutdated, StoreTooNew
from forms_api.storage.files import FileStore, FolderFiles
from forms_api.storage.sqlite import SqliteStore
from forms_api.storage.tables import Tables
from forms_api.tokens import IntakeKeys

MEGABYTE = 1_000_000
PREFIX = "YX"
"""The letters before a reference number: those of the county."""
GUARD_SECONDS = 1.0
_SECRET = re.compile("FORMS_[A-Z_]+_FILE|FORMS_FILES_CREDENTIALS|FORMS_CONTENT_KEY|PGPASSFILE|(REVIEW_)?TLS_KEY")
_CERTIFICATES = ("TLS_CERTIFICATE", "REVIEW_TLS_CERTIFICATE")


@dataclass(frozen=True, slots=True)
class Folder:
    """Where things lie in the data folder: what intake may touch, and what only the review may (0700)."""

    root: Path

    @property
    def database(self) -> Path:
        """Return the database, which both sides use."""
        return self.root / "cases.db"

    @property
    def files(self) -> Path:
        """Return the folder of sealed files."""
        return self.root / "files"

    @property
    def public_key(self) -> Path:
        """Return the federation's public key."""
        return self.root / "public" / "federation.json"

    @property
    def intake_key(self) -> Path:
        """Return the master of intake's own keys."""
        return self.root / "public" / "intake.key"

    @property
    def stop(self) -> Path:
        """Return the file that stops intake while it is there."""
        return self.root / "public" / "stopped"

    @property
    def review(self) -> Path:
        """Return the folder of the review side."""
        return self.root / "review"

    @property
    def content(self) -> Path:
        """Return the clone of the site's content."""
        return self.review / "content"

    @property
    def staff_key(self) -> Path:
        """Return the master of the keys that prove accounts of staff."""
        return self.review / "staff.key"

    @property
    def blind_key(self) -> Path:
        """Return the key by which names and numbers are found again, sealed."""
        return self.review / "blind.sealed"

    def lock(self, role: str) -> Path:
        """Return the file that a server of a role holds while it runs."""
        return self.root / f"{role}.lock"


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set, each with what holds by default."""

    data: Path
    bundle: Path
    store: str = ""
    """Where cases are kept: postgresql://user@host/database, or in the data folder."""
    files: Bucket | None = None
    """Where sealed files are kept; None for the data folder."""
    prefix: str = PREFIX
    free_megabytes: int = 500
    proxies: int = 0
    workers: int = 2
    threads: int = 16
    limits: Limits = field(default_factory=Limits)
    font: str = ""
    scanner: str = ""
    plain_http: bool = False
    """Whether the staff app is tried out without HTTPS, so that its cookie may not ask for it."""
    notify: str = ""
    """How workers are told: the address of a gateway, `console`, or nothing."""
    notify_token: str = field(default="", repr=False)
    certificates: tuple[Path, ...] = ()
    """The certificates of the web server in front, as far as they are told here."""
    digest: str = field(default="", repr=False)
    """The address of the robot that tells a group of staff each morning what is stuck."""
    site_address: str = ""
    """Where the public site and its forms are met, for staff who fill in for somebody; by default its domain."""
    content_remote: str = ""
    """The repository of the site's content, as git names it; without it nothing is published from here."""
    content_key: str = ""
    """The private SSH key of the service: it signs the commits, and opens the way to the repository."""
    site_builder: str = "site-builder"
    secrets: tuple[tuple[str, Path], ...] = ()
    """Settings that name a file with a secret in it, and the files."""
    site_home: Path | None = None
    """The publishing folder, where it is on this machine."""
    site: Path | None = None
    """A built site to hand out beside the service; None where a web server does that."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str], data: Path, bundle: Path) -> Settings:
        """Return the settings of an environment (FORMS_PREFIX, FORMS_WORKERS, FORMS_LIMIT_PER_ADDRESS …)."""
        numbers: dict[str, Any] = {
            name: read_number(environ, f"FORMS_{name.upper()}", least)
            for name, least in (("free_megabytes", 0), ("proxies", 0), ("workers", 1), ("threads", 1))
        }
        limits = {name: read_number(environ, f"FORMS_LIMIT_{name.upper()}", 0) for name in Limits.__dataclass_fields__}
        return cls(
            data=data,
            bundle=bundle,
            store=read_store(environ.get("FORMS_STORE", "")),
            files=read_files(environ),
            prefix=read_prefix(environ.get("FORMS_PREFIX") or PREFIX),
            font=environ.get("FORMS_FONT", ""),
            scanner=environ.get("FORMS_CLAMAV", ""),
            notify=read_notify(environ.get("FORMS_NOTIFY", "")),
            notify_token=read_secret(environ, "FORMS_NOTIFY_TOKEN_FILE"),
            site_address=environ.get("FORMS_SITE_ADDRESS", "").rstrip("/"),
            certificates=tuple(Path(path) for name in _CERTIFICATES if (path := environ.get(name))),
            digest=read_secret(environ, "FORMS_DIGEST_FILE"),
            content_remote=environ.get("FORMS_CONTENT_REMOTE", ""),
            content_key=environ.get("FORMS_CONTENT_KEY", ""),
            secrets=tuple(
                (name, Path(path)) for name, path in sorted(environ.items()) if path and _SECRET.fullmatch(name)
            ),
            site_home=Path(home) if (home := environ.get("WORKERS_HOME")) and Path(home).is_dir() else None,
            site_builder=environ.get("FORMS_SITE_BUILDER") or "site-builder",
            limits=Limits(**{name: number for name, number in limits.items() if number is not None}),
            **{name: number for name, number in numbers.items() if number is not None},
        )

    @property
    def folder(self) -> Folder:
        """Return where things lie."""
        return Folder(self.data)

    @property
    def place(self) -> str:
        """Return where cases are kept, as a person reads it."""
        return self.store or str(self.folder.database)

    @property
    def is_made(self) -> bool:
        """Return whether `init` made the data folder."""
        return self.folder.intake_key.exists() if self.store else self.folder.database.exists()


class NotReady(Exception):
    """The data folder was not made by `forms-api init`, or cannot be read; the sentence says what to do."""


def open_intake(settings: Settings) -> Intake:
    """Return a working intake, closed to applications where the public key is missing or wrong. Raises NotReady."""
    folder = settings.folder
    keys = read_intake_keys(folder)
    store = open_store(settings)
    return Intake(
        store=store,
        keys=keys,
        sealer=find_sealer(folder, store),
        clock=lambda: datetime.now(CHINA),
        prefix=settings.prefix,
        limits=settings.limits,
        guard=make_guard(folder, settings.free_megabytes),
    )


def read_intake_keys(folder: Folder) -> IntakeKeys:
    """Return the keys by which tokens and secrets are made and known again. Raises NotReady."""
    try:
        return IntakeKeys.derive(bytes.fromhex(folder.intake_key.read_text("ascii").strip()))
    except (OSError, ValueError):
        raise NotReady(f"读不到 {folder.intake_key}。请先运行 forms-api init --data {folder.root}。") from None


def make_notifier(settings: Settings) -> Notifier:
    """Return what carries messages to workers."""
    if settings.notify == "console":
        return ConsoleNotifier()
    return HttpGateway(settings.notify, settings.notify_token) if settings.notify else NullNotifier()


def make_staff_notifier(settings: Settings) -> Notifier:
    """Return what tells staff each morning what is stuck: the robot of a group, or mail. Raises NotReady."""
    address = settings.digest
    if not address:
        return NullNotifier()
    if not address.startswith("smtp:"):
        return WeComGroup(address)
    try:
        return SmtpNotifier.read(address, "受理台每日提醒")
    except ValueError:
        raise NotReady(
            "FORMS_DIGEST_FILE 里的邮件地址看不懂。请写成一行：smtp://用户:密码@服务器:587?from=发件人&to=收件人。"
        ) from None


def open_shelf(settings: Settings, intake: Intake, bundle: Bundle) -> Shelf | None:
    """Return where uploads go; None where they cannot be sealed, or no font is there to mark pictures with."""
    font = find_font(settings.font)
    if font is None or intake.sealer is None:
        return None
    titles = {form.id: form.title for form in bundle.forms.values()}
    return Shelf(
        files=open_files(settings),
        store=intake.store,
        sealer=intake.sealer,
        clock=intake.clock,
        mark=lambda form: f"仅供{bundle.site['organisation']}办理{titles[form]}使用",
        font=font,
        scanner=settings.scanner,
    )


def open_files(settings: Settings) -> FileStore:
    """Return where sealed files are kept. Raises NotReady."""
    return open_bucket(settings.files) if settings.files else FolderFiles(settings.folder.files)


def open_bucket(bucket: Bucket) -> FileStore:
    """Return the files of a bucket; nothing is asked of it yet. Raises NotReady."""
    try:
        from forms_api.storage.objects import ObjectFiles  # only who keeps files in object storage has boto3
    except ImportError:
        raise NotReady("没有装连接对象存储的程序包。请运行 pip install 'workers-home[s3]'。") from None
    return ObjectFiles(
        bucket.name,
        bucket.prefix,
        endpoint=bucket.endpoint,
        region=bucket.region,
        key_id=bucket.key_id,
        secret=bucket.secret,
        by_host=bucket.by_host,
    )


def open_store(settings: Settings, *, renew: bool = False) -> Store:
    """Return the store of a data folder, or the one that FORMS_STORE names; old tables are renewed only if that is asked for.

    Raises NotReady.
    """
    folder = settings.folder
    try:
        store: Store = (
            open_postgres(settings.store, renew=renew) if settings.store else open_sqlite(folder.database, renew=renew)
        )
    except StoreOutdated:
        raise NotReady(
            f"{settings.place} 是以前的版本建的，要先升级。请停下受理和审核，运行 forms-api migrate --data {folder.root}。"
        ) from None
    except StoreTooNew:
        raise NotReady(
            f"{settings.place} 已经被更新的版本升级过，现在这个版本不能用它。请装回那个版本；要退回旧版本，请用升级前的备份恢复。"
        ) from None
    try:
        place = store.find_place()
    except StoreBroken as error:
        store.close()
        raise NotReady(f"数据库读不出来（{error}）。请检查权限和磁盘空间。") from None
    if place is None:
        return store
    store.close()
    raise NotReady(f"这里的数据已经搬到 {place}，这个库不再使用。请把环境变量 FORMS_STORE 改成搬去的地方。")


def open_sqlite(path: Path, *, renew: bool) -> Tables:
    """Return the store in a file. Raises NotReady, StoreOutdated, StoreTooNew."""
    try:
        return SqliteStore(path, renew=renew, find_request=find_trace)
    except (StoreOutdated, StoreTooNew):
        raise
    except StoreBroken as error:
        raise NotReady(f"打不开 {path}（{error}）。请检查文件夹是否存在、权限和磁盘空间。") from None


def open_postgres(address: str, *, renew: bool) -> Tables:
    """Return the store in a database. Raises NotReady, StoreOutdated, StoreTooNew."""
    try:
        from forms_api.storage.postgres import PostgresStore  # only who runs many machines has psycopg
    except ImportError:
        raise NotReady("没有装连接 PostgreSQL 的程序包。请运行 pip install 'workers-home[postgres]'。") from None
    try:
        return PostgresStore(address, renew=renew, find_request=find_trace)
    except (StoreOutdated, StoreTooNew):
        raise
    except StoreBroken as error:
        raise NotReady(f"打不开数据库 {address}（{error}）。请检查地址、权限和 PGPASSFILE 指的密码文件。") from None


def make_clone(settings: Settings) -> ContentClone | None:
    """Return the clone from which 公示 are published; None where no repository is named."""
    if not settings.content_remote:
        return None
    key = Path(settings.content_key) if settings.content_key else None
    return ContentClone(settings.folder.content, settings.content_remote, tuple(settings.site_builder.split()), key=key)


def find_sealer(folder: Folder, store: Store) -> Sealer | None:
    """Return what seals to the federation's key; None if the key is missing, damaged, or not the one registered."""
    try:
        told = json.loads(folder.public_key.read_text("utf-8"))
        sealer = Sealer(bytes.fromhex(told["public"]))
    except (OSError, ValueError, KeyError, TypeError, BadPublicKey):
        return None
    return sealer if sealer.fingerprint == told.get("fingerprint") == store.find_seal() else None


def find_site_address(settings: Settings, bundle: Bundle) -> str:
    """Return where the public site is met, without a slash at the end."""
    return settings.site_address or f"https://{bundle.site['domain']}"


def make_guard(folder: Folder, free_megabytes: int) -> Callable[[], Closed | None]:
    """Return what tells, at most a second late, whether the staff stopped intake or the disk is nearly full."""
    told: tuple[float, Closed | None] = (float("-inf"), None)

    def guard() -> Closed | None:
        nonlocal told
        if time.monotonic() - told[0] >= GUARD_SECONDS:
            told = (time.monotonic(), _find_closed(folder, free_megabytes))
        return told[1]

    return guard


def _find_closed(folder: Folder, free_megabytes: int) -> Closed | None:
    try:
        if folder.stop.exists():
            return "stopped"
        return "disk" if shutil.disk_usage(folder.root).free < free_megabytes * MEGABYTE else None
    except OSError:
        return "store"


def find_bundle(environ: Mapping[str, str]) -> Path:
    """Return where the forms-bundle lies: FORMS_BUNDLE, or the last build's in a checkout."""
    return Path(os.fspath(environ.get("FORMS_BUNDLE") or "forms-bundle"))
