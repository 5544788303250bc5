"""`forms-api review`: run the staff app."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from forms_api.commands.asking import BIND, BUNDLE, DATA, FIGURES, give_up, read_settings
from forms_api.config import NotReady
from forms_api.forms_bundle import NoBundle
from forms_api.reviewing import open_review
from forms_api.serving import Address, CannotServe, serve_review

REVIEW = "forms_api.review:start_app"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@click.command()
@DATA
@BIND
@FIGURES
@BUNDLE
@click.option("--plain-http", is_flag=True, help="不经 HTTPS 试用；只能用在本机地址（127.0.0.1）上。")
def review(data: Path, bind: Address, figures: Address | None, bundle: Path | None, plain_http: bool) -> None:
    """运行工作人员用的受理台，直到收到停止信号；启动以后要登录解锁私钥才看得到申请内容。"""
    if plain_http and bind.host not in LOOPBACK:
        raise click.UsageError("不经 HTTPS 只能在本机试用，地址请写 127.0.0.1。")
    settings = replace(read_settings(data, bundle), plain_http=plain_http)
    if not settings.is_made:
        give_up(f"{data} 里还没有数据。请先运行 forms-api init --data {data}。")
    try:
        opened = open_review(settings)  # tells what is missing before a process starts; nothing stays open
        has_staff = bool(opened.store.list_staff())
        opened.store.close()
    except (NotReady, NoBundle) as error:
        give_up(error)
    if not has_staff:
        click.echo(f"还没有账号。请先运行 forms-api staff add 账号 --data {data}。", err=True)
    click.echo(f"受理台：{'http' if plain_http else 'https'}://{bind.host}:{bind.port}/ （按 Ctrl+C 结束）")
    try:
        serve_review(settings, REVIEW, bind, figures)
    except CannotServe as error:
        give_up(error)
