"""Plain text files in any encoding that Chinese offices use."""

from __future__ import annotations

import re

from site_builder.importers.common import HAN, Line, Notes, Refused, Source
from site_builder.importers.paragraphs import is_wrapped, join_wrapped

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UNKNOWN = "认不出文字的编码，请用记事本打开，另存为 UTF-8 编码后再导入。"


def decode(data: bytes) -> str:
    """Return the text of `data`: UTF-8, UTF-16 or GBK, with or without a byte-order mark; raise Refused otherwise."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise Refused(_UNKNOWN) from error
    for encoding in ("utf-8", *_wide_guess(data), "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_plausible(text, strict=encoding != "utf-8"):
            return text
    raise Refused(_UNKNOWN)


def _wide_guess(data: bytes) -> tuple[str, ...]:
    """Return the UTF-16 reading to try: its low or high bytes show as NUL or as the bytes of U+4E00–U+9FFF."""
    if len(data) % 2 or len(data) < 4:
        return ()
    even, odd = data[0:4000:2], data[1:4000:2]
    high = [
        sum(byte == 0 or 0x4E <= byte <= 0x9F or byte in (0x30, 0xFF) for byte in half) / len(half)
        for half in (even, odd)
    ]
    if max(high) < 0.95:
        return ()
    return ("utf-16-be", "utf-16-le") if high[0] > high[1] else ("utf-16-le", "utf-16-be")


def _is_plausible(text: str, *, strict: bool) -> bool:
    if re.search("[\x00-\x08\x0e-\x1a\x1c-\x1f]", text):
        return False
    if not strict:
        return True
    odd = sum(_is_odd(char) for char in text)
    return bool(text) and odd / len(text) < 0.05


def _is_odd(char: str) -> bool:
    """Tell whether a character is outside what GB 2312 has, as most of a wrong decoding is."""
    if char.isascii():
        return False
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return char not in "—·〔〕•〇ｘ"
    return False


def to_lines(text: str) -> list[Line]:
    """Return the lines of `text` that hold something, numbered as in the file."""
    lines: list[Line] = []
    gap = False
    for number, row in enumerate(re.split("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]", text), 1):
        if row.strip():
            lines.append(Line(number, row, gap=gap))
        gap = not row.strip()
    return lines


def read(data: bytes) -> Source:
    """Return the lines of a text file; lines cut at a fixed width are joined to paragraphs."""
    content = decode(data)
    if re.match(r"\s*(?:<!doctype html|<html)", content, re.IGNORECASE):
        raise Refused("内容其实是网页，请把扩展名改成 .html 再导入。")
    lines = to_lines(content)
    notes = Notes()
    if is_wrapped(lines) and re.search(f"[{HAN}]", content):
        lines = join_wrapped(lines, notes)
    return Source(tuple(lines), repairs=tuple(notes.repairs))
