"""The page that shows two versions: whole, linked, readable without script and colour."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import html

from site_builder.clauses import cut
from site_builder.content_files import read_library
from site_builder.pages import redlines
from site_builder.pages.comparisons import find_pairs
from site_builder.pages.redlines import draw_alone, lay_out, say_origin
from site_builder.redline import compare
from site_builder.render import Theme
from tests.small_library import NOW

CONTENT = Path(__file__).parents[3] / "content"
OLD = "## 第一章 总则\n\n第一条　为了保障职工的权益，制定本条例。\n\n第二条　本县的企业适用本条例。\n\n第三条　企业每年公布一次福利费用。机关参照本条例的规定执行。\n\n第四条　本条例自2021年起施行。"
NEW = "## 第一章 总则\n\n第一条　为了保障职工的权益，制定本条例。\n\n第二条　骑手和司机可以加入工会，参加互助保障。\n\n第三条　本县的企业适用本条例。\n\n第四条　企业每年公布一次福利费用。\n\n第五条　机关参照本条例的规定执行。\n\n第六条　本条例自2026年起施行。"


@pytest.fixture(scope="module")
def theme() -> Theme:
    return Theme(read_library(CONTENT).library, NOW)


@pytest.fixture(scope="module")
def pages(theme: Theme) -> dict[str, html.HtmlElement]:
    return {file.path: html.document_fromstring(str(file.content)) for file in redlines.generate(theme)}


def said(element: html.HtmlElement) -> str:
    return re.sub(r"\s+", "", element.text_content())


def test_the_sample_site_has_a_page_for_each_replaced_policy(theme: Theme, pages: dict[str, html.HtmlElement]) -> None:
    assert set(pages) == {f"{pair.url}index.html" for pair in find_pairs(theme)}
    assert "policies/20261109-knzgbfssbf/redline-20210508-knzgbfssbf/index.html" in pages


def test_every_anchor_of_both_texts_is_on_the_page_once(theme: Theme, pages: dict[str, html.HtmlElement]) -> None:
    for pair in find_pairs(theme):
        page = pages[f"{pair.url}index.html"]
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids))
        for body, prefix in ((pair.old.body, "old-"), (pair.new.body, "")):
            assert {prefix + block.anchor for block in cut(body).blocks if block.anchor} <= set(ids)


def test_each_row_leads_to_its_clause_in_both_texts(theme: Theme, pages: dict[str, html.HtmlElement]) -> None:
    for pair in find_pairs(theme):
        page = pages[f"{pair.url}index.html"]
        there = {
            f"../../../{policy.url}#{block.anchor}"
            for policy in (pair.old, pair.new)
            for block in cut(policy.body).blocks
        }
        links = page.xpath("//*[contains(@class,'art') or @class='of']//a/@href")
        assert links
        assert set(links) <= there


def test_what_changed_is_marked_by_elements_not_by_colour(pages: dict[str, html.HtmlElement]) -> None:
    page = pages["policies/20261109-knzgbfssbf/redline-20210508-knzgbfssbf/index.html"]
    old, new = page.xpath("//div[p[@id='old-s3-1']]")[0], page.xpath("//div[p[@id='s3-1']]")[0]
    assert [one.text for one in old.iter("del")] == ["四千", "半年"]
    assert [one.text for one in new.iter("ins")] == ["六千", "季度"]
    assert said(old).startswith("2021年版")
    assert said(new).startswith("2026年修订版")
    assert said(page.xpath("//div[@class='tallyline']")[0]) == "7条修改2条新增1条删去11条未变"
    gone = page.xpath("//div[contains(@class,'rl-row')][.//p[@id='old-s4-3']]")[0]
    assert "删去" in said(gone.xpath("./div[@class='art']")[0])
    assert "新文删去这一条" in said(gone)


def test_unchanged_clauses_are_folded_and_still_there(pages: dict[str, html.HtmlElement]) -> None:
    page = pages["policies/20261109-knzgbfssbf/redline-20210508-knzgbfssbf/index.html"]
    fold = page.xpath("//details[.//p[@id='s4-3']]")[0]
    assert said(fold.xpath("./summary")[0]) == "（三）至（五），3条文字未变，条号有变，展开看"
    assert said(fold.xpath(".//p[@id='s4-3'][span/@id='old-s4-4']")[0]).startswith("复核。申请人对结果有异议的")


def test_headings_step_down_one_by_one(pages: dict[str, html.HtmlElement]) -> None:
    for page in pages.values():
        levels = [
            int(one.tag[1])
            for one in page.xpath(
                "//main//*[starts-with(name(), 'h') and string-length(name()) = 2 and name() != 'hr']"
            )
        ]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_page_stays_small(pages: dict[str, html.HtmlElement]) -> None:
    for page in pages.values():
        whole = len(html.tostring(page, encoding="utf-8"))
        (body,) = page.xpath("//div[@class='rl-body']")
        assert whole - len(html.tostring(body, encoding="utf-8")) < 20_000


def test_origins_are_told_in_words() -> None:
    redline = compare(OLD, NEW)
    told = {row.new[0].name: say_origin(row) for row in redline.rows if row.new}
    assert told == {
        "第一条": "",
        "第二条": "",
        "第三条": "原第二条",
        "第四条": "由旧文第三条拆分",
        "第六条": "原第四条",
    }
    backwards = {row.new[0].name: say_origin(row) for row in compare(NEW, OLD).rows if row.new}
    assert backwards["第三条"] == "由旧文第四条、第五条合并"


def test_each_row_says_what_happened_to_it() -> None:
    def tags(old: str, new: str) -> list[tuple[str, ...]]:
        return [
            tuple(word for word, _ in entry.rows[0].tags) for entry in lay_out(compare(old, new)) if entry.kind == "row"
        ]

    assert tags(OLD, NEW) == [("新增",), ("拆分",), ("修改",)]
    assert tags(NEW, OLD) == [("删去",), ("合并",), ("修改",)]
    first, second = "第一条　工会组织职工开展劳动竞赛。", "第二条　困难家庭每年可以申请一次助学金。"
    moved = "第一条　困难家庭每年可以申请一次助学金。\n\n第二条　工会组织职工开展劳动竞赛。"
    assert tags(f"{first}\n\n{second}", moved) == [("文字未变", "移位")]


def test_a_row_under_another_heading_than_the_last_repeats_its_own() -> None:
    old = "## 第一章 甲\n\n第一条　工会组织职工开展劳动竞赛和技能培训。\n\n## 第二章 乙\n\n第二条　困难家庭可以申请助学金。\n\n第三条　经费每季度向全体会员公布一次。"
    new = "## 第一章 甲\n\n第一条　工会组织职工开展劳动竞赛和技能培训。\n\n第二条　经费每季度向全体会员公布一次。"
    entries = [(one.kind, one.continued) for one in lay_out(compare(old, new))]
    assert entries == [
        ("head", False),
        ("fold", False),
        ("head", False),
        ("row", False),
        ("head", True),
        ("fold", False),
    ]


def test_a_switch_for_marks_is_there_only_where_marks_differ(pages: dict[str, html.HtmlElement]) -> None:
    assert not [page for page in pages.values() if page.xpath("//*[@id='rl-quiet']")]
    page = html.document_fromstring(draw_alone(compare(OLD, OLD.replace("权益，", "权益,")), "旧办法", "新办法"))
    (switch,) = page.xpath("//input[@id='rl-quiet']")
    assert switch.getparent().xpath("./div[@class='rl-body']//div[contains(@class,'rl-row mk')]")
    assert [one.text for one in page.xpath("//del[@class='mk']")] == ["，"]
    assert "只改标点" in said(page)


def test_a_comparison_alone_needs_nothing_else() -> None:
    page = html.document_fromstring(draw_alone(compare(OLD, NEW), "旧办法", "新办法"))
    assert page.xpath("//title")[0].text == "新旧对照：新办法"
    assert not page.xpath("//script | //link | //img | //main//a")
    assert "del::before" in page.xpath("//style")[0].text
