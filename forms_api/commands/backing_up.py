"""Commands that keep a county's data safe: `backup-key new`, `backup`, `restore`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from forms_api.archives import BadKey, name_key, read_key, write_key
from forms_api.backups import find_target, make_backup, thin_out
from forms_api.command_line import Group
from forms_api.commands.asking import DATA, give_up, opened_store, read_settings
from forms_api.config import NotReady, Settings, open_files, open_store
from forms_api.definitions import CHINA
from forms_api.model import SYSTEM, NewEvent, Value
from forms_api.restoring import BackupFailed, Proof, list_owner_hints, restore_backup

KEEP_DAYS = 30
"""Deleted cases must not live on in backups for longer than this (docs/operations.md)."""
_PATH = click.Path(path_type=Path)
KEY_FILE = click.option(
    "--key-file",
    type=_PATH,
    envvar="FORMS_BACKUP_KEY_FILE",
    metavar="文件",
    help="备份密钥的文件；也可以用环境变量 FORMS_BACKUP_KEY_FILE。",
)
TO = click.option(
    "--to", "target", type=_PATH, envvar="FORMS_BACKUPS", required=True, metavar="文件或文件夹",
    help="备份写到哪个文件；给一个已有的文件夹，就在里面按时间起名，并删掉过期的备份。也可以用环境变量 FORMS_BACKUPS。",
)  # fmt: skip
DESPITE = click.option(
    "--despite-faults", "despite", is_flag=True, help="有缺的文件或对不上的事件，也把现有的备份下来。"
)


@click.group("backup-key", cls=Group)
def backup_key() -> None:
    """管理加密备份用的密钥。"""


@backup_key.command("new")
@click.argument("file", metavar="文件", type=_PATH)
def new(file: Path) -> None:
    """做一把新的备份密钥，写进一个新文件，只有自己能读。"""
    try:
        key = write_key(file)
    except FileExistsError:
        give_up(f"{file} 已经有了，没有动它。请换一个文件名；旧密钥要留着，以前的备份还用得上。")
    except OSError as error:
        give_up(f"不能写 {file}（{error.strerror}）。请检查路径和权限。")
    click.echo(f"已做好备份密钥 {name_key(key)}，在 {file}。")
    click.echo("请马上抄一份放到别的地方（打印一张，或者存进另一台机器）：丢了它，备份谁也打不开。")


@click.command()
@DATA
@TO
@KEY_FILE
@DESPITE
@click.option(
    "--keep-days", type=click.IntRange(1), default=KEEP_DAYS, metavar="天数", show_default=True,
    help="写到文件夹时，早于这么多天的备份删掉。",
)  # fmt: skip
def backup(data: Path, target: Path, key_file: Path | None, despite: bool, keep_days: int) -> None:
    """把数据文件夹加密备份成一个文件，服务不用停；做完重新读一遍核对过才算数。"""
    key, settings, now = read_backup_key(key_file), read_settings(data), datetime.now(CHINA)
    file = find_target(target, now)
    proof = make_or_give_up(settings, file, key, now, despite)
    fault = note_event(settings, "backed_up", {"digest": proof.digest}, now)
    click.echo(f"已备份到 {file}，并且读回来核对过：{describe(proof)}")
    if target.is_dir() and not proof.faults and (gone := thin_out(target, now, keep_days)):
        click.echo(f"删掉了 {len(gone)} 份超过 {keep_days} 天的备份。")
    if proof.faults or fault:
        give_up("\n".join([*proof.faults, *([fault] if fault else [])]))


@click.command()
@click.argument("file", metavar="备份文件", type=_PATH)
@click.option("--data", type=_PATH, required=True, metavar="新文件夹", help="恢复到哪里：一个还没有的或者空的文件夹。")
@KEY_FILE
def restore(file: Path, data: Path, key_file: Path | None) -> None:
    """把一份备份恢复到新的文件夹；有一点不对就什么也不留下。"""
    key, given, now = read_backup_key(key_file), read_settings(data), datetime.now(CHINA)
    settings = replace(given, store="")  # a backup comes back as a folder, wherever it was made from
    try:
        proof = restore_backup(file, settings.folder, key, open_files(settings) if settings.files else None)
    except (BackupFailed, NotReady) as error:
        give_up(error)
    fault = note_event(settings, "restored", {"digest": proof.digest}, now)
    beside = f"，文件在 {settings.files.address}" if settings.files else ""
    click.echo(f"已恢复到 {data}{beside}：{describe(proof)}")
    for hint in list_owner_hints(settings.folder, proof):
        click.echo(f"请用 root 运行：{hint}")
    click.echo(
        "接下来请照这个次序做：\n"
        f"1. forms-api audit verify --data {data} --head 最近公布的摘要：看备份以后少了哪些。\n"
        f"2. forms-api purge --data {data}：备份以后该删的再删一次；再看一遍“删除个人信息”的申请，照办。\n"
        f"3. forms-api keys drill --data {data}：用口令试开一次。\n"
        "4. 启动受理和审核，到审核台解锁私钥。"
    )
    if given.store:
        click.echo(
            "环境变量 FORMS_STORE 指的数据库没有动。要放回数据库服务器，请用 forms-api migrate-store 搬过去再启动。"
        )
    if proof.faults or fault:
        give_up("\n".join([*proof.faults, *([fault] if fault else [])]))


def read_backup_key(file: Path | None) -> bytes:
    """Return the backup key, or give up: nothing is ever backed up plain."""
    if file is None:
        give_up(
            "没有备份密钥，不做不加密的备份，也恢复不了。请先运行 forms-api backup-key new 文件，"
            "再用 --key-file 或者环境变量 FORMS_BACKUP_KEY_FILE 指出这个文件。"
        )
    try:
        return read_key(file)
    except BadKey as error:
        give_up(error)


def make_or_give_up(settings: Settings, file: Path, key: bytes, now: datetime, despite: bool = False) -> Proof:
    """Make a backup that is proved, of a folder or of the server that FORMS_STORE names, or give up."""
    try:
        files = open_files(settings)
        if not settings.store:
            return make_backup(settings.folder, file, key, now, files=files, despite=despite)
        with opened_store(settings) as store:
            return make_backup(settings.folder, file, key, now, copy=store.backup, files=files, despite=despite)
    except (BackupFailed, NotReady) as error:
        give_up(error)


def note_event(settings: Settings, kind: str, data: dict[str, Value], now: datetime) -> str:
    """Put an event into the chain; return a sentence where the store cannot be opened for it."""
    try:
        store = open_store(settings)
    except NotReady as error:
        return f"事件链里没有记上这一次。{error}"
    try:
        store.append_event(NewEvent(kind, now, SYSTEM, data))
    finally:
        store.close()
    return ""


def describe(proof: Proof) -> str:
    """Return what a backup holds, in a sentence."""
    return (
        f"{proof.cases} 份申请、{proof.entries} 条登记、{proof.files} 个文件、{proof.number} 条事件。"
        f"做于 {proof.made_at}，最后一条事件的摘要：{proof.head}"
    )
