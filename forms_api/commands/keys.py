"""`forms-api keys`: make, check, try out, split and give back the federation's keys."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

from forms_api import custody
from forms_api.command_line import Group
from forms_api.commands.asking import (
    DATA,
    PASSPHRASE_FILE,
    choose_passphrase,
    give_up,
    opened_store,
    read_passphrase,
    read_settings,
)
from forms_api.crypto import fingerprint
from forms_api.custody import KeyFault
from forms_api.definitions import CHINA
from forms_api.key_sheets import MOST_SHEETS, BadSheets, join_sheets, split_key, write_sheet
from forms_api.model import SYSTEM, NewEvent
from forms_api.opening import find_public


@click.group(cls=Group)
def keys() -> None:
    """管理密封申请用的公钥和打开申请用的私钥。"""


@keys.command()
@DATA
@PASSPHRASE_FILE
def new(data: Path, passphrase_file: Path | None) -> None:
    """换一对新密钥；旧私钥留着，用来打开以前的申请。"""
    settings = read_settings(data)
    with opened_store(settings) as store:
        name = custody.make_keys(settings.folder, store, choose_passphrase(passphrase_file), datetime.now(CHINA))
    click.echo(f"已换成新密钥，指纹：{name}。请重启受理服务，再运行 keys split 把新私钥分成几张纸保管。")


@keys.command()
@DATA
def check(data: Path) -> None:
    """查密钥文件齐不齐、配不配对、别人能不能读；不用口令。"""
    settings = read_settings(data)
    with opened_store(settings) as store:
        faults = custody.check_keys(settings.folder, store)
    if faults:
        give_up("\n".join(faults))
    click.echo(f"密钥文件齐全，公钥指纹：{custody.read_public(settings.folder)}")


@keys.command()
@DATA
@PASSPHRASE_FILE
def drill(data: Path, passphrase_file: Path | None) -> None:
    """演练：用口令取出私钥，真的打开密封件和几份申请，证明今天还打得开。"""
    settings = read_settings(data)
    with opened_store(settings) as store:
        try:
            private = custody.open_current(settings.folder, read_passphrase(passphrase_file))
            opened = custody.drill(settings.folder, store, private, datetime.now(CHINA))
        except KeyFault as fault:
            give_up(fault)
    click.echo(f"演练通过：密封件打开了，另外试开了 {opened} 份申请（没有显示内容）。")


@keys.command()
@DATA
@PASSPHRASE_FILE
@click.option(
    "--needed", type=click.IntRange(2, MOST_SHEETS), default=2, metavar="张数", help="凑齐几张能找回；默认 2。"
)
@click.option("--sheets", type=click.IntRange(2, MOST_SHEETS), default=3, metavar="张数", help="一共分几张；默认 3。")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="文件夹",
    help="把要打印的网页放进这个新文件夹；打印后请删掉。",
)
def split(data: Path, passphrase_file: Path | None, needed: int, sheets: int, out: Path) -> None:
    """把私钥分成几张纸，交给几个人分别保管。"""
    if needed > sheets:
        raise click.UsageError(f"一共 {sheets} 张，凑不齐 {needed} 张。请把 --needed 改小，或把 --sheets 改大。")
    settings, now = read_settings(data), datetime.now(CHINA)
    with opened_store(settings) as store:
        try:
            private = custody.open_current(settings.folder, read_passphrase(passphrase_file))
        except KeyFault as fault:
            give_up(fault)
        name = fingerprint(find_public(private))
        _write_sheets(out, split_key(private, needed, sheets), needed, name, now)
        store.append_event(
            NewEvent("key_split", now, SYSTEM, {"fingerprint": name, "needed": needed, "sheets": sheets})
        )
    click.echo(f"{sheets} 张分管纸在 {out}，任意 {needed} 张能找回私钥。请逐张打印、分别封存，然后删掉这个文件夹。")


@keys.command()
@DATA
@PASSPHRASE_FILE
@click.option(
    "--sheet",
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    metavar="文件",
    help="写着一张分管纸上全部词的文本文件，可以写几次；不写就在屏幕上输入。",
)
def restore(data: Path, passphrase_file: Path | None, files: tuple[Path, ...]) -> None:
    """用分管纸找回私钥，另设口令。"""
    settings = read_settings(data)
    try:
        private = join_sheets([file.read_text("utf-8") for file in files] or _ask_sheets())
    except (BadSheets, UnicodeDecodeError) as error:
        give_up(error if isinstance(error, BadSheets) else "分管纸的文件不是文字。请核对。")
    custody.keep_private(settings.folder, private, choose_passphrase(passphrase_file))
    click.echo(f"已找回私钥，指纹：{fingerprint(find_public(private))}。请运行 keys drill 试一试。")


def _ask_sheets() -> list[str]:
    sheets: list[str] = []
    while words := click.prompt(f"第{len(sheets) + 1}张上的词（输完了直接按回车）", default="", show_default=False):
        sheets.append(words)
    return sheets


def _write_sheets(out: Path, words: list[str], needed: int, name: str, now: datetime) -> None:
    try:
        out.mkdir(mode=0o700, parents=True)
        for number, sheet in enumerate(words, 1):
            page = write_sheet(sheet, number, needed, len(words), name, now.date())
            with open(os.open(out / f"sheet-{number}.html", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(page)
    except OSError as error:
        give_up(f"不能写 {out}（{error.strerror}）。请给一个还没有的文件夹。")
