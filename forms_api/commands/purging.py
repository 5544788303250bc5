"""The command `purge`: delete what was kept long enough. Meant for a timer each night; it opens nothing that is sealed."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from forms_api.commands.asking import DATA, JSON, give_up, opened_store, read_settings
from forms_api.config import NotReady, open_files
from forms_api.definitions import CHINA
from forms_api.purging import Doomed, Purged, purge_due
from forms_api.storage import StoreBroken


@click.command()
@DATA
@JSON
@click.option("--dry-run", "dry", is_flag=True, help="只列出会删除哪些，什么也不删。")
def purge(data: Path, as_json: bool, dry: bool) -> None:
    """删除保存期满的申请，连同文件、索引和没发出的消息；没有疑问返回 0，有要人查的返回 1。"""
    settings = read_settings(data)
    try:
        files = open_files(settings)
        with opened_store(settings) as store:
            done = purge_due(store, files, datetime.now(CHINA), dry=dry)
    except NotReady as error:
        give_up(error)
    except StoreBroken as error:
        give_up(
            f"数据库或者放文件的地方读写不了（{error}）。请查明原因，再运行一次：已经删掉的不会回来，没删完的文件会补删。"
        )
    if as_json:
        click.echo(json.dumps(_tell(done, dry), ensure_ascii=False))
    else:
        _say(done, dry)
    sys.exit(1 if done.unclear or done.missing or not done.log_emptied else 0)


def _say(done: Purged, dry: bool) -> None:
    verb = "会删除" if dry else "已删除"
    for one in done.gone:
        click.echo(f"{verb} {one.case.reference}：保存期（{one.fate.retention.words}）到 {one.fate.ends} 为止。")
    for one in done.kept:
        click.echo(f"到期未删 {one.case.reference}：{one.fate.kept}。")
    for reference in done.unclear:
        click.echo(
            f"没有动 {reference}：和事件记录对不上，或者刚刚变动过。请运行 forms-api audit verify 查明。", err=True
        )
    for name in done.missing:
        click.echo(f"文件 {name} 有登记，但是不在，或者大小不对。请从备份找回。", err=True)
    if not done.log_emptied:
        click.echo("数据库正忙，日志里可能还有删掉的内容。请过一会儿再运行一次。", err=True)
    strays = f"，清掉没有登记的文件 {done.strays} 个" if done.strays else ""
    click.echo(f"{verb} {len(done.gone)} 份，到期未删 {len(done.kept)} 份{strays}。")


def _tell(done: Purged, dry: bool) -> dict[str, Any]:
    return {
        "dry_run": dry,
        "purged": [_describe(one) for one in done.gone],
        "kept": [_describe(one) | {"why": one.fate.kept} for one in done.kept],
        "unclear": done.unclear,
        "missing_files": done.missing,
        "stray_files": done.strays,
        "log_emptied": done.log_emptied,
    }


def _describe(one: Doomed) -> dict[str, str]:
    return {
        "reference": one.case.reference,
        "form": one.case.form,
        "outcome": one.fate.outcome,
        "period": str(one.fate.retention),
        "ends": str(one.fate.ends),
    }
