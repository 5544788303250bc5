"""Commands of the weekly rehearsal: `backup-drill`, and `content-mirror`, which feeds its other half."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import click

from forms_api.commands.asking import DATA, give_up, read_settings
from forms_api.commands.backing_up import KEY_FILE, describe, note_event, read_backup_key
from forms_api.config import NotReady, Settings, open_store
from forms_api.content_mirror import MirrorFault, mirror_content, rehearse_mirror
from forms_api.definitions import CHINA
from forms_api.model import Value
from forms_api.rehearsing import rehearse
from forms_api.restoring import BackupFailed, Proof

HOURS = 36
_PATH = click.Path(path_type=Path)


@click.command("backup-drill")
@DATA
@click.option(
    "--from", "source", type=_PATH, envvar="FORMS_BACKUPS", required=True, metavar="文件或文件夹",
    help="演练哪份备份；给文件夹就取最近的一份。也可以用环境变量 FORMS_BACKUPS。",
)  # fmt: skip
@KEY_FILE
@click.option(
    "--content", "mirror", type=_PATH, envvar="FORMS_CONTENT_MIRROR", metavar="文件夹",
    help="连内容仓库的镜像一起演练；也可以用环境变量 FORMS_CONTENT_MIRROR。",
)  # fmt: skip
@click.option(
    "--hours", type=click.IntRange(1), default=HOURS, show_default=True, metavar="小时数",
    help="备份和镜像最多可以是多少小时以前的。",
)  # fmt: skip
def backup_drill(data: Path, source: Path, key_file: Path | None, mirror: Path | None, hours: int) -> None:
    """演练恢复：把最近的备份恢复到临时文件夹，从头核对一遍再删掉；有一点不对返回 1。"""
    key, settings, now = read_backup_key(key_file), read_settings(data), datetime.now(CHINA)
    faults, most = [], timedelta(hours=hours)
    with tempfile.TemporaryDirectory(prefix="forms-drill-") as place:
        try:
            proof = _rehearse(settings, source, key, Path(place) / "data", now, most)
            click.echo(f"备份恢复得出来：{describe(proof)}")
        except BackupFailed as error:
            proof = None
            faults.append(str(error))
        try:
            if mirror:
                click.echo(f"内容仓库恢复得出来：{rehearse_mirror(mirror, Path(place) / 'content', now, most)}")
        except MirrorFault as error:
            faults.append(str(error))
    told: dict[str, Value] = {"digest": proof.digest if proof else None, "result": "failed" if faults else "passed"}
    if fault := note_event(settings, "backup_drilled", told, now):
        faults.append(fault)
    if faults:
        give_up("\n".join(["恢复演练没有通过：", *faults]))


def _rehearse(settings: Settings, source: Path, key: bytes, place: Path, now: datetime, most: timedelta) -> Proof:
    try:
        store = open_store(settings)
    except NotReady as error:
        raise BackupFailed(str(error)) from None
    try:
        return rehearse(source, key, store, place, now, most)
    finally:
        store.close()


@click.command("content-mirror")
@click.option(
    "--to", "folder", type=_PATH, envvar="FORMS_CONTENT_MIRROR", required=True, metavar="文件夹", help="镜像放在哪里。"
)
@click.option("--from", "remote", envvar="FORMS_CONTENT_REMOTE", required=True, metavar="仓库", help="网站内容的仓库。")
@click.option("--key", type=_PATH, envvar="FORMS_CONTENT_KEY", metavar="文件", help="打开仓库的 SSH 私钥。")
def content_mirror(folder: Path, remote: str, key: Path | None) -> None:
    """把网站内容的仓库镜像一份到别处；以前的提交只增不减。供定时任务用。"""
    try:
        commit = mirror_content(remote, folder.absolute(), key)
    except MirrorFault as error:
        give_up(error)
    click.echo(f"镜像在 {folder}，最新的提交：{commit}")
