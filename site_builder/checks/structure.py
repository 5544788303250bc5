"""Rules about the shape of a body: headings and numbers in order, attachments named, images with a text."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import lru_cache

from site_builder.checks.rules import Rule
from site_builder.clauses import read_numbers
from site_builder.model import Origin
from site_builder.numbering import read_numeral
from site_builder.records import Published, Record, Written
from site_builder.values import Problem

_FORMS = ("hanzi", "hanzi_bracket", "digit", "digit_bracket", "circle")
_LOWER = {form: tuple(one for one in _FORMS[at + 1 :] if one != "digit") for at, form in enumerate(_FORMS)} | {
    "article": ()
}
"""Form → forms whose numbers begin anew below it; 1. may run on from one section to the next."""
_MIXED_MARK = re.compile(
    r"^\s*(?:#{1,6} )?(?:\d{1,2}、|[（(][一二三四五六七八九十]{1,3}[）)]、|[一二三四五六七八九十]{1,3}[.．])",
    re.MULTILINE,
)


def check_order(record: Record, origin: Origin, path: str) -> Iterator[Problem]:
    """Find headings that skip a level and numbers that skip, repeat or are written in the wrong form."""
    if not isinstance(record, Written) or not record.body:
        return
    body = record.body
    if "#" in body or any(mark in body for mark in ("、", "（一）", "1.", "第一条")):
        for line, rule, message, fix in _order_faults(body):
            yield Problem(path, origin.body_line + line - 1, rule, message, fix, "warning")


def _order_faults(body: str) -> Iterator[tuple[int, str, str, str]]:
    yield from _heading_faults(body)
    yield from _number_faults(body)
    if match := _MIXED_MARK.search(body):
        line = body.count("\n", 0, match.start() + len(match[0]) - len(match[0].lstrip())) + 1
        message = f"层次序号“{match[0].strip()}”写法不规范。"
        yield line, "numbering", message, "依次写成：一、　（一）　1.　（1）；带括号的后面不加顿号。"


_HEADING = re.compile(r"^(#{1,6})[ \t]+(\S.*?)[ \t]*$", re.MULTILINE)


def _heading_faults(body: str) -> Iterator[tuple[int, str, str, str]]:
    if "#" not in body:
        return
    before = 1
    for match in _HEADING.finditer(body):
        level, title = len(match[1]), match[2][:20]
        line = body.count("\n", 0, match.start()) + 1
        if level == 1:
            message = f"正文里的标题“{title}”用了一级（#）。"
            yield line, "heading-order", message, "一级是文件标题，正文从两个 # 开始。"
        elif level > before + 1:
            message = f"标题“{title}”跳级：上一个是 {before} 级，这里是 {level} 级。"
            yield line, "heading-order", message, f"请用 {'#' * (before + 1)}，一级一级往下。"
        before = level


def _number_faults(body: str) -> Iterator[tuple[int, str, str, str]]:
    """Compare each number with the one before it in its form; one (一 or 1) begins a new run, running on is allowed."""
    last: dict[str, int] = {}
    for line, number in read_numbers(body):
        form, written = number.form, number.written.rstrip("：:")
        if form not in _LOWER or (value := _value(written)) is None:
            continue
        before = last.get(form, 0)
        last[form] = value
        for lower in _LOWER[form]:
            last.pop(lower, None)
        if value in (before + 1, 1) or not before:
            continue
        wrong = "重复" if value == before else "不连续"
        message = f"序号“{written}”{wrong}：同一层上一个是第 {before} 个。"
        yield line, "numbering", message, "请核对是漏了一项，还是序号写错。"


@lru_cache(maxsize=4096)
def _value(number: str) -> int | None:
    if "之" in number:
        return None
    found = re.search(r"[一二三四五六七八九十百千零〇廿卅]+|\d+", number)
    return read_numeral(found[0]) if found else None


_IMAGE = re.compile(r"!\[([^\]\n]*)\]\(")
_EMPTY_LINK = re.compile(r"(?<!!)\[\s*(点击(?:这里|此处|下载|查看)?|这里|此处|下载|链接|附件|查看|详情|更多)\s*\]\(")
_SIZE_OF_IMAGE = 1_000_000
_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp")


def check_links(record: Record, origin: Origin, path: str) -> Iterator[Problem]:
    """Find images without a text, links whose text says nothing, and attachments that are not named."""
    if isinstance(record, Published):
        yield from _attachment_faults(record, origin, path)
    if not isinstance(record, Written) or "](" not in record.body:
        return
    for match in _IMAGE.finditer(record.body):
        if not match[1].strip() or re.fullmatch(
            r"(?:图片?|image|img|照片|截图)?\d*(?:\.\w{3,4})?", match[1].strip(), re.I
        ):
            line = origin.body_line + record.body.count("\n", 0, match.start())
            fix = "请在方括号里写一句话，说出图上有什么：![县总工会干部走访职工](…)。"
            yield Problem(path, line, "image-text", "图片没有文字说明，看不见图的人不知道是什么。", fix)
    for match in _EMPTY_LINK.finditer(record.body):
        line = origin.body_line + record.body.count("\n", 0, match.start())
        message = f"链接文字“{match[1]}”没有说出点开是什么。"
        yield Problem(path, line, "link-text", message, "请写成要看的内容，例如《困难职工帮扶申请表》。", "warning")


def _attachment_faults(record: Published, origin: Origin, path: str) -> Iterator[Problem]:
    for index, one in enumerate(record.attachments):
        if one.title is None and not re.search("[\u4e00-\u9fff]", posixpath.basename(one.file)):
            message = f"附件 {one.file} 没有名称，页面上只能显示文件名。"
            line = origin.line(f"attachments.{index}")
            yield Problem(path, line, "attachment-name", message, "请补上 title: 附件名称。", "warning")
    told = _count_told(record.body)
    if told and record.attachments and told != len(record.attachments):
        message = f"正文的附件说明列了 {told} 个附件，元数据里有 {len(record.attachments)} 个。"
        fix = "请核对 attachments；附在正文里的，不必列入。"
        yield Problem(path, origin.line("attachments"), "attachment-name", message, fix, "hint")


def _count_told(body: str) -> int:
    """Return how many attachments the note below the body (附件：1.… 2.…) lists."""
    start = re.search(r"^\s*附件\s*[:：]", body, re.MULTILINE)
    if start is None:
        return 0
    block = body[start.start() :].split("\n\n\n", maxsplit=1)[0]
    numbers = re.findall(r"(?:^\s*附件\s*[:：]\s*|^\s*)(\d{1,2})[.．]", block, re.MULTILINE)
    return len(numbers) or 1


def check_image_weight(path: str, data: bytes) -> Iterator[Problem]:
    """Find images that are too heavy for a phone on a bad network."""
    if path.lower().endswith(_IMAGES) and len(data) > _SIZE_OF_IMAGE:
        message = f"图片有 {len(data) / 1_000_000:.1f} MB，手机上要等很久。"
        fix = "请缩到宽 1600 像素以内、1 MB 以下再放进来。"
        yield Problem(path, 1, "image-weight", message, fix, "warning")


RULES = (
    Rule(
        "heading-order",
        "warning",
        "正文的标题跳级，或用了一级标题。",
        "从两个 # 开始，一级一级往下。",
        "records",
        record=check_order,
    ),
    Rule(
        "numbering",
        "warning",
        "层次序号不连续、重复，或写法不合公文格式。",
        "依次写成：一、　（一）　1.　（1）。",
        "records",
        record=check_order,
    ),
    Rule(
        "image-text",
        "error",
        "图片没有文字说明。",
        "在方括号里写一句话，说出图上有什么。",
        "records",
        record=check_links,
    ),
    Rule("link-text", "warning", "链接文字只是“点击这里”之类。", "写成要看的内容。", "records", record=check_links),
    Rule(
        "attachment-name",
        "warning",
        "附件没有名称，或与正文的附件说明数目不合。",
        "补上 title，核对数目。",
        "records",
        record=check_links,
    ),
    Rule(
        "image-weight",
        "warning",
        "图片太大，手机上要等很久。",
        "缩到宽 1600 像素以内、1 MB 以下。",
        "records",
        file=check_image_weight,
    ),
)
