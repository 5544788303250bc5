"""The markup of one built page: is it well formed, nested as the standard allows, and which elements with which attributes.

Fast, since ten thousand pages pass here: one expression cuts the page into tags, and a tag that stood on another page is
not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from site_builder.checks.page_tags import Element, read_tag

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
_PHRASING_ONLY = frozenset(
    [
        "p",
        "span",
        "b",
        "i",
        "em",
        "strong",
        "small",
        "h1",
        "h2",
        "h3",
        "h4",
        "label",
        "button",
        "dt",
        "summary",
        "s",
        "u",
        "time",
        "mark",
    ]
)
_BLOCK = frozenset(
    [
        "div",
        "p",
        "ul",
        "ol",
        "dl",
        "table",
        "section",
        "article",
        "aside",
        "nav",
        "header",
        "footer",
        "main",
        "form",
        "fieldset",
        "figure",
        "blockquote",
        "pre",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "details",
        "address",
    ]
)
_INTERACTIVE = frozenset(["a", "button", "input", "select", "textarea", "summary", "details", "label", "iframe"])
_CHILDREN = {
    "ul": {"li", "script", "template"}, "ol": {"li", "script", "template"}, "dl": {"dt", "dd", "div", "script", "template"},
    "tr": {"td", "th", "script", "template"}, "thead": {"tr"}, "tbody": {"tr"}, "select": {"option", "optgroup", "hr"},
}  # fmt: skip
_TAG = re.compile(
    r'<(?:!--.*?--|!doctype html|(/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z_:][\w:.-]*(?:="[^"<>]*")?)*)\s*(/?))>|(<)',
    re.DOTALL,
)


@dataclass(slots=True)
class Markup:
    """A page cut into its elements, in order, and its faults, each with the number of its tag."""

    elements: list[tuple[int, Element, str]] = field(default_factory=list)
    """Number of the tag, the element, and the name of the element right around it."""
    faults: list[tuple[str, int, str]] = field(default_factory=list)


def read_markup(page: str) -> Markup:
    """Return the elements of a page that tell more than how they look, and every fault of its tags and their nesting."""
    markup = Markup()
    open_: tuple[str, ...] = ()
    count = 0
    for part, is_frame in cut_page(page):
        read = _read_frame if is_frame else _read_part
        elements, faults, open_, tags = read(part, open_)
        markup.elements += ((number + count, element, around) for number, element, around in elements)
        markup.faults += ((rule, number + count, fault) for rule, number, fault in faults)
        count += tags
    markup.faults += (("html-syntax", 0, f"<{name}> 没有结束") for name in open_)
    return markup


def cut_page(page: str) -> list[tuple[str, bool]]:
    """Return a page as its head, the frame above, the main part and the frame below, the frames marked."""
    body, main, end = page.find("<body"), page.find("<main"), page.rfind("</main>")
    if not 0 < body < main < end:
        return [(page, False)]
    return [(page[:body], False), (page[body:main], True), (page[main:end], False), (page[end:], True)]


_Part = tuple[tuple[tuple[int, Element, str], ...], tuple[tuple[str, int, str], ...], tuple[str, ...], int]
"""Elements, faults, what is open at the end, and the number of tags."""


def _read_part(part: str, open_before: tuple[str, ...]) -> _Part:
    markup = Markup()
    open_ = list(open_before)
    tags = _TAG.findall(part)
    for number, (slash, name, attributes, closed, stray) in enumerate(tags):
        if slash:
            if not open_ or open_[-1] != name:
                _recover(markup, number, name, open_)
            else:
                open_.pop()
        elif name:
            around = open_[-1] if open_ else ""
            element = read_tag(name, attributes)
            if element.tells:
                markup.elements.append((number, element, around))
            for rule, fault in element.faults:
                markup.faults.append((rule, number, fault))
            if around in _CHILDREN or (name in _RULED and not _NARROW.isdisjoint(open_)):
                markup.faults += (("html-syntax", number, fault) for fault in _nesting(name, open_))
            if name not in VOID and not closed:
                open_.append(name)
        elif stray:
            markup.faults.append(("html-syntax", number, "有不成标签的“<”，或属性没有用双引号括起来"))
    return tuple(markup.elements), tuple(markup.faults), tuple(open_), len(tags)


_read_frame = lru_cache(maxsize=256)(_read_part)
"""The frames of a site's pages are the same few again and again."""

_RULED = _BLOCK | _INTERACTIVE
_NARROW = _PHRASING_ONLY | {"a"}
"""Elements that not everything may stand in."""


def _recover(markup: Markup, number: int, name: str, open_: list[str]) -> None:
    """Report an end tag that closes another element, and go on as a browser would."""
    markup.faults.append(("html-syntax", number, f"</{name}> 与前面打开的标签不配对"))
    if name in open_:
        while open_.pop() != name:
            pass


def _nesting(name: str, open_: list[str]) -> Iterator[str]:
    if "svg" in open_:
        return
    parent = open_[-1] if open_ else ""
    if parent in _CHILDREN and name not in _CHILDREN[parent]:
        yield f"<{name}> 不能直接放在 <{parent}> 里"
    if name in _BLOCK and (inside := next((one for one in reversed(open_) if one in _PHRASING_ONLY), "")):
        is_heading_of_summary = inside == "summary" and name in ("h1", "h2", "h3", "h4")
        if not is_heading_of_summary:
            yield f"<{name}> 不能放在 <{inside}> 里"
    if name in _INTERACTIVE and ("a" in open_ or "button" in open_):
        yield f"<{name}> 不能放在链接或按钮里"


def line_of(page: str, number: int) -> int:
    """Return the line of the tag of that number."""
    for at, found in enumerate(_TAG.finditer(page)):
        if at == number:
            return page.count("\n", 0, found.start()) + 1
    return 1
