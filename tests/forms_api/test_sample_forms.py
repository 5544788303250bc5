from pathlib import Path

import pytest
import yaml

from forms_api.definitions import FormDefinition

FOLDER = Path(__file__).parents[2] / "content" / "forms"
GUIDES = {
    "membership": "join-union",
    "transfer": "transfer-membership",
    "form-union": "form-union",
    "hardship": "hardship-aid",
    "relief": "relief",
    "tuition": "tuition-aid",
    "medical-mutual": "medical-mutual",
    "legal-aid": "legal-aid",
    "mediation": "mediation",
    "wage-arrears": "wage-arrears",
    "hazard": "safety-hazard",
    "suggestion": "suggestion",
    "objection": "objection",
    "recommendation": "recommendation",
    "enrolment": "skills-contest",
    "self-assessment": "self-assessment",
    "personal-information": "personal-information",
    "volunteer": "volunteer",
    "legal-person": "legal-person",
    "counselling": "counselling",
    "submission": "submission",
    "venue-booking": "venue-booking",
    "satisfaction": "satisfaction",
    "achievement": "achievement",
    "unit-entry": "unit-entry",
    "group-membership": "group-membership",
    "labour-supervision": "labour-supervision",
    "mutual-enrolment": "mutual-enrolment",
    "child-care": "child-care",
    "bargaining-score": "bargaining-score",
}
WORKFLOWS = {
    "membership": "chain",
    "transfer": "chain",
    "form-union": "chain",
    "hardship": "aid",
    "relief": "aid",
    "tuition": "aid",
    "medical-mutual": "direct",
    "legal-aid": "direct",
    "mediation": "direct",
    "wage-arrears": "petition",
    "hazard": "petition",
    "suggestion": "petition",
    "objection": "petition",
    "recommendation": "honour",
    "enrolment": "direct",
    "self-assessment": "chain",
    "personal-information": "direct",
    "volunteer": "direct",
    "legal-person": "direct",
    "counselling": "direct",
    "submission": "direct",
    "venue-booking": "direct",
    "satisfaction": "direct",
    "achievement": "direct",
    "unit-entry": "chain",
    "group-membership": "chain",
    "labour-supervision": "petition",
    "mutual-enrolment": "direct",
    "child-care": "direct",
    "bargaining-score": "chain",
}


def load(form_id: str) -> FormDefinition:
    data = yaml.safe_load((FOLDER / f"{form_id}.yml").read_text("utf-8"))
    return FormDefinition.model_validate(data | {"id": form_id})


def test_the_forms_that_guides_need_are_there() -> None:
    assert set(GUIDES) == {path.stem for path in FOLDER.glob("*.yml")}


@pytest.mark.parametrize("form_id", GUIDES)
def test_each_form_is_whole(form_id: str) -> None:
    form = load(form_id)
    assert form.guide == GUIDES[form_id]
    assert form.workflow == WORKFLOWS[form_id]
    assert form.minutes
    assert form.materials()
    assert len(form.version) == 64
    assert FormDefinition.model_validate(form.canonical()).version == form.version


@pytest.mark.parametrize("form_id", GUIDES)
def test_each_material_says_where_it_comes_from(form_id: str) -> None:
    for material in load(form_id).materials():
        assert material.source, material.name
        assert material.need == "必要" or material.note or material.when, material.name


@pytest.mark.parametrize("form_id", GUIDES)
def test_words_are_plain(form_id: str) -> None:
    text = (FOLDER / f"{form_id}.yml").read_text("utf-8")
    for word in ("应当提交", "须提供", "予以", "特此", "兹", "详见附件", "本人承诺"):
        assert word not in text, word


def test_membership_asks_no_more_than_it_needs() -> None:
    labels = "".join(field.label for field in load("membership").fields())
    for word in ("家庭", "工资", "收入", "籍贯", "简历", "出生", "性别", "地址"):
        assert word not in labels


def test_hardship_has_a_box_for_each_kind() -> None:
    form = load("hardship")
    kinds = [consent.kind for consent in form.privacy.consents]
    assert sorted(kinds) == ["finance", "health", "identity", "minor", "publication", "special", "third_party"]
    assert {"members", "bank_card", "causes", "own_income"} <= {field.name for field in form.fields()}
    assert form.privacy.retention_for("approved").words == "困难职工档案退出后10年"


def test_a_suggestion_can_be_anonymous() -> None:
    form = load("suggestion")
    personal = {field.name: field for field in form.fields() if field.type in ("name", "mobile")}
    assert set(personal) == {"full_name", "mobile"}
    assert all(field.show_if == {"anonymous": "留下姓名和电话"} for field in personal.values())
