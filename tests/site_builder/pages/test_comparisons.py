"""Which documents are versions of each other, what a teaser shows, and where the clauses of the old one went."""

import pytest
from markupsafe import Markup

from site_builder.model import Library, Site
from site_builder.pages.comparisons import (
    comparisons_of,
    find_pairs,
    pick_fragment,
    say_counts,
    succession_of,
)
from site_builder.prose import to_html
from site_builder.records import Policy
from site_builder.redline import Counts, compare
from site_builder.render import Theme
from tests.small_library import NOW

OLD = "第一条　为了职工，制定本办法。\n\n第二条　满一年的会员可以申请。\n\n第三条　每年公布一次经费的使用情况。\n\n第四条　申请人提交居住地的证明原件。"
NEW = "第一条　为了职工，制定本办法。\n\n第二条　骑手和司机也可以参加互助保障，不要求合同。\n\n第三条　满六个月的会员可以申请。\n\n第四条　每季度公布一次经费的使用情况。"


def make_theme(**relations: list[str]) -> Theme:
    """Return a theme of an old and a new policy, the new one with the given relations."""
    facts = {"issuer": "云溪县总工会", "index_number": "1"}
    old = Policy.model_validate(
        {"id": "old", "title": "互助办法（试行）", "published": "2021-05-12", "body": OLD, **facts}
    )
    new = Policy.model_validate(
        {
            "id": "new",
            "title": "互助办法（2026年修订）",
            "published": "2026-11-16",
            "body": NEW,
            "relations": relations,
            **facts,
        }
    )
    other = Policy.model_validate(
        {"id": "other", "title": "关于调整比例的通知", "published": "2024-01-01", "body": "调整。", **facts}
    )
    site = Site(name="职工之家", organisation="云溪县总工会", domain="yunxi.example")
    return Theme(Library(site, {(one.folder, one.id): one for one in (old, new, other)}), NOW)


def policy(theme: Theme, name: str) -> Policy:
    record = theme.library.get("policies", name)
    assert isinstance(record, Policy)
    return record


@pytest.mark.parametrize(
    ("relations", "olds"),
    [
        ({"replaces": ["old"]}, ["old"]),
        ({"repeals": ["old"]}, ["old"]),
        ({"amends": ["old"]}, ["old"]),
        ({"replaces": ["old"], "repeals": ["old", "other"]}, ["old"]),
        ({"repeals": ["other"]}, []),
        ({"amends": ["other"]}, []),
        ({"replaces": ["other"]}, ["other"]),
        ({"based_on": ["old"]}, []),
        ({}, []),
    ],
)
def test_versions_are_known_by_relation_and_subject(relations: dict[str, list[str]], olds: list[str]) -> None:
    theme = make_theme(**relations)
    assert [pair.old.id for pair in find_pairs(theme)] == olds
    assert (succession_of(theme, policy(theme, "old")) is not None) is ("old" in olds)


def test_a_comparison_names_both_versions_and_stands_below_the_new_one() -> None:
    theme = make_theme(replaces=["old"])
    (pair,) = comparisons_of(theme, policy(theme, "new"))
    assert (pair.url, pair.old_name, pair.new_name) == ("policies/new/redline-old/", "2021年版", "2026年修订版")
    assert pair.said == "修改 2 条，新增 1 条，删去 1 条。"
    assert [(piece.old, piece.new) for piece in pair.fragment if piece.kind == "changed"] == [("一年", "六个月")]


def test_versions_of_one_year_are_called_old_and_new() -> None:
    theme = make_theme(replaces=["old"])
    old, new = policy(theme, "old"), policy(theme, "new")
    twin = type(comparisons_of(theme, new)[0])(old, old.model_copy(update={"id": "twin"}))
    assert (twin.old_name, twin.new_name) == ("旧文", "新文")


def test_nothing_changed_is_said_in_words() -> None:
    assert say_counts(Counts(0, 0, 0, 4, 0, 2, 0)) == "文字没有改动。"
    assert pick_fragment(compare(OLD, OLD)) == ()


def test_a_fragment_is_one_short_passage_with_a_replacement() -> None:
    old = "第一条　先说一句不变的话。近一年的医疗费总额超过收入的百分之五十的，可以申请医疗帮扶；其他不变。"
    new = "第一条　先说一句不变的话。近一年的医疗费自付部分超过收入的百分之三十的，可以申请医疗帮扶；其他不变。"
    fragment = pick_fragment(compare(old, new))
    assert (
        "".join(piece.new for piece in fragment) == "近一年的医疗费自付部分超过收入的百分之三十的，可以申请医疗帮扶；"
    )


def test_every_clause_of_the_old_text_says_where_it_went() -> None:
    theme = make_theme(replaces=["old"])
    found = succession_of(theme, policy(theme, "old"))
    assert found is not None
    assert found.links == {
        "t1": ("新文第一条", "policies/new/#t1"),
        "t2": ("新文第三条", "policies/new/#t3"),
        "t3": ("新文第四条", "policies/new/#t4"),
        "t4": ("新文没有这一条", "policies/new/redline-old/#old-t4"),
    }
    html = found.mark(to_html(OLD).html, "../../")
    assert html.count('class="went"') == 4
    assert '<a class="went" href="../../policies/new/#t3">新文第三条</a></p>' in html
    assert Markup(html).striptags().count("新文") == 4
