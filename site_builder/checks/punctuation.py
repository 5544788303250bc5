"""Rules about marks: width, pairs, quotation marks, brackets, blanks, characters that nobody sees (GB/T 15834-2011)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from site_builder.checks.phrases import pairs_in
from site_builder.checks.source_text import HAN, Found, SourceText, count_by_line
from site_builder.values import DocNumber

_WIDE = "，。、；：？！“”‘’（）《》〈〉…—"
_HALF = {",": "，", ":": "：", ";": "；", "?": "？", "!": "！", "(": "（", ")": "）", ".": "。"}
_HALF_MARK = re.compile(
    rf"[,:;?!](?<=[{HAN}{_WIDE}].)(?=[{HAN}{_WIDE}])|\((?<=[{HAN}].)[{HAN}、，]+\)|\.(?<=[{HAN}].)(?=\n|\Z)"
)


def find_width(source: SourceText) -> Iterator[Found]:
    """Find half-width marks between Chinese characters."""
    end = len(source.text) if any(mark in source.body for mark in _HALF) else source.head_end
    for start, text, count in count_by_line(source, _HALF_MARK, end):
        wide = "".join(_HALF.get(character, character) for character in text)
        more = f"，本行共 {count} 处" if count > 1 else ""
        yield Found(start, "punctuation-width", f"汉字之间用了半角标点“{text}”{more}。", f"请改为全角“{wide}”。")


_DOUBLED = re.compile(
    "[，、；：]{2,}|。{2}(?!。)|。[，、；：]|[，、；：]。|？{2,}|！{2,}|。{3,}|(?<![.])[.]{3,6}(?![.])|(?<!…)…(?!…)"
)


_DOUBLES = pairs_in([*(a + b for a in "，、；：。？！" for b in "，、；：。？！"), ".."])
(_ELLIPSIS,) = pairs_in(["……"])


def find_doubled(source: SourceText) -> Iterator[Found]:
    """Find marks that stand twice, marks that cannot follow each other, and ellipses of the wrong form."""
    if source.pairs.isdisjoint(_DOUBLES) and not ("…" in source.text and _ELLIPSIS not in source.pairs):
        return
    for start, text, _ in count_by_line(source, _DOUBLED):
        if text[0] in ".…" or text.startswith("。。。"):
            if text[0] == "." and not re.search(f"[{HAN}]", source.text[max(0, start - 1) : start]):
                continue
            yield Found(start, "punctuation-doubled", f"省略号写成了“{text}”。", "请改为六个点的“……”。")
        else:
            fix = f"请只保留一个，例如“{text[-1] if text[-1] in '。？！' else text[0]}”。"
            yield Found(start, "punctuation-doubled", f"标点“{text}”重复或连用。", fix)


_OPENING = {"“": "”", "‘": "’", "《": "》", "〈": "〉", "（": "）", "〔": "〕", "【": "】", "「": "」", "『": "』"}
_CLOSING = {close: opening for opening, close in _OPENING.items()}
_PAIRED = re.compile("[" + "".join((*_OPENING, *_CLOSING)) + "]")
_MARKS = re.compile(f"{_PAIRED.pattern[:-1]}\n]")
_LIST_NUMBER = re.compile(r"(?:^|[\s；。，、|])[\da-zA-Z一二三四五六七八九十]{1,3}）")


def find_pairs(source: SourceText) -> Iterator[Found]:
    """Find quotation marks, brackets and title marks without their other half, paragraph by paragraph."""
    if not _reduce(source.text):
        return
    for start, line in source.paragraphs:
        if fault := _unpaired(line):
            place, mark = fault
            other = _OPENING.get(mark) or _CLOSING[mark]
            message = f"“{line[max(0, place - 6) : place + 7].strip()}”中的{_name(mark)}没有配对。"
            yield Found(start + place, "punctuation-pairs", message, f"请补上“{other}”，或删去多余的“{mark}”。")


def _reduce(text: str) -> str:
    """Return the marks and line ends that are left when all pairs within a line are taken out: mostly none."""
    marks, before = "".join(_MARKS.findall(text)), ""
    while marks != before:
        before = marks
        for opening, closing in _OPENING.items():
            marks = marks.replace(opening + closing, "")
    return marks.replace("\n", "")


def _unpaired(line: str) -> tuple[int, str] | None:
    opened: list[tuple[int, str]] = []
    for match in _PAIRED.finditer(line):
        mark = match[0]
        if mark in _OPENING:
            opened.append((match.start(), mark))
        elif opened and _OPENING[opened[-1][1]] == mark:
            opened.pop()
        elif mark == "）" and _LIST_NUMBER.search(line[: match.end()][-6:]):
            continue
        elif mark == "’":
            continue  # an apostrophe in a foreign name
        else:
            return match.start(), mark
    return opened[-1] if opened else None


def _name(mark: str) -> str:
    kind = "引号" if mark in "“”‘’「」『』" else "书名号" if mark in "《》〈〉" else "括号"
    return f"{kind}“{mark}”" if mark not in "“”" else f"{kind}（{mark}）"


_STRAIGHT = re.compile(rf"\"(?:(?<=[{HAN}，。、：（].)|(?=[{HAN}]))|[〝〞＂]")


def find_quotes(source: SourceText) -> Iterator[Found]:
    """Find straight quotation marks around Chinese, and marks that look like quotation marks and are none."""
    if '"' not in source.body and not any(mark in source.text for mark in "〝〞＂"):
        return
    for start, text, _ in count_by_line(source, _STRAIGHT):
        if text == '"' and start < source.head_end:
            continue  # in front matter and YAML they are syntax
        yield Found(start, "quotes", f"引号写成了“{text}”。", "请改为中文引号“ ”；引号里面再用引号时用‘ ’。")


_INNER = re.compile(r"《[^《》\n]*(?:[<＜][^<>＜＞《》\n]+[>＞]|《[^《》\n]+》)[^《》\n]*》")


def find_title_marks(source: SourceText) -> Iterator[Found]:
    """Find titles within titles that are not set in 〈 〉."""
    for match in _INNER.finditer(source.text):
        shown = match[0] if len(match[0]) <= 40 else match[0][:38] + "……"
        yield Found(match.start(), "title-marks", f"{shown} 书名号里的书名号用错了。", "里面一层请用〈 〉。")


_BRACKETED = re.compile(r"[\[【（(<﹝〈《［＜]\s*(?:19|20)\d\s*\d\s*[\]】）)>﹞〉》］＞]\s*第?\s*\d{1,5}\s*号")
_LOST = re.compile(
    r"〔(?:(?:19|20)\d\d\d{1,4}号|(?:19|20)\d\d〕(?:第\d{1,5}号|0\d{0,4}号|\d{1,5}(?![\d号]))|\d\d〕\d{1,5}号)"
)
_BEFORE = re.compile(rf"[{HAN}]{{2,8}}\Z")


def find_doc_numbers(source: SourceText) -> Iterator[Found]:
    """Find document numbers in running text that are not written as GB/T 9704-2012, 7.2.5 says."""
    if "号" not in source.text:
        return
    if _BRACKETED.search(source.text):
        for number, start, end in DocNumber.find(source.text):
            written = source.text[start:end]
            if written != str(number) and not re.search("[〔][^〕]*〕[1-9]", written):
                yield Found(start, "doc-number-form", f"文号“{written}”写法不规范。", f"请改为 {number}。")
    for match in _LOST.finditer(source.text) if "〔" in source.text else ():
        before = _BEFORE.search(source.text[max(0, match.start() - 8) : match.start()])
        if before is None:
            continue
        message = f"文号“{before[0]}{match[0]}”写法不规范。"
        fix = "应写成“代字〔四位年份〕序号号”：括号成对，序号前不加“第”和 0，末尾有“号”。"
        yield Found(match.start() - len(before[0]), "doc-number-form", message, fix)


_UNSEEN = re.compile(
    "[\u00a0\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffd\ue000-\uf8ff\u0000\u0002-\u0008\u000b-\u001f\u007f-\u009f]"
)
_FULL = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+")
_LOOKALIKE = re.compile("[\ufe50-\ufe52\ufe54-\ufe57\ufe59-\ufe5e\u2f00-\u2fd5\uf900-\ufaff﹒]")


_STRANGE = re.compile(f"[{_UNSEEN.pattern[1:-1]}{_FULL.pattern[1:-2]}{_LOOKALIKE.pattern[1:-1]}]")
"""All three as one set of characters, which is looked for much faster."""


def find_characters(source: SourceText) -> Iterator[Found]:
    """Find characters that nobody sees, lost characters, full-width letters and look-alikes."""
    if not _STRANGE.search(source.text):
        return
    for start, text, count in count_by_line(source, _UNSEEN):
        if text == "\ufffd" or "\ue000" <= text <= "\uf8ff":
            message = f"这里有 {count} 个丢失或只有本机字体才有的字（U+{ord(text):04X}）。"
            yield Found(start, "strange-characters", message, "请把原来的字重新输入。")
        else:
            message = f"这里有 {count} 个看不见的字符（U+{ord(text[0]):04X}）。"
            yield Found(start, "strange-characters", message, "请删去，或改为普通空格。")
    for start, text, _ in count_by_line(source, _FULL):
        half = unicodedata.normalize("NFKC", text)
        yield Found(start, "strange-characters", f"数字或字母“{text}”是全角的。", f"请改为半角“{half}”。")
    for start, text, _ in count_by_line(source, _LOOKALIKE):
        usual = {"﹒": "·"}.get(text) or unicodedata.normalize("NFKC", text)
        message = f"“{text}”（U+{ord(text):04X}）是形似的符号。"
        yield Found(start, "strange-characters", message, f"请改为“{usual}”。")


_BLANK = re.compile(
    rf" {{1,3}}(?:(?<=[{HAN}] )(?=[，。、；：？！）》”])|(?<=[，。、；：（《“] )(?=[{HAN}])|(?<=[{HAN}]{{2}}[^条章节编款\W\d_] )(?=[{HAN}]{{3}}))"
)


def find_blanks(source: SourceText) -> Iterator[Found]:
    """Find blanks within Chinese text that a change of program left there."""
    if " " not in source.body:
        return
    for start, _, count in count_by_line(source, _BLANK):
        if start < source.head_end:
            continue
        around = source.text[max(0, start - 4) : start + 5].strip()
        more = f"，本行共 {count} 处" if count > 1 else ""
        yield Found(start, "blanks", f"“{around}”中间有多余的空格{more}。", "请删去空格。", "hint")


_DUNHAO = re.compile("[”》]、[“《]")


def find_dunhao(source: SourceText) -> Iterator[Found]:
    """Find 、 between quotations or titles that stand side by side (GB/T 15834-2011, 4.5.3.5)."""
    if "”、" not in source.text and "》、" not in source.text:
        return
    for start, text, count in count_by_line(source, _DUNHAO):
        more = f"，本行共 {count} 处" if count > 1 else ""
        message = f"并列的引号或书名号之间“{text}”通常不用顿号{more}。"
        yield Found(start, "dunhao", message, "可以删去顿号。", "hint")


RULES = (
    find_width,
    find_doubled,
    find_pairs,
    find_quotes,
    find_title_marks,
    find_doc_numbers,
    find_characters,
    find_blanks,
    find_dunhao,
)
