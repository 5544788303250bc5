"""The anchor scheme, frozen, and the laws of cutting."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from site_builder.clauses import Node, cut, plain, read_numbers

FROZEN = json.loads(Path(__file__).with_name("anchors_frozen.json").read_text("utf-8"))
PIECES = st.sampled_from(
    [
        "一、总体要求",
        "## 二、对象",
        "### （一）甲",
        "（一）认定条件。符合的",
        "(二)乙；",
        "1. 丙",
        "2、丁",
        "（1）戊",
        "①己",
        "第三条\u3000庚",
        "第三条之一 辛",
        "# 第一章\u3000总则",
        "附件1",
        "款",
        "4.5万元",
        "- 甲",
        "  - 乙",
        "> 引",
        "```",
        "~~~",
        "| a | b |",
        "|---|---|",
        "![图](a.png)",
        "<b>",
        "<!-- 注",
        "-->",
        "***",
        "**重点。**支持",
        "**",
        "",
        "",
        "\u3000",
        "\t",
        "甲  ",
        "##",
        "#",
        "第一章",
        "**一、甲**",
    ]
)
BODIES = st.one_of(st.lists(PIECES, max_size=30).map("\n".join), st.text(max_size=200))


@pytest.mark.parametrize("case", FROZEN, ids=[case["case"] for case in FROZEN])
def test_anchors_never_change(case: dict[str, str]) -> None:
    assert " ".join(block.anchor for block in cut(case["body"]).blocks if block.anchor) == case["anchors"]


def test_the_frozen_table_is_large() -> None:
    assert len(FROZEN) >= 60
    assert len({case["case"] for case in FROZEN}) == len(FROZEN)


def _words(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=300, deadline=None)
@given(BODIES)
def test_no_character_is_lost(body: str) -> None:
    blocks = cut(body).blocks
    assert _words("".join(block.text for block in blocks)) == _words(body)
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for block in blocks:
        assert lines[block.line - 1].strip() == block.text.split("\n")[0].strip()


@settings(max_examples=300, deadline=None)
@given(BODIES)
def test_anchors_are_unique_and_stay_when_cut_again(body: str) -> None:
    outline = cut(body)
    anchors = [block.anchor for block in outline.blocks if block.anchor]
    assert len(anchors) == len(set(anchors))
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", anchor) for anchor in anchors)
    assert all(bool(block.anchor) == (block.kind in ("heading", "clause")) for block in outline.blocks)
    assert cut(body) == outline


@settings(max_examples=300, deadline=None)
@given(BODIES)
def test_numbers_are_those_of_the_blocks(body: str) -> None:
    told = [(line, number.form, number.written.rstrip("：:")) for line, number in read_numbers(body)]
    assert told == [(one.line, one.form, one.number.rstrip("：:")) for one in cut(body).blocks if one.number]


@settings(max_examples=200, deadline=None)
@given(BODIES)
def test_tree_holds_every_block_once_in_order(body: str) -> None:
    outline = cut(body)
    assert tuple(block for node in outline.tree() for block in node.walk()) == outline.blocks
    levels = [1, *(block.level for block in outline.headings)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ("甲\n乙\n\n丙", "paragraph paragraph"),
        ("- 甲\n- 乙\n\n- 丙\n\n丁", "list paragraph"),
        ("- 甲\n  续\n\n  又\n（一）乙", "list clause"),
        ("甲\n- 乙", "paragraph list"),
        ("|甲|乙|\n|-|-|\n|1|2|\n\n丙", "table paragraph"),
        ("甲：\n| 甲 |\n|---|\n| 1 |", "paragraph table"),
        ("> 甲\n> 乙\n丙", "quote paragraph"),
        ("![图](a.png)", "image"),
        ("![图](a.png)说明", "paragraph"),
        ("```py\n一、甲\n\n乙\n```\n丙", "code paragraph"),
        ("~~~\n没有结尾", "code"),
        ("<div>\n甲\n</div>\n\n乙", "html paragraph"),
        ("<!-- 甲\n\n乙 -->\n丙", "html paragraph"),
        ("<https://a.example> 甲", "paragraph"),
        ("<关于>甲", "paragraph"),
        ("***", "rule"),
        ("---", "rule"),
        ("标题\n---", "paragraph rule"),
        ("**重点。**支持", "paragraph"),
        ("-5℃以下", "paragraph"),
        ("一、甲\n\n一、乙是一句完整的话。", "heading clause"),
        ("（一）甲", "clause"),
        ("## 说明 ##", "heading"),
        ("##", "paragraph"),
    ],
)
def test_kinds(body: str, kinds: str) -> None:
    assert " ".join(block.kind for block in cut(body).blocks) == kinds


def test_fields_of_a_clause() -> None:
    heading, clause, item = cut("## 二、帮扶对象\n\n（一）认定条件。符合的：\n\n2.本人；").blocks
    assert (heading.title, heading.number, heading.level, heading.label) == ("帮扶对象", "二、", 2, "二、帮扶对象")
    assert (clause.title, clause.content, clause.name, clause.depth) == ("认定条件", "符合的：", "二（一）", 2)
    assert (item.text, item.number, item.level, item.line, item.name) == ("2.本人；", "2.", 3, 5, "二（一）2")


@pytest.mark.parametrize(
    ("text", "title", "content"),
    [
        ("（一）认定条件。符合的", "认定条件", "符合的"),
        ("（一）**认定条件。**符合的", "认定条件", "符合的"),
        ("（一）**认定条件**。符合的", "认定条件", "符合的"),
        ("**（一）认定条件。**符合的", "认定条件", "符合的"),
        ("1.支持竞赛。以重大工程", "支持竞赛", "以重大工程"),
        ("（六）其他投入。", "", "其他投入。"),
        ("（一）“困难。”是指", "", "“困难。”是指"),
        ("（一）" + "长" * 21 + "。符合的", "", "长" * 21 + "。符合的"),
        ("第一条 职工有权。任何人", "", "职工有权。任何人"),
    ],
)
def test_run_in_heads(text: str, title: str, content: str) -> None:
    (block,) = cut(text).blocks
    assert (block.title, block.content, block.text) == (title, content, text)


def test_names_of_articles() -> None:
    outline = cut("# 第一章　总 则\n\n第四十二条之一　甲。\n\n乙：\n\n（二）丙。\n\n附件2\n\n一、丁")
    names = {block.anchor: block.name for block in outline.blocks}
    assert names == {
        "c1": "第一章", "t42z1": "第四十二条之一", "t42z1-p2": "第四十二条之一第二款",
        "t42z1-p2-2": "第四十二条之一第二款（二）", "f2": "附件2", "f2-s1": "附件2一",
    }  # fmt: skip
    assert outline.headings[0].label == "第一章　总则"
    assert outline.by_anchor()["t42z1"] in outline.clauses


def test_tree_puts_items_under_their_clause() -> None:
    def shape(nodes: tuple[Node, ...]) -> list[object]:
        return [[node.block.anchor or node.block.kind, *shape(node.children)] for node in nodes]

    body = "# 第一章　甲\n\n第一条　乙：\n\n（一）丙；\n\n- 丁\n\n戊：\n\n（一）己。\n\n第二条　庚。\n\n# 第二章　辛"
    assert shape(cut(body).tree()) == [
        ["c1", ["t1", ["t1-1", ["list"]], ["t1-p2", ["t1-p2-1"]]], ["t2"]],
        ["c2"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("**重点。**支持*甲*、~~乙~~", "重点。支持甲、乙"),
        ("[办法](a_(b).md)和![图](x.png)", "办法和图"),
        ("甲\n乙 AB\ncd", "甲乙 AB cd"),
        ("`a_b` 3*4 \\*星", "a_b 3*4 *星"),
        ("## 一、总则", "一、总则"),
        ("- 甲\n- 乙", "甲乙"),
        ("> 引", "引"),
        ("| 甲 | 乙 |\n|---|--:|\n| 1 | 2 |", "甲 乙 1 2"),
        ("```\n码\n```", "码"),
        ("<!-- 注 -->", ""),
        ("**半开", "**半开"),
        ("姓名____，8:30~12:00", "姓名____，8:30~12:00"),
        ("A&amp;B &lt;b>", "A&B <b>"),
        ("<https://a.example/x>", "https://a.example/x"),
    ],
)
def test_plain(text: str, words: str) -> None:
    assert plain(text) == words


def test_statutes(shared: Path) -> None:
    articles = divisions = 0
    for path in sorted((shared / "laws").glob("*.md")):
        body = path.read_text("utf-8")
        numbers = re.findall(r"^第([一二三四五六七八九十百千零〇]+)条(之.)?\s", body, re.MULTILINE)
        blocks = cut(body).blocks
        found = [block for block in blocks if block.form == "article"]
        assert [block.number for block in found] == [f"第{number}条{after}" for number, after in numbers], path.name
        assert all(re.fullmatch(r"t\d+(z\d+)?", block.anchor) for block in found), path.name
        marked = re.findall(r"^#+ 第[一二三四五六七八九十]+[章节]", body, re.MULTILINE)
        headings = [block for block in blocks if block.form in ("chapter", "section")]
        assert len(headings) == len(marked), path.name
        assert all(re.fullmatch(r"c\d+(-\d+)?", block.anchor) for block in headings), path.name
        articles, divisions = articles + len(found), divisions + len(headings)
    assert articles > 4000
    assert divisions > 500
