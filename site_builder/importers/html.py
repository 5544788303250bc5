"""Web pages: the text of a page without its menus, scripts and furniture. lxml does the parsing.

lxml and not Beautiful Soup: it is already needed for the parts of a .docx, it is C and so answers for large pages, and its
HTML parser loads no DTD and expands no entities of the page's own. Element limits are libxml2's (depth 256).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import lxml.html
from lxml import etree

from site_builder.importers.common import HAN, Finding, Line, Refused, Source, shorten
from site_builder.importers.metadata import join_cells
from site_builder.importers.text import decode

_DROPPED = {
    "script",
    "style",
    "nav",
    "footer",
    "aside",
    "noscript",
    "form",
    "button",
    "iframe",
    "svg",
    "select",
    "template",
    "object",
    "embed",
    "canvas",
    "video",
    "audio",
    "head",
    "input",
    "textarea",
    "math",
    "map",
}
_BLOCKS = {
    "p",
    "div",
    "section",
    "article",
    "main",
    "header",
    "blockquote",
    "pre",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "tr",
    "center",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "figure",
    "figcaption",
    "hr",
    "address",
    "body",
    "html",
    "fieldset",
    "details",
    "summary",
}
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:nav(?:bar|igation)?|menu|bread-?crumbs?|crumbs?|foot(?:er)?|side-?bar|share(?:bar)?|bdsharebuttonbox|copyright|"
    r"banner|advert\w*|ads?|toolbar|related|recommend|comments?|pager|pagination|qrcode)(?:$|[\s_-])",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_META = {
    "articletitle": "title",
    "pubdate": "posted",
    "contentsource": "source",
    "author": "author",
    "maketime": "written",
}
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY|<!DOCTYPE[^>]*\[", re.IGNORECASE)
_PAGE_CHARACTERS = 10_000_000


def read(data: bytes) -> Source:
    """Return the text of a web page; raise Refused if it declares entities or is no HTML."""
    content = _decode(data)
    if _ENTITY.search(content[:100_000]):
        raise Refused("网页里声明了外部实体或自定义实体，可能有害，没有读取；请在浏览器里打开，另存为纯文本后再导入。")
    if not re.search(r"<[a-zA-Z!/]", content):
        raise Refused("内容不是网页，请把扩展名改成 .txt 再导入。")
    if len(content) > _PAGE_CHARACTERS:
        raise Refused("网页太大，请只保存正文部分后再导入。")
    try:
        root = lxml.html.document_fromstring(content, parser=lxml.html.HTMLParser(huge_tree=False))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise Refused("网页已损坏，读不出内容，请在浏览器里重新保存后再导入。") from error
    metadata = _meta_items(root)
    titles = [element.text_content().strip() for element in root.iter("title")]
    walk = Walk()
    walk.read(_body(root))
    title = metadata.pop("title", None)
    return Source(tuple(walk.lines), title or (titles[0] if titles else None), metadata, doubts=tuple(walk.doubts))


def read_fragment(markup: str) -> tuple[list[Line], list[Finding]]:
    """Return the lines of HTML that a converter of ours made."""
    walk = Walk(furniture=False)
    if markup.strip():
        walk.read(lxml.html.fragment_fromstring(markup, create_parent="div"))
    return walk.lines, walk.doubts


def _decode(data: bytes) -> str:
    declared = _CHARSET.search(data[:4096])
    if declared and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        name = declared[1].decode("ascii").lower()
        try:
            return data.decode("gb18030" if name in ("gb2312", "gbk", "gb18030") else name)
        except (LookupError, UnicodeDecodeError):
            return decode(data)
    return decode(data)


def _meta_items(root: lxml.html.HtmlElement) -> dict[str, str]:
    items: dict[str, str] = {}
    for element in root.iter("meta"):
        name = _META.get(str(element.get("name", "")).lower())
        if name and (content := str(element.get("content", "")).strip()):
            items.setdefault(name, content)
    return items


def _body(root: lxml.html.HtmlElement) -> lxml.html.HtmlElement:
    for name in ("main", "article"):
        found = list(root.iter(name))
        if len(found) == 1:
            return found[0]
    return next(root.iter("body"), root)


@dataclass(slots=True)
class Walk:
    """One pass over a tree of elements that gathers lines; `furniture` drops what its class names call page furniture."""

    furniture: bool = True
    lines: list[Line] = field(default_factory=list)
    doubts: list[Finding] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _level: int = 0
    _number: int = 0

    def read(self, element: lxml.html.HtmlElement) -> None:
        """Gather the lines of `element`."""
        self._element(element)
        self._flush()

    def _flush(self) -> None:
        text = re.sub(r"\s*\n\s*", "", "".join(self._text)).strip() if self._text else ""
        self._text.clear()
        if text:
            self.lines.append(Line(self._number, text, level=self._level, gap=True))

    def _element(self, element: lxml.html.HtmlElement) -> None:
        if not isinstance(element.tag, str) or self._is_dropped(element):
            return
        tag = element.tag
        if tag == "table" and self._table(element):
            return
        if tag in ("ul", "ol"):
            self._list(element)
            return
        if tag == "br":
            self._flush()
            return
        if tag == "img":
            self._image(element)
        block = tag in _BLOCKS or tag in ("table", "td", "th")
        if block:
            self._flush()
            self._number = element.sourceline or self._number
        outer, self._level = self._level, int(tag[1]) if re.fullmatch("h[1-6]", tag) else self._level
        self._inside(element)
        if block:
            self._flush()
        self._level = outer

    def _inside(self, element: lxml.html.HtmlElement) -> None:
        self._text.append(element.text or "")
        for child in element:
            self._element(child)
            self._text.append(child.tail or "")

    def _is_dropped(self, element: lxml.html.HtmlElement) -> bool:
        if element.tag in _DROPPED:
            return True
        if (
            element.get("hidden") is not None
            or element.get("aria-hidden") == "true"
            or _HIDDEN.search(element.get("style", ""))
        ):
            return True
        names = f"{element.get('class', '')} {element.get('id', '')}"
        return (
            self.furniture
            and element.tag not in ("body", "html", "main", "article")
            and _FURNITURE.search(names) is not None
        )

    def _image(self, element: lxml.html.HtmlElement) -> None:
        name = shorten(element.get("alt", ""))
        self.doubts.append(
            Finding(element.sourceline or 0, f"图片没有导入{f'（{name}）' if name else ''}，需要时请另外添加。")
        )

    def _list(self, element: lxml.html.HtmlElement) -> None:
        """Write numbers of an ordered list out as text: a numbered line is a clause here, never a list that renumbers."""
        self._flush()
        start = str(element.get("start", "1"))
        number = int(start) if start.isdigit() else 1
        for child in element:
            if child.tag == "li":
                self._number = child.sourceline or self._number
                self._text.append(f"{number}." if element.tag == "ol" else "")
                before = len(self.lines)
                self._inside(child)
                self._flush()
                if element.tag == "ul" and len(self.lines) == before + 1 and not _numbered(self.lines[-1].text):
                    self.lines[-1] = Line(self._number, f"- {self.lines[-1].text}", raw=True, gap=True)
                number += 1
            else:
                self._element(child)

    def _table(self, element: lxml.html.HtmlElement) -> bool:
        """Add a data table as a pipe table or as labelled items; return False for a table that only lays out the page."""
        if next(element.iterdescendants("table"), None) is not None:
            return False
        rows = [[self._cell(cell) for cell in row if cell.tag in ("td", "th")] for row in element.iter("tr")]
        rows = [row for row in rows if any(row)]
        columns = max((len(row) for row in rows), default=0)
        if columns < 2 or max(len(cell) for row in rows for cell in row) > 600:
            return False
        self._flush()
        line = element.sourceline or self._number
        if items := join_cells(rows):
            self.lines += [Line(line, item, gap=True) for item in items]
            return True
        self._spans(element, line)
        self.lines.append(Line(line, pipe_table(rows, columns), raw=True, gap=True))
        return True

    def _cell(self, cell: lxml.html.HtmlElement) -> str:
        inner = Walk(furniture=self.furniture)
        inner._inside(cell)
        inner._flush()
        self.doubts += inner.doubts
        return " ".join(" ".join(line.text.split()) for line in inner.lines)

    def _spans(self, element: lxml.html.HtmlElement, line: int) -> None:
        if any(
            cell.get(name, "1") not in ("", "1") for cell in element.iter("td", "th") for name in ("colspan", "rowspan")
        ):
            self.doubts.append(Finding(line, "表格里有合并的单元格，导入后行列可能错位，请核对。"))


def _numbered(text: str) -> bool:
    return re.match(rf"[（(]?(?:\d{{1,2}}|[一二三四五六七八九十]{{1,3}})[)）.、．](?=\s*[{HAN}])", text) is not None


def pipe_table(rows: list[list[str]], columns: int) -> str:
    """Return a Markdown pipe table; the first row is its head, short rows are filled with empty cells."""

    def write() -> Iterator[str]:
        for position, row in enumerate(rows):
            cells = [cell.replace("|", "\\|") for cell in row] + [""] * (columns - len(row))
            yield "| " + " | ".join(cells) + " |"
            if position == 0:
                yield "|" + " --- |" * columns

    return "\n".join(write())
