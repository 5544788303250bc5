"""Automatic numbers of Word paragraphs, written out as text.

mammoth turns every numbered paragraph into a plain <ol> and so loses the form of the number (一、 （一） 第一条), its start and
the fact that it runs on across headings. A document's numbers are law to those who cite them: they are worked out here
from numbering.xml (ECMA-376 part 1, 17.9) and put in front of the text. Bullets are left to mammoth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from site_builder.importers.common import Finding

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HAN = "〇一二三四五六七八九"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_CHINESE = {
    "chineseCounting",
    "chineseCountingThousand",
    "taiwaneseCounting",
    "taiwaneseCountingThousand",
    "japaneseCounting",
    "ideographDigital",
    "chineseLegalSimplified",
}


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a numbering: format, text with %1 … %9, first value."""

    form: str
    text: str
    start: int


@dataclass(slots=True)
class Numbering:
    """The numberings and numbered styles of a document, and how far each has counted."""

    numbering: etree._Element | None
    styles: etree._Element | None
    _levels: dict[tuple[str, int], Level | None] = field(default_factory=dict)
    _counts: dict[str, list[int | None]] = field(default_factory=dict)

    def of(self, paragraph: etree._Element) -> tuple[str, int] | None:
        """Return (numbering, level) of a paragraph, its own or its style's, or None."""
        own = paragraph.find(f"{_W}pPr/{_W}numPr")
        if own is None:
            style = paragraph.find(f"{_W}pPr/{_W}pStyle")
            own = self._of_style(style.get(f"{_W}val")) if style is not None else None
        if own is None:
            return None
        number, level = own.find(f"{_W}numId"), own.find(f"{_W}ilvl")
        if number is None or number.get(f"{_W}val") in (None, "0"):
            return None
        return str(number.get(f"{_W}val")), _number(level, 0)

    def _of_style(self, name: str | None) -> etree._Element | None:
        seen: set[str] = set()
        while name and name not in seen and self.styles is not None:
            seen.add(name)
            style = next((one for one in self.styles.iter(f"{_W}style") if one.get(f"{_W}styleId") == name), None)
            if style is None:
                return None
            if (found := style.find(f"{_W}pPr/{_W}numPr")) is not None:
                return found
            base = style.find(f"{_W}basedOn")
            name = base.get(f"{_W}val") if base is not None else None
        return None

    def level(self, number: str, level: int) -> Level | None:
        """Return one level of a numbering, with the overrides of its instance."""
        key = (number, level)
        if key not in self._levels:
            self._levels[key] = self._read_level(number, level)
        return self._levels[key]

    def _read_level(self, number: str, level: int) -> Level | None:
        if self.numbering is None:
            return None
        instance = _by_value(self.numbering, "num", "numId", number)
        if instance is None:
            return None
        override = _by_value(instance, "lvlOverride", "ilvl", str(level))
        abstract = instance.find(f"{_W}abstractNumId")
        plan = (
            _by_value(self.numbering, "abstractNum", "abstractNumId", str(abstract.get(f"{_W}val")))
            if abstract is not None
            else None
        )
        found = override.find(f"{_W}lvl") if override is not None else None
        if found is None and plan is not None:
            found = _by_value(plan, "lvl", "ilvl", str(level))
        if found is None:
            return None
        start = _number(found.find(f"{_W}start"), 1)
        if override is not None:
            start = _number(override.find(f"{_W}startOverride"), start)
        form, text = found.find(f"{_W}numFmt"), found.find(f"{_W}lvlText")
        return Level(_value(form) or "decimal", _value(text) or "", start)

    def next_label(self, number: str, level: int) -> str | None:
        """Count one on and return the number as the page shows it; None for a bullet or an unknown numbering."""
        plan = self.level(number, level)
        if plan is None or plan.form in ("bullet", "none") or not 0 <= level <= 8:
            return None
        counts = self._counts.setdefault(number, [None] * 9)
        before = counts[level]
        counts[level] = plan.start if before is None else before + 1
        counts[level + 1 :] = [None] * (8 - level)

        def shown(match: re.Match[str]) -> str:
            position = int(match[1]) - 1
            other = self.level(number, position)
            count = counts[position]
            value = count if count is not None else (other.start if other else 1)
            return write_number(value, other.form if other else "decimal")

        return re.sub(r"%([1-9])", shown, plan.text)


