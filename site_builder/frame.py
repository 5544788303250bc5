"""The frame that all pages share: the links of its footer, and its parts, each drawn once for all pages that show it alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from markupsafe import Markup

from site_builder.asking import Notes, Question
from site_builder.records import Page

Crumb = tuple[str, str]
"""Label and address below the site root; an empty address marks the page itself."""
PARTS = "frame_parts.html"
"""The template whose macros are the parts."""

FOOT_LINKS: dict[str, list[Crumb]] = {
    "公开": [
        ("政策文件", "policies/"),
        ("通知公示", "notices/"),
        ("工作动态", "news/"),
        ("数据公开", "data/"),
        ("开放数据", "open-data/"),
        ("财务公开", "finance/"),
        ("发布记录", "publications/"),
    ],
    "办事": [
        ("全部服务", "guides/"),
        ("我的申请", "status/"),
        ("服务网点", "venues/"),
        ("工会组织", "unions/"),
        ("典型案例", "cases/"),
    ],
    "关于": [],
}
_NAMED = frozenset(("", "policies/", "guides/", "honors/", "data/", "interact/", "search/", "status/"))


def find_place(url: str) -> str:
    """Return the address of a page that the navigation names itself, '-' for every other page."""
    return url if url in _NAMED else "-"


def list_foot_links(pages: Iterable[Page]) -> list[tuple[str, list[Crumb]]]:
    """Return the link columns of the footer: disclosure, services, about; hand-written pages by their class."""
    told = [page for page in pages if not page.id.startswith("handbook-")]  # its first page leads to the others
    told.sort(key=lambda page: page.id)
    open_pages = [(page.short or page.title, page.url) for page in told if "公开" in page.column]
    other_pages = [(page.short or page.title, page.url) for page in told if "公开" not in page.column]
    more = {"公开": open_pages, "关于": other_pages}
    columns = [(heading, [*links, *more.get(heading, [])]) for heading, links in FOOT_LINKS.items()]
    return [(heading, links) for heading, links in columns if links]


class Parts:
    """Parts drawn so far, with the questions that their drawing asked: each page that shows one is taken to ask them."""

    def __init__(self, notes: Notes, draw: Callable[..., str]) -> None:
        self.notes = notes
        self.draw = draw
        self.drawn: dict[tuple[str, ...], tuple[Markup, set[Question]]] = {}

    def show(self, *part: str) -> Markup:
        """Return a part by its name and what is given to it."""
        if part not in self.drawn:
            with self.notes.taking() as asked:
                self.drawn[part] = Markup(self.draw(*part)), asked  # noqa: S704 - a template with escaping drew it
        html, asked = self.drawn[part]
        if asked:
            self.notes.note_all(asked)
        return html
