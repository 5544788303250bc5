"""The command `migrate`: bring the tables of an earlier version up to this one, after a backup that is proved. There is no way down."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from forms_api.backups import find_target
from forms_api.commands.asking import DATA, give_up, read_settings
from forms_api.commands.backing_up import KEY_FILE, describe, make_or_give_up, read_backup_key
from forms_api.config import Folder, NotReady, Settings, open_store
from forms_api.definitions import CHINA
from forms_api.model import SYSTEM, NewEvent
from forms_api.serving import CannotServe, hold_lock
from forms_api.storage import StoreBroken
from forms_api.storage.sqlite import list_waiting

SERVERS = ("intake", "review")
BACKUPS = "backups"


@click.command()
@DATA
@click.option(
    "--to", "target", type=click.Path(path_type=Path), envvar="FORMS_BACKUPS", metavar="文件或文件夹",
    help="升级前的备份写到哪里；也可以用环境变量 FORMS_BACKUPS，都没有就写到数据文件夹的 backups 里。",
)  # fmt: skip
@KEY_FILE
@click.option("--without-backup", "bare", is_flag=True, help="不备份就升级；升级以后回不去。")
@click.option("--check", is_flag=True, help="只看要不要升级：不用返回 0，要升级返回 1。")
def migrate(data: Path, target: Path | None, key_file: Path | None, bare: bool, check: bool) -> None:
    """换了新版本的程序以后升级数据库：先备份并核对，再升级。"""
    settings, now = read_settings(data), datetime.now(CHINA)
    steps = _list_steps(settings)
    if not steps:
        click.echo("数据库已经是这个版本的，不用升级。")
        return
    if check:
        click.echo(f"数据库要升级：{'、'.join(steps)}。")
        sys.exit(1)
    if not bare:
        _demand_backup(settings, key_file)
    with _stopped(settings.folder):
        digest = None if bare else _back_up(settings, target, read_backup_key(key_file), now)
        try:
            store = open_store(settings, renew=True)
        except NotReady as error:
            give_up(error)
        try:
            store.append_event(NewEvent("migrated", now, SYSTEM, {"steps": " ".join(steps), "backup": digest}))
        finally:
            store.close()
    click.echo(f"已升级：{'、'.join(steps)}。现在可以启动受理和审核。")


def _list_steps(settings: Settings) -> list[str]:
    """Return what waits to be done to the database, or give up."""
    if not settings.is_made:
        give_up(f"{settings.data} 里还没有数据。请先运行 forms-api init --data {settings.data}。")
    try:
        if not settings.store:
            return list_waiting(settings.folder.database)
        from forms_api.storage import postgres  # only who runs many machines has psycopg

        return postgres.list_waiting(settings.store)
    except ImportError:
        give_up("没有装连接 PostgreSQL 的程序包。请运行 pip install 'workers-home[postgres]'。")
    except StoreBroken as error:
        give_up(f"{settings.place} 打不开（{error}）。请检查地址、权限和磁盘空间。")


def _demand_backup(settings: Settings, key_file: Path | None) -> None:
    """Give up where no backup can be made here first."""
    if settings.store:
        give_up(
            "数据在 PostgreSQL 里，要升级的库这个版本读不出来备份。请用旧版本的程序运行 forms-api backup，或者用 pg_dump 备份，"
            "停下所有机器上的受理和审核，再加上 --without-backup 升级。"
        )
    if key_file is None:
        give_up(
            "没有备份密钥，升级前备份不了。请用 forms-api backup-key new 做一把，再用 --key-file 指出来；"
            "确实不要备份就加上 --without-backup，升级以后回不去。"
        )


@contextmanager
def _stopped(folder: Folder) -> Iterator[None]:
    """Make sure that no server of an earlier version works on the tables meanwhile, and that none starts."""
    held = []
    try:
        for role in SERVERS:
            held.append(hold_lock(folder.lock(role)))
        yield
    except CannotServe as error:
        give_up(f"{error}升级前请先停下受理和审核。")
    finally:
        for lock in held:
            os.close(lock)


def _back_up(settings: Settings, target: Path | None, key: bytes, now: datetime) -> str:
    if target is None:
        target = settings.data / BACKUPS
        target.mkdir(mode=0o700, exist_ok=True)
    file = find_target(target, now)
    proof = make_or_give_up(settings, file, key, now)
    click.echo(f"升级前的备份在 {file}：{describe(proof)}")
    click.echo(f"要退回旧版本：装回旧程序，再运行 forms-api restore {file} --data 新文件夹。")
    return proof.digest
