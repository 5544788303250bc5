"""JSON-LD of each kind of page."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from forms_api.definitions import FormDefinition
from site_builder.json_ld import write_json_ld
from site_builder.records import Event, Guide, Indicator, Notice, Venue
from site_builder.render import Theme
from site_builder.structured import describe_page
from tests.forms_api.sample_forms import FORM
from tests.small_library import NOW, make_library

BASE = "https://yunxi.example/"


def describe(record=None, *more, url=None, crumbs=(), **site):
    theme = Theme(make_library(*([record] if record else []), *more, **site), NOW)
    record = record and theme.library.get(record.folder, record.id)
    nodes = describe_page(theme.scope, record.url if url is None else url, crumbs, record)
    written = json.loads(write_json_ld(nodes)) if nodes else []
    return {node["@type"]: node for node in (written if isinstance(written, list) else [written])}


def of_library(folder, name):
    return describe(make_library().get(folder, name))


@pytest.mark.parametrize(
    ("name", "force"),
    [("new", "InForce"), ("old", "NotInForce"), ("kept", "PartiallyInForce"), ("soon", "NotInForce"), ("ending", "InForce"), ("statute", None)],
)  # fmt: skip
def test_legal_force_follows_the_day(name, force):
    node = of_library("policies", name)["Legislation"]
    assert node.get("legislationLegalForce") == (force and f"https://schema.org/{force}")


def test_a_policy_is_legislation():
    node = of_library("policies", "new")["Legislation"]
    assert node["@id"] == node["url"] == BASE + "policies/new/"
    assert node["legislationIdentifier"] == "云工发〔2026〕12号"
    assert (node["legislationDate"], node["datePublished"]) == ("2026-11-09", "2026-11-16")
    assert node["temporalCoverage"] == "2026-11-18/2031-11-17"
    assert node["legislationJurisdiction"]["name"] == "云溪县"
    assert [one["@id"] for one in node["legislationRepeals"]] == [BASE + "policies/old/"]
    assert node["isBasedOn"] == [{"@type": "Legislation", "name": "工会法"}]
    assert node["inLanguage"] == "zh-CN"


def test_home_names_the_organisation_and_its_search():
    nodes = describe(url="")
    assert nodes["Organization"]["name"] == "云溪县总工会"
    assert nodes["Organization"]["contactPoint"]["telephone"] == "12351"
    assert nodes["WebSite"]["potentialAction"]["target"] == BASE + "search/?q={q}"
    assert "GovernmentOrganization" in describe(url="", profile="政府子站", site_id_code="3608280012")


def test_crumbs_lead_from_home():
    node = describe(url="policies/2026/", crumbs=[("政策公开", "policies/"), ("2026年", "")])["BreadcrumbList"]
    assert [(one["position"], one["name"], one["item"]) for one in node["itemListElement"]] == [
        (1, "首页", BASE),
        (2, "政策公开", BASE + "policies/"),
        (3, "2026年", BASE + "policies/2026/"),
    ]


def test_nothing_is_said_of_a_list_of_names_but_its_place():
    for name in ("open-list", "closed-list"):
        assert describe(make_library().get("notices", name), crumbs=[("公示", "")]).keys() == {"BreadcrumbList"}
    notice = Notice.model_validate({"id": "n", "title": "通知", "published": "2026-11-19"})
    assert describe(notice)["Article"]["headline"] == "通知"


def test_a_guide_is_a_service_with_its_questions():
    guide = Guide.model_validate(
        {
            "id": "g",
            "title": "帮扶",
            "fee": "不收费",
            "places": [{"venue": "hall"}, {"address": "文昌路1号"}],
            "phones": ["12351"],
            "faq": [{"q": "能吗？", "a": "能。"}],
            "updated": "2026-11-01",
        }
    )
    hall = Venue.model_validate({"id": "hall", "title": "中心", "kind": "职工服务中心", "address": "文昌路18号"})
    nodes = describe(guide, hall)
    service = nodes["GovernmentService"]
    assert service["offers"] == {"@type": "Offer", "price": 0, "priceCurrency": "CNY"}
    assert service["areaServed"]["name"] == "云溪县"
    places = [
        one["serviceLocation"]["address"]["streetAddress"]
        for one in service["availableChannel"]
        if "serviceLocation" in one
    ]
    assert places == ["文昌路18号", "文昌路1号"]
    assert nodes["FAQPage"]["mainEntity"][0]["acceptedAnswer"]["text"] == "能。"
    assert (
        describe(guide.model_copy(update={"fee": "每人60元"}))["GovernmentService"]["offers"]["description"]
        == "每人60元"
    )


@pytest.mark.parametrize("forms_open", [False, True])
def test_the_way_online_is_told_only_where_it_is_open(forms_open):
    form = FormDefinition.model_validate({**FORM, "id": "aid"})
    guide = Guide(id="g", title="帮扶", form="aid")
    library = make_library(guide, forms_open=forms_open)
    theme = Theme(replace(library, forms={"aid": form}), NOW)
    (service,) = describe_page(theme.scope, guide.url, (), guide)
    assert [one["serviceUrl"] for one in service["availableChannel"]] == [BASE + "apply/aid/"] * forms_open


def test_an_event_has_its_time_and_place():
    event = Event.model_validate(
        {"id": "e", "title": "讲座", "kind": "讲座", "start": "2026-11-26 14:00", "venue": "hall"}
    )
    hall = Venue.model_validate(
        {
            "id": "hall",
            "title": "文化宫",
            "kind": "工人文化宫",
            "address": "文昌路20号",
            "coordinates": [118.9, 29.0],
            "fee": "免费",
        }
    )
    node = describe(event, hall)["Event"]
    assert node["startDate"] == "2026-11-26T14:00+08:00"
    assert "endDate" not in node
    assert node["location"]["address"]["streetAddress"] == "文昌路20号"
    place = describe(hall)["Place"]
    assert (place["geo"]["latitude"], place["isAccessibleForFree"]) == (29.0, True)


@pytest.mark.parametrize(
    ("change", "status", "before"),
    [
        (None, "EventScheduled", None),
        ({"kind": "取消"}, "EventCancelled", None),
        ({"kind": "延期"}, "EventPostponed", None),
        ({"kind": "改期", "was": "2026-11-25 14:00"}, "EventRescheduled", "2026-11-25T14:00+08:00"),
        ({"kind": "换地点", "was_place": "书屋"}, "EventScheduled", None),
    ],
)
def test_an_event_says_whether_it_is_held(change, status, before):
    values = {"id": "e", "title": "讲座", "kind": "讲座", "start": "2026-11-26 14:00"}
    if change:
        values["change"] = {"announced": "2026-11-20", **change}
    node = describe(Event.model_validate(values))["Event"]
    assert node["eventStatus"] == f"https://schema.org/{status}"
    assert node.get("previousStartDate") == before


def test_an_indicator_is_a_data_set_that_does_not_count_hidden_figures():
    indicator = Indicator.model_validate(
        {
            "id": "i",
            "title": "错评率",
            "group": "六项精准度",
            "unit": "%",
            "series": [{"date": "2025-12-31", "n": 9, "of": 300}, {"date": "2026-10-31", "n": 2, "of": 300}],
        }
    )
    node = describe(indicator)["Dataset"]
    assert node["temporalCoverage"] == "2025-12-31/2025-12-31"
    assert [one["contentUrl"] for one in node["distribution"]] == [
        BASE + "open-data/observations.json",
        BASE + "open-data/observations.csv",
    ]


@pytest.mark.parametrize(
    ("folder", "name", "kind"),
    [("news", "visit", "NewsArticle"), ("policies", "reading", "Article"), ("pages", "about", "WebPage"), ("cases", "wage", "Article")],
)  # fmt: skip
def test_other_records_are_told(folder, name, kind):
    assert of_library(folder, name)[kind]["inLanguage"] == "zh-CN"


def test_an_interpretation_is_about_its_policy():
    assert of_library("policies", "reading")["Article"]["about"]["@id"] == BASE + "policies/new/"
