"""The strict YAML of content/: what scalars mean, faults with their lines, bounds, and text that comes back equal."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import Any

import pytest
from hypothesis import given

from site_builder.reading.yaml_files import MAX_ALIASED, dump_yaml, load_yaml
from tests.strategies import TEXTS


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("15:29", "15:29"), ("15:29:30", "15:29:30"), ("yes", "yes"), ("No", "No"), ("on", "on"), ("0570", "0570"),
        ("007", "007"), ("1_000", "1_000"), ("0x1F", "0x1F"), ("0o17", "0o17"), ("12", 12), ("-3", -3), ("+3", 3),
        ("1.5", 1.5), ("1.", "1."), (".5", ".5"), ("1e3", 1000.0), (".inf", ".inf"), (".nan", ".nan"), ("true", True),
        ("False", False), ("tRue", "tRue"), ("", None), ("~", None), ("null", None), ("nil", "nil"), ("'12'", "12"),
        ("2026-11-16", date(2026, 11, 16)), ("2026-1-6", "2026-1-6"), ("2026-02-30", "2026-02-30"),
        ("2026-11-16 08:00", "2026-11-16 08:00"), ("123456789012345678", 123456789012345678),
        ("1234567890123456789", "1234567890123456789"), ("!!str 12", "12"), ("!!int 12", 12),
        ("=", "="), ("云工发〔2026〕12号", "云工发〔2026〕12号"),
    ],
)  # fmt: skip
def test_a_scalar_means_what_it_looks_like(written: str, meant: Any) -> None:
    loaded = load_yaml(f"key: {written}\n")
    assert loaded.faults == []
    assert loaded.data == {"key": meant}
    assert type(loaded.data["key"]) is type(meant)


def test_lines_are_counted_from_the_first_line_given() -> None:
    loaded = load_yaml("a: 1\nb:\n  - c: x\n    d: y\n  - [p, q]\n", 10)
    assert loaded.lines == {
        "a": 10, "b": 11, "b.0": 12, "b.0.c": 12, "b.0.d": 13, "b.1": 14, "b.1.0": 14, "b.1.1": 14,
    }  # fmt: skip
    assert loaded.raw == {"a": "1"}


FAULTS = [
    ("a: 1\nb: 2\na: 3\n", 3, "duplicate-key", "第 1 行和第 3 行"),
    ("a:\n  b: 1\n  b: 2\n", 3, "duplicate-key", "“b”"),
    ("a:\n\tb: 1\n", 2, "yaml-syntax", "Tab"),
    ("a: b: c\n", 1, "yaml-syntax", "冒号"),
    ("a: 1\nx: [1, 2\nb: 3\n", 2, "yaml-syntax", "括号"),
    ("a: 1\nx: 'abc\n", 2, "yaml-syntax", "引号"),
    ('a: "\\q"\n', 1, "yaml-syntax", "反斜线"),
    ("- a\nb: 1\n", 2, "yaml-syntax", "“- ”"),
    ("a: - b\n", 1, "yaml-syntax", "“- ”"),
    ("a: 1\nb\nc: 1\n", 2, "yaml-syntax", "缺少冒号"),
    ("a: 1\ntitle：标题\nb: 1\n", 2, "yaml-syntax", "全角"),
    ("title:标题\nb: 1\n", 1, "yaml-syntax", "空格"),
    (" a: 1\nb: 2\n", 2, "yaml-syntax", "缩进"),
    ("a: '1' 2\n", 1, "yaml-syntax", "引号"),
    ("a: @x\n", 1, "yaml-syntax", "符号"),
    ("a: *x\n", 1, "yaml-syntax", "没有定义的锚点 *x"),
    ("a: 1\nb: !foo 1\n", 2, "yaml-syntax", "!foo"),
    ("a: !!int x\n", 1, "yaml-syntax", "!!int"),
    ("a: !!binary aaaa\n", 1, "yaml-syntax", "!!binary"),
    ("a: !!python/name:os.system x\n", 1, "yaml-syntax", "python"),
    ("a: !set {b: 1}\n", 1, "yaml-syntax", "!set"),
    ("? [a]\n: 1\n", 1, "yaml-syntax", "键"),
    ("{\"\": 1}\n", 1, "yaml-syntax", "键"),
    ("a: 1\n---\nb: 1\n", 2, "yaml-syntax", "---"),
    ("a: 1\nb: \x0b\n", 2, "yaml-syntax", "U+000B"),
    ("&a [*a]\n", 1, "yaml-syntax", "*a"),
    ("a: " + "[" * 60 + "]" * 60 + "\n", 1, "yaml-syntax", "嵌套"),
    ("%YAML x\n---\na: 1\n", 1, "yaml-syntax", "读不下去"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "rule", "part"), FAULTS)
def test_a_fault_has_its_line_and_a_sentence(text: str, line: int, rule: str, part: str) -> None:
    (fault,) = load_yaml(text).faults
    assert (fault.line, fault.rule) == (line, rule)
    assert part in fault.message
    assert fault.message.endswith("。")
    assert fault.fix.endswith("。")


def test_without_libyaml_the_same_lines_are_found() -> None:
    script = (
        "import sys; sys.modules['yaml._yaml'] = None\n"
        "from site_builder.reading.yaml_files import load_yaml, _Parser\n"
        "assert _Parser.__module__ == 'site_builder.reading.yaml_files'\n"
        f"for text, line, rule, part in {FAULTS!r}:\n"
        "    (fault,) = load_yaml(text).faults\n"
        "    assert (fault.line, fault.rule) == (line, rule), (text, fault)\n"
        "assert load_yaml('a: [1, x]\\n').data == {'a': [1, 'x']}\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_a_key_written_twice_keeps_its_first_value() -> None:
    assert load_yaml("a: {x: 1}\na: {x: 2, y: 3}\nb: 4\n").data == {"a": {"x": 1}, "b": 4}


def test_aliases_work_within_bounds() -> None:
    assert load_yaml("a: &x {b: 1}\nc: *x\n").data == {"a": {"b": 1}, "c": {"b": 1}}
    assert load_yaml("a: &x 1\nb: [*x, *x]\n").data == {"a": 1, "b": [1, 1]}
    within = "a: &x 1\nb: [" + "*x, " * MAX_ALIASED + "]\n"
    assert load_yaml(within).faults == []
    assert load_yaml(within.replace("[", "[*x, ")).faults[0].message.startswith("锚点和引用")


def test_line_ends_of_web_pages_do_not_shift_lines() -> None:
    loaded = load_yaml("a: x\u2028y\x85z\nb: 1\n")
    assert (loaded.data, loaded.lines["b"]) == ({"a": "x y z", "b": 1}, 2)


@given(TEXTS)
def test_any_text_comes_back_equal(text: str) -> None:
    data = {"a": text, "b": [text, {"c": text}], "d": {"e": {"f": text}}}
    loaded = load_yaml(dump_yaml(data))
    assert loaded.faults == []
    assert loaded.data == data


def test_chinese_and_rare_characters_are_written_as_they_are() -> None:
    assert dump_yaml({"name": "䶮𠮷🙂", "time": "12:30", "empty": [], "text": "甲\n乙"}) == (
        "name: 䶮𠮷🙂\ntime: '12:30'\nempty: []\ntext: |-\n  甲\n  乙\n"
    )
