"""Two versions of a document, unit by unit: every word once on its side, and every unit where a lawyer would look for it."""

from __future__ import annotations

import re
import time
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from site_builder.clauses import cut
from site_builder.numbering import write_numeral
from site_builder.redline import Redline, Row, compare, lineage
from site_builder.redline_text import write_text
from site_builder.units import cut_units

# --- what always holds -----------------------------------------------------------------------


def assert_whole(redline: Redline, old: str, new: str) -> None:
    """Check that each unit and heading of both texts stands in the comparison once, with all its words."""
    before, after = cut_units(cut(old)), cut_units(cut(new))
    assert sorted(unit.text for row in redline.rows for unit in row.old) == sorted(unit.text for unit in before.units)
    assert [unit for row in redline.rows for unit in row.new] == list(after.units)
    assert [head.new for head in redline.heads if head.new] == [division.block for division in after.divisions]
    assert {head.old for head in redline.heads if head.old} == {division.block for division in before.divisions}
    assert sorted(redline.order) == list(range(-len(redline.heads), len(redline.rows)))
    for row in redline.rows:
        assert "".join(piece.old for piece in row.pieces) == "\n".join(unit.text for unit in row.old)
        assert "".join(piece.new for piece in row.pieces) == "\n".join(unit.text for unit in row.new)
        for side in ("old", "new"):
            lines = ["".join(piece.old + piece.new for piece in line.pieces) for line in row.read_side(side)]
            assert lines == [line.text for unit in row.units(side) for line in unit.lines]
    counts = redline.counts
    assert counts.changed + counts.added + counts.removed + counts.same == len(redline.rows)
    went = lineage(redline)
    assert set(went) == {block.anchor for block in cut(old).blocks if block.anchor}
    assert {anchor for anchor in went.values() if anchor} <= {block.anchor for block in cut(new).blocks}


BLOCKS = st.sampled_from(
    [
        "# 题",
        "## 一、甲",
        "## 二、乙",
        "### （一）丙",
        "## 第一章 丁",
        "第一条 戊己庚",
        "第二条　辛：",
        "（一）壬癸",
        "1. 子丑。",
        "2. 寅",
        "一、卯辰巳，午未申酉。",
        "无号的一段。",
        "另一段：",
        "| 表 | 头 |\n|---|---|\n| 一 | 二 |",
        "- 列\n- 表",
        "> 引",
        "附件1",
    ]
)


@given(st.lists(BLOCKS, max_size=12), st.lists(BLOCKS, max_size=12), st.booleans())
def test_any_two_documents_are_compared_whole(old: list[str], new: list[str], ignoring: bool) -> None:
    before, after = "\n\n".join(old), "\n\n".join(new)
    redline = compare(before, after, ignore_marks=ignoring)
    assert_whole(redline, before, after)
    assert compare(before, before).is_equal
    if redline.is_equal:
        assert (
            "".join(unit.text for unit in cut_units(cut(before)).units)
            == "".join(unit.text for unit in cut_units(cut(after)).units)
            or ignoring
        )


COMMON = "".join(chr(code) for code in range(0x5100, 0x5400))


def write_article(seed: int) -> str:
    """Return a text of 24-50 characters that shares next to nothing with that of another seed."""
    chance = Random(seed)
    return "".join(chance.choices(COMMON, k=chance.randint(24, 50)))


@st.composite
def edited_laws(draw: st.DrawFn) -> tuple[list[str], list[tuple[int | None, str]]]:
    """Return articles and what became of them: (index of the old article or None, new text), in the new order."""
    first = draw(st.integers(100, 2**40))
    old = [write_article(first + at) for at in range(draw(st.integers(6, 14)))]
    fate: list[tuple[int | None, str]] = [(index, text) for index, text in enumerate(old)]
    for step in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(fate) - 1))
        match draw(st.sampled_from(["insert", "delete", "move", "change"])):
            case "insert":
                fate.insert(at, (None, write_article(first - 1 - step)))
            case "delete" if len(fate) > 4:
                fate.pop(at)
            case "move":
                fate.insert(draw(st.integers(0, len(fate) - 1)), fate.pop(at))
            case "change":
                source, text = fate[at]
                fate[at] = (source, text[:5] + "改动" + text[7:])
    return old, fate


