"""One start tag of a built page: its attributes, and what is wrong with it whatever stands around it. Pure.

What is known of a tag is kept by its text, for the frame of a site stands on every page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

OBSOLETE = frozenset(
    ["center", "font", "big", "tt", "strike", "marquee", "blink", "frame", "acronym", "applet", "basefont", "dir"]
)
_OBSOLETE_ATTRIBUTES = frozenset(
    [
        "align",
        "bgcolor",
        "border",
        "cellpadding",
        "cellspacing",
        "valign",
        "nowrap",
        "frameborder",
        "hspace",
        "vspace",
        "clear",
    ]
)
_ATTRIBUTE = re.compile(r'\s+([a-zA-Z_:][\w:.-]*)(?:="([^"<>]*)")?')
_TELLING = frozenset({"h1", "h2", "h3", "h4", "meta", "label", "input", "select", "textarea"})
POINTERS = frozenset({"for", "aria-labelledby", "aria-describedby", "aria-controls", "headers", "list", "form"})
_TELLING_ATTRIBUTES = POINTERS | {"id", "href", "src", "action"}
_LOADS = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "link": ("href",),
    "object": ("data",),
    "embed": ("src",),
}


@dataclass(frozen=True, slots=True)
class Element:
    """One start tag; `faults` are (rule, what is wrong), `tells` says whether page-wide rules need to see it."""

    name: str
    attributes: Mapping[str, str]
    faults: tuple[tuple[str, str], ...]
    tells: bool


@lru_cache(maxsize=20_000)
def read_tag(name: str, text: str) -> Element:
    """Return the element of a tag from its name and the text of its attributes."""
    pairs = _ATTRIBUTE.findall(text)
    told = {key: unescape(value) for key, value in pairs}
    faults = (*_syntax(name, [key for key, _ in pairs]), *_use(name, told), *_closed(name, told))
    return Element(name, told, faults, name in _TELLING or bool(_TELLING_ATTRIBUTES & told.keys()))


def _syntax(name: str, names: list[str]) -> Iterator[tuple[str, str]]:
    for one in sorted({one for one in names if names.count(one) > 1}):
        yield "html-syntax", f"<{name}> 上的 {one} 写了两次"
    for one in names:
        if one in _OBSOLETE_ATTRIBUTES:
            yield "html-syntax", f"<{name}> 上的 {one} 已经废弃"
    if name in OBSOLETE:
        yield "html-syntax", f"<{name}> 已经废弃"


def _use(name: str, told: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if name == "img" and "alt" not in told:
        yield "image-alt", f"图片没有替代文字（alt）：{told.get('src', '')}"
    if name == "th" and "scope" not in told:
        yield "control-name", "表头没有写 scope"
    if re.fullmatch(r"0*[1-9]\d*", told.get("tabindex", "")):
        yield "control-name", "tabindex 大于 0，打乱了键盘顺序"


def _closed(name: str, told: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if name == "style" or "style" in told:
        yield "page-csp", f"<{name}> 里写了样式"
    if name == "script" and "src" not in told and told.get("type") != "application/ld+json":
        yield "page-csp", "页面里直接写了脚本"
    if any(one.startswith("on") for one in told):
        yield "page-csp", f"<{name}> 上直接写了事件脚本"
    if not (name == "link" and told.get("rel") == "canonical"):
        for one in _LOADS.get(name, ()):
            if is_elsewhere(told.get(one, "")):
                yield "external-request", f"<{name}> 从别的网站取东西"


def is_elsewhere(address: str) -> bool:
    """Tell whether an address leads to another host or to a program of the reader (tel:, mailto:)."""
    return address.startswith("//") or (":" in address.split("/", maxsplit=1)[0] and not address.startswith("data:"))
