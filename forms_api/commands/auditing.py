"""Commands for whoever audits: `audit verify`, `audit head` and `audit publish`. They open nothing that is sealed."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from forms_api.audit import Chain
from forms_api.audit_heads import HeadsDiffer, publish_head
from forms_api.command_line import Group
from forms_api.commands.asking import DATA, give_up, opened_store, read_settings
from forms_api.config import make_clone
from forms_api.content_clone import CannotPush, PushRefused
from forms_api.definitions import CHINA
from forms_api.verifying import list_faults

HEAD_LETTERS = 64


@click.group(cls=Group)
def audit() -> None:
    """核对事件链：有没有人绕过程序改过、删过、插过记录。"""


@audit.command()
@DATA
@click.option("--head", default="", metavar="摘要", help="以前公布的一条事件的摘要；给了就连“后面被截掉”也查得出来。")
def verify(data: Path, head: str) -> None:
    """核对全部事件和申请；没有改动返回 0，有改动说出是哪一条并返回 1。"""
    if head and not (len(head) == HEAD_LETTERS and set(head.lower()) <= set("0123456789abcdef")):
        raise click.UsageError(f"看不懂摘要“{head}”。请照公布的写，是 {HEAD_LETTERS} 位的数字和字母 a 到 f。")
    chain, faults = Chain(), 0
    with opened_store(read_settings(data)) as store:
        for fault in list_faults(store, head, chain):
            click.echo(f"{fault.where}：{fault.words}", err=True)
            faults += 1
    if faults:
        click.echo(f"查出 {faults} 处不对。请不要再写这个文件夹，保留原样，取最近的备份对照。", err=True)
        sys.exit(1)
    click.echo(
        f"共 {chain.length} 条事件、{len(chain.trails)} 份申请、{len(chain.entries)} 条登记，首尾相接，没有改动。最后一条的摘要：{chain.end.hex()}"
    )


@audit.command()
@DATA
def head(data: Path) -> None:
    """只给出最后一条事件的序号和摘要，供每天公布。"""
    with opened_store(read_settings(data)) as store:
        last = store.find_last_event()
    if last is None:
        give_up("还没有事件，没有可以公布的摘要。")
    click.echo(f"{last.seq} {last.digest.hex()}")


@audit.command()
@DATA
def publish(data: Path) -> None:
    """把今天的摘要写进网站的台账并推送，一天一次；供每晚的定时任务用。"""
    settings = read_settings(data)
    clone = make_clone(settings)
    if clone is None:
        give_up("没有设内容仓库。请设环境变量 FORMS_CONTENT_REMOTE，再运行一次。")
    with opened_store(settings) as store:
        try:
            found = publish_head(store, datetime.now(CHINA), clone.change)
        except PushRefused as refused:
            give_up("网站没有接收：\n" + "\n".join(refused.report))
        except (CannotPush, HeadsDiffer) as error:
            give_up(error)
    click.echo(f"已公布第 {found.number} 条：{found.digest}" if found else "今天已经公布过，或者还没有事件。")
