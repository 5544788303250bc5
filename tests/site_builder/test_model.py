"""Record types and the Library: what is public, who points to whom, what is in force."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from site_builder.clock import CHINA
from site_builder.model import Library, Origin, Site
from site_builder.records import (
    RECORD_TYPES,
    Event,
    Honour,
    Indicator,
    Interpretation,
    Message,
    News,
    Notice,
    Observation,
    Policy,
    Record,
    Register,
    Rules,
)
from site_builder.values import Reference

NOW = datetime(2026, 11, 20, 9, tzinfo=CHINA)
SITE = Site(name="职工之家", organisation="云溪县总工会", domain="gh.yunxi.example")


def policy(record_id: str, **given: Any) -> Policy:
    data = {"title": record_id, "issuer": "县总工会", "published": date(2026, 1, 8), **given}
    return Policy.model_validate({"id": record_id, **data})


def library(*records: Record) -> Library:
    return Library(SITE, {(record.folder, record.id): record for record in records})


# --- records -------------------------------------------------------------------------------------------


def test_every_type_has_a_folder_a_label_and_chinese_names_for_its_own_fields() -> None:
    for kind, model in RECORD_TYPES.items():
        assert model.folder
        assert model.label
        own = set(model.model_fields) - {"type", "body"}
        assert [name for name in own if not model.model_fields[name].title] == [], kind


def test_the_address_of_a_record_has_no_year() -> None:
    assert policy("20261109-bf").url == "policies/20261109-bf/"


def test_records_never_change() -> None:
    with pytest.raises(ValidationError):
        policy("a").title = "b"  # type: ignore[misc]  # what the test is about


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"issuer": None}, "要有发布机构"),
        ({"published": None}, "要有公开日期"),
        ({"issued": date(2026, 1, 9)}, "成文日期 2026-01-09 晚于公开日期 2026-01-08"),
    ],
)
def test_a_published_policy_needs_a_source_and_a_date(given: dict[str, Any], part: str) -> None:
    with pytest.raises(ValidationError, match=part):
        policy("a", **given)


def test_a_draft_may_lack_them() -> None:
    assert policy("a", status="draft", issuer=None, published=None).day is None


@pytest.mark.parametrize(
    ("model", "data", "part"),
    [
        (Message, {"asked": "2026-01-02", "question": "x", "reply": "y"}, "要一起写"),
        (Message, {"asked": "2026-01-02", "question": "x", "reply": "y", "replied": "2026-01-01"}, "早于留言日期"),
        (Register, {"columns": [{"name": "a", "label": "甲"}], "rows": [{"b": 1}]}, "第 1 行有没有声明的列：b"),
        (Honour, {"honour": "奖章", "level": "县级", "year": 2026, "conferred_by": "x",
                  "recipients": [{"name": "甲", "key": "a"}, {"name": "甲", "key": "a"}]}, "出现了两次"),
        (Honour, {"honour": "奖章", "level": "县级", "year": 2026, "conferred_by": "x",
                  "recipients": [{"name": "甲", "key": "a"}],
                  "revocations": [{"key": "b", "date": "2026-01-01", "reason": "x"}]}, "不在本批名单里"),
    ],
)  # fmt: skip
def test_a_record_that_contradicts_itself_is_refused(model: type[Record], data: dict[str, Any], part: str) -> None:
    with pytest.raises(ValidationError, match=part):
        model.model_validate({"id": "a", "title": "x", **data})


@pytest.mark.parametrize(
    ("data", "figure"),
    [({"value": 12}, 12.0), ({"n": 1, "of": 4}, 25.0), ({"n": 0, "of": 0}, 0.0), ({"value": 3, "n": 1, "of": 4}, 3.0)],
)
def test_an_observation_gives_its_figure_or_its_rate(data: dict[str, Any], figure: float) -> None:
    assert Observation.model_validate({"date": "2026-01-01", **data}).figure == figure


@pytest.mark.parametrize("data", [{}, {"n": 1}, {"n": 2, "of": 1}, {"value": float("nan")}])
def test_an_observation_without_a_sound_figure_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Observation.model_validate({"date": "2026-01-01", **data})


@pytest.mark.parametrize(
    ("record", "day"),
    [
        (News(id="a", title="x", published=date(2026, 1, 1)), date(2026, 1, 1)),
        (Indicator.model_validate({"id": "a", "title": "x", "group": "g", "unit": "人", "series": [
            {"date": "2026-06-30", "value": 2}, {"date": "2026-03-31", "value": 1}]}), date(2026, 6, 30)),
        (Indicator(id="a", title="x", group="g", unit="人"), None),
        (Event.model_validate({"id": "a", "title": "x", "kind": "培训", "start": "2026-12-01 08:00"}), date(2026, 12, 1)),
        (Honour.model_validate({"id": "a", "title": "x", "honour": "h", "level": "县级", "year": 2025,
            "conferred_by": "x", "recipients": [{"name": "甲", "key": "a"}]}), date(2025, 5, 1)),
    ],
)  # fmt: skip
def test_each_type_knows_the_day_that_orders_it(record: Record, day: date | None) -> None:
    assert record.day == day


def test_rules_give_the_version_in_force() -> None:
    versions = [{"effective": f"{year}-07-01", "source": "x", "values": {"line": year}} for year in (2025, 2024)]
    rules = Rules.model_validate({"id": "a", "title": "x", "versions": versions})
    days = [date(2024, 6, 30), date(2024, 7, 1), date(2025, 7, 1)]
    found = [rules.on(day) for day in days]
    assert [version and version.values["line"] for version in found] == [None, 2024, 2025]


# --- the library -----------------------------------------------------------------------------------------


def test_only_published_records_whose_time_has_come_are_public() -> None:
    later = NOW + timedelta(minutes=1)
    all_of_them = library(
        policy("now", publish_at=NOW),
        policy("later", publish_at=later),
        policy("draft", status="draft"),
        policy("withdrawn", status="withdrawn"),
    )
    assert [record_id for _, record_id in all_of_them.public(NOW).records] == ["now"]
    assert [record_id for _, record_id in all_of_them.public(later).records] == ["now", "later"]
    assert [record_id for _, record_id in all_of_them.public(NOW, drafts=True).records] == ["now", "draft"]


def test_records_of_a_type_come_newest_first_and_by_id_within_a_day() -> None:
    found = library(policy("b"), policy("c", published=date(2026, 2, 1)), policy("a"), News(id="n", title="x"))
    assert [record.id for record in found.all(Policy)] == ["c", "a", "b"]
    assert [record.id for record in found.all(News)] == ["n"]
    assert found.all(Notice) == []


def test_a_reference_is_resolved_by_id_then_number_then_title() -> None:
    first, second = policy("a", doc_number="云工发〔2026〕1号"), policy("b", title="办法")
    found = library(first, second)
    assert found.resolve(Reference(id="a", title="办法")) is first
    assert found.resolve(Reference.model_validate({"doc_number": "云工发〔2026〕1号"})) is first
    assert found.resolve(Reference(title="办法")) is second
    assert found.resolve(Reference(id="none", title="办法")) is None
    assert found.resolve(Reference(title="别的办法")) is None


def test_what_points_to_a_record_is_found_once_and_in_order() -> None:
    old = policy("old")
    found = library(
        old,
        policy("new", relations={"repeals": ["old", "old"], "based_on": ["old"]}),
        policy("amending", relations={"amends": ["old"]}),
        Interpretation(id="jd", title="解读", policy="old", relations={"interprets": ["old"]}),
        Notice.model_validate({"id": "n", "title": "x", "relations": {"forwards": ["old"]}}),
    )
    assert [(name, source.id) for name, source in found.incoming(old)] == [
        ("based_on", "new"), ("amends", "amending"), ("repeals", "new"), ("interprets", "jd"), ("forwards", "n"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "validity", "phase"),
    [
        ("repeals", {"effective": "2026-11-20"}, "repealed"),
        ("repeals", {"effective": "2026-11-21"}, "effective"),
        ("replaces", {}, "repealed"),
        ("amends", {}, "amended"),
        ("based_on", {}, "effective"),
    ],
)
def test_other_documents_decide_what_is_in_force(name: str, validity: dict[str, str], phase: str) -> None:
    old = policy("old", validity="effective")
    found = library(old, policy("new", validity=validity, relations={name: ["old"]}))
    assert found.phase(old, NOW.date()) == phase


def test_the_line_of_a_key_is_that_of_the_nearest_key_above() -> None:
    origin = Origin("policies/a.md", {"title": 2, "relations": 4, "relations.amends.0": 6})
    keys = ("relations.amends.0.id", "relations.repeals.0", "note", "")
    assert [origin.line(key) for key in keys] == [6, 4, 1, 1]


def test_a_government_site_needs_its_code() -> None:
    data = {"name": "x", "organisation": "y", "domain": "z.example", "profile": "政府子站"}
    with pytest.raises(ValidationError, match="site_id_code"):
        Site.model_validate(data)
    assert Site.model_validate({**data, "site_id_code": "1234567890"}).site_id_code == "1234567890"


@pytest.mark.parametrize(
    ("own", "since", "repealed"),
    [
        ({"state": "effective"}, "2027-01-01", "2027-01-01"),
        ({"repealed": "2026-06-01"}, "2027-01-01", "2026-06-01"),
        ({"repealed": "2027-06-01"}, "2027-01-01", "2027-01-01"),
        ({"expires": "2026-12-31"}, "2027-01-01", None),
        ({"expires": "2027-12-31"}, "2027-01-01", "2027-01-01"),
        ({"state": "repealed"}, "2027-01-01", None),
        ({"state": "expired"}, "2027-01-01", None),
    ],
)
def test_the_end_of_a_document_is_known_from_the_one_that_repeals_it(
    own: dict[str, str], since: str, repealed: str | None
) -> None:
    old = Policy.model_validate(
        {"id": "old", "title": "旧", "source": "甲", "published": "2020-01-01", "validity": own}
    )
    new = Policy.model_validate(
        {
            "id": "new",
            "title": "新",
            "source": "甲",
            "published": "2026-01-01",
            "validity": {"effective": since},
            "relations": {"repeals": ["old"]},
        }
    )
    library = Library(site=SITE, records={("policies", one.id): one for one in (old, new)})
    assert library.validity(old).repealed == (date.fromisoformat(repealed) if repealed else None)
