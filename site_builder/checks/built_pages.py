"""What one built page must be: valid, complete in its head, usable by everybody, closed to other hosts, and light. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from sys import intern
from typing import Any
from urllib.parse import unquote

from site_builder.checks.page_markup import Markup, line_of, read_markup
from site_builder.checks.page_tags import POINTERS, Element, is_elsewhere
from site_builder.security import write_policy

META_ONCE = ("SiteName", "SiteDomain", "ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType")
META_ARTICLE = ("ArticleTitle", "PubDate", "ContentSource")
COLUMN_TYPES = frozenset(
    [
        "首页",
        "概况信息",
        "机构职能",
        "负责人信息",
        "工作动态",
        "政策文件",
        "信息公开指南",
        "信息公开目录",
        "信息公开年报",
        "依申请公开",
        "数据发布",
        "数据开放",
        "政策解读",
        "回应关切",
        "办事服务",
        "咨询投诉",
        "征集调查",
        "在线访谈",
    ]
)
"""国办发〔2017〕47号, annex."""
WHOLE_PAGE = 60_000
"""25 KB around the longest text that a county's document is likely to have."""
AROUND = 25_000

Fault = tuple[str, int, str]
"""Rule, number of the tag or 0, and what is wrong."""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What other pages need to know of one, and its own faults as (rule, line, what is wrong)."""

    ids: frozenset[str] = frozenset()
    links: tuple[str, ...] = ()
    """Paths below the site folder, each with its '#anchor' if there is one; every address once."""
    site_code: str | None = None
    leads_away: bool = False
    """Stands at an old address and leads to the new one: nothing on the site needs to lead to it."""
    faults: tuple[tuple[str, int, str], ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep equal anchors and addresses once: thousands of pages name the same few."""
        return _recall, (tuple(self.ids), self.links, self.site_code, self.leads_away, self.faults)


def _recall(ids: Iterable[str], links: Iterable[str], *rest: Any) -> PageFacts:
    return PageFacts(frozenset(map(intern, ids)), tuple(map(intern, links)), *rest)


def read_page(path: str, data: bytes) -> PageFacts:
    """Return the facts of a page; of any other file, none."""
    if not path.endswith(".html"):
        return PageFacts()
    try:
        page = data.decode("utf-8")
    except UnicodeDecodeError:
        return PageFacts(faults=(("html-syntax", 1, "不是 UTF-8 编码"),))
    markup = read_markup(page)
    found = [*markup.faults]
    ids = [one.attributes["id"] for _, one, _ in markup.elements if "id" in one.attributes]
    metas = _metas(markup)
    found += [*_structure(markup, page), *_access(markup, page), *_closed(page)]
    found += [*_tell_ids(markup, ids), *_tell_metas(path, metas, page), *_weigh(page, data)]
    faults = tuple((rule, line_of(page, number) if number else 1, fault) for rule, number, fault in found)
    codes = metas.get("SiteIDCode", [])
    links = tuple(dict.fromkeys(_links(path, markup)))
    return PageFacts(frozenset(ids), links, codes[0] if codes else None, 'http-equiv="refresh"' in page, faults)


# --- structure -------------------------------------------------------------------------------------


def _structure(markup: Markup, page: str) -> Iterator[Fault]:
    names = [element.name for _, element, _ in markup.elements]
    title = re.search(r"<title>([^<]*)</title>", page)
    if not title or not title[1].strip():
        yield "page-title", 0, "没有标题（title）"
    if names.count("h1") != 1 or re.search(r"<h1[^>]*>\s*</h1>", page):
        yield "page-title", 0, f"页面大标题（h1）应当有一个，现在有 {names.count('h1')} 个或是空的"
    if '<html lang="zh-CN"' not in page:
        yield "page-title", 0, "没有写明语言（lang）"
    level = 1
    for number, element, _ in markup.elements:
        if element.name in ("h1", "h2", "h3", "h4"):
            here = int(element.name[1])
            if here > level + 1:
                yield "page-headings", number, f"h{level} 下面直接用了 {element.name}，跳过了一级"
            level = here


def _tell_ids(markup: Markup, ids: Sequence[str]) -> Iterator[Fault]:
    known = set(ids)
    if len(known) < len(ids):
        seen: set[str] = set()
        for number, element, _ in markup.elements:
            one = element.attributes.get("id")
            if one in seen:
                yield "duplicate-element-id", number, f"编号（id）“{one}”用了两次"
            seen.add(one or "")
    for one in known:
        if not one or re.search(r"\s", one):
            yield "html-syntax", 0, f"编号（id）“{one}”是空的或有空格"
    for number, element, _ in markup.elements:
        for name in POINTERS & element.attributes.keys():
            for one in element.attributes[name].split():
                if one not in known:
                    yield "html-syntax", number, f"{name} 指向的“{one}”不在这一页上"


# --- use by everybody ------------------------------------------------------------------------------

_NAMELESS = re.compile(r"<(a|button)((?:\s[^<>]*)?)>(?:\s|<(?!img|/?a[\s>]|/?button|svg aria-label)[^>]*>)*</\1>")


def _access(markup: Markup, page: str) -> Iterator[Fault]:
    labels = {one.attributes.get("for", "") for _, one, _ in markup.elements if one.name == "label"}
    for number, element, around in markup.elements:
        if _is_nameless(element, around, labels):
            yield "control-name", number, f"输入框没有名称：{element.attributes.get('name', element.name)}"
    for found in _NAMELESS.finditer(page):
        if "aria-label" not in found[0] and (found[1] == "button" or "href" in found[2]):
            yield "control-name", 0, f"链接或按钮没有文字：{found[0][:60]}"
    viewport = re.findall(r'<meta name="viewport" content="([^"]*)"', page)
    if len(viewport) != 1 or "maximum-scale" in viewport[0] or "user-scalable" in viewport[0]:
        yield "control-name", 0, "没有写视口（viewport），或不让读者放大"


