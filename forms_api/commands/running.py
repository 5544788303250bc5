"""Commands that set up, run and look at intake: `init`, `intake`, `api-key`, `cases`."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from forms_api import custody
from forms_api.command_line import Group
from forms_api.commands.asking import (
    BIND,
    BUNDLE,
    DATA,
    FIGURES,
    JSON,
    PASSPHRASE_FILE,
    choose_passphrase,
    give_up,
    opened_store,
    read_settings,
)
from forms_api.config import NotReady, open_files, open_store
from forms_api.definitions import CHINA
from forms_api.model import SYSTEM, ApiKey, Case, NewEvent, digest_api_key
from forms_api.serving import Address, CannotServe, serve_intake
from forms_api.storage import Store
from forms_api.tokens import hash_api_key
from forms_api.workflow import STATES

INTAKE = "forms_api.intake:start_app"
CASES_AT_ONCE = 500


@click.command()
@DATA
@PASSPHRASE_FILE
def init(data: Path, passphrase_file: Path | None) -> None:
    """建立数据文件夹：数据库、密钥和试开用的密封件；已经建好的不动。"""
    settings = read_settings(data)
    try:
        custody.prepare_folder(settings.folder)
        store = open_store(settings)
    except (OSError, NotReady) as error:
        give_up(error if isinstance(error, NotReady) else f"不能在 {data} 里写文件（{error.strerror}）。请检查权限。")
    try:
        if store.find_seal():
            if fault := custody.check_keys_for_intake(settings.folder, store):
                give_up(fault)
            click.echo(f"{data} 早已建好，没有改动。")
            return
        made = None if passphrase_file or sys.stdin.isatty() else custody.make_passphrase()
        passphrase = made or choose_passphrase(passphrase_file)
        fingerprint = custody.make_keys(settings.folder, store, passphrase, datetime.now(CHINA))
    finally:
        store.close()
    click.echo(f"已建好 {data}。公钥指纹：{fingerprint}")
    if made:
        click.echo(f"私钥口令（只显示这一次，请抄下来交给保管人）：{made}")
    click.echo("接下来请运行 forms-api keys split，把私钥分成几张纸保管；丢了私钥和口令，收到的申请谁也打不开。")


@click.command()
@DATA
@BIND
@FIGURES
@BUNDLE
@click.option(
    "--site",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    metavar="文件夹",
    help="连这个已经生成的网站一起放在同一个地址上，试用时方便；正式使用时由网页服务器来放。",
)
def intake(data: Path, bind: Address, figures: Address | None, bundle: Path | None, site: Path | None) -> None:
    """受理申请，直到收到停止信号；已经开始的会办完再停。"""
    settings = replace(read_settings(data, bundle), site=site)
    if not (settings.bundle / "bundle.json").is_file():
        give_up(f"找不到 {settings.bundle / 'bundle.json'}。请先生成网站，或者用 --bundle 指出表单包在哪里。")
    try:
        open_files(settings)  # tells what is missing before a process starts
    except NotReady as error:
        give_up(error)
    with opened_store(settings) as store:
        if faults := custody.check_keys_for_intake(settings.folder, store):
            click.echo(faults, err=True)
    if site:
        click.echo(f"网站和网上申请：http://{bind.host}:{bind.port}/ （按 Ctrl+C 结束）")
    try:
        serve_intake(settings, INTAKE, bind, figures)
    except CannotServe as error:
        give_up(error)


@click.group("api-key", cls=Group)
def api_key() -> None:
    """管理小程序、自助机等程序用的密钥。"""


@api_key.command("add")
@click.argument("name", metavar="名称")
@DATA
@JSON
@click.option("--per-minute", type=click.IntRange(1), metavar="次数", help="每分钟最多几次；不写就不限。")
def add(name: str, data: Path, as_json: bool, per_minute: int | None) -> None:
    """发一个新密钥，只显示这一次；同名的旧密钥随即失效。"""
    key, now = secrets.token_urlsafe(32), datetime.now(CHINA)
    with opened_store(read_settings(data)) as store:
        given = ApiKey(name, hash_api_key(key), now, per_minute)
        store.add_api_key(given)
        store.append_event(NewEvent("api_key_added", now, SYSTEM, {"name": name, "sum": digest_api_key(given)}))
    click.echo(json.dumps({"name": name, "key": key}, ensure_ascii=False) if as_json else f"{name}：{key}")


@click.command()
@DATA
@JSON
def cases(data: Path, as_json: bool) -> None:
    """列出收到的申请：编号、表单、状态、时间。不打开内容。"""
    with opened_store(read_settings(data)) as store:
        for case in sorted(_read_all(store), key=lambda one: (one.received_at, one.reference)):
            click.echo(
                json.dumps(_describe(case), ensure_ascii=False) if as_json else "\t".join(_describe(case).values())
            )


def _read_all(store: Store) -> Iterator[Case]:
    after = ""
    while found := store.list_cases(after=after, limit=CASES_AT_ONCE):
        yield from found
        after = found[-1].id


def _describe(case: Case) -> dict[str, str]:
    return {
        "reference": case.reference,
        "form": case.form,
        "state": case.state,
        "label": STATES[case.state].label,
        "channel": case.channel,
        "received_at": case.received_at.isoformat(timespec="seconds"),
    }
