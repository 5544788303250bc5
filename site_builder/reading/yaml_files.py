"""YAML as content/ uses it: a strict, bounded subset, read with line numbers and written for people. Owns PyYAML.

What differs from YAML 1.1, which surprises people who are not programmers: 15:29, yes, on and 0570 are text; only ISO
dates are dates; a key written twice is a fault; tags beyond the core ones are refused; aliases cannot blow a file up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
    StreamStartEvent,
)

try:
    from yaml.cyaml import CParser as _Parser  # type: ignore[attr-defined]  # the stubs do not re-export it
except ImportError:  # PyYAML was built without libyaml: slower, same events

    class _Parser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):  # type: ignore[no-redef]  # same use
        def __init__(self, stream: str) -> None:
            yaml.reader.Reader.__init__(self, stream)
            yaml.scanner.Scanner.__init__(self)
            yaml.parser.Parser.__init__(self)


MAX_DEPTH = 40
LONG_TEXT = 100
MAX_ALIASED = 10_000
"""How many nodes all aliases of one file may stand for together."""

_CORE = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_NOT_TEXT_STARTS = frozenset("-+0123456789~nNtTfF")
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")


class YamlFault(NamedTuple):
    """One fault of a YAML text: line in the file, rule name, sentence, what to do."""

    line: int
    rule: str
    message: str
    fix: str


class Loaded(NamedTuple):
    """What a YAML text says: data, line of each dotted key, the text of plain scalars that are not text, faults."""

    data: Any
    lines: dict[str, int]
    raw: dict[str, str]
    faults: list[YamlFault]


class _Stop(Exception):
    def __init__(self, event: Any, message: str, fix: str) -> None:
        super().__init__(message)
        self.line, self.message, self.fix = event.start_mark.line, message, fix


def resolve_plain(text: str) -> str | int | float | bool | date | None:
    """Return what an unquoted scalar means: text, unless it is plainly a number, an ISO date, true, false or empty."""
    if text and text[0] not in _NOT_TEXT_STARTS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    return text


def load_yaml(text: str, first_line: int = 1) -> Loaded:
    """Read one YAML document whose first line is line `first_line` of its file; never raises.

    After a syntax fault the data is None. A key written twice keeps its first value.
    """
    # libyaml counts these as line ends, editors and git do not; they come with text pasted from web pages
    text = _LINE_ENDS.sub(" ", text)
    loader = _Loader(first_line)
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + first_line
        message = f"这一行有看不见的控制字符（U+{ord(found[0]):04X}）。"
        fix = "请删去这个字符，或把这一行重新输入一遍。"
        return Loaded(None, {}, {}, [YamlFault(line, "yaml-syntax", message, fix)])
    data = None
    try:
        data = loader.read(text)
    except _Stop as stop:
        loader.faults.append(YamlFault(stop.line + first_line, "yaml-syntax", stop.message, stop.fix))
    except yaml.MarkedYAMLError as error:
        loader.faults.append(_syntax_fault(error, text, first_line))
    return Loaded(data, loader.lines, loader.raw, loader.faults)


class _Loader:
    """Builds data straight from parser events; recursion is bounded by MAX_DEPTH."""

    def __init__(self, first_line: int) -> None:
        self.first_line = first_line
        self.lines: dict[str, int] = {}
        self.raw: dict[str, str] = {}
        self.faults: list[YamlFault] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.nodes = 0
        self.aliased = 0

    def read(self, text: str) -> Any:
        self.next: Callable[[], Any] = _Parser(text).get_event
        data, documents = None, 0
        while not isinstance(event := self.next(), StreamEndEvent):
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _Stop(
                        event, "一个文件只能有一段 YAML，这里又出现了 ---。", "请删去多余的 ---，或分成两个文件。"
                    )
            elif not isinstance(event, StreamStartEvent | DocumentEndEvent):
                data = self.node(event, "", 0)
        return data

    def node(self, event: Any, path: str, depth: int) -> Any:
        self.nodes += 1
        kind = type(event)
        if kind is ScalarEvent:
            return self.scalar(event, path)
        if kind is AliasEvent:
            return self.alias(event)
        if depth >= MAX_DEPTH:
            raise _Stop(event, f"内容嵌套超过 {MAX_DEPTH} 层。", "请减少缩进或方括号、花括号的层数。")
        before = self.nodes
        if event.tag not in (None, "!", _CORE + ("map" if kind is MappingStartEvent else "seq")):
            self.refuse_tag(event)
        data = self.mapping(path, depth) if kind is MappingStartEvent else self.sequence(path, depth)
        self.remember(event, data, self.nodes - before + 1)
        return data

    def mapping(self, path: str, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        lines, first_line, prefix = self.lines, self.first_line, path and path + "."
        while type(event := self.next()) is not MappingEndEvent:
            key = self.key(event)
            line, dotted = event.start_mark.line + first_line, prefix + key
            if key in data:
                message = f"“{key}”写了两次：第 {lines[dotted]} 行和第 {line} 行。"
                self.faults.append(YamlFault(line, "duplicate-key", message, "请只保留一处。"))
                self.node(self.next(), dotted, depth + 1)
                continue
            lines[dotted] = line
            data[key] = self.node(self.next(), dotted, depth + 1)
        return data

    def sequence(self, path: str, depth: int) -> list[Any]:
        data: list[Any] = []
        while type(event := self.next()) is not SequenceEndEvent:
            dotted = f"{path}.{len(data)}" if path else str(len(data))
            self.lines[dotted] = event.start_mark.line + self.first_line
            data.append(self.node(event, dotted, depth + 1))
        return data

    def key(self, event: Any) -> str:
        if type(event) is not ScalarEvent or not event.value:
            raise _Stop(event, "这里的键不是文字。", "请写成“键: 值”，例如 title: 标题。")
        if event.tag not in (None, "!", _CORE + "str"):
            self.refuse_tag(event)
        return str(event.value)

    def scalar(self, event: Any, path: str) -> Any:
        text: str = event.value
        value: Any = text
        if event.implicit[0]:
            value = resolve_plain(text)
            if value is not text:
                self.raw[path] = text
        elif event.tag not in (None, "!", _CORE + "str"):
            value = self.tagged(event, text)
        if event.anchor:
            self.remember(event, value, 1)
        return value

    def tagged(self, event: Any, text: str) -> Any:
        wanted: dict[str, Any] = {
            "int": int,
            "float": (int, float),
            "bool": bool,
            "null": type(None),
            "timestamp": date,
        }
        name = event.tag.removeprefix(_CORE)
        if name not in wanted:
            self.refuse_tag(event)
            return text
        value = resolve_plain(text)
        if not isinstance(value, wanted[name]):
            self.refuse_tag(event)
        return value

    def refuse_tag(self, event: Any) -> None:
        line = event.start_mark.line + self.first_line
        message = f"不支持类型标记 {event.tag.replace(_CORE, '!!')}，或它与后面的内容不符。"
        fix = "请删去以 ! 开头的标记；以 ! 开头的文字要加引号。"
        self.faults.append(YamlFault(line, "yaml-syntax", message, fix))

    def remember(self, event: Any, data: Any, size: int) -> None:
        if event.anchor:
            self.anchors[event.anchor] = (data, size)

    def alias(self, event: Any) -> Any:
        if event.anchor not in self.anchors:
            fix = "以 * 开头的文字要加引号；要引用，须先用 & 定义同名锚点。"
            raise _Stop(event, f"引用了没有定义的锚点 *{event.anchor}。", fix)
        data, size = self.anchors[event.anchor]
        self.nodes += size
        self.aliased += size
        if self.aliased > MAX_ALIASED:
            message = f"锚点和引用（& 和 *）展开后超过 {MAX_ALIASED} 项，文件不予读取。"
            raise _Stop(event, message, "请不用引用，直接写出内容。")
        return data


# --- syntax faults in words --------------------------------------------------------------------

_DASH = ("列表的“- ”不能写在这里。", "请另起一行写“- ”，并缩进两个空格。")
_BRACKETS = ("方括号或花括号没有配对，或缺少逗号。", "请补上括号，各项之间用半角逗号隔开。")
_INDENT = ("这一行的缩进或引号不对。", "同一级的键要对齐；引号后面不要再写别的文字。")
_COLON = ("这里多出一个冒号，或缩进不对。", "值里有冒号加空格时，整个值要加引号；同一级的键要对齐。")

# what libyaml or the pure parser says (a part of it), whether the fault stands where its context began, and our words
_SYNTAX: tuple[tuple[str, bool, str, str], ...] = (
    ("mapping values are not allowed", False, *_COLON),
    ("block sequence entries are not allowed", False, *_DASH),
    ("sequence entries are not allowed", False, *_DASH),
    ("could not find expected ':'", True, "这一行缺少冒号。", "请写成“键: 值”，冒号后面要有一个空格。"),
    ("found unexpected end of stream", True, "引号没有配对。", "请在值的末尾补上同样的引号。"),
    ("found unknown escape", False, "双引号里的反斜线 \\ 写法不对。", "请改用单引号，或把 \\ 写成 \\\\。"),
    ("did not find expected ',' or", True, *_BRACKETS),
    ("expected ',' or", True, *_BRACKETS),
    ("expected node content", False, "方括号或花括号里缺少内容，或没有配对。", "请补上内容或括号。"),
    ("expected '-' indicator", False, "列表里混入了不是“- ”开头的行。", "请检查缩进：列表各项都以“- ”开头并对齐。"),
    ("expected key", False, *_INDENT),
    ("expected <block end>", False, *_INDENT),
    ("expected <document start>", False, "这一行的缩进不对。", "同一级的键要对齐，第一级的键不要缩进。"),
    ("cannot start any token", False, "值不能以这个符号开头。", "以 @ ` % 等符号开头的值要加引号。"),
)  # fmt: skip


def _syntax_fault(error: yaml.MarkedYAMLError, text: str, first_line: int) -> YamlFault:
    problem = error.problem or ""
    general = ("", False, "YAML 写法有误，读不下去。", "请检查这一行的缩进、冒号、引号和括号。")
    _, at_context, message, fix = next((row for row in _SYNTAX if row[0] in problem), general)
    mark = (error.context_mark if at_context else None) or error.problem_mark or error.context_mark
    rows = text.split("\n")
    index = min(mark.line, len(rows) - 1) if mark else 0
    guess = next((found for at in (index, index - 1) if at >= 0 and (found := explain_line(rows[at]))), None)
    if guess:
        message, fix = guess
        index -= explain_line(rows[index]) is None
    return YamlFault(index + first_line, "yaml-syntax", message, fix)


def explain_line(row: str) -> tuple[str, str] | None:
    """Return (what is wrong, what to do) for a line with one of the usual slips: tab, full-width colon, no space."""
    if re.match(r" *\t", row):
        return "这一行用制表符（Tab）缩进，YAML 只认空格。", "请把行首的 Tab 换成空格，每级两个。"
    if re.match(r"\s*(?:- )?[A-Za-z_]+：", row):
        return "键后面的冒号是全角的“：”。", "请改成半角冒号加一个空格，例如 title: 标题。"
    if re.match(r"\s*(?:- )?[a-z_]+:[^\s:/]", row):
        return "冒号后面缺少空格。", "请在冒号后面加一个空格，例如 title: 标题。"
    return None


# --- writing -----------------------------------------------------------------------------------


class _Dumper(yaml.SafeDumper):
    """The pure Python emitter: libyaml's would escape characters beyond U+FFFF, which stand in people's names."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if _LINE_ENDS.search(text):
        style = '"'  # the emitter would take them for line ends
    elif "\n" in text or len(text) > LONG_TEXT:
        style = "|"
    elif resolve_plain(text) is not text or text.endswith(":"):
        style = "'"
    return dumper.represent_scalar(_CORE + "str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def dump_yaml(data: Mapping[str, Any]) -> str:
    """Write a mapping of plain values as block YAML that `load_yaml` reads back equal, ending with a line end."""
    if not data:
        return ""
    return yaml.dump(
        dict(data), Dumper=_Dumper, allow_unicode=True, default_flow_style=False, sort_keys=False, width=1_000_000
    )
