"""Turn a body into HTML with clause anchors, contents, links and images. The only module that knows comrak.

What editors write stays inert by construction: text without marks never contains < > &, everything else goes through
comrak with raw HTML escaped, and every address that is not plain http, mailto, tel or relative is taken out.
Classes: `c` a block with a clause anchor, `art` an article, `l3` `l4` `l5` items that stand that deep (Block.depth).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import NamedTuple
from unicodedata import combining
from urllib.parse import unquote

import comrak
from markupsafe import Markup, escape

from site_builder.clauses import CJK, Block, Outline, cut
from site_builder.titles import split_title

Resolve = Callable[[str], str | None]
LinkText = Callable[[str], Iterable[tuple[int, int, str]]]
"""Takes a piece of plain text; returns start, end and address of each part of it that is to be a link, in order."""


class TocEntry(NamedTuple):
    """One line of the contents: level 1 for a section, 2 for what stands under it, and so on."""

    anchor: str
    label: str
    level: int


class Link(NamedTuple):
    """A link as the editor wrote it, and its line in the body."""

    href: str
    line: int


class Image(NamedTuple):
    """An image as the editor wrote it, and its line in the body."""

    src: str
    alt: str
    line: int


@dataclass(frozen=True, slots=True)
class Prose:
    """A body as HTML; `links` and `images` hold what was written, before it was resolved."""

    html: Markup
    toc: tuple[TocEntry, ...] = ()
    links: tuple[Link, ...] = ()
    images: tuple[Image, ...] = ()


def to_html(body: str | Outline, resolve: Resolve | None = None, link_text: LinkText | None = None) -> Prose:
    """Return a body (Markdown, or already cut) as HTML in the manner of a 公文.

    `resolve` gets the address of each link and image as written, with %-signs decoded, and returns the one to use on
    the page, or None to leave it. `link_text` gets all running text, in its order, that is in no heading, link or code.
    """
    outline = body if isinstance(body, Outline) else cut(body)
    writer = _Writer(resolve, link_text)
    html = "\n".join(writer.write(outline.blocks))
    return Prose(Markup(html), _contents(outline.blocks), tuple(writer.links), tuple(writer.images))  # noqa: S704 # see top


def break_title(title: str) -> Markup:
    """Return a title with <wbr> between its phrases, for class kw (word-break: keep-all)."""
    return Markup("<wbr>").join(split_title(str(title)))


def _contents(blocks: Iterable[Block]) -> tuple[TocEntry, ...]:
    """Return the headings, and under a heading the clauses right below it that have a run-in head."""
    entries: list[TocEntry] = []
    level, first = 1, 0
    for block in blocks:
        if block.kind == "heading":
            level, first = block.level - 1, 0
            entries.append(TocEntry(block.anchor, block.label, level))
        elif block.kind == "clause" and block.form not in ("article", "paragraph"):
            first = first or block.level
            if block.title and block.level == first and entries:
                entries.append(TocEntry(block.anchor, block.label, level + 1))
    return tuple(entries)


# --- comrak ----------------------------------------------------------------------------------

_EXTENSIONS = comrak.ExtensionOptions()
_EXTENSIONS.table = True
_EXTENSIONS.strikethrough = True
_EXTENSIONS.cjk_friendly_emphasis = True
_EXTENSIONS.autolink = False
_PARSING = comrak.ParseOptions()
_PARSING.ignore_setext = True
_RENDERING = comrak.RenderOptions()
_RENDERING.escape = True
_RENDERING.unsafe_ = False

_GUARD = "\u303e"
"""Stands before every line of inline text, so that no line can begin a list, a table or any other block for comrak.

