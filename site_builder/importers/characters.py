"""Characters put right: forms of width, invisible characters, half-width marks between Chinese characters. Pure.

NFC only: NFKC would change ① and ﹒ blindly. Every rule leaves its own result unchanged, so that a second import repairs nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from site_builder.importers.common import HAN

_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u0000-\u0008\u000b-\u001f\u007f-\u009f]"
)
_SPACES = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_WIDE = "，。、；：？！“”‘’（）《》〈〉「」『』【】〔〕—…·"
_HALF = {",": "，", ":": "：", ";": "；", "?": "？", "!": "！"}
_FULL_WIDTH = str.maketrans(
    {
        chr(code): chr(code - 0xFEE0)
        for code in [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF05]
    }
)
_MARK = re.compile(rf"(?<=[{HAN}{_WIDE}])( *)([,:;?!])(?= *(?:$|[{HAN}{_WIDE}]))")
_IS_HAN = re.compile(f"[{HAN}]")
_FIRST_PAIR = re.compile(rf"^\((\d{{1,2}})\)(?= *[{HAN}“《])")
_TITLE = re.compile(r"《[^《》]*》")
_ANGLE = re.compile(r"<([^<>]+)>")
_YEAR_BRACKET = re.compile(rf"(?<=[{HAN}])\s*[\[［【﹝]\s*((?:19|20)\d\d)\s*[\]］】﹞]\s*(?=第?\d{{1,5}}号)")
_SPACE_AT_MARK = re.compile(rf"(?:(?<=[{_WIDE}]) +(?=[{HAN}{_WIDE}])|(?<=[{HAN}]) +(?=[{_WIDE}]))")
_ARTICLE = re.compile(r"^(?:#{1,6} )?第[一二三四五六七八九十百零〇]+[条章节编](?:之[一二三四五六七八九十]+)? +")
_PROTECTED = re.compile(r"\]\([^)\n]*\)|https?://[^\s\u3000-\u9fff]+|<!--.*?-->|`[^`\n]*`")

MESSAGES = {
    "空白": "把不换行空格、全角空格和连续空格改成一个空格",
    "隐藏字符": "删去看不见的字符",
    "全角字母数字": "把全角的数字和字母改成半角",
    "书名号": "把书名号里的 <…> 改成〈…〉",
    "年份括号": "把文号里的年份括号改成〔〕",
    "半角标点": "把汉字之间的半角标点改成全角",
    "多余空格": "删去标点旁边多余的空格",
}
"""Rule → what it did, in words for the editor."""


def normalise(text: str) -> tuple[str, Counter[str]]:
    """Return one line put right and how often each rule of MESSAGES changed something."""
    text, counts = tidy(text)
    pieces, last = [], 0
    for match in _PROTECTED.finditer(text):
        pieces += [_punctuate(text[last : match.start()], counts, whole=False), match[0]]
        last = match.end()
    pieces.append(_punctuate(text[last:], counts, whole=True))
    return "".join(pieces).strip(), counts


def tidy(text: str) -> tuple[str, Counter[str]]:
    """Return one line in NFC with plain single spaces, without invisible characters, and how often each rule applied.

    This half of `normalise` changes no mark and takes out no single space, on which lost paragraph breaks are found again.
    """
    counts: Counter[str] = Counter()
    text = unicodedata.normalize("NFC", text)
    text, hidden = _INVISIBLE.subn("", text)
    counts["隐藏字符"] += hidden
    counts["空白"] += sum(match[0] != " " for match in _SPACES.finditer(text.strip()))
    text = _SPACES.sub(" ", text).strip()
    half = text.translate(_FULL_WIDTH)
    counts["全角字母数字"] += sum(a != b for a, b in zip(text, half, strict=True))
    return half, counts


def _punctuate(text: str, counts: Counter[str], *, whole: bool) -> str:
    text = _TITLE.sub(lambda match: _inner_title(match[0], counts), text)
    text, found = _YEAR_BRACKET.subn(r"〔\1〕", text)
    counts["年份括号"] += found
    text = _pairs(text, counts)
    text, found = _marks(text, whole=whole)
    counts["半角标点"] += found
    head = match[0] if (match := _ARTICLE.match(text)) else ""
    rest, found = _SPACE_AT_MARK.subn("", text[len(head) :])
    counts["多余空格"] += found
    return head + rest


def _inner_title(text: str, counts: Counter[str]) -> str:
    text, found = _ANGLE.subn(r"〈\1〉", text)
    counts["书名号"] += found
    return text


def _pairs(text: str, counts: Counter[str]) -> str:
    """Widen each pair of round brackets that holds a Chinese character, in one pass whatever the depth."""
    text, first = _FIRST_PAIR.subn(r"（\1）", text)
    counts["半角标点"] += 2 * first
    characters = list(text)
    seen = 0
    opened: list[tuple[int, int]] = []
    for position, char in enumerate(text):
        if char == "(":
            opened.append((position, seen))
        elif char == ")" and opened:
            start, before = opened.pop()
            if seen > before:
                characters[start], characters[position] = "（", "）"
                counts["半角标点"] += 2
        elif _IS_HAN.match(char):
            seen += 1
    return "".join(characters)


def _marks(text: str, *, whole: bool) -> tuple[str, int]:
    found = 0

    def widen(match: re.Match[str]) -> str:
        nonlocal found
        if not whole and match.end() == len(text.rstrip()):
            return match[0]
        found += 1
        return _HALF[match[2]]

    return _MARK.sub(widen, text), found
