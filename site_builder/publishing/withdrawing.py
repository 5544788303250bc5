"""Take a record off the site: recorded first, then its page cut out of the live site, then a build, then every kept release."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from forms_api.identifiers import parse_mobile, parse_resident_id
from site_builder.editors import COLUMNS
from site_builder.publishing.cutting import cut_page, cut_traces
from site_builder.publishing.examining import CONTENT, CannotPublish
from site_builder.publishing.home import append_line
from site_builder.publishing.publisher import Publisher
from site_builder.reading.record_text import KINDS, parse_record
from site_builder.records import Record
from site_builder.releases import Release
from site_builder.withdrawals import Withdrawal, may_tell_title


class NoSuchRecord(Exception):
    """A record that is not there, or an id that several have; its text is a sentence for the user."""


def withdraw(publisher: Publisher, record_id: str, reason: str, *, hide_title: bool = False) -> Withdrawal:
    """Withdraw a record of the live site, named by its id or folder/id; raise NoSuchRecord, CannotPublish.

    Once it is recorded, no build shows it any more, whatever fails afterwards.
    """
    _refuse_numbers(reason, publisher)
    shelf = publisher.home.shelf
    live = shelf.live()
    if live is None:
        raise CannotPublish("还没有发布过，没有可以撤下的页面。")
    path = find_record(publisher, live.commit, record_id)
    folder, name = path.split("/")[1], path.rpartition("/")[2].rpartition(".")[0]
    record = read_record(path, publisher.repository.read_many(live.commit, [path]).get(path))
    title = record.title if record and may_tell_title(record) and not hide_title else None
    moved = record.moved_from if record else ()
    gone = Withdrawal(folder=folder, id=name, at=publisher.moment, reason=reason, title=title, moved_from=moved)
    append_line(publisher.withdrawals_file, gone.model_dump(mode="json"))
    publisher.say(f"已登记撤稿：{folder}/{name}。")
    _cut_live(publisher, gone, record, path)  # before waiting for whoever is publishing, and for any build
    publisher.say("页面已从正在发布的网站拿掉，正在清理列表、搜索、订阅和开放数据……")
    with publisher.home.lock("publish", publisher.say):
        try:
            release = publisher.rebuild_live("撤稿")
        except CannotPublish:
            release = _cut_live(publisher, gone, record, path, traces=True)
            shelf.clear_others(release.name)
            publisher.say(
                "网站没有能重新生成：这一页和各处提到它的地方已经直接删去，站内搜索暂停，旧版本也已清空。"
                "请照下面的说明处理，处理好以后定时任务会自动重新生成。"
            )
            raise
        cleared = shelf.clear_others(release.name)
    if cleared:
        publisher.say(f"保留的 {len(cleared)} 个旧版本里也已删去，需要退回时会从提交重新生成。")
    publisher.say(f"仓库里的 {path} 还在：请再提交一次，把它的 status 改为 withdrawn，或者删去。")
    return gone


def _cut_live(
    publisher: Publisher, gone: Withdrawal, record: Record | None, path: str, *, traces: bool = False
) -> Release:
    """Cut the page, and its traces if wanted, out of the release that readers see now."""
    live = publisher.home.shelf.live()
    if live is None:
        raise CannotPublish("还没有发布过，没有可以撤下的页面。")
    shelf, inside = publisher.home.shelf, path.removeprefix(f"{CONTENT}/")
    steps: list[Callable[..., None]] = [partial(cut_page, path=inside), *([cut_traces] if traces else [])]
    for step in steps:
        try:
            step(shelf, live, gone.tombstone, record)
        except OSError as error:
            publisher.say(f"删去以后没有能写下说明（{error}），有的页面可能暂时打不开。")
    return live


def _refuse_numbers(reason: str, publisher: Publisher) -> None:
    for number in re.findall(r"\d{11,18}[Xx]?", reason):
        for parse in (lambda text: parse_resident_id(text, publisher.moment.date()), parse_mobile):
            try:
                parse(number)
            except ValueError:
                continue
            raise NoSuchRecord("理由会公开，里面不能有身份证号码和手机号码。")


def find_record(publisher: Publisher, commit: str, record_id: str) -> str:
    """Return the path of the record's file in a commit."""
    folder, _, name = record_id.strip("/").rpartition("/")
    listed = publisher.repository.ask("ls-tree", "-r", "-z", "--name-only", commit, "--", CONTENT).split("\0")
    found = [path for path in listed if _is_record(path, folder, name)]
    if not found:
        raise NoSuchRecord(f"正在发布的网站里没有编号为“{record_id}”的内容。编号是网址最后一段，例如 20261116-bfbf。")
    if len(found) > 1:
        ways = "、".join(f"{path.split('/')[1]}/{name}" for path in found)
        raise NoSuchRecord(f"有 {len(found)} 条内容的编号是“{record_id}”，请写明目录：{ways}。")
    return found[0]


def _is_record(path: str, folder: str, name: str) -> bool:
    parts = path.split("/")
    if len(parts) < 3 or parts[1] not in COLUMNS or (folder and parts[1] != folder):
        return False
    return parts[-1] in (f"{name}.md", f"{name}.yml")


def read_record(path: str, text: str | None) -> Record | None:
    """Return the record that a file of content/ holds, or None for what is none or cannot be read."""
    folder, _, name = path.removeprefix(f"{CONTENT}/").partition("/")
    if text is None or folder not in KINDS or not name.endswith((".md", ".yml")):
        return None
    stem = name.rpartition("/")[2].rpartition(".")[0]
    return parse_record(text, next(iter(KINDS[folder])), stem, f"{folder}/{name}", CONTENT).record