def number(articles: list[str]) -> str:
    return "\n\n".join(f"第{write_numeral(at + 1)}条　{text}。" for at, text in enumerate(articles))


@given(edited_laws())
def test_edits_are_recovered_whatever_the_numbers(law: tuple[list[str], list[tuple[int | None, str]]]) -> None:
    old, fate = law
    redline = compare(number(old), number([text for _, text in fate]))
    assert_whole(redline, number(old), number([text for _, text in fate]))
    found = [
        (int(row.old[0].anchor[1:]) - 1 if row.old else None, int(row.new[0].anchor[1:]) - 1)
        for row in redline.rows
        if row.new
    ]
    truth = [(source, at) for at, (source, _) in enumerate(fate)]
    assert found == truth
    gone = {int(row.old[0].anchor[1:]) - 1 for row in redline.rows if row.kind == "removed"}
    kept = [source for source, _ in truth if source is not None]
    assert gone == set(range(len(old))) - set(kept)
    if kept == sorted(kept):
        assert not any(row.moved for row in redline.rows)


# --- what a reader is told -------------------------------------------------------------------


def row_of(redline: Redline, name: str) -> Row:
    """Return the row in which a unit of that name stands, in the new text first."""
    for side in ("new", "old"):
        for row in redline.rows:
            if any(unit.name == name for unit in row.units(side)):
                return row
    raise AssertionError(name)


LAW = [
    "为了保障职工的合法权益，发展和谐稳定的劳动关系，制定本条例",
    "本县行政区域内的企业和社会组织适用本条例，机关参照执行",
    "集体协商代表由全体职工民主选举产生，任期与合同期限相同",
    "企业应当每年公布一次福利费用的使用情况，听取职工代表的意见",
    "违反本条例规定的，由人力资源部门责令限期改正，并处以罚款",
]


def test_an_inserted_article_renumbers_the_rest_and_nothing_else() -> None:
    redline = compare(number(LAW), number([LAW[0], "女职工在孕期和哺乳期享受特别保护，具体办法另定", *LAW[1:]]))
    assert redline.counts == (0, 1, 0, 5, 0, 4, 0)
    assert row_of(redline, "第二条").kind == "added"
    assert lineage(redline) == {"t1": "t1", "t2": "t3", "t3": "t4", "t4": "t5", "t5": "t6"}
    assert not redline.is_equal


def test_a_moved_article_is_told_from_those_that_gave_way() -> None:
    redline = compare(number(LAW), number([*LAW[1:4], LAW[0], LAW[4]]))
    assert [row.new[0].name for row in redline.rows if row.moved] == ["第四条"]
    assert redline.counts.same == 5


def test_a_split_article_is_one_row_with_both_heirs() -> None:
    long = f"{LAW[2]}。{LAW[3]}"
    redline = compare(number([LAW[0], long, LAW[4]]), number([LAW[0], LAW[2], LAW[3], LAW[4]]))
    row = row_of(redline, "第二条")
    assert [unit.name for unit in row.new] == ["第二条", "第三条"]
    assert row.kind == "changed"
    assert lineage(redline)["t2"] in ("t2", "t3")
    assert redline.counts[:4] == (1, 0, 0, 2)


def test_merged_articles_are_one_row_with_both_origins() -> None:
    redline = compare(number(LAW), number([LAW[0], LAW[1], f"{LAW[2]}。{LAW[3]}", LAW[4]]))
    assert [unit.name for unit in row_of(redline, "第三条").old] == ["第三条", "第四条"]
    assert lineage(redline) == {"t1": "t1", "t2": "t2", "t3": "t3", "t4": "t3", "t5": "t4"}


def test_a_rewritten_article_of_other_words_went_and_another_came() -> None:
    redline = compare(number(LAW), number([*LAW[:3], "困难家庭可以申请助学金，秋季开学以前发放到账", LAW[4]]))
    assert [(row.kind, (row.new or row.old)[0].name) for row in redline.rows][3:5] == [
        ("removed", "第四条"),
        ("added", "第四条"),
    ]
    assert lineage(redline)["t4"] is None


