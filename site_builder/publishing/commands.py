"""The commands that publish: publish, rollback, releases, withdraw, and what the hooks of the repository call."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from forms_api.command_line import Command
from site_builder.clock import UnclearDate, read_moment

HOME = click.option(
    "--home",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("/srv/workers-home"),
    envvar="WORKERS_HOME",
    metavar="文件夹",
    help="发布文件夹，里面有 publish.yml；默认为 /srv/workers-home，也可以用环境变量 WORKERS_HOME 指出。",
)
DATE = click.option("--date", metavar="日期", help="按哪个时刻发布，写成 2026-11-20T08:30；默认为现在（北京时间）。")


def _moment(date: str | None) -> datetime:
    try:
        return read_moment(date, os.environ, datetime.now(UTC))
    except UnclearDate as unclear:
        raise click.UsageError(str(unclear)) from None


def _publisher(folder: Path, date: str | None) -> Any:
    from site_builder.publishing.home import Home, NotAHome
    from site_builder.publishing.publisher import Publisher

    try:
        return Publisher(Home(folder), _moment(date), _say)
    except NotAHome as error:
        raise click.UsageError(str(error)) from None


def _say(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()  # whoever pushes watches


def _attempt(action: Callable[[], Any]) -> Any:
    from site_builder.publishing.examining import CannotPublish
    from site_builder.publishing.withdrawing import NoSuchRecord

    try:
        return action()
    except NoSuchRecord as error:
        _fail(str(error))
    except CannotPublish as failed:
        for problem in failed.problems:
            click.echo(str(problem), err=True)
        _fail(str(failed))


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(1)


@click.command(cls=Command)
@click.argument("commit", required=False, metavar="[提交]")
@HOME
@DATE
@click.option("--live", is_flag=True, help="不换提交，把正在发布的提交按现在的日期再生成一次（定时任务用）。")
def publish(commit: str | None, folder: Path, date: str | None, live: bool) -> None:
    """发布一个提交；不写提交时发布分支上最新的。失败时网站保持原样。"""
    if live and commit:
        raise click.UsageError("--live 用的是正在发布的提交，不要再写提交。")
    publisher = _publisher(folder, date)
    if live:
        if _attempt(publisher.refresh) is None:
            _say("没有到时间的变化，网站不用更新。")
        return
    _attempt(lambda: publisher.publish(commit or publisher.home.settings.branch, "手动发布"))


@click.command(cls=Command)
@click.argument("release", metavar="版本")
@HOME
@DATE
def rollback(release: str, folder: Path, date: str | None) -> None:
    """退回到以前的一个版本（写版本名或提交）。已经到期和撤下的内容不会回来；保持到下一次推送。"""
    publisher = _publisher(folder, date)
    named = [one for one in publisher.home.shelf.releases() if one.name.startswith(release)]
    commits = {one.commit for one in named}
    if len(commits) > 1:
        raise click.UsageError(f"有 {len(named)} 个版本以“{release}”开头，请写全。可以先看 site-builder releases。")
    pruned = re.fullmatch(
        r"\d{8}T\d{6}Z-([0-9a-f]{12})(?:-\d+)?", release
    )  # its name still says what it was built from
    wanted = commits.pop() if commits else pruned[1] if pruned else release
    made = _attempt(lambda: publisher.publish(wanted, "退回"))
    _say(f"已退回到提交 {made.commit[:8]}，保持到下一次推送。仓库里的分支没有变，请尽快提交改正后的内容。")


@click.command(cls=Command)
@HOME
@click.option("--verify", is_flag=True, help="把每个版本的每个文件读一遍，和清单核对。")
def releases(folder: Path, verify: bool) -> None:
    """列出保留的版本，正在发布的标“*”。"""
    publisher = _publisher(folder, None)
    shelf = publisher.home.shelf
    live, damaged = shelf.live(), 0
    for one in shelf.releases():
        mark = "*" if live and one.name == live.name else " "
        note = "，页面已删（有撤稿），退回时重新生成" if one.cleared else "，有撤稿，还没有重新生成" if one.cut else ""
        _say(f"{mark} {one.name}  {one.moment[:16].replace('T', ' ')}  {one.reason}{note}")
        if verify and not one.cleared and (wrong := shelf.compare(one.name)):
            damaged += 1
            _say(f"  与清单不符的文件 {len(wrong)} 个：{'、'.join(wrong[:5])}")
    for one in publisher.waiting():
        _say(f"  等待发布：{one.publication.commit[:12]}")
    if damaged:
        _fail(f"有 {damaged} 个版本损坏。正在发布的损坏时，请运行 site-builder publish 重新生成。")


@click.command(cls=Command)
@click.argument("record_id", metavar="编号")
@click.option("--reason", required=True, metavar="理由", help="为什么撤下；会公开，不要写姓名和号码。")
@click.option("--hide-title", is_flag=True, help="连标题也不再显示（公示、荣誉、案例和留言总是不显示）。")
@HOME
@DATE
def withdraw(record_id: str, reason: str, hide_title: bool, folder: Path, date: str | None) -> None:
    """马上撤下一页：网站、搜索、订阅、开放数据和保留的各个版本里都不再有，原网址说明撤下的理由和日期。"""
    from site_builder.publishing.withdrawing import withdraw as take_off

    if len(reason.strip()) < 4:
        raise click.UsageError("理由太短，请写明为什么撤下。")
    publisher = _publisher(folder, date)
    _attempt(lambda: take_off(publisher, record_id, reason.strip(), hide_title=hide_title))


@click.command(cls=Command, hidden=True)
@click.argument("hook", type=click.Choice(["pre-receive", "post-receive"]), metavar="pre-receive|post-receive")
@HOME
@DATE
def receive(hook: str, folder: Path, date: str | None) -> None:
    """仓库钩子调用：检查或发布推送上来的提交。"""
    from site_builder.publishing.home import Home, NotAHome
    from site_builder.publishing.receiving import Gate

    try:
        gate = Gate(Home(folder), _moment(date), _say)
    except NotAHome as error:
        _fail(str(error))
    lines = sys.stdin.read().splitlines()
    good = _attempt(lambda: gate.admit(lines) if hook == "pre-receive" else gate.publish(lines))
    sys.exit(0 if good else 1)


COMMANDS = (publish, rollback, releases, withdraw, receive)
