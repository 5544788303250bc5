"""The tree of unions, the directory of venues with its map, and townships."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from lxml import html

from site_builder.pages import organisation, venues
from site_builder.pages.organisation import Node, grow_tree, judge_term, list_parents
from site_builder.pages.towns import list_towns
from site_builder.records import Event, Guide, Union, Venue
from site_builder.render import Theme
from site_builder.values import GeneratedFile
from tests.page_faults import find_faults, words
from tests.small_library import NOW, make_library

OWN = ("unions/", "venues/")


def union(name: str, kind: str, parent: str | None = None, **more: Any) -> Union:
    return Union.model_validate({"title": f"{name}工会", **more, "id": name, "kind": kind, "parent": parent})


UNIONS = [
    union("county", "county", members=49936, term_end="2027-09-19", term_start="2022-09-20"),
    union("zhen", "township", "county", members=300, term_end="2026-12-20", accepts=["农民工", "家政服务员"]),
    union("chaye", "industry", "county", members=900, term_end="2026-11-19"),
    union(
        "chang", "grassroots", "zhen", members=80, legal_person=True, women_committee=False, code="81000000YX00002353"
    ),
]
VENUES = [
    Venue.model_validate({
        "id": "station", "title": "东街驿站", "kind": "户外劳动者服务站点", "address": "东街1号", "township": "城关镇", "hours": "全天",
        "phone": "0000-6010300", "services": ["热饭"], "facilities": ["微波炉"], "fee": "免费", "coordinates": [118.84, 29.12],
        "union": "zhen",
    }),
    Venue.model_validate({"id": "books", "title": "西街书屋", "kind": "职工书屋", "address": "西街2号", "township": "城关镇"}),
    Venue.model_validate({"id": "lone", "title": "山上书屋", "kind": "职工书屋", "address": "山上"}),
]  # fmt: skip
JOIN = Guide.model_validate({"id": "join", "title": "入会", "form": "membership", "places": [{"venue": "station"}]})
TALK = Event.model_validate(
    {"id": "talk", "title": "夜校", "kind": "讲座", "start": "2026-11-25T19:00:00", "venue": "station"}
)
PAST = Event.model_validate(
    {"id": "past", "title": "旧课", "kind": "讲座", "start": "2026-11-01T19:00:00", "venue": "station"}
)


@pytest.fixture(scope="module")
def site() -> list[GeneratedFile]:
    theme = Theme(make_library(*UNIONS, *VENUES, JOIN, TALK, PAST), NOW)
    return [*organisation.generate(theme), *venues.generate(theme)]


def test_pages_are_whole(site: list[GeneratedFile]) -> None:
    assert len(site) == 3 + len(UNIONS) + len(VENUES)  # two lists and one township
    assert find_faults(site, OWN) == []


def shape(nodes: tuple[Node, ...]) -> list[Any]:
    return [(node.union.id, shape(node.children)) for node in nodes]


def test_tree_has_everyone_once_townships_first() -> None:
    roots = grow_tree(UNIONS)
    assert shape(roots) == [("county", [("zhen", [("chang", [])]), ("chaye", [])])]
    assert roots[0].below == 3
    assert [(word, len(nodes)) for word, nodes in roots[0].groups] == [("乡镇街道", 1), ("行业", 1)]


def test_a_ring_and_a_lost_parent_break_nothing() -> None:
    ring = [
        union("a", "township", "b"),
        union("b", "township", "a"),
        union("c", "industry", "gone"),
        union("d", "industry", "d"),
    ]
    assert shape(grow_tree(ring)) == [("c", []), ("a", [("b", [])]), ("d", [])]
    library = make_library(*ring)
    assert [one.id for one in list_parents(library, ring[0])] == ["b"]
    assert list_parents(library, ring[2]) == []
    files = list(organisation.generate(Theme(library, NOW)))
    assert {f"unions/{one.id}/index.html" for one in ring} <= {file.path for file in files}


def test_tree_opens_without_script(site: list[GeneratedFile]) -> None:
    text = words(site, "unions/")
    assert "下级工会2个，连同再下一级共3个" in text
    assert "全县会员49,936人" in text
    assert "chaye工会900人已届满" in text
    assert "zhen工会300人即将换届" in text
    source = next(str(file.content) for file in site if file.path == "unions/index.html")
    assert source.count("<details open>") == 1


@pytest.mark.parametrize(
    ("end", "word"),
    [
        (date(2026, 11, 19), "已届满"),
        (date(2026, 11, 20), "即将换届"),
        (date(2027, 2, 18), "即将换届"),
        (date(2027, 2, 19), "任期内"),
    ],
)
def test_term(end: date, word: str) -> None:
    term = judge_term(union("u", "grassroots", term_end=end), date(2026, 11, 20))
    assert term is not None
    assert term.word == word


def test_union_page(site: list[GeneratedFile]) -> None:
    text = words(site, "unions/zhen/")
    for told in (
        "乡镇街道工会，上级是county工会。",
        "会员300人",
        "即将换届至2026年12月20日",
        "农民工、家政服务员。看怎么入会",
        "东街驿站",
        "下级基层工会1个chang工会",
    ):
        assert told in text
    low = words(site, "unions/chang/")
    assert "法人资格有" in low
    assert "女职工委员会还没有" in low
    assert "经费审查委员会未注明" in low
    assert "首页工会组织county工会zhen工会chang工会" in low


def test_directory_stands_by_kind_and_leads_to_townships(site: list[GeneratedFile]) -> None:
    text = words(site, "venues/")
    assert "乡镇全县城关镇2类别户外劳动者服务站点1职工书屋2" in text
    assert "1东街驿站" in text.replace("\n", "")
    here = list_towns(UNIONS, VENUES)[0]
    assert "城关镇有2处" in words(site, here.url)
    assert "山上书屋" not in words(site, here.url)


def test_a_township_has_the_address_of_its_union() -> None:
    own = union("east", "township", title="城关镇总工会")
    assert list_towns([own], VENUES)[0].url == "venues/towns/east/"
    nameless = list_towns([], VENUES)[0].url
    assert nameless == list_towns([], VENUES[:1])[0].url
    assert nameless != "venues/towns/east/"


def test_the_map_is_an_illustration_of_the_list(site: list[GeneratedFile]) -> None:
    source = next(str(file.content) for file in site if file.path == "venues/index.html")
    page = html.document_fromstring(source)
    [drawing] = page.xpath("//svg[@role='img']")
    assert drawing.get("aria-label") == "按坐标画的示意图，上北下南：城关镇1处。每一处的地址见列表。"
    assert [one.text for one in drawing.xpath(".//g[contains(@class,'mk')]/text")] == ["1"]
    assert "公里" in drawing.text_content()
    assert not drawing.xpath(".//@href | .//@style")
    single = next(str(file.content) for file in site if file.path == "venues/station/index.html")
    assert 'class="pin"' in single
    assert "map-svg" not in next(str(file.content) for file in site if file.path == "venues/lone/index.html")


def test_hours_are_given_to_the_script_only_where_they_are_understood(site: list[GeneratedFile]) -> None:
    source = next(str(file.content) for file in site if file.path == "venues/index.html")
    assert source.count("data-hours=") == 1
    assert "assets/hours.js" in source
    assert "assets/hours.js" not in next(str(file.content) for file in site if file.path == "unions/index.html")


def test_venue_page(site: list[GeneratedFile]) -> None:
    text = words(site, "venues/station/")
    for told in (
        "东街1号",
        "开放时间全天",
        "热饭",
        "微波炉",
        "东经118.84，北纬29.12",
        "zhen工会",
        "入会",
        "夜校",
        "同在城关镇",
        "西街书屋",
    ):
        assert told in text
    assert "旧课" not in text
    source = next(str(file.content) for file in site if file.path == "venues/station/index.html")
    assert 'href="geo:29.12,118.84"' in source
    assert 'href="tel:0000-6010300"' in source
    assert "同在" not in words(site, "venues/lone/")


def test_empty() -> None:
    theme = Theme(replace(make_library(), records={}), NOW)
    files = [*organisation.generate(theme), *venues.generate(theme)]
    assert "工会组织名录正在整理" in words(files, "unions/")
    assert "服务阵地名录正在整理" in words(files, "venues/")