def test_paragraphs_and_items_keep_their_lineage_inside_an_article() -> None:
    old = "第一条　职工享有下列权利：\n\n（一）参加工会；\n\n（二）领取劳动报酬。\n\n用人单位不得阻挠职工行使权利。"
    new = "第一条　职工享有下列权利：\n\n（一）休息休假；\n\n（二）参加工会；\n\n（三）领取劳动报酬。\n\n工会应当帮助职工。\n\n用人单位不得阻挠职工行使权利。"
    went = lineage(compare(old, new))
    assert went == {"t1": "t1", "t1-1": "t1-2", "t1-2": "t1-3", "t1-p2": "t1-p3"}


def test_clauses_of_documents_without_articles_are_units_with_their_items() -> None:
    old = "开头的话。\n\n## 一、对象\n\n（一）条件。满一年的：\n\n1. 收入低；\n\n2. 患重病。\n\n## 二、附则\n\n自发布之日起施行。"
    new = "开头的话。\n\n## 一、对象\n\n（一）条件。满六个月的：\n\n1. 收入低；\n\n2. 患重病。\n\n（二）例外。有两套住房的除外。\n\n## 二、附则\n\n自发布之日起施行。"
    redline = compare(old, new)
    assert [(row.kind, (row.new or row.old)[0].name) for row in redline.rows] == [
        ("same", "开头"),
        ("changed", "一（一）"),
        ("added", "一（二）"),
        ("same", "二正文"),
    ]
    assert len(redline.rows[1].new[0].lines) == 3


def test_headings_are_compared_and_what_went_stands_where_it_was() -> None:
    old = f"## 第一章 总则\n\n{number(LAW[:2])}\n\n## 第二章 罚则\n\n第三条　{LAW[4]}。"
    new = f"## 第一章 总则\n\n第一条　{LAW[0]}。\n\n## 第二章 法律责任\n\n第二条　{LAW[4]}。"
    redline = compare(old, new)
    shown = [redline.heads[-1 - item].block.title if item < 0 else (redline.rows[item].kind) for item in redline.order]
    assert shown == ["总则", "same", "removed", "法律责任", "same"]
    assert redline.heads[1].old is not None
    assert any(piece.kind == "changed" for piece in redline.heads[1].pieces)


def test_marks_are_ignored_on_demand() -> None:
    old, new = number(LAW), number(LAW).replace("，", ",").replace("。", "．")
    assert compare(old, new).counts.marks == 5
    assert all(row.marks_only for row in compare(old, new).rows)
    assert compare(old, new, ignore_marks=True).is_equal


def test_the_terminal_shows_what_changed_and_leaves_out_the_rest() -> None:
    new = [LAW[0], LAW[2], LAW[3].replace("每年", "每季度"), LAW[4]]
    assert list(write_text(compare(number(LAW), number(new)))) == [
        "第二条　删去",
        f"    [-{LAW[1]}。-]",
        "第三条 → 第二条　文字未变",
        "第四条 → 第三条　修改",
        "    企业应当每[-年-]{+季度+}公布一次福利费用的使用情况，听取职工代表的意见。",
        "第五条 → 第四条　文字未变",
        "修改 1 条，新增 0 条，删去 1 条，文字未变 3 条；移位 0 条，换条号 3 条，只改标点 0 条。",
    ]


def test_the_terminal_shows_headings_that_changed_and_what_moved() -> None:
    old = f"## 一、甲乙\n\n{number(LAW)}"
    new = f"## 一、甲丙\n\n{number([*LAW[1:], LAW[0]])}"
    lines = list(write_text(compare(old, new)))
    assert lines[0] == "标题　一、甲[-乙-]{+丙+}"
    assert "第一条 → 第五条　文字未变，移位" in lines


def test_two_units_that_changed_places_are_not_equal() -> None:
    assert not compare("（一）甲。\n\n无号的一段。", "无号的一段。\n\n（一）甲。").is_equal


# --- real statutes ---------------------------------------------------------------------------


def read_law(shared: Path, name: str) -> str:
    return (shared / "laws" / f"{name}.md").read_text(encoding="utf-8").partition("<!-- INFO END -->")[2]