A wide symbol that no one types: as punctuation it lets emphasis begin after it, as CJK it does not hold it open.
"""
_MARKED = re.compile(rf"[*`\[<>&\\\n\0{_GUARD}]")  # one set of characters: branches would be tried at each place
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# Blanks to fill in (____), a span of time (8:30~12:00) and 3*4 are no marks; code, <addresses> and \escapes stay.
_LITERAL = re.compile(r"(`+[^`]*`+|<[^<>\s]+>|\\.|~~+)|(_|~|(?<=\d)\*(?=\d))", re.DOTALL)
# A number begins a line of its own inside a list or a quotation, and never a list that counts anew.
_LINE_NUMBER = re.compile(r"^([ \t]*(?:[-*+>][ \t]*)*\d{1,9})([.)])(?=\s|$)", re.MULTILINE)
_BREAK_BEFORE = re.compile(r"(?<=[^\s\\])\n(?=[ \t>]*\d{1,9}\\[.)])")


def _escape_literals(text: str) -> str:
    text = _COMMENT.sub("", text) if "<!--" in text else text
    return _LITERAL.sub(lambda match: match[1] or f"\\{match[2]}", text)


def _render(source: str) -> str:
    html: str = comrak.render_markdown(source, _EXTENSIONS, _PARSING, _RENDERING)
    return html.replace(" />", ">")


def _render_inline(texts: list[str]) -> list[str]:
    """Return the HTML inside of each text's paragraph, all from one call of comrak."""
    html = _render("\n\n".join(map(_guarded, texts))).replace(_GUARD, "")
    return html[len("<p>") : -len("</p>\n")].split("</p>\n<p>")


def _is_marked(text: str) -> bool:
    return _MARKED.search(text) is not None or "~~" in text


def _guarded(text: str) -> str:
    lines = _escape_literals(text.replace(_GUARD, "").replace("\0", "")).split("\n")
    return "\n".join(_GUARD + line.lstrip() for line in lines)


def _render_block(text: str) -> str:
    """Return the HTML of a list, a table or a quotation; numbers at the start of its lines stay as written."""
    held = _BREAK_BEFORE.sub(r"\\\n", _LINE_NUMBER.sub(r"\1\\\2", text))
    if "`" not in text:
        return _render(_escape_literals(held)).strip()
    html = _render(_escape_literals(text)).strip()  # in code a number needs no holding, and would show its backslash
    return _render(_escape_literals(held)).strip() if "<ol" in html else html


# --- addresses -------------------------------------------------------------------------------

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_SAFE = frozenset(("http", "https", "mailto", "tel"))
_CONTROLS = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f]")


def _scheme(address: str) -> str | None:
    """Return the scheme of an address in lower case, "//" where the host alone is given, or None for a relative one."""
    tight = _CONTROLS.sub("", address).replace("\\", "/")
    if tight.startswith("//"):
        return "//"
    match = _SCHEME.match(tight)
    return match[1].lower() if match else None


# --- HTML ------------------------------------------------------------------------------------

_INLINE = frozenset(("heading", "clause", "paragraph"))
_LINK = re.compile(r'<a href="([^"]*)"( title="[^"]*")?>(.*?)</a>', re.DOTALL)
_NO_WORDS = re.compile(r"(<a [^>]*>.*?</a>|<code[^>]*>.*?</code>|<[^>]*>)", re.DOTALL)
_IMG = re.compile(r'<img src="([^"]*)" alt="([^"]*)"(?: title="([^"]*)")?>')
_JOIN = re.compile(rf"(?<=[{CJK}])((?:</\w+>)*)\n((?:<\w[^>]*>)*)|((?:</\w+>)*)\n((?:<\w[^>]*>)*)(?=[{CJK}])")
_INNER_HEADING = re.compile(r"<(/?)h[1-6]>")
_PRE = re.compile(r'<pre><code(?: class="[^"]*")?>')
_TABLE_OPEN = '<div class="tb-x" tabindex="0" role="group" aria-label="表格"><table class="tb">'
_ALIGN = re.compile(r' align="(left|center|right)"')
_ALIGN_CLASS = {"left": "", "center": ' class="m"', "right": ' class="r"'}
_SIMPLE_END = re.compile(r"[\u4e00-\u9fff，。；：、！？”）》A-Za-z0-9]{4}$")
_JOINERS = re.compile("[\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U0001f1e6-\U0001f1ff\U000e0100-\U000e01ef]")


