"""The self-inspection: every requirement on both sides of its limit, the profile, and the reports that come of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lxml import html

from site_builder.__main__ import main
from site_builder.clock import CHINA
from site_builder.inspection import Inspection, Item, inspect
from site_builder.inspection_page import say_whole, write_html, write_json, write_text
from site_builder.model import Library, Site
from site_builder.records import (
    Consultation,
    Guide,
    Interpretation,
    Message,
    News,
    Notice,
    Page,
    Policy,
    Record,
    Register,
)
from site_builder.values import Problem
from tests.conftest import ROOT

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
SITE: dict[str, Any] = {
    "name": "职工之家",
    "organisation": "云溪县总工会",
    "domain": "yunxi.example",
    "phone": "0000-6010001",
    "icp": "示例",
    "police": "示例",
    "columns": [
        {"name": "工作动态", "folder": "news", "update_days": 14},
        {"name": "政策文件", "folder": "policies", "update_days": 180},
        {"name": "留言", "folder": "messages"},
    ],
}
ELEMENTS = {
    "basis": [{"title": "工会法"}],
    "conditions": [{"text": "满六个月"}],
    "materials": [{"name": "申请表", "source": "自备"}],
    "places": [{"address": "文昌路18号"}],
    "hours": "工作日",
    "phones": ["12351"],
    "steps": [{"title": "申请"}],
}


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def news(days: int = 0, **more: Any) -> News:
    return News.model_validate({"id": f"n{days}", "title": "动态", "published": ago(days), **more})


def message(asked: int, replied: int | None = None) -> Message:
    told = {"id": f"m{asked}", "title": "问", "asked": ago(asked), "question": "问"}
    return Message.model_validate(told if replied is None else {**told, "replied": ago(replied), "reply": "答"})


def guide(number: int, *, whole: bool = True, **more: Any) -> Guide:
    return Guide.model_validate({"id": f"g{number}", "title": f"指南{number}", **(ELEMENTS if whole else {}), **more})


def accounts(last: date | None) -> Register:
    columns = [
        {"name": name, "label": label, "public": True}
        for name, label in (("p", "平台"), ("a", "账号名称"), ("d", "最近更新"))
    ]
    return Register.model_validate(
        {"id": "media", "title": "新媒体", "columns": columns, "rows": [{"p": "公众号", "a": "云溪工会", "d": last}]}
    )


def look(*records: Record, site: dict[str, Any] | None = None, **more: Any) -> Inspection:
    library = Library(Site.model_validate({**SITE, **(site or {})}), {(one.folder, one.id): one for one in records})
    return inspect(library, NOW, **more)


def item(inspection: Inspection, code: str) -> Item:
    (found,) = [one for one in inspection.items if one.code == code]
    assert found.evidence
    return found


def standing(code: str, *records: Record, **more: Any) -> tuple[str, int | None]:
    found = item(look(*records, **more), code)
    return found.standing, found.days_left


@pytest.mark.parametrize(
    ("days", "stands"),
    [(0, ("good", 14)), (9, ("good", 5)), (10, ("near", 4)), (14, ("near", 0)), (15, ("failed", -1))],
)
def test_home_must_change_within_two_weeks(days: int, stands: tuple[str, int]) -> None:
    assert standing("V3", news(days)) == stands
    assert standing("C-news", news(days)) == stands
    assert standing("N2-1", accounts(ago(days))) == stands


def test_what_has_no_date_or_is_not_public_is_no_update() -> None:
    assert standing("V3") == ("failed", 0)
    assert standing("V3", News(id="a", title="题"), news(3, status="draft")) == ("failed", 0)
    assert standing("C-news", News(id="a", title="题")) == ("failed", 0)
    assert standing("N2-1", accounts(None)) == ("failed", 0)


def test_a_date_to_come_is_a_fault_of_its_own() -> None:
    future = news(-3)
    assert standing("V3", future) == ("failed", 0)
    assert standing("V1", future)[0] == "failed"


@pytest.mark.parametrize(("count", "stands"), [(0, "good"), (1, "near"), (4, "near"), (5, "failed")])
def test_five_empty_columns_veto(count: int, stands: str) -> None:
    columns = [{"name": f"栏目{n}", "folder": "venues"} for n in range(count)]
    assert standing("V4c", site={"columns": columns})[0] == stands


@pytest.mark.parametrize(
    ("count", "leading", "every"),
    [(1, "near", "near"), (4, "near", "near"), (5, "failed", "near"), (10, "failed", "failed")],
)
def test_five_stale_leading_columns_or_ten_of_all_veto(count: int, leading: str, every: str) -> None:
    columns = [{"name": f"栏目{n}", "folder": "news", "update_days": 14} for n in range(count)]
    found = look(news(20), site={"columns": columns})
    assert (item(found, "V4a").standing, item(found, "V4b").standing, item(found, "V4c").standing) == (
        leading,
        every,
        "good",
    )
    assert found.vetoed == (count >= 5 or item(found, "V3").standing == "failed")


@pytest.mark.parametrize(
    ("asked", "replied", "stands"),
    [
        (5, None, ("good", 85)),
        (60, None, ("near", 30)),
        (90, None, ("near", 0)),
        (91, None, ("failed", -1)),
        (300, 295, ("good", 85)),
        (300, 200, ("failed", -10)),
    ],
)
def test_messages_are_answered_within_ninety_days(asked: int, replied: int | None, stands: tuple[str, int]) -> None:
    assert standing("V5", message(asked, replied)) == stands


def test_messages_of_the_past_year_count() -> None:
    assert standing("V5")[0] == "person"
    assert standing("V5", message(400))[0] == "person"
    assert standing("S6", message(30, 28), message(21))[0] == "good"
    assert standing("S6", message(30, 5))[0] == "failed"


@pytest.mark.parametrize(
    ("whole", "poor", "stands"),
    [(0, 0, "failed"), (6, 0, "good"), (6, 4, "near"), (6, 5, "failed"), (0, 3, "failed"), (1, 3, "near")],
)
def test_five_guides_without_four_elements_veto(whole: int, poor: int, stands: str) -> None:
    guides = [guide(n, whole=n < whole) for n in range(whole + poor)]
    assert standing("V6", *guides)[0] == stands


def test_faults_that_the_gate_found_veto() -> None:
    error, hint = (
        Problem("content/a", 3, "resident-id", "有。", "删。"),
        Problem("content/b", 1, "x", "有。", "删。", "hint"),
    )
    assert item(look(problems=[error, hint]), "V1").evidence == ("content/a:3 有。",)
    assert standing("V1", problems=[hint]) == ("person", None)
    dead = Problem("a/index.html", 1, "dead-link", "断。", "改。")
    assert standing("V1", problems=[dead])[0] == "person"
    assert standing("S12", problems=[dead])[0] == "failed"
    assert standing("S12", saw_site=True)[0] == "good"
    assert standing("S12")[0] == "person"


def test_scored_items() -> None:
    old = Interpretation(id="i", title="解读", policy="p", published=ago(160))
    assert standing("S1", old) == ("near", 23)
    assert standing("S1") == ("failed", 0)
    policy: dict[str, Any] = {"id": "p", "title": "办法", "issuer": "会", "published": ago(9)}
    assert standing("S2", Policy.model_validate(policy))[0] == "failed"
    whole = {
        **policy,
        "topics": ["帮扶"],
        "validity": {"state": "effective", "effective": ago(9), "expires": TODAY + timedelta(days=30)},
    }
    assert standing("S2", Policy.model_validate(whole))[0] == "good"
    assert standing("S11", Policy.model_validate(whole)) == ("near", 30)
    pages = [
        Page(id=f"p{n}", title="页", column=name)
        for n, name in enumerate(("概况信息", "机构职能", "负责人信息", "信息公开指南"))
    ]
    assert (standing("S3", *pages)[0], standing("S3", *pages[1:])[0]) == ("good", "failed")
    assert standing("S5", guide(1))[0] == "good"
    assert standing("S5", guide(1, materials=[{"name": "表"}]))[0] == "near"
    assert standing("S5", guide(1, materials=[{"name": "其他相关材料", "source": "自备"}]))[0] == "failed"
    assert standing("S9", site={"icp": None})[0] == "failed"
    assert standing("S10", news(1, review_due=ago(1)))[0] == "failed"
    assert standing("S10", news(1, review_due=TODAY)) == ("near", 0)
    assert standing("S10", news(1, review_due=ago(-99))) == ("good", 99)


def test_consultations_are_counted_and_their_results_told() -> None:
    def consultation(number: int, **more: Any) -> Consultation:
        return Consultation.model_validate(
            {"id": f"c{number}", "title": "征集", "period": {"start": ago(60), "end": ago(30)}, **more}
        )

    found = look(*(consultation(n, result="采纳") for n in range(6)))
    assert (item(found, "S7").standing, item(found, "S8").standing) == ("good", "good")
    found = look(consultation(1))
    assert (item(found, "S7").standing, item(found, "S8").standing) == ("near", "failed")


def test_a_government_site_is_asked_more() -> None:
    code = {"profile": "政府子站", "site_id_code": "3308250001"}
    codes = {one.code for one in look(site=code).items} - {one.code for one in look().items}
    assert codes == {"S4"}
    assert standing("S4", site=code) == ("failed", -293)
    assert standing("S4", Page(id="r", title="2025年年报", column="信息公开年报"), site=code)[0] == "good"
    assert "网站标识码" in item(look(profile="政府子站"), "S9").evidence[0]
    assert look(site=code, profile="独立站").profile == "独立站"


# --- reports -----------------------------------------------------------------------------------------


def test_reports_say_the_same() -> None:
    found = look(news(20), accounts(ago(12)), Notice(id="a", title="通知", published=ago(20)))
    lines = list(write_text(found))
    assert say_whole(found) in lines[0]
    assert lines[1].startswith("[不合格] ")
    assert any("〔单项否决〕，已超过 6 天" in line for line in lines)
    assert any("还有 2 天" in line for line in lines)
    told = json.loads(write_json(found))
    assert (told["version"], told["failed"], told["vetoed"], told["date"]) == (1, True, True, "2026-11-20")
    assert len(told["items"]) == len(found.items)
    page = html.document_fromstring(write_html(found))
    assert len(page.xpath("//tbody/tr")) == len(found.items)
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert page.xpath("//@src | //link") == []


def test_a_site_without_faults_is_told_so() -> None:
    assert "没有不合格的" in say_whole(Inspection("会", "独立站", TODAY, ()))
    scored = Item("S9", "页脚", "有。", "failed", ("缺。",))
    assert "没有单项否决，1 项不合格" in say_whole(Inspection("会", "独立站", TODAY, (scored,)))


def run(*options: str) -> Any:
    return CliRunner().invoke(
        main, ["inspect", "-f", str(ROOT / "mkdocs.yml"), "--content", str(ROOT / "content"), *options]
    )


def test_the_sample_passes_on_its_day_and_fails_a_month_later(sample_site: Path) -> None:
    built = ("--site-dir", str(sample_site))
    good = run("--date", "2026-11-20", "--format", "json", *built)
    assert (good.exit_code, json.loads(good.output)["failed"]) == (0, False)
    late = run("--date", "2026-12-20", *built)
    assert (late.exit_code, "首页不更新〔单项否决〕，已超过 16 天" in late.output) == (1, True)
    assert run("--date", "nonsense", *built).exit_code == 2


def test_the_page_is_for_staff(sample_site: Path) -> None:
    shown: Iterable[str] = (path.name for path in sample_site.rglob("*"))
    assert "inspection.html" not in set(shown)
    told = run("--date", "2026-11-20", "--format", "html", "--profile", "政府子站", "--site-dir", str(sample_site))
    assert html.document_fromstring(told.output).xpath("//h1")[0].text_content() == "网站自查"
    assert told.exit_code == 1