def _is_nameless(element: Element, around: str, labels: set[str]) -> bool:
    told = element.attributes
    if element.name not in ("input", "select", "textarea") or told.get("type") in ("hidden", "submit"):
        return False
    return not (told.get("aria-label") or told.get("id") in labels or around == "label")


# --- closed to other hosts ---------------------------------------------------------------------------

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


def _closed(page: str) -> Iterator[Fault]:
    if [unescape(one) for one in _POLICY.findall(page)] != [write_policy()]:
        yield "page-csp", 0, "内容安全策略（Content-Security-Policy）缺少，或与本站规定的不同"


# --- the head ------------------------------------------------------------------------------------------


def _metas(markup: Markup) -> dict[str, list[str]]:
    metas: dict[str, list[str]] = {}
    for _, element, _ in markup.elements:
        if element.name == "meta" and "name" in element.attributes:
            metas.setdefault(element.attributes["name"], []).append(element.attributes.get("content", "").strip())
    return metas


def _tell_metas(path: str, metas: dict[str, list[str]], page: str) -> Iterator[Fault]:
    wanted = META_ONCE + (META_ARTICLE if metas.keys() & set(META_ARTICLE) else ())
    for name in wanted:
        if len(metas.get(name, [])) != 1 or not metas[name][0]:
            yield "meta-tags", 0, f"{name} 应当有一个，现在有 {len(metas.get(name, []))} 个或是空的"
    for kind in metas.get("ColumnType", []):
        if kind not in COLUMN_TYPES or (path == "index.html" and kind != "首页"):
            yield "meta-tags", 0, f"ColumnType “{kind}”不在规定的栏目类别里，或与这一页不符"
    for code in metas.get("SiteIDCode", []):
        if len(metas["SiteIDCode"]) > 1 or not re.fullmatch(r"bm\d{8}|\d{10}", code):
            yield "meta-tags", 0, f"SiteIDCode “{code}”不是 10 位数字或 bm 加 8 位数字"
    for told in metas.get("PubDate", []):
        if not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", told):
            yield "meta-tags", 0, f"PubDate “{told}”不是 2026-11-20 09:00 的形式"
        elif not _shows(page, told[:10]):
            yield "meta-tags", 0, f"PubDate {told[:10]} 与页面上看到的日期不同"


def _shows(page: str, day: str) -> bool:
    main = page[page.find("<main") :]
    year, month, date = (int(part) for part in day.split("-"))
    return day in main or f"{year}年{month}月{date}日" in re.sub(r"<[^>]*>|\s", "", main)


# --- weight --------------------------------------------------------------------------------------------

_BODY = re.compile(r"<article\b.*</article>", re.DOTALL)
_ROWS = re.compile(r"<(ul|ol|dl|table|svg)\b.*?</\1>|<li\b.*?</li>|<tr\b.*?</tr>", re.DOTALL)


def _weigh(page: str, data: bytes) -> Iterator[Fault]:
    if len(data) > WHOLE_PAGE:
        yield "page-size", 0, f"页面有 {len(data) // 1000} KB，超过 {WHOLE_PAGE // 1000} KB"
    if len(data) <= AROUND:
        return
    body = _BODY.search(page)
    main = page.find("<main")
    around = page.replace(body[0], "") if body else page[:main] + _ROWS.sub("", page[main:])
    if (size := len(around.encode())) > AROUND:
        yield "page-size", 0, f"正文之外有 {size // 1000} KB，超过 {AROUND // 1000} KB"


# --- links ---------------------------------------------------------------------------------------------


def _links(path: str, markup: Markup) -> Iterator[str]:
    folder = path.rpartition("/")[0].split("/") if "/" in path else []
    for _, element, _ in markup.elements:
        told = element.attributes
        address = told.get("href") if element.name != "base" else None
        address = address or told.get("src") or (told.get("action") if element.name == "form" else None)
        if address is not None and not is_elsewhere(address) and not address.startswith("data:"):
            yield resolve(path, folder, address)


def resolve(path: str, folder: Sequence[str], address: str) -> str:
    """Return the path of the file that an address on the page `path` leads to, with its anchor; '' for a bad one."""
    whole, _, anchor = address.partition("#")
    whole = whole.partition("?")[0]
    if "%" in address:
        whole, anchor = unquote(whole), unquote(anchor)
    if not whole:
        target = path
    else:
        up = 0
        while whole.startswith("../"):
            whole, up = whole[3:], up + 1
        if up > len(folder):
            return f"../{whole}"
        target = whole[1:] if whole.startswith("/") else "/".join([*folder[: len(folder) - up], whole])
        if "./" in target or target.endswith((".", "..")):
            target = posixpath.normpath(target) + ("/" if target.endswith(("/", ".")) else "")
            target = "" if target in ("./", ".") else target
        if not target or target.endswith("/"):
            target += "index.html"
    return f"{target}#{anchor}" if anchor else target


def find_link(path: str, page: str, target: str) -> int:
    """Return the line of the first link of a page that leads to `target`."""
    markup = read_markup(page)
    for number, element, around in markup.elements:
        if target in _links(path, Markup([(number, element, around)])):
            return line_of(page, number)
    return 1
