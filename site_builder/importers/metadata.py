"""The labelled items of a document's head and tail (索引号, 文号, 公开日期 …), also two on a line or in a table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from site_builder.importers.common import DATE, Line, Notes, find_date, shorten

LABELS: Mapping[str, tuple[str, ...]] = {
    "title": ("标题", "名称", "文件名称", "信息名称"),
    "index_number": ("索引号", "索引号码", "信息索引号", "信息索引"),
    "doc_number": ("文号", "发文字号", "发文文号", "文件编号", "文件号", "发文号"),
    "disclosure": ("公开方式", "公开形式", "公开属性", "公开类型"),
    "disclosed": ("公开日期", "公开时间"),
    "posted": ("发布时间", "发布日期", "发稿时间", "更新时间", "上网日期", "发表时间"),
    "captured": ("时间", "日期"),
    "written": ("成文日期", "成文时间", "生成日期", "印发日期", "发文日期", "发文时间", "签发日期"),
    "issuer": (
        "发布单位",
        "发布机构",
        "发文机关",
        "发文单位",
        "发文机构",
        "制发机关",
        "公开单位",
        "公开主体",
        "制定机关",
    ),
    "source": ("信息来源", "来源", "稿源", "文章来源", "供稿", "供稿单位"),
    "validity": ("有效性", "时效性", "效力状态", "有效状态", "是否有效"),
    "effective": ("施行日期", "实施日期", "生效日期", "生效时间"),
    "expires": ("失效日期", "失效时间"),
    "repealed": ("废止日期", "废止时间"),
    "author": ("责任编辑", "编辑", "作者", "发布人", "撰稿"),
    "keywords": ("主题词",),
    "topics": ("主题分类", "信息分类", "所属主题"),
    "genre": ("体裁分类", "体裁", "公文种类", "文种"),
    "counter": ("浏览次数", "点击次数", "阅读次数", "访问次数", "点击数", "阅读量", "浏览量", "浏览", "阅读", "点击"),
    "dropped": (
        "字体",
        "字号",
        "统一编号",
        "登记号",
        "关键词",
        "关键字",
    ),
}
"""Field → the labels it is found under."""

_FIELD = {label: name for name, labels in LABELS.items() for label in labels}
_ANY = "|".join(sorted(_FIELD, key=len, reverse=True))
ITEM = re.compile(rf"(?:^|(?<=[\s|｜【\[]))[【\[]?({_ANY})[】\]]?\s*[：:]\s*")
_LOOSE = {"title", "captured", "source", "author", "topics", "genre"}
"""Labels that also begin lines of a body (时间：…, 来源：…): read in the head only."""

_LONGEST = 80


_COUNTERS = "|".join(LABELS["counter"])
EMPTY_ITEM = re.compile(
    rf"(?:^|(?<=\s))(?:(?:{'|'.join(LABELS['validity'])})\s*[：:] *(?!有效|失效|废止|现行|已|是|否)|(?:{_COUNTERS})\s*[：:] *\d*次? *)(?=\S)"
)
"""An item without a value, with something else right after it."""
_LABEL_END = re.compile(rf"(?:^|[\s【])(?:{_ANY})[】]?\s*[：:]$")


def ends_with_label(text: str) -> bool:
    """Tell whether `text` ends in a label and its colon, so that what follows is the value."""
    return _LABEL_END.search(text[-20:]) is not None


@dataclass(slots=True)
class Metadata:
    """The items found, each with the line it stood on; an empty value is kept, because it must be reported."""

    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, value: str, line: int) -> bool:
        """Keep the first value of `name`; tell whether this one was kept."""
        if self.values.get(name):
            return self.values[name] == value
        self.values[name] = value
        self.lines[name] = line
        return True

    def line(self, name: str) -> int:
        """Return the line of an item, 0 if there is none."""
        return self.lines.get(name, 0)


def read_items(text: str, *, head: bool) -> list[tuple[str, str, str]] | None:
    """Return (field, label, value) for a line that is nothing but labelled items, else None."""
    found = list(ITEM.finditer(text))
    if not found or found[0].start() != 0:
        return None
    ends = [match.start() for match in found[1:]] + [len(text)]
    items = [(_FIELD[m[1]], m[1], text[m.end() : end].strip(" |｜【[")) for m, end in zip(found, ends, strict=True)]
    if any(len(value) > _LONGEST or value.endswith(("。", "；")) for _, _, value in items):
        return None
    if not head and any(name in _LOOSE for name, _, _ in items):
        return None
    if any(name == "counter" and re.search(r"[^\d次 ]", value) for name, _, value in items):
        return None
    if any(name == "captured" and find_date(value) is None for name, _, value in items):
        return None
    return items


def take_items(line: Line, metadata: Metadata, notes: Notes, *, head: bool = True) -> bool:
    """Put the items of `line` into `metadata`; tell whether the line was nothing else."""
    items = None if line.raw or line.level else read_items(line.text, head=head)
    if items is None:
        return False
    for name, label, value in items:
        if name in ("dropped", "counter"):
            notes.repair(line.number, "浏览计数", f"删去“{label}”{f'：{shorten(value)}' if value else '（空的）'}")
        elif name == "captured" and (rest := re.sub(rf"{DATE}[ T]*[\d:]*", "", value).strip()):
            metadata.add(name, value.replace(rest, "").strip(), line.number)
            notes.remove(line.with_text(rest), "网页杂项", "时间后面的网页栏目和链接")
        elif not metadata.add(name, value, line.number):
            notes.doubt(line.number, f"“{label}”出现了两次，后一个没有采用：{shorten(value)}。")
    if len(items) > 1:
        notes.repair(
            line.number,
            "拆分信息项",
            f"一行里有 {len(items)} 个信息项，已分开：{'、'.join(label for _, label, _ in items)}",
        )
    return True


def join_cells(rows: Sequence[Sequence[str]]) -> list[str] | None:
    """Return a head table (label, value, label, value …) as lines of labelled items, or None if it is another table."""
    lines = []
    for row in rows:
        cells = [cell.strip() for cell in row if cell.strip() or len(row) % 2 == 0]
        labels = [cell.rstrip("：: ").replace(" ", "") for cell in cells[::2]]
        if len(cells) % 2 or not labels or any(label not in _FIELD for label in labels if label):
            return None
        lines.append(" ".join(f"{label}：{value}" for label, value in zip(labels, cells[1::2], strict=True) if label))
    return lines or None
