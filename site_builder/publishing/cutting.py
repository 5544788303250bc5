"""Take what was withdrawn out of the live release at once, without a build: its page first, and every trace if no build will."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from site_builder.model import Origin
from site_builder.reading.named_files import name_files
from site_builder.records import Record
from site_builder.releases import SITE, Release, Shelf
from site_builder.withdrawals import Tombstone, may_tell_title

IN_ITS_PLACE = "（已撤下）"
_PAGE = """<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>这一页已经撤下</title><link rel="stylesheet" href="../../assets/style.css"></head>
<body><main class="wrap"><h1>这一页已经撤下</h1>
<p>原来在这个网址的{label}已经撤下。{day}{reason}</p>
<p><a href="../../">回首页</a></p></main></body>
</html>
"""


def cut_page(shelf: Shelf, live: Release, gone: Tombstone, record: Record | None, path: str) -> None:
    """Put a plain tombstone where the page is and remove what lies below it, the files that it names, its old addresses.

    `path` is that of the record's file below content/. Removing needs no room on the disk; the tombstone needs little.
    """
    named = {one.path for one in name_files(record, Origin(path))} if record else set()
    named |= {f"{old}index.html" if old.endswith("/") else old for old in gone.moved_from}  # they tell the title
    out = [one for one in shelf.manifest(live.name) if one.startswith(gone.url) or one in named]
    shelf.cut(live, out, {f"{gone.url}index.html": write_tombstone(gone)})


def write_tombstone(gone: Tombstone) -> bytes:
    """Return the plain page that stands there until the next build makes the site's own."""
    day = f"撤下时间：{gone.day.year}年{gone.day.month}月{gone.day.day}日。" if gone.day else ""
    reason = f"理由：{escape(gone.reason.rstrip('。'))}。" if gone.reason else ""
    return _PAGE.format(label=gone.label, day=day, reason=reason).encode()


def cut_traces(shelf: Shelf, live: Release, gone: Tombstone, record: Record | None) -> None:
    """Remove all else that tells of the record: the search, data and feeds that hold it; pages lose its words.

    Where a title may not be told, the pages of its column that lead to it go too. The next build brings back what may be.
    """
    site, own = shelf.folder / live.name / SITE, f"{gone.url}index.html"
    words = [word for word in (record.title, getattr(record, "summary", None)) if word] if record else []
    out: list[str] = []
    put: dict[str, bytes] = {}
    for path in shelf.manifest(live.name):
        if path == own or not (path.endswith(".html") or _is_trace(site, path, gone, words)):
            continue
        page = _read_page(site / path, gone) if path.endswith(".html") else None
        if path.endswith(".html") and page is None:
            continue
        if page is None or _must_go(path, gone, record):
            out.append(path)
        else:
            put[path] = _blank(page, words).encode()
    shelf.cut(live, out, put)


def _is_trace(site: Path, path: str, gone: Tombstone, words: list[str]) -> bool:
    """Tell whether a file that is no page holds the record; the search holds everything in ways of its own."""
    if path.startswith("search/"):
        return True
    content = (site / path).read_bytes()
    return any(mark.encode() in content for mark in (gone.id, *words))


def _read_page(file: Path, gone: Tombstone) -> str | None:
    """Return a page that leads to the record, or None."""
    text = file.read_text(encoding="utf-8", errors="replace")
    return text if f"{gone.id}/" in text else None


def _must_go(path: str, gone: Tombstone, record: Record | None) -> bool:
    tellable = record is not None and may_tell_title(record)
    return not tellable and path.startswith(f"{gone.folder}/") and path != f"{gone.folder}/index.html"


def _blank(page: str, words: list[str]) -> str:
    """Return the page without the words, wherever tags stand between their characters; the tags stay."""
    for word in words:
        pattern = r"(?:<[^<>]*>)*".join(map(re.escape, _list_characters(word)))
        page = re.sub(pattern, lambda found: IN_ITS_PLACE + "".join(re.findall("<[^<>]*>", found[0])), page)
    return page


def _list_characters(word: str) -> Iterator[str]:
    return (escape(one) for one in word)
