"""The rules about the finished site: every page by itself, and all pages together."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from datetime import date

from site_builder.checks.built_pages import PageFacts, find_link, read_page, resolve
from site_builder.checks.rules import BuiltSite, Rule
from site_builder.model import Library
from site_builder.values import Problem, Severity

FIRST_VIEW = 150_000
SCRIPTS = 12_000
SEARCH_SCRIPTS = 25_000
"""The page of search finds by itself; every other page only leads there."""
ALONE = ("404.html",)
"""Pages that need no link: the server shows them."""

_LOADED = re.compile(
    r'<script[^>]* src="([^"]*)"|<link rel="(?:stylesheet|icon)" href="([^"]*)"|<img[^>]* src="([^"]*)"'
)
_FIXES: Mapping[str, str] = {
    "html-syntax": "请修正页面模板，或报告给维护网站的人。",
    "duplicate-element-id": "请给其中一个换一个编号。",
    "page-title": "请补上。",
    "page-headings": "请按一级一级的顺序用标题。",
    "meta-tags": "请对照政府网站发展指引附件补正。",
    "page-csp": "请把样式和脚本写进文件，不要写在页面里。",
    "external-request": "请把文件放到本站。",
    "image-alt": "请写上图片说明。",
    "control-name": "请补上名称，让读屏软件能读出来。",
    "page-size": "请把长的内容拆成几页，或放进附件。",
}


def check_site(site: BuiltSite, library: Library, today: date) -> Iterator[Problem]:
    """Look at every page of the built site and at the links between them."""
    every: Mapping[str, PageFacts] = site.facts(read_page)
    facts = {path: fact for path, fact in every.items() if path.endswith(".html")}
    for path, fact in facts.items():
        for rule, line, fault in fact.faults:
            yield Problem(path, line, rule, f"{fault}。", _FIXES[rule], _SEVERITY[rule])
    yield from _check_links(site, facts, every)
    if site.is_whole:
        yield from _check_orphans(facts)
    yield from _check_codes(facts, library)
    yield from _check_weight(site, facts)


def _check_links(site: BuiltSite, facts: Mapping[str, PageFacts], every: Mapping[str, PageFacts]) -> Iterator[Problem]:
    there = frozenset(site.paths)
    for path, fact in facts.items():
        for link in fact.links:
            if link in there:
                continue
            target, _, anchor = link.partition("#")
            if target not in there:
                line = find_link(path, site.read(path).decode("utf-8"), link)
                yield Problem(path, line, "dead-link", f"链接指向的 {target} 不在网站上。", "请改正或删去链接。")
            elif target.endswith(".html") and anchor not in every[target].ids:
                line = find_link(path, site.read(path).decode("utf-8"), link)
                message = f"链接指向 {target} 里的“{anchor}”，那一页上没有这一处。"
                yield Problem(path, line, "dead-anchor", message, "请改正或删去链接里 # 后面的部分。")


def _check_orphans(facts: Mapping[str, PageFacts]) -> Iterator[Problem]:
    reached = {"index.html"}
    waiting = ["index.html"]
    while waiting:
        page = facts.get(waiting.pop())
        for link in page.links if page else ():
            target = link.partition("#")[0]
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    for path, fact in facts.items():
        if path not in reached and path not in ALONE and not fact.leads_away:
            message = "从首页一路点下去到不了这一页。"
            yield Problem(path, 1, "orphan-page", message, "请在栏目或相关页面上加上链接，或撤下这一页。", "warning")


def _check_codes(facts: Mapping[str, PageFacts], library: Library) -> Iterator[Problem]:
    if library.site.profile != "政府子站":
        return
    for path, fact in facts.items():
        if fact.site_code != library.site.site_id_code:
            message = f"SiteIDCode 应当是 {library.site.site_id_code}，现在是 {fact.site_code or '空的'}。"
            yield Problem(path, 1, "meta-tags", message, _FIXES["meta-tags"])


def _check_weight(site: BuiltSite, facts: Mapping[str, PageFacts]) -> Iterator[Problem]:
    """Weigh what the first view of the home page loads, and the scripts of each set of them that pages load."""
    weights: dict[str, int] = {}

    def weigh(path: str) -> int:
        if path not in weights:
            weights[path] = len(gzip.compress(site.read(path), 6)) if path in there else 0
        return weights[path]

    there = frozenset(site.paths)
    if "index.html" in facts:
        page = site.read("index.html").decode("utf-8", "replace")
        loaded = {resolve("index.html", (), "".join(found)) for found in _LOADED.findall(page)}
        total = weigh("index.html") + sum(map(weigh, loaded))
        if total > FIRST_VIEW:
            message = f"打开首页要下载 {total // 1000} KB，超过 {FIRST_VIEW // 1000} KB。"
            yield Problem("index.html", 1, "page-size", message, "请缩小图片，或减少首页的内容。")
    for path, fact in facts.items():
        limit = SEARCH_SCRIPTS if path == "search/index.html" else SCRIPTS
        total = sum(weigh(link) for link in fact.links if link.endswith(".js"))
        if total > limit:
            message = f"这一页要下载 {total // 1000} KB 脚本，超过 {limit // 1000} KB。"
            yield Problem(path, 1, "page-size", message, "请减少脚本。")


def _rule(name: str, severity: Severity, explain: str, fix: str) -> Rule:
    return Rule(name, severity, explain, fix, "site", site=check_site)


RULES = (
    _rule("dead-link", "error", "页面上的链接、图片、附件要点得开。", "改正或删去链接。"),
    _rule("dead-anchor", "error", "链接到某一页的某一处，那一处要在。", "改正或删去 # 后面的部分。"),
    _rule("orphan-page", "warning", "从首页点不到的页面，读者找不到。", "在栏目或相关页面上加上链接，或撤下。"),
    _rule("html-syntax", "error", "页面代码要合规范，浏览器和读屏软件才不会读错。", "修正页面模板。"),
    _rule("duplicate-element-id", "error", "一页里的编号（id）不能重复。", "换一个编号。"),
    _rule("page-title", "error", "每一页有一个标题、一个大标题，并写明语言。", "补上标题。"),
    _rule("page-headings", "error", "标题一级一级往下，不跳级。", "改正标题的级别。"),
    _rule(
        "meta-tags",
        "error",
        "每一页的网站、栏目标签各有一个；文章页的标题、日期、来源也各有一个，日期与页面一致。",
        "对照政府网站发展指引附件补正。",
    ),
    _rule("page-csp", "error", "页面带有本站的内容安全策略，页面里不直接写样式和脚本。", "把样式和脚本写进文件。"),
    _rule("external-request", "error", "页面不从别的网站取任何东西，读者看了什么不会被别人知道。", "把文件放到本站。"),
    _rule("image-alt", "error", "图片都有替代文字。", "写上图片说明。"),
    _rule("control-name", "error", "链接、按钮、输入框、表头都有名称，页面可以放大。", "补上名称。"),
    _rule("page-size", "error", "页面大小不超过规定，网络差的手机也打得开。", "拆成几页，或放进附件。"),
)
_SEVERITY: Mapping[str, Severity] = {rule.name: rule.severity for rule in RULES}
