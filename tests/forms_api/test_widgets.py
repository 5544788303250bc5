"""How questions look, against a file of fixtures, and what must tie label, hint, fault and control together on every form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from forms_api.definitions import FormDefinition
from forms_api.fields import Told, build_form, list_choices
from forms_api.questions import FIELD_TYPES
from forms_api.widgets import attributes
from tests.forms_api.sample_forms import FORM
from tests.forms_api.test_sample_forms import FOLDER, load

FIXTURES = Path(__file__).with_name("widgets.html")
UNIONS = [("县总工会", [("county", "云溪县总工会")]), ("行业", [("kuaidi", "快递行业工会")]), ("单位", [])]
LISTS = list_choices(("城关镇", "溪坪镇"), UNIONS)

CASES: dict[str, tuple[dict[str, Any], Any, Told]] = {
    "text": ({"type": "text"}, None, Told()),
    "text optional with hint and example": (
        {"type": "text", "required": False, "hint": "写全称。", "example": "云溪纺织厂"}, "甲 & <乙>\"'", Told()),
    "text with fault and help": (
        {"type": "text", "hint": "写全称。", "help": "就是公章上的名称。"}, "短", Told({"q": "写得太少。"})),
    "textarea": ({"type": "textarea", "length": 300}, "一\n二</textarea>", Told()),
    "full name": ({"name": "full_name", "type": "name"}, "骆小满", Told()),
    "identity number in doubt": (
        {"type": "resident_id", "min_age": 16}, "110000199003077410", Told({"q": "有一位不对。"}, {"q"})),
    "identity number insisted on": ({"type": "resident_id"}, "1", Told({"q": "有一位不对。"}, {"q"}, {"q"})),
    "mobile": ({"name": "mobile", "type": "mobile"}, None, Told()),
    "phone": ({"type": "phone"}, None, Told()),
    "credit code": ({"type": "credit_code"}, None, Told()),
    "bank account": ({"type": "bank_account"}, None, Told()),
    "money": ({"type": "money"}, 4200, Told()),
    "number with unit": ({"type": "number", "unit": "人"}, 0, Told()),
    "number with decimals": ({"type": "number", "decimals": 2}, 1.5, Told()),
    "date": ({"type": "date"}, "2026-08-01", Told()),
    "few choices": ({"type": "choice", "options": ["在职", "退休"]}, "退休", Told()),
    "choices with hints": (
        {"type": "choice", "options": [{"value": "甲", "hint": "第一"}, "乙"]}, None, Told({"q": "请选一项。"})),
    "several choices": ({"type": "choices", "options": ["周五", "周六", "周日"]}, ["周五", "周日"], Told()),
    "yes": ({"type": "yes_no"}, True, Told()),
    "no as posted": ({"type": "yes_no"}, "no", Told()),
    "region": ({"type": "region"}, "溪坪镇", Told()),
    "union": ({"type": "union"}, "kuaidi", Told({"q": "请选一项。"})),
    "file": ({"type": "file", "hint": "四个角都要拍到。"}, None, Told({"q": "请上传。"})),
    "file with uploads": (
        {"type": "file", "need": "容缺", "max": 1, "accept": ["pdf"], "when": "因病"},
        ["h1", "h2"], Told(file_names={"h1": "证 & 明.pdf"})),
    "consent": ({"type": "consent", "hint": "不同意也可以。", "required": False}, "yes", Told()),
    "consent with fault": ({"type": "consent"}, None, Told({"q": "请勾选。"})),
    "statement": ({"type": "statement", "text": "请看清楚 <b>。", "hint": "真的。"}, None, Told()),
    "group": (
        {"type": "group", "item": "家人", "min": 1, "max": 3, "fields": [{"name": "who", "label": "称呼", "type": "name"}]},
        [{"who": "张三"}, {"who": "李四"}], Told({"q.1.who": "请写姓名。"}, more="q")),
}  # fmt: skip


def make_field(given: Mapping[str, Any]) -> tuple[FormDefinition, str]:
    field = {"name": "q", "label": "问什么", "sensitive": None} | given
    field = {key: value for key, value in field.items() if value is not None}
    section = {"title": "一", "fields": [field]}
    base = FormDefinition.model_validate(FORM)
    made = base.sections[0].model_validate(section)
    return base.model_copy(update={"sections": (made,)}), str(field["name"])


def draw(case: str) -> str:
    given, value, told = CASES[case]
    form, name = make_field(given)
    shown = build_form(form, LISTS)(data={name: value}, meta={"told": told})
    return str(shown[name]())


def read_fixtures() -> dict[str, str]:
    parts = re.split(r"<!-- (.+) -->\n", FIXTURES.read_text("utf-8"))[1:]
    return dict(zip(parts[::2], (part.rstrip("\n") for part in parts[1::2]), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_a_question_is_drawn_as_the_fixture_has_it(case: str) -> None:
    assert draw(case) == read_fixtures()[case]


def test_every_type_has_a_fixture_and_none_is_left_over() -> None:
    assert read_fixtures().keys() == CASES.keys()
    drawn = {given["type"] for given, _, _ in CASES.values()}
    assert set(FIELD_TYPES) - drawn == {"address", "ethnicity", "education", "political_status"}, (
        "lines and lists as others"
    )


@pytest.mark.parametrize("state", ["empty", "faulty"])
@pytest.mark.parametrize("form_id", sorted(path.stem for path in FOLDER.glob("*.yml")))
def test_every_control_has_a_name_and_what_describes_it_is_there(form_id: str, state: str) -> None:
    form = load(form_id)
    cls = build_form(form, LISTS)
    paths = [one.name for one in form.fields()] + [consent.name for consent in form.privacy.consents]
    told = Told(dict.fromkeys(paths, "请改一改。")) if state == "faulty" else Told()
    page = "".join(str(field()) for _, _, fields in cls(data={}, meta={"told": told}).parts() for field in fields)
    tree = html.fromstring(f"<div>{re.sub('<template>.*?</template>', '', page, flags=re.S)}</div>")
    ids = [str(one) for one in tree.xpath("//@id")]
    assert len(ids) == len(set(ids))
    for control in tree.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        labelled = tree.xpath("//label[@for=$id]", id=control.get("id")) or control.xpath("ancestor::label")
        assert labelled, control.get("name")
        assert labelled[0].text_content().strip()
        assert control.xpath("ancestor::*[@data-name][1]/@data-type")[0] in FIELD_TYPES
    for listed in tree.xpath("//@aria-describedby"):
        assert set(str(listed).split()) <= set(ids)
    if state == "faulty":
        wanting = tree.xpath("//*[contains(@class,'bad') and not(@data-type='statement') and not(@data-type='group')]")
        assert all(one.xpath(".//*[@aria-invalid='true']") for one in wanting)
        assert len(tree.xpath("//p[@class='msg']")) >= len(form.privacy.consents)


@pytest.mark.parametrize(
    ("pairs", "written"),
    [
        ({"class_": "a", "data_x": 1}, ' class="a" data-x="1"'),
        ({"hidden": True, "checked": False, "value": None}, " hidden"),
        ({"value": '"><b>'}, ' value="&#34;&gt;&lt;b&gt;"'),
        ({"value": ""}, ' value=""'),
    ],
)
def test_attributes_are_escaped(pairs: dict[str, Any], written: str) -> None:
    assert attributes(**pairs) == written