def _by_value(parent: etree._Element, tag: str, attribute: str, value: str) -> etree._Element | None:
    return next((one for one in parent.findall(f"{_W}{tag}") if one.get(f"{_W}{attribute}") == value), None)


def _value(element: etree._Element | None) -> str | None:
    return element.get(f"{_W}val") if element is not None else None


def _number(element: etree._Element | None, default: int) -> int:
    value = _value(element) or ""
    return int(value) if value.isdigit() and len(value) < 6 else default


def write_number(value: int, form: str) -> str:
    """Return `value` in a number format of Word; formats unknown here are written as digits."""
    if form in _CHINESE:
        return _chinese(value)
    if form in ("upperLetter", "lowerLetter"):
        letter = chr(ord("A") + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return letter if form == "upperLetter" else letter.lower()
    if form in ("upperRoman", "lowerRoman"):
        return _roman(value) if form == "upperRoman" else _roman(value).lower()
    if form.startswith("decimalEnclosedCircle") and 1 <= value <= len(_CIRCLED):
        return _CIRCLED[value - 1]
    return f"{value:02}" if form == "decimalZero" else str(value)


def _chinese(value: int) -> str:
    if not 0 < value < 1000:
        return str(value)
    hundreds, tens, ones = value // 100, value // 10 % 10, value % 10
    text = f"{_HAN[hundreds]}百" if hundreds else ""
    if tens:
        text += "十" if tens == 1 and not hundreds else f"{_HAN[tens]}十"
    elif hundreds and ones:
        text += "零"
    return text + (_HAN[ones] if ones else "")


def _roman(value: int) -> str:
    text = ""
    for size, sign in (
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ):
        text += sign * (value // size)
        value %= size
    return text


def write_numbers(document: etree._Element, numbering: Numbering) -> list[Finding]:
    """Put each automatic number in front of its paragraph's text; return what was done."""
    written = []
    for paragraph in document.iter(f"{_W}p"):
        place = numbering.of(paragraph)
        if place is None or not "".join(paragraph.itertext(f"{_W}t")).strip():
            continue
        label = numbering.next_label(*place)
        if label is None:
            continue
        _take_off(paragraph)
        run = etree.Element(f"{_W}r")
        text = etree.SubElement(run, f"{_W}t")
        text.text = f"{label} " if re.search(r"[条章节编\w]$", label) else label
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        properties = paragraph.find(f"{_W}pPr")
        paragraph.insert(0 if properties is None else paragraph.index(properties) + 1, run)
        written.append(label)
    if not written:
        return []
    return [
        Finding(
            0,
            f"把 {len(written)} 个自动编号写成文字：{'、'.join(label.strip('、') for label in written[:5])}{'……' if len(written) > 5 else ''}",
        )
    ]


def _take_off(paragraph: etree._Element) -> None:
    """Remove the numbering, and give a style's numbering number 0, so that mammoth makes no list of the paragraph."""
    properties = paragraph.find(f"{_W}pPr")
    if properties is None:
        properties = etree.Element(f"{_W}pPr")
        paragraph.insert(0, properties)
    for old in properties.findall(f"{_W}numPr"):
        properties.remove(old)
    none = etree.SubElement(properties, f"{_W}numPr")
    etree.SubElement(none, f"{_W}ilvl").set(f"{_W}val", "0")
    etree.SubElement(none, f"{_W}numId").set(f"{_W}val", "0")
