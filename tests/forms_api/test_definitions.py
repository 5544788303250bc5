import json
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from forms_api.definitions import FormDefinition
from tests.forms_api.sample_forms import CONSENT, FORM, faults_of, make_form

GROUP = {
    "name": "members", "label": "家人", "type": "group", "item": "家人",
    "fields": [
        {"name": "relation", "label": "关系", "type": "choice", "options": ["配偶", "子女"]},
        {"name": "school", "label": "学校", "type": "text", "show_if": {"relation": "子女", "kind": "在职"}},
    ],
}  # fmt: skip


def load(*args: Any, **changes: Any) -> FormDefinition:
    return FormDefinition.model_validate(make_form(*args, **changes))


def test_a_form_lists_its_fields_in_order_with_those_of_groups() -> None:
    names = [field.name for field in load(GROUP).fields()]
    assert names == ["full_name", "kind", "days", "driver", "members", "relation", "school", "photo"]


def test_the_small_form_has_no_fault() -> None:
    assert faults_of(FORM) == []


def test_a_form_is_frozen() -> None:
    form = load()
    with pytest.raises(ValidationError):
        form.title = "别的"  # type: ignore[misc]  # that it cannot be set is what is tested


# --- version -----------------------------------------------------------------------------------


def test_version_is_stable() -> None:
    # frozen: a change here means that the versions of all stored cases change
    assert load().version == "e40e49151af06f7a554e753f6e151fe54851d24106fe9ad4fc69315aa508f771"


def test_version_does_not_change_when_a_default_is_written() -> None:
    plain = load()
    written = make_form()
    written["sections"][0]["fields"][0] |= {"required": True, "sensitive": []}
    written["sections"][1]["fields"][0] |= {"max_mb": 10, "copies": 1}
    assert FormDefinition.model_validate(written).version == plain.version


def test_version_does_not_depend_on_the_order_of_keys() -> None:
    turned = dict(reversed(list(make_form().items())))
    assert FormDefinition.model_validate(turned).version == load().version


@pytest.mark.parametrize(
    "change",
    [{"title": "别的"}, {"guide": None}, {"workflow": "chain"}, {"minutes": 5}],
)
def test_version_changes_with_the_form(change: dict[str, Any]) -> None:
    assert load(**change).version != load().version


def test_sensitive_written_or_not_is_one_version() -> None:
    field = {"name": "id_number", "label": "证件", "type": "resident_id"}
    forms = [load(field | more, consents=(CONSENT,)) for more in ({}, {"sensitive": True}, {"sensitive": "identity"})]
    assert len({form.version for form in forms}) == 1


DATES = {"name": "day", "label": "日期", "type": "date", "min": date(2020, 1, 1), "max": "today"}


@given(
    st.permutations(
        [GROUP, DATES, {"name": "n", "label": "数", "type": "number", "min": -1.5, "max": 3, "decimals": 1}]
    )
)
def test_canonical_data_makes_the_same_form(fields: list[dict[str, Any]]) -> None:
    form = load(*fields)
    again = FormDefinition.model_validate(json.loads(json.dumps(form.canonical())))
    assert again == form
    assert again.version == form.version


# --- names and conditions ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Name", "1st", "姓名", "a-b", "a b", "", "x" * 41, "not", "any", "all", "token", "proof"]
)
def test_bad_names_are_refused(name: str) -> None:
    [(place, sentence)] = faults_of(make_form({"name": name, "label": "甲", "type": "text"}))
    assert place == "sections.0.fields.4.name"
    assert "请" in sentence