class _Writer:
    """Write blocks as HTML and note the links and images on the way."""

    def __init__(self, resolve: Resolve | None, link_text: LinkText | None = None) -> None:
        self.resolve = resolve
        self.link_text = link_text
        self.links: list[Link] = []
        self.images: list[Image] = []
        self.block = Block("paragraph", "", 1)
        self.position = 0

    def write(self, blocks: tuple[Block, ...]) -> list[str]:
        """Return the HTML of each block; one call of comrak serves all inline text."""
        marked = [block for block in blocks if block.kind in _INLINE and _is_marked(block.content)]
        rendered = iter(_render_inline([block.content for block in marked]) if marked else ())
        waiting = iter(marked)
        following = next(waiting, None)
        pieces = []
        for block in blocks:
            if block is following:
                inner = self._finish(next(rendered), block)
                following = next(waiting, None)
            else:
                inner = block.content
            if block.kind != "heading":
                inner = self._link_words(inner)
            pieces.append(self._piece(block, inner))
        return [piece for piece in pieces if piece]

    def _piece(self, block: Block, inner: str) -> str:
        if block.kind == "clause":
            return _clause(block, inner)
        if block.kind == "paragraph":
            return f"<p>{inner}</p>"
        if block.kind == "heading":
            return _heading(block, inner)
        if block.kind == "image":
            return self._figures(block)
        if block.kind == "code":
            return _code(block.text)
        if block.kind == "html":
            shown = _COMMENT.sub("", block.text).strip()
            return f"<p>{escape(shown)}</p>" if shown else ""
        if block.kind == "rule":
            return "<hr>"
        return self._link_words(self._finish(_render_block(block.text), block))

    def _finish(self, html: str, block: Block) -> str:
        """Put what comrak made into the manner of the site."""
        self.block, self.position = block, 0
        if "<img" in html:
            html = _IMG.sub(self._image, html)
        if "<a " in html:
            html = _LINK.sub(self._link, html)
        if "<pre" in html:
            html = _PRE.sub('<pre tabindex="0"><code>', html)
        elif "\n" in html:
            html = _JOIN.sub(lambda m: "".join(part or "" for part in m.groups()), html)
        if "<h" in html:
            html = _INNER_HEADING.sub(lambda m: "</strong></p>" if m[1] else "<p><strong>", html)
        if "<table>" in html:
            html = _ALIGN.sub(lambda m: _ALIGN_CLASS[m[1]], html).replace("<th", '<th scope="col"')
            html = html.replace('<th scope="col"ead', "<thead").replace("<table>", _TABLE_OPEN)
            html = html.replace("</table>", "</table></div>")
        return html

    def _line_of(self, address: str) -> int:
        """Return the line of the next place in the block where an address is written."""
        text = self.block.text
        found = text.find(address, self.position) if address else -1
        if found >= 0:
            self.position = found + 1
        return self.block.line + text.count("\n", 0, max(found, 0))

    def _resolved(self, written: str) -> str:
        target = self.resolve(written) if self.resolve else None
        return written if target is None else target

    def _link(self, match: re.Match[str]) -> str:
        encoded = unescape(match[1])
        written = unquote(encoded)
        self.links.append(Link(written, self._line_of(written)))
        if not encoded or _scheme(encoded) not in (None, "//", *_SAFE):
            return match[3]
        target = self._resolved(written)
        target = encoded if target == written else target
        return _anchor(target, match[3], match[2] or "")

    def _link_words(self, html: str) -> str:
        """Put in the links that `link_text` finds in the words of a block."""
        if self.link_text is None or not ("《" in html or "号" in html):
            return html
        parts = _NO_WORDS.split(html)
        return "".join(part if at % 2 else self._link_part(part) for at, part in enumerate(parts))

    def _link_part(self, html: str) -> str:
        words = unescape(html)
        pieces, done = [], 0
        for start, end, target in self.link_text(words) if self.link_text and words.strip() else ():
            if done <= start < end <= len(words):
                pieces += [escape(words[done:start]), _anchor(target, escape(words[start:end]))]
                done = end
        return "".join((*pieces, escape(words[done:]))) if pieces else html

    def _image(self, match: re.Match[str]) -> str:
        encoded, alt = unescape(match[1]), match[2]
        written = unquote(encoded)
        self.images.append(Image(written, unescape(alt), self._line_of(written)))
        target = self._resolved(written) if encoded and _scheme(encoded) is None else ""
        target = encoded if target == written else target
        if not target or _scheme(target) is not None:
            return f"［图片：{alt}］"
        title = f' title="{match[3]}"' if match[3] else ""
        return f'<img src="{escape(target)}" alt="{alt}" loading="lazy" decoding="async"{title}>'

    def _figures(self, block: Block) -> str:
        html = self._finish(_render_inline([block.content])[0], block)
        if not html.startswith("<img"):
            return f"<p>{html}</p>"
        html, _, caption = html.rstrip(">").partition(' title="')
        return f"<figure>{html}>{f'<figcaption>{caption[:-1]}</figcaption>' if caption else ''}</figure>"


