"""What went and what came, in pieces that read well, and nothing lost of either text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from site_builder.differences import compare_texts, fold, ignore_marks

ALPHABET = "甲乙丙的第一二三十百条年月0125，。；、：,.;（）()《》〔〕号发％% \n\uff10\uff11aB"


def write(old: str, new: str) -> str:
    """Return the pieces of two texts as one line: [-…-]{+…+}, with ~ before what differs in marks only."""
    parts = []
    for piece in compare_texts(old, new):
        if piece.kind == "same":
            parts.append(piece.old)
        else:
            went = f"[-{piece.old}-]" if piece.old else ""
            came = f"{{+{piece.new}+}}" if piece.new else ""
            parts.append(("~" if piece.kind == "marks" else "") + went + came)
    return "".join(parts)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("工作满一年的会员", "工作满六个月的会员", "工作满[-一年-]{+六个月+}的会员"),
        ("不超过四千元，按半年发", "不超过六千元，按季度发", "不超过[-四千-]{+六千+}元，按[-半年-]{+季度+}发"),
        ("占比百分之五十", "占比百分之三十五", "占比百分之[-五十-]{+三十五+}"),
        ("按照1.5倍计算", "按照15倍计算", "按照[-1.5-]{+15+}倍计算"),
        ("依据《职工互助办法》办理", "依据《职工互济办法》办理", "依据[-《职工互助办法》-]{+《职工互济办法》+}办理"),
        ("（云工发〔2021〕6号）", "（云工发〔2026〕6号）", "（[-云工发〔2021〕6号-]{+云工发〔2026〕6号+}）"),
        ("按照第十二条办理", "按照第二十二条办理", "按照[-第十二条-]{+第二十二条+}办理"),
        ("自2021年6月1日起施行", "自2026年6月1日起施行", "自[-2021年6月1日-]{+2026年6月1日+}起施行"),
        ("完成审核和公示", "完成入户核实、审核和公示", "完成{+入户核实、+}审核和公示"),
        ("单位、企业和工会", "单位和工会", "单位[-、企业-]和工会"),
        ("甲先办。乙后办。", "甲先办。丙再办。乙后办。", "甲先办。{+丙再办。+}乙后办。"),
        ("可以申请,不收费", "可以申请，不收费", "可以申请~[-,-]{+，+}不收费"),
        ("限额1,000元", "限额1000元", "限额~[-1,000-]{+1000+}元"),
        ("限额１０元", "限额10元", "限额~[-１０-]{+10+}元"),
        ("可以申请（甲）", "可以申请（乙）", "可以申请（[-甲-]{+乙+}）"),
        ("由工会（甲）办", "由企业（乙）办", "由[-工会（甲）-]{+企业（乙）+}办"),
        ("", "新增的话", "{+新增的话+}"),
        ("删去的话", "", "[-删去的话-]"),
        ("照旧", "照旧", "照旧"),
    ],
)
def test_pieces_read_well(old: str, new: str, expected: str) -> None:
    assert write(old, new) == expected


def test_islands_are_joined_and_a_rewritten_text_is_shown_whole() -> None:
    assert (
        write("由其配偶和子女一同提出", "由共同生活的人和老人提出")
        == "由[-其配偶和子女一同-]{+共同生活的人和老人+}提出"
    )
    old, new = "职工每年体检一次费用由单位承担", "各级工会要把心理服务送到车间班组一线"
    assert write(old, new) == f"[-{old}-]{{+{new}+}}"


@given(st.text(ALPHABET, max_size=60), st.text(ALPHABET, max_size=60))
def test_pieces_hold_both_texts_whole(old: str, new: str) -> None:
    pieces = compare_texts(old, new)
    assert "".join(piece.old for piece in pieces) == old
    assert "".join(piece.new for piece in pieces) == new
    for piece in pieces:
        assert piece.old or piece.new
        assert (piece.old == piece.new) == (piece.kind == "same")
        if piece.kind == "marks":
            assert fold(piece.old) == fold(piece.new)
    assert all(one.kind != "same" or two.kind != "same" for one, two in pairwise(pieces))


@given(
    st.text("甲乙丙的第一二三十百条年，。；、：,.; \n", max_size=40),
    st.text("，。；、 ", max_size=3),
    st.integers(0, 40),
)
def test_marks_can_be_ignored(text: str, marks: str, at: int) -> None:
    pieces = compare_texts(text, text[:at] + marks + text[at:])
    assert not marks or any(piece.kind == "marks" for piece in pieces)
    whole = ignore_marks(pieces)
    assert [piece.kind for piece in whole] == ["same"] * bool(text or marks)


def test_a_very_long_text_is_compared_by_sentences_first() -> None:
    sentences = [f"第{number}句说的是工会第{number * 7}项工作的做法和要求，" for number in range(400)]
    edited = [*sentences[:100], sentences[100].replace("做法", "办法"), *sentences[101:300], *sentences[310:]]
    pieces = compare_texts("".join(sentences), "".join(edited))
    assert "".join(piece.old for piece in pieces) == "".join(sentences)
    assert "".join(piece.new for piece in pieces) == "".join(edited)
    assert [(piece.old, piece.new) for piece in pieces if piece.kind == "changed"] == [
        ("做", "办"),
        ("".join(sentences[300:310]), ""),
    ]