def test_a_name_is_used_once_in_the_whole_form() -> None:
    twice = {"name": "kind", "label": "又一次", "type": "text"}
    inside = GROUP | {"fields": [{"name": "photo", "label": "照片", "type": "text"}]}
    faults = faults_of(make_form(twice, inside, consents=(CONSENT | {"name": "full_name"},)))
    assert [place for place, _ in faults] == [
        "sections.0.fields.4.name",
        "sections.1.fields.0.name",
        "privacy.consents.0.name",
    ]
    assert all("用了不止一次" in sentence for _, sentence in faults)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"kind": "在岗"}, "没有“在岗”这个答案。请改成下列之一：在职、退休。"),
        ({"kind": ["在职", "在岗"]}, "没有“在岗”这个答案"),
        ({"kinds": "在职"}, "是不是要写 kind？"),
        ({"zzz": "在职"}, "字段 zzz 不存在。请对照"),
        ({"full_name": "张三"}, "它的答案不是固定的几个"),
        ({"driver": "是"}, "没有“是”这个答案。请改成下列之一：true、false。"),
        ({"driver": "true"}, "没有“true”这个答案"),
        ({"kind": True}, "没有“true”这个答案"),
        ({"photo": "x"}, "排在后面"),
        ({"extra": "x"}, "排在后面"),
        ({"not": {"any": [{"days": "周一"}]}}, "没有“周一”这个答案"),
        ({}, "不能是空的"),
        ("kind", "字段: 值"),
    ],
)
def test_conditions_are_checked_against_earlier_fields(condition: Any, words: str) -> None:
    [(place, sentence)] = faults_of(make_form({"name": "extra", "label": "甲", "type": "text", "show_if": condition}))
    assert place == "sections.0.fields.4.show_if"
    assert words in sentence


@pytest.mark.parametrize(
    "condition",
    [{"kind": "在职"}, {"driver": False}, {"days": ["周五", "周日"]}, {"not": {"kind": "退休"}, "driver": True}],
)
def test_good_conditions(condition: dict[str, Any]) -> None:
    assert faults_of(make_form({"name": "extra", "label": "甲", "type": "text", "show_if": condition})) == []


def test_the_inside_of_a_group_is_not_seen_from_outside() -> None:
    after = {"name": "extra", "label": "甲", "type": "text", "show_if": {"relation": "子女"}}
    [(place, sentence)] = faults_of(make_form(GROUP, after))
    assert place == "sections.0.fields.5.show_if"
    assert "组外看不到" in sentence


def test_one_group_does_not_see_into_another() -> None:
    other = {
        "name": "cars", "label": "车", "type": "group",
        "fields": [{"name": "plate", "label": "车牌", "type": "text", "show_if": {"relation": "子女"}}],
    }  # fmt: skip
    [(place, _)] = faults_of(make_form(GROUP, other))
    assert place == "sections.0.fields.5.fields.0.show_if"


def test_consents_may_depend_on_any_outer_field_but_not_on_a_group() -> None:
    third = CONSENT | {"kind": "third_party", "receiver": "旅行社"}
    assert faults_of(make_form(consents=(third | {"show_if": {"kind": "在职"}},))) == []
    [(place, _)] = faults_of(make_form(GROUP, consents=(third | {"show_if": {"relation": "子女"}},)))
    assert place == "privacy.consents.0.show_if"


def test_every_fault_is_reported_at_once() -> None:
    form = make_form(
        {"name": "kind", "label": "甲", "type": "text"},
        {"name": "b", "label": "乙", "type": "resident_id"},
        {"name": "c", "label": "丙", "type": "text", "show_if": {"x": "y"}},
    )
    assert len(faults_of(form)) == 3


# --- consents ----------------------------------------------------------------------------------

ID = {"name": "id_number", "label": "证件", "type": "resident_id"}
CARD = {"name": "card", "label": "卡号", "type": "bank_account"}
ILLNESS = {"name": "illness", "label": "病情", "type": "text", "sensitive": "health"}


@pytest.mark.parametrize(("field", "kind"), [(ID, "identity"), (CARD, "finance"), (ILLNESS, "health")])
def test_sensitive_fields_need_a_consent_of_their_kind(field: dict[str, Any], kind: str) -> None:
    [(place, sentence)] = faults_of(make_form(field))
    assert place == "sections.0.fields.4.sensitive"
    assert f"kind: {kind}" in sentence
    assert faults_of(make_form(field, consents=(CONSENT | {"kind": kind},))) == []