def _anchor(target: str, inner: str, title: str = "") -> str:
    """Return a link, or only its text if its address is none that a page may lead to."""
    scheme = _scheme(target)
    if scheme not in (None, "//", *_SAFE):
        return inner
    rel = ' rel="noopener external"' if scheme in ("//", "http", "https") else ""
    return f'<a href="{escape(target)}"{rel}{title}>{inner}</a>'


_SECTION_NAME = re.compile("^[一二三四五六七八九十百千〇零廿]+")


def _link_to(block: Block) -> str:
    return f'<a class="anc" href="#{block.anchor}" aria-label="{_name_link(block.name)}">§</a>'


@lru_cache(maxsize=4096)
def _name_link(name: str) -> str:
    return _SECTION_NAME.sub(r"第\g<0>部分", name) + "的链接" if name else "本节的链接"


def _heading(block: Block, inner: str) -> str:
    gap = "" if block.form in ("", "hanzi", "hanzi_bracket", "digit_bracket", "circle") else "　"
    head = f"{block.number}{gap if inner else ''}" if block.form != "digit" else _spaced(block.number)
    return f'<h{block.level} id="{block.anchor}">{head}{inner}{_link_to(block)}</h{block.level}>'


def _clause(block: Block, inner: str) -> str:
    css = "c"
    if block.form == "article":
        css, inner = "c art", f"<b>{block.number}</b>{'　' if inner else ''}{inner}"
    elif block.title:
        inner = f"<b>{_spaced(block.number)}{block.title}。</b>{inner}"
    elif block.number:
        inner = f"{_spaced(block.number)}{inner}"
    if block.depth > 2:
        css = f"c l{min(block.depth, 5)}"
    return f'<p class="{css}" id="{block.anchor}">{_with_tail(inner, _link_to(block))}</p>'


def _spaced(number: str) -> str:
    return f"{number} " if number[-1] in ".．" else number


def _code(text: str) -> str:
    lines = text.split("\n")
    end = -1 if len(lines) > 1 and not lines[-1].strip().strip(lines[0].strip()[0]) else len(lines)
    return f'<pre tabindex="0"><code>{escape(chr(10).join(lines[1:end]))}</code></pre>'


def _with_tail(html: str, link: str) -> str:
    """Keep the last three characters and the link on one line, so that no lone 「元。」 begins one."""
    start = len(html) - 3
    if not _SIMPLE_END.search(html, max(start - 1, 0)):
        if html.endswith(">"):
            return html + link
        start = _tail_start(html)
    return f'{html[:start]}<span class="tail">{html[start:]}{link}</span>'


def _tail_start(html: str) -> int:
    """Return where the last three characters begin: after any tag, never inside an entity or a composed character."""
    floor = html.rfind(">") + 1
    start = max(len(html) - 3, floor)
    entity = html.rfind("&", floor, start)
    if entity >= 0 and html.find(";", entity) >= start:
        return entity
    while start > floor and (combining(html[start]) or _JOINERS.match(html[start]) or html[start - 1] == "\u200d"):
        start -= 1
    return start
