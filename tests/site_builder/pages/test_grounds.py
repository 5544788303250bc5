"""What a guide rests on: documents of this site, their clauses, and whether they still hold."""

from typing import Any

import pytest

from site_builder.pages.grounds import find_anchor, list_doubts, list_grounds
from site_builder.records import Guide
from site_builder.render import Theme
from tests.small_library import NOW, make_library

BODY = """## 一、对象

（一）条件。

## 二、办法

（三）标准。

第十二条　可以申请。
"""


@pytest.fixture(scope="module")
def theme() -> Theme:
    return Theme(make_library(), NOW)


def guide(*basis: dict[str, Any], **more: Any) -> Guide:
    return Guide.model_validate({"id": "g", "title": "帮扶", "basis": list(basis), **more})


@pytest.mark.parametrize(
    ("article", "anchor"),
    [
        ("第一部分", "s1"),
        ("一、", "s1"),
        ("第一部分（一）", "s1-1"),
        ("第一部分（九）", "s1"),
        ("（三）", "s2-3"),
        ("（八）", ""),
        ("第十二条", "t12"),
        ("第12条", "t12"),
        ("第十三条", ""),
        ("附件一", ""),
        ("", ""),
    ],
)
def test_the_clause_that_is_cited(article: str, anchor: str) -> None:
    assert find_anchor(BODY, article) == anchor


def test_a_basis_is_a_policy_or_a_notice_by_id_or_by_title(theme: Theme) -> None:
    found = list_grounds(
        theme,
        guide(
            {"title": "帮扶办法", "policy": "new", "article": "第一部分"},
            {"title": "焊工大赛报名公告"},
            {"title": "工会法", "article": "第三条"},
            {"title": "助学名单公示"},
        ),
    )
    assert [one.url for one in found] == ["policies/new/#s1", "notices/signup/", "", "notices/closed-list/"]
    assert [one.phase for one in found] == ["effective", None, None, None]


def test_a_guide_is_in_doubt_when_its_ground_was_repealed(theme: Theme) -> None:
    own = guide({"title": "帮扶办法", "policy": "old"}, {"title": "帮扶办法", "policy": "old"}, updated="2026-11-19")
    [doubt] = list_doubts(theme, own, list_grounds(theme, own))
    assert (doubt.document.id, doubt.phase) == ("old", "repealed")
    assert doubt.successor is not None
    assert doubt.successor.id == "new"


@pytest.mark.parametrize(("updated", "doubted"), [(None, True), ("2024-03-31", True), ("2024-04-01", False)])
def test_a_changed_ground_puts_an_older_guide_in_doubt(theme: Theme, updated: str | None, doubted: bool) -> None:
    own = guide({"title": "会费办法", "policy": "kept"}, updated=updated)
    doubts = list_doubts(theme, own, list_grounds(theme, own))
    assert bool(doubts) == doubted
    if doubts:
        assert doubts[0].successor is not None
        assert doubts[0].successor.id == "amender"


def test_what_holds_gives_no_doubt(theme: Theme) -> None:
    own = guide({"title": "帮扶办法（2026年修订）", "policy": "new"}, {"title": "工会法"})
    assert list_doubts(theme, own, list_grounds(theme, own)) == []
