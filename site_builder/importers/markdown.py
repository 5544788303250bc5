"""Markdown files: headings, lists, tables and code keep their form."""

from __future__ import annotations

import re

from site_builder.importers.common import Finding, Line, Source
from site_builder.importers.text import decode, to_lines

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_RAW = re.compile(r"\s*(?:\||[-*+] |>|<!--(?! INFO END)|!\[)")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n(?:---|\.\.\.)(?:\n|\Z)", re.DOTALL)


def read(data: bytes) -> Source:
    """Return the blocks of a Markdown file; of front matter only the title and dates are read, and the rest is named."""
    text = re.sub("\r\n?", "\n", decode(data))
    metadata: dict[str, str] = {}
    doubts: list[Finding] = []
    if match := _FRONT_MATTER.match(text):
        metadata, doubts = _front_matter(match[1])
        text = "\n" * match[0].count("\n") + text[match.end() :]
    return Source(
        tuple(_blocks(to_lines(text))), metadata.pop("title", None), metadata, doubts=tuple(doubts), markdown=True
    )


def _front_matter(text: str) -> tuple[dict[str, str], list[Finding]]:
    names = {
        "title": "title",
        "标题": "title",
        "date": "posted",
        "日期": "posted",
        "published": "posted",
        "issued": "written",
    }
    names |= {"doc_number": "doc_number", "issuer": "issuer", "source": "source"}
    metadata, lost = {}, []
    for row in text.split("\n"):
        key, colon, value = row.partition(":")
        if colon and key.strip() in names and value.strip():
            metadata[names[key.strip()]] = value.strip().strip("\"'")
        elif row.strip():
            lost.append(key.strip())
    doubts = [Finding(1, f"文件头里的这些项没有采用：{'、'.join(lost)}。")] if lost else []
    return metadata, doubts


def _blocks(lines: list[Line]) -> list[Line]:
    blocks: list[Line] = []
    fenced = False
    for line in lines:
        fence = _FENCE.match(line.text) is not None
        raw = fenced or fence or _RAW.match(line.text) is not None
        goes_on = bool(blocks) and blocks[-1].raw and raw and (fenced or not line.gap)
        if goes_on:
            joint = "\n\n" if line.gap else "\n"
            blocks[-1] = blocks[-1].with_text(blocks[-1].text + joint + line.text.rstrip())
        elif raw:
            blocks.append(Line(line.number, line.text.rstrip(), raw=True, gap=line.gap))
        elif match := _HEADING.match(line.text.strip()):
            blocks.append(Line(line.number, match[2], level=len(match[1]), gap=True))
        else:
            blocks.append(line)
        fenced ^= fence
    return blocks