@pytest.fixture(scope="module")
def women(shared: Path) -> tuple[str, str, Redline]:
    """Return 妇女权益保障法 of 2018 and 2022, and what changed."""
    old, new = read_law(shared, "妇女权益保障法(2018-10-26)"), read_law(shared, "妇女权益保障法(2022-10-30)")
    return old, new, compare(old, new)


@pytest.fixture(scope="module")
def relief(shared: Path) -> tuple[str, str, Redline]:
    """Return 上海市社会救助条例 of 2018 and 2024, and what changed."""
    old, new = read_law(shared, "上海市社会救助条例(2018-11-22)"), read_law(shared, "上海市社会救助条例(2024-12-31)")
    return old, new, compare(old, new)


@pytest.mark.parametrize("pair", ["women", "relief"])
def test_statutes_are_compared_whole(pair: str, request: pytest.FixtureRequest) -> None:
    old, new, redline = request.getfixturevalue(pair)
    assert_whole(redline, old, new)


@pytest.mark.parametrize(
    ("old", "new", "subject"),
    [
        ("第一条", "第一条", "制定本法"),
        ("第三条", "第五条", "中国妇女发展纲要"),
        ("第六条", "第三条", "重视和加强妇女权益的保障工作"),
        ("第七条", "第六条", "中华全国妇女联合会"),
        ("第十条", "第十三条", "管理国家事务"),
        ("第十二条", "第十五条", "女干部"),
        ("第十七条", "第二十四条", "学校应当根据女"),
        ("第十八条", "第三十六条", "义务教育"),
        ("第二十三条", "第四十四条", "女职工时"),
        ("第二十七条", "第四十八条", "怀孕、产假、哺乳"),
        ("第三十二条", "第五十五条", "土地承包经营"),
        ("第三十六条", "第十八条", "平等的人身"),
        ("第三十八条", "第二十一条", "健康权不受侵犯"),
        ("第三十九条", "第二十二条", "拐卖"),
        ("第四十条", "第二十三条", "性骚扰"),
        ("第四十二条", "第二十八条", "肖像权"),
        ("第四十五条", "第六十四条", "怀孕期间"),
        ("第四十六条", "第六十五条", "家庭暴力"),
        ("第五十一条", "第三十二条", "生育"),
        ("第五十三条", "第七十三条", "有权要求并协助有关部门"),
        ("第五十六条", "第八十五条", "从其规定"),
        ("第六十一条", "第八十六条", "起施行"),
    ],
)
def test_each_article_is_found_where_a_lawyer_expects_it(
    women: tuple[str, str, Redline], old: str, new: str, subject: str
) -> None:
    row = row_of(women[2], new)
    assert old in [unit.name for unit in row.old]
    assert subject in "".join(unit.text for unit in row.old)
    assert subject in "".join(unit.text for unit in row.new)


def test_what_came_and_went_in_a_statute_is_said(women: tuple[str, str, Redline]) -> None:
    redline = women[2]
    for name in ("第八条", "第二十五条", "第四十三条", "第六十二条", "第七十六条", "第七十七条"):
        assert row_of(redline, name).kind == "added", name
    assert row_of(redline, "第三十五条").kind == "same"
    gone = [row.old[0].name for row in redline.rows if row.kind == "removed"]
    assert gone == ["第五十四条", "第六十条"]
    heads = [(head.old and head.old.number, head.new and head.new.number) for head in redline.heads]
    assert ("第六章", "第三章") in heads
    assert (None, "第八章") in heads


def test_a_change_of_terms_touches_nothing_else(relief: tuple[str, str, Redline]) -> None:
    redline = relief[2]
    assert redline.counts == (14, 0, 0, 42, 0, 0, 0)
    came = {piece.new for row in redline.rows for piece in row.pieces if piece.kind == "changed"}
    assert all(re.search("最低生活保障边缘|刚性支出困难", text) for text in came)


def test_comparing_statutes_is_quick(women: tuple[str, str, Redline]) -> None:
    begin = time.process_time()
    compare(women[0], women[1])
    assert time.process_time() - begin < 1
