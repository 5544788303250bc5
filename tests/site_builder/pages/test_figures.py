"""数据公开: what a figure may say, what is held back, and that internal columns never come out."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from site_builder.pages import figures
from site_builder.pages.charts import BASE, draw_chart, round_up, shorten
from site_builder.pages.figures import choose_kpis, count_rates, group_figures, open_rows, show_value
from site_builder.pages.series import (
    conclude,
    describe_change,
    find_cadence,
    format_number,
    list_points,
    measure_progress,
)
from site_builder.records import Indicator, Register, Rules
from site_builder.render import Theme
from site_builder.values import GeneratedFile
from tests.page_faults import find_faults, words
from tests.small_library import NOW, make_library

OWN = ("data/", "indicators/", "rules/", "registers/")


def indicator(
    name: str, series: list[dict[str, Any]], group: str = "会员发展", unit: str = "人", **more: Any
) -> Indicator:
    return Indicator.model_validate(
        {"id": name, "title": f"{name}数", "group": group, "unit": unit, "series": series, **more}
    )


def monthly(values: list[float]) -> list[dict[str, Any]]:
    return [
        {"date": date(2025 + month // 12, month % 12 + 1, 28), "value": value} for month, value in enumerate(values)
    ]


MEMBERS = indicator("members", monthly([204, 418, 412, 276]), definition="当月批准入会的人数", source="组织部", order=1)
SMALL = indicator(
    "wrong",
    [{"date": "2026-06-30", "n": 31, "of": 402}, {"date": "2026-09-30", "n": 3, "of": 417}],
    group="六项精准度",
    unit="％",
    target={"value": 2, "at_least": False},
)
LARGE = indicator("right", [{"date": "2026-09-30", "n": 1152, "of": 1204}], group="六项精准度", unit="％")
RULES = Rules.model_validate({
    "id": "lines", "title": "认定标准", "labels": {"line": "低保标准（元／月）"},
    "versions": [
        {"effective": "2025-07-01", "source": "旧公告", "values": {"line": 780}},
        {"effective": "2026-07-01", "source": "新公告", "values": {"line": 1820, "extra": "另行通知"}},
        {"effective": "2027-01-01", "source": "后公告", "values": {"line": 1900}},
    ],
})  # fmt: skip
REGISTER = Register.model_validate({
    "id": "studios", "title": "工作室名录", "updated": "2026-10-01",
    "columns": [
        {"name": "name", "label": "名称", "public": True}, {"name": "mobile", "label": "内部手机"},
        {"name": "size", "label": "人数", "type": "number", "public": True}, {"name": "site", "label": "网页", "type": "url", "public": True},
        {"name": "open", "label": "开放", "type": "yes_no", "public": True},
    ],
    "rows": [{"name": "继电保护", "mobile": "隐藏一", "size": 1200, "site": "https://a.example/", "open": True},
             {"name": "制茶", "mobile": "隐藏二", "site": "javascript:alert(1)", "open": False}],
})  # fmt: skip
INTERNAL = Register.model_validate({
    "id": "alarms", "title": "风险警报台账", "public": False, "summary": "隐藏三",
    "columns": [{"name": "what", "label": "隐藏四", "public": True}], "rows": [{"what": "隐藏五"}],
})  # fmt: skip
CLOSED = Register.model_validate(
    {
        "id": "closed",
        "title": "信息员名册",
        "columns": [{"name": "who", "label": "隐藏六"}],
        "rows": [{"who": "隐藏七"}],
    }
)


@pytest.fixture(scope="module")
def site() -> list[GeneratedFile]:
    return list(figures.generate(Theme(make_library(MEMBERS, SMALL, LARGE, RULES, REGISTER, INTERNAL, CLOSED), NOW)))


def test_pages_are_whole(site: list[GeneratedFile]) -> None:
    assert find_faults(site, OWN) == []


# --- registers ---


def test_internal_columns_and_registers_never_come_out(site: list[GeneratedFile]) -> None:
    for file in site:
        for secret in ("隐藏", "内部手机", "mobile", "风险警报", "信息员名册"):
            assert secret not in str(file.content), (file.path, secret)
    paths = {file.path for file in site}
    assert "registers/studios/index.html" in paths
    assert not paths & {"registers/alarms/index.html", "registers/closed/index.html"}


def test_register_rows() -> None:
    assert open_rows(REGISTER) == [
        ["继电保护", "1,200", "https://a.example/", "是"],
        ["制茶", "", "javascript:alert(1)", "否"],
    ]


CONTRACTS = {
    "id": "contracts", "title": "合同台账",
    "columns": [{"name": name, "label": name, "public": name != "worry"} for name in ("unit", "kind", "check", "worry")],
    "rows": [
        {"unit": "甲", "kind": "工资", "check": "全部履行"}, {"unit": "乙", "kind": "工资", "check": "部分履行"},
        {"unit": "丙", "kind": "女职工", "check": "全部履行"}, {"unit": "丁", "kind": "女职工", "check": "未到抽查期"},
    ],
}  # fmt: skip
CHECKED = {"check": ["全部履行", "部分履行"]}


@pytest.mark.parametrize(
    ("where", "of", "target", "n", "all_of", "reached"),
    [
        ({"check": "全部履行"}, CHECKED, 60, 2, 3, True),
        ({"check": "全部履行"}, CHECKED, 70, 2, 3, False),
        ({"check": "全部履行"}, {}, None, 2, 4, None),
        ({"kind": "工资", "check": "全部履行"}, {}, 25, 1, 4, True),
        ({"check": "全部履行"}, {"kind": "没有这种"}, 90, 0, 0, None),
    ],
)
def test_a_register_counts_its_own_rates(
    where: dict[str, Any], of: dict[str, Any], target: int | None, n: int, all_of: int, reached: bool | None
) -> None:
    rate = {"label": "履约率", "where": where, "of": of, "target": target}
    (share,) = count_rates(Register.model_validate({**CONTRACTS, "rates": [rate]}))
    assert (share.n, share.of, share.reached) == (n, all_of, reached)


def test_a_rate_stands_on_the_page_as_n_of_all() -> None:
    rates = [{"label": "履约率", "where": {"check": "全部履行"}, "of": CHECKED, "target": 90}, {"label": "空", "where": {"unit": "甲"}, "of": {"kind": "无"}}]  # fmt: skip
    register = Register.model_validate({**CONTRACTS, "rates": rates})
    pages = list(figures.generate(Theme(make_library(register), NOW)))
    text = words(pages, "registers/contracts/")
    assert "履约率66.7％2／3，目标90％还没有做到" in text
    assert "空—0／0" in text


def test_a_rate_cannot_be_made_of_what_is_not_public() -> None:
    with pytest.raises(ValueError, match="没有公开的列：worry"):
        Register.model_validate({**CONTRACTS, "rates": [{"label": "风险", "where": {"worry": "有"}}]})


def test_a_link_in_a_register_is_one_only_when_it_is_safe(site: list[GeneratedFile]) -> None:
    source = next(str(file.content) for file in site if file.path == "registers/studios/index.html")
    assert 'href="https://a.example/"' in source
    assert 'href="javascript' not in source


# --- rules ---


def test_rules_show_what_holds_today_and_every_version(site: list[GeneratedFile]) -> None:
    text = words(site, "rules/lines/")
    assert "现行标准自2026年7月1日起低保标准（元／月）1,820extra另行通知依据新公告" in text
    assert "2027-01-01起尚未起算" in text
    assert "2025-07-01起已停用" in text
    for source in ("旧公告", "新公告", "后公告"):
        assert source in text
    assert "现行自2026年7月1日起新公告" in words(site, "rules/")


def test_rules_before_their_first_day() -> None:
    early = Rules.model_validate(
        {
            **RULES.model_dump(),
            "id": "lines",
            "versions": [{"effective": "2027-01-01", "source": "公告", "values": {"a": 1}}],
        }
    )
    files = list(figures.generate(Theme(make_library(early), NOW)))
    assert "目前没有现行的标准" in words(files, "rules/lines/")


@pytest.mark.parametrize(
    ("value", "text"), [(True, "是"), (False, "否"), (1234.5, "1,234.5"), (None, ""), ("见附件", "见附件")]
)
def test_show_value(value: Any, text: str) -> None:
    assert show_value(value) == text


# --- what is held back ---


def test_few_people_are_never_shown(site: list[GeneratedFile]) -> None:
    for path in ("data/", "indicators/", "indicators/wrong/", "indicators/right/"):
        source = next(str(file.content) for file in site if file.path == f"{path}index.html")
        for secret in ("3／417", "0.7", "417"):
            assert secret not in source, (path, secret)
    assert "少于5，不公布" in words(site, "indicators/wrong/")
    assert "免得认出是谁家" in words(site, "indicators/wrong/")
    assert "7.7%31／402" in words(site, "indicators/wrong/")


@pytest.mark.parametrize(
    ("n", "of", "hidden"),
    [(0, 400, False), (1, 400, True), (4, 400, True), (5, 400, False), (0, 4, True), (5, 5, False)],
)
def test_cells_under_five(n: int, of: int, hidden: bool) -> None:
    one = indicator("x", [{"date": "2026-09-30", "n": n, "of": of}], group="六项精准度", unit="％")
    point = list_points(one)[0]
    assert (point.value is None) == hidden
    assert (point.share == "") == hidden
    assert measure_progress(one) is None


def test_a_count_of_people_is_held_back_too_and_only_in_its_group() -> None:
    series = [{"date": "2026-09-30", "value": 3}]
    assert list_points(indicator("x", series, group="六项精准度", unit="户"))[0].value is None
    assert list_points(indicator("x", series, unit="个"))[0].value == 3


def test_a_rate_is_n_of_n(site: list[GeneratedFile]) -> None:
    assert "right数1,152／1,20495.7%" in words(site, "data/")
    assert conclude(LARGE) == "2026年9月95.7%（1,152／1,204）"
    bare = indicator("bare", [{"date": "2026-09-30", "value": 97}], group="六项精准度", unit="％")
    files = list(figures.generate(Theme(make_library(bare), NOW)))
    assert "未提供分子和分母" in words(files, "data/")


def test_everything_held_back() -> None:
    hidden = indicator("h", [{"date": "2026-09-30", "n": 2, "of": 9}], group="六项精准度", unit="％")
    assert conclude(hidden) == "h数：暂无可公布的数字"
    assert draw_chart(list_points(hidden)) is None


# --- what a chart says ---


@pytest.mark.parametrize(
    ("series", "more", "said"),
    [
        ([{"date": "2026-09-30", "value": 270}, {"date": "2026-10-31", "value": 262}], {}, "2026年10月262人，比上月少8人"),
        ([{"date": "2026-06-30", "value": 270}, {"date": "2026-09-30", "value": 270}], {}, "2026年9月270人，与上期持平"),
        ([{"date": f"{y}-12-31", "value": v} for y, v in ((2022, 100), (2023, 110), (2024, 120), (2025, 131))], {}, "2025年131人，三年增加约三成"),
        ([{"date": "2024-12-31", "value": 5}, {"date": "2025-12-31", "value": 7}], {}, "2025年7人，比上年多2人"),
        ([{"date": "2026-10-31", "value": 14}], {"target": {"value": 20}}, "2026年10月14人，离目标还差6人"),
        ([{"date": "2026-10-31", "value": 20}], {"target": {"value": 20}}, "2026年10月20人，正好达到目标"),
        ([{"date": "2026-10-31", "value": 9.4}], {"target": {"value": 15, "at_least": False}}, "2026年10月9.4人，在目标以内"),
        ([{"date": "2026-10-31", "value": 16}], {"target": {"value": 15, "at_least": False}}, "2026年10月16人，比目标高出1人"),
        ([{"date": "2026-09-30", "n": 361, "of": 441}], {"unit": "％", "target": {"value": 80}}, "2026年9月81.9%（361／441），超过目标1.9个百分点"),
        ([{"date": "2026-11-01", "value": 1}, {"date": "2026-11-08", "value": 3}], {}, "2026年11月8日3人，比上期多2人"),
        ([{"date": "2026-11-01", "value": 1}], {}, "2026年11月1人"),
    ],
)  # fmt: skip
def test_conclusion(series: list[dict[str, Any]], more: dict[str, Any], said: str) -> None:
    assert conclude(indicator("x", series, **more)) == said


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (102, "基本持平"),
        (130, "增加约三成"),
        (60, "减少约四成"),
        (194, "增加约九成"),
        (199, "增加约一倍"),
        (300, "增加到3倍"),
        (1, "减少约九成"),
    ],
)
def test_change_in_tenths(last: float, said: str) -> None:
    assert describe_change(100, last) == said


@pytest.mark.parametrize(
    ("value", "text"), [(49936, "49,936"), (9.40, "9.4"), (100.0, "100"), (0.125, "0.12"), (1000, "1,000")]
)
def test_numbers(value: float, text: str) -> None:
    assert format_number(value) == text


def test_cadence() -> None:
    assert find_cadence(MEMBERS) == "month"
    assert find_cadence(indicator("x", [])) == "month"


# --- the drawing ---


@pytest.mark.parametrize(("count", "bars"), [(2, True), (12, True), (13, False)])
def test_bars_up_to_twelve_points_a_line_above(count: int, bars: bool) -> None:
    chart = draw_chart(list_points(indicator("x", monthly([float(n + 1) for n in range(count)]))))
    assert chart is not None
    assert (len(chart.bars) == count) == bars
    assert bool(chart.line) != bars
    assert len(chart.ticks) <= 12
    assert chart.ticks[-1].text == list_points(indicator("x", monthly([1.0] * count)))[-1].short


def test_bars_start_at_zero_and_stay_inside() -> None:
    chart = draw_chart(list_points(MEMBERS), target=500)
    assert chart is not None
    assert all(round(bar.y + bar.height, 1) == BASE for bar in chart.bars)
    assert all(bar.x >= 0 and bar.x + bar.width <= 360 and bar.y >= 0 for bar in chart.bars)
    heights = [bar.height for bar in chart.bars]
    assert heights[1] / heights[0] == pytest.approx(418 / 204, rel=0.01)
    assert [bar.newest for bar in chart.bars] == [False, False, False, True]
    assert [value.text for value in chart.values] == ["418", "276"]
    assert chart.target is not None
    assert chart.target < chart.bars[1].y


def test_all_zero_is_drawn() -> None:
    chart = draw_chart(list_points(indicator("x", monthly([0, 0, 0]))))
    assert chart is not None
    assert [bar.height for bar in chart.bars] == [0, 0, 0]


@pytest.mark.parametrize(
    ("value", "top"), [(418, 500), (49936, 50000), (91.8, 100), (1, 1), (0.3, 0.4), (61, 80), (2, 2)]
)
def test_round_up(value: float, top: float) -> None:
    assert round_up(value) == pytest.approx(top)


def test_axis_words() -> None:
    assert [shorten(value) for value in (500, 25000, 50000)] == ["500", "2.5万", "5万"]


# --- the board ---


def test_board(site: list[GeneratedFile]) -> None:
    text = words(site, "data/")
    assert "数据截至2026年11月1日" in text
    assert "新建驿站14／20座一座在建" in text
    assert "入户走访612／800户" in text
    assert "2025年4月276人，比上月少136人" in words(site, "data/", "//figure//h3")
    source = next(str(file.content) for file in site if file.path == "data/index.html")
    assert source.count('<svg viewBox="0 0 360 230"') == 1
    assert "看数字表" in text


def test_indicator_page(site: list[GeneratedFile]) -> None:
    text = words(site, "indicators/members/")
    assert "计算口径当月批准入会的人数" in text
    assert "数据来源组织部" in text
    assert "2025年2月418" in text


def test_kpis_take_one_of_each_group_in_turn() -> None:
    many = [indicator(f"a{n}", monthly([1, 2]), group="甲", order=n) for n in range(3)]
    many += [
        indicator("b", monthly([1, 2]), group="乙", order=9),
        indicator("c", monthly([3]), group="五件实事"),
        LARGE,
    ]
    assert [one.indicator.id for one in choose_kpis(group_figures(many))] == ["a0", "b", "a1", "a2"]


def test_an_indicator_without_data() -> None:
    files = list(figures.generate(Theme(make_library(indicator("none", [], target={"value": 3})), NOW)))
    assert find_faults(files, OWN) == []
    assert "还没有数据" in words(files, "indicators/none/")


def test_empty() -> None:
    files = list(figures.generate(Theme(replace(make_library(), records={}), NOW)))
    assert find_faults(files, OWN) == []
    assert "数据正在整理" in words(files, "data/")