def test_a_consent_that_may_be_left_unticked_is_not_enough() -> None:
    [(_, sentence)] = faults_of(make_form(ID, consents=(CONSENT | {"required": False},)))
    assert "没有对应的单独同意" in sentence


def test_two_kinds_need_two_boxes() -> None:
    both = ILLNESS | {"sensitive": ["health", "minor"]}
    health, minor = CONSENT | {"kind": "health"}, CONSENT | {"kind": "minor", "name": "agree_minor"}
    assert len(faults_of(make_form(both))) == 2
    assert len(faults_of(make_form(both, consents=(health,)))) == 1
    assert faults_of(make_form(both, consents=(health, minor))) == []


@pytest.mark.parametrize(
    ("field_if", "consent_if", "good"),
    [
        ({"kind": "在职"}, {"kind": "在职"}, True),
        ({"kind": "在职"}, {"kind": ["在职", "退休"]}, True),
        ({"kind": "在职"}, {"not": {"kind": "退休"}}, True),
        ({"kind": "在职"}, {"kind": "退休"}, False),
        (None, {"kind": "在职"}, False),
        ({"days": "周五"}, {"not": {"days": "周六"}}, False),
    ],
)
def test_the_consent_appears_wherever_the_field_does(field_if: Any, consent_if: Any, good: bool) -> None:
    field = ILLNESS | ({"show_if": field_if} if field_if else {})
    faults = faults_of(make_form(field, consents=(CONSENT | {"kind": "health", "show_if": consent_if},)))
    assert (faults == []) is good


def test_the_condition_of_a_group_counts_for_the_fields_in_it() -> None:
    group = {"name": "kids", "label": "孩子", "type": "group", "show_if": {"kind": "在职"}, "fields": [ID]}
    assert faults_of(make_form(group, consents=(CONSENT | {"show_if": {"kind": "在职"}},))) == []


@pytest.mark.parametrize("field", [ID, CARD])
def test_the_law_says_what_is_sensitive(field: dict[str, Any]) -> None:
    [(_, sentence)] = faults_of(make_form(field | {"sensitive": False}))
    assert "依法属于敏感个人信息" in sentence


def test_sensitive_true_must_say_which_kind() -> None:
    [(_, sentence)] = faults_of(make_form(ILLNESS | {"sensitive": True}))
    assert "identity、health、finance、special、minor" in sentence
    assert faults_of(make_form(ILLNESS | {"sensitive": False})) == []


@pytest.mark.parametrize("sensitive", ["病情", ["health", 3], 3, {"a": 1}])
def test_sensitive_takes_known_kinds_only(sensitive: Any) -> None:
    assert faults_of(make_form(ILLNESS | {"sensitive": sensitive}))


# --- the file as a whole -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "place", "kind"),
    [
        ({"colour": "red"}, "colour", "extra_forbidden"),
        ({"title": ""}, "title", "string_too_short"),
        ({"id": "Trip 1"}, "id", "string_pattern_mismatch"),
        ({"workflow": "fast"}, "workflow", "literal_error"),
        ({"sections": []}, "sections", "too_short"),
        ({"privacy": None}, "privacy", "model_type"),
    ],
)
def test_unknown_keys_and_missing_parts_are_refused(change: dict[str, Any], place: str, kind: str) -> None:
    assert (place, kind) in faults_of(make_form(**change))


@pytest.mark.parametrize(
    ("status", "publish_at", "shown"),
    [
        ("published", None, True),
        ("draft", None, False),
        ("withdrawn", None, False),
        ("published", "2026-11-21T08:00", True),
        ("published", "2026-11-21T08:01", False),
        ("published", "2026-11-21T00:00+00:00", True),
    ],
)
def test_a_form_is_offered_from_its_time_on(status: str, publish_at: str | None, shown: bool) -> None:
    form = load(status=status, publish_at=publish_at)
    assert form.is_public(datetime(2026, 11, 21, 8, tzinfo=timezone(timedelta(hours=8)))) is shown
    assert form.version == load().version
