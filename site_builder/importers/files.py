"""One file to one draft: its kind made sure of, read, cleaned, understood."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from site_builder.importers import docx, html, markdown, pdf, text
from site_builder.importers.characters import MESSAGES, normalise, tidy
from site_builder.importers.common import (
    HAN,
    MAX_CHARACTERS,
    MAX_FILE_BYTES,
    Imported,
    Line,
    Notes,
    Refused,
    Source,
    close_up,
)
from site_builder.importers.drafts import build_record, collect_fields, record_type
from site_builder.importers.glued import rebuild
from site_builder.importers.metadata import read_items
from site_builder.importers.noise import drop_noise, resolve_page_title, take_page_title
from site_builder.importers.official import Parts, read_addressee, read_end, read_head, write_body
from site_builder.importers.statutes import (
    Step,
    check_name_date,
    drop_contents,
    find_issuer,
    find_order,
    is_statute,
    read_history,
    split_statute,
)

_READERS: Mapping[str, tuple[str, Callable[[bytes], Source]]] = {
    ".txt": ("text/plain", text.read),
    ".md": ("text/markdown", markdown.read),
    ".html": ("text/html", html.read),
    ".htm": ("text/html", html.read),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", docx.read),
    ".pdf": ("application/pdf", pdf.read),
}
_OLD = {".doc": "旧版 Word", ".wps": "WPS", ".rtf": "RTF", ".odt": "ODT"}
_MAGIC = (
    (b"%PDF-", ".pdf"),
    (b"PK\x03\x04", ".docx"),
    (b"PK\x05\x06", ".docx"),
    (b"\xd0\xcf\x11\xe0", "ole"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"{\\rtf", ".rtf"),
)


def import_file(path: Path, *, kind: str = "policy", now: datetime) -> Imported:
    """Return the draft record that a file holds, its repairs, doubts and provenance; write nothing.

    Raises Refused with one sentence for a file that cannot or must not be read.
    """
    record_type(kind)
    data = _load(path)
    media_type, read = _reader(path, data)
    source = read(data)
    if sum(len(line.text) for line in source.lines) > MAX_CHARACTERS:
        raise Refused(f"文件超过 {MAX_CHARACTERS // 10_000} 万字，请拆成几个文件再导入。")
    notes = Notes(repairs=list(source.repairs), doubts=list(source.doubts))
    parts, steps = understand(source, path.name, notes)
    fields = collect_fields(parts, steps, path.name, now, notes)
    if not parts.blocks:
        notes.doubt(0, "只读出了标题，没有正文，请核对原文件。")
    _ask_for_a_tick(parts, notes)
    record = build_record(kind, fields, parts.body, notes)
    provenance: dict[str, Any] = {
        "file": path.name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "media_type": media_type,
        "imported_at": now.isoformat(timespec="minutes"),
        "source_authority": "非权威来源（文档分享网页）" if notes.shared else "未认定，由导入人核对",
        "rules": tuple(notes.rules),
    }
    read_lines = tuple(row for line in source.lines for row in line.text.splitlines())
    return Imported(record, _in_order(notes.repairs), _in_order(notes.doubts), provenance, read_lines)


def _in_order(findings: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: finding.line))


# --- the file itself -------------------------------------------------------------------------


def _load(path: Path) -> bytes:
    if not path.is_file():
        raise Refused("找不到这个文件，请检查文件名和所在的文件夹。")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise Refused(f"文件超过 {MAX_FILE_BYTES // 1024 // 1024} MB，请拆成几个文件或去掉图片后再导入。")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Refused("这个文件读不了，请检查是否有读取的权限。") from error
    if not data.strip():
        raise Refused("文件是空的，请检查是否选错了文件。")
    return data


def _reader(path: Path, data: bytes) -> tuple[str, Callable[[bytes], Source]]:
    suffix = path.suffix.lower()
    if suffix in _OLD:
        raise Refused(f"{_OLD[suffix]}格式（{suffix}）读不了，请另存为 .docx 再导入。")
    if suffix not in _READERS:
        raise Refused(f"不认识这种文件（{suffix or '没有扩展名'}），请另存为 {'、'.join(_READERS)} 中的一种再导入。")
    found = next((what for magic, what in _MAGIC if data.startswith(magic)), None)
    if found == "ole":
        raise Refused("这是加了密码的 Word 文件或旧版 .doc 文件，请取消密码并另存为 .docx 再导入。")
    expected = suffix if suffix in (".pdf", ".docx") else None
    if found != expected:
        actual = found or "别的内容"
        raise Refused(f"扩展名是 {suffix}，内容却是 {actual}，请核对文件，改正扩展名或另存后再导入。")
    return _READERS[suffix]


# --- the text --------------------------------------------------------------------------------


def clean(lines: Sequence[Line], notes: Notes) -> list[Line]:
    """Return the lines with characters put right, lost paragraph breaks restored and noise taken out.

    No Chinese character outside a line in `notes.removed` or a page counter is lost or moved.
    """
    counts: Counter[str] = Counter()
    first: dict[str, int] = {}
    whole = rebuild([line if line.raw else line.with_text(tidy(line.text)[0]) for line in lines], notes)
    for line in lines:
        if not line.raw:
            _count(tidy(line.text)[1], line, counts, first)
    cleaned: list[Line] = []
    for line in whole:
        content, found = _normalise_rows(line.text) if line.raw else normalise(line.text)
        _count(found, line, counts, first)
        if content:
            cleaned.append(line.with_text(content))
    for rule, count in sorted(counts.items()):
        notes.repair(first[rule], rule, f"{MESSAGES[rule]}（{count} 处）")
    return drop_noise(cleaned, notes)


def _count(found: Counter[str], line: Line, counts: Counter[str], first: dict[str, int]) -> None:
    for rule, count in found.items():
        if count:
            first.setdefault(rule, line.number)
            counts[rule] += count


def _normalise_rows(block: str) -> tuple[str, Counter[str]]:
    counts: Counter[str] = Counter()
    if block.lstrip().startswith(("```", "~~~")):
        return block, counts
    rows = []
    for row in block.split("\n"):
        indent = row[: len(row) - len(row.lstrip(" "))]
        content, found = normalise(row)
        rows.append(indent + content)
        counts += found
    return "\n".join(rows), counts


def understand(source: Source, name: str, notes: Notes) -> tuple[Parts, list[Step]]:
    """Return the parts of the document and, of a statute, how it came about."""
    lines = clean(source.lines, notes)
    if not any(re.search(f"[{HAN}]", line.text) for line in lines):
        raise Refused("文件里没有中文正文，请检查是否选错了文件。")
    parts = Parts()
    for key, value in source.metadata.items():
        parts.metadata.add(key, value, 1)
    if is_statute(lines):
        return parts, _understand_statute(lines, name, parts, notes, markdown=source.markdown)
    flags = [not line.raw and read_items(line.text, head=True) is not None for line in lines]
    title, lines = take_page_title(lines, notes, flags)
    parts.title = title or _given_title(source, lines)
    rest = read_head(lines, parts, notes)
    parts.title = parts.metadata.values.get("title") or parts.title
    rest = read_end(read_addressee(rest, parts), parts, notes)
    write_body(rest, parts, notes, markdown=source.markdown)
    if not parts.title:
        parts.title = Path(name).stem
        notes.doubt(0, f"没有找到标题，暂用文件名：{parts.title}。")
    return parts, []


def _given_title(source: Source, lines: Sequence[Line]) -> str:
    """Return the title that a page gives itself, if the page shows it; the head then need not guess."""
    if not source.title:
        return ""
    given, _ = normalise(source.title)
    shown = {close_up(line.text) for line in lines}
    candidates = [given, resolve_page_title(given) or "", *re.split(r" *[-_|–—] *", given)]
    return next((close_up(one) for one in candidates if one and close_up(one) in shown), "")


def _understand_statute(lines: list[Line], name: str, parts: Parts, notes: Notes, *, markdown: bool) -> list[Step]:
    head, body = split_statute(lines)
    if head:
        parts.title, parts.title_line = close_up(head[0].text), head[0].number
    steps, other = read_history(head[1:], parts, notes)
    issued = max((step.day for step in steps if step.makes_text), default=None)
    named = check_name_date(name, issued, notes)
    if not steps and parts.signed is None and named:
        parts.metadata.add("written", named.isoformat(), 0)
    order = find_order(steps)
    parts.doc_number = parts.doc_number or order
    parts.issuer_line = (parts.signature[0] if parts.signature else None) or find_issuer(parts.title, steps)
    if not steps:
        notes.doubt(0, "没有找到制定经过（何时由谁通过或公布），请照原文补上。")
    write_body([*other, *drop_contents(body, notes)], parts, notes, markdown=markdown)
    return steps


def _ask_for_a_tick(parts: Parts, notes: Notes) -> None:
    """Note what only a person can confirm: numbers and the laws that are cited."""
    body = parts.body
    numbers = len(re.findall(r"\d+(?:\.\d+)?", body))
    cited = list(dict.fromkeys(re.findall(r"《[^《》]{2,60}》", body)))
    if numbers or cited:
        listed = (
            f"，引用的文件 {len(cited)} 个：{'、'.join(cited[:8])}{'……' if len(cited) > 8 else ''}" if cited else ""
        )
        notes.doubt(0, f"请逐一核对数字 {numbers} 处{listed}。")
