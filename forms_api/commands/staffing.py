"""`forms-api staff`: the first account is made here, and any account can be reset here when nobody can sign in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from forms_api import accounts as keeping
from forms_api.accounts import AccountFault, Accounts
from forms_api.command_line import Group
from forms_api.commands.asking import BUNDLE, DATA, JSON, give_up, opened_store, read_settings
from forms_api.config import NotReady
from forms_api.definitions import CHINA
from forms_api.forms_bundle import NoBundle, read_bundle
from forms_api.model import SYSTEM
from forms_api.reviewing import open_accounts
from forms_api.staff import DUTIES, Staff, name_duties
from forms_api.staff_keys import RowRefused

REFUSED = "这个账号的记录被人绕过程序改动过，已经拒绝它登录。请从备份核对，并查明是谁改的。"
_ACCOUNT = click.argument("account", metavar="账号")


@click.group(cls=Group)
def staff() -> None:
    """管理工作人员的账号。"""


@staff.command("add")
@_ACCOUNT
@DATA
@click.option("--name", required=True, metavar="姓名", help="姓名。")
@click.option("--union", required=True, metavar="编号", help="所属工会在网站上的编号；县总工会是 county。")
@click.option(
    "--duty",
    "duties",
    type=click.Choice(list(DUTIES)),
    multiple=True,
    required=True,
    metavar="岗位",
    help=f"岗位，可以写几次：{'、'.join(f'{key} {word}' for key, word in DUTIES.items())}。",
)
@BUNDLE
@JSON
def add(
    account: str, data: Path, name: str, union: str, duties: tuple[str, ...], bundle: Path | None, as_json: bool
) -> None:
    """新增账号，给出一次性密码；只显示这一次，七天内有效。"""
    with opened_accounts(data) as accounts:
        try:
            given = keeping.add_staff(accounts, account, name, union, duties, SYSTEM, _list_unions(data, bundle))
        except AccountFault as fault:
            give_up(fault)
    _tell_given(account, given, as_json)


@staff.command()
@_ACCOUNT
@DATA
def disable(account: str, data: Path) -> None:
    """停用账号：马上退出，不能再登录。"""
    with opened_accounts(data) as accounts:
        keeping.disable_staff(accounts, _find(accounts, account), SYSTEM)
    click.echo(f"{account} 已停用。")


@staff.command()
@_ACCOUNT
@DATA
def enable(account: str, data: Path) -> None:
    """恢复停用的账号，密码和动态码照旧。"""
    with opened_accounts(data) as accounts:
        keeping.enable_staff(accounts, _find(accounts, account), SYSTEM)
    click.echo(f"{account} 已恢复使用。")


@staff.command()
@_ACCOUNT
@DATA
@JSON
def reset(account: str, data: Path, as_json: bool) -> None:
    """重置账号：手机丢了、密码忘了时用；原来的密码、动态码、备用码作废，给出新的一次性密码。"""
    with opened_accounts(data) as accounts:
        given = keeping.reset_staff(accounts, _find(accounts, account), SYSTEM)
    _tell_given(account, given, as_json)


@staff.command("list")
@DATA
@JSON
def list_staff(data: Path, as_json: bool) -> None:
    """列出全部账号；记录被改动过的会指出来，并返回 1。"""
    with opened_accounts(data) as accounts:
        listed = accounts.list_all()
    now = datetime.now(CHINA)
    for account, found in listed:
        told = _describe(account, found, now)
        click.echo(json.dumps(told, ensure_ascii=False) if as_json else "\t".join(told.values()))
    if any(found is None for _, found in listed):
        give_up(REFUSED)


@contextmanager
def opened_accounts(data: Path) -> Iterator[Accounts]:
    """Lend the accounts of a data folder, or give up."""
    settings = read_settings(data)
    with opened_store(settings) as store:
        try:
            yield open_accounts(settings.folder, store, lambda: datetime.now(CHINA))
        except NotReady as error:
            give_up(error)


def _find(accounts: Accounts, account: str) -> Staff:
    try:
        found = accounts.find(account)
    except RowRefused:
        give_up(REFUSED)
    if found is None:
        give_up(f"没有账号 {account}。用 forms-api staff list 看看有哪些。")
    return found


def _list_unions(data: Path, bundle: Path | None) -> list[str]:
    try:
        return [one["id"] for one in read_bundle(read_settings(data, bundle).bundle).unions]
    except NoBundle:
        click.echo("没有找到网站的表单包，所属工会的编号没有核对。", err=True)
        return []


def _describe(account: str, found: Staff | None, now: datetime) -> dict[str, str]:
    if found is None:
        return {"account": account, "name": "", "union": "", "duties": "", "state": "被改动过"}
    waiting = "等待首次登录" if found.find_errand(now) else "在用"
    state = "已停用" if found.disabled else waiting
    duties = name_duties(found.duties)
    return {"account": account, "name": found.name, "union": found.union, "duties": duties, "state": state}


def _tell_given(account: str, given: str, as_json: bool) -> None:
    told = {"account": account, "password": given}
    click.echo(json.dumps(told) if as_json else f"{account} 的一次性密码（只显示这一次，七天内有效）：{given}")
