"""From answers to the file of a 公示: what it tells, what it can never tell, and that the site reads it as it was meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_api import publication
from forms_api.definitions import CHINA
from forms_api.forms_bundle import Bundle, read_bundle
from forms_api.identifiers import tidy
from forms_api.publication import KINDS, CannotList, Person, Row, find_leak, make_rows, write_notice, write_withdrawn
from forms_api.samples import make_answers
from site_builder.checks.privacy import check_record
from site_builder.content_files import parse_record
from site_builder.records import Notice

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=CHINA)
ID = "11010519491231002X"


@pytest.fixture(scope="module")
def bundle(bundle_folder: Path) -> Bundle:
    return read_bundle(bundle_folder)


def person(bundle: Bundle, form: str, seed: int = 1, reference: str = "YX-7F3K-92QD-M", **answers: object) -> Person:
    found = bundle.forms[form]
    made = make_answers(found, bundle.world(NOW.date()), Random(seed), lambda one: ["f" * 32])
    return Person(reference, found, {**made, **answers}, "安居家政公司")


def write(bundle: Bundle, *persons: Person, now: datetime = NOW, number: int = 1) -> publication.Draft:
    figures = bundle.figures("gongshi-shixian", now.date())
    assert figures
    return write_notice(persons[0].form, make_rows(persons), bundle.site, figures, bundle.calendar, now, number)


def read(draft: publication.Draft) -> Notice:
    parsed = parse_record(draft.text, "notice", draft.id)
    assert parsed.problems == []
    assert isinstance(parsed.record, Notice)
    return parsed.record


@pytest.mark.parametrize(
    ("form", "answers", "kind"),
    [
        ("hardship", {"causes": ["家庭收入低"]}, "生活帮扶"),
        ("hardship", {"causes": ["家人重病或受伤", "家庭收入低"]}, "医疗帮扶"),
        ("hardship", {"causes": ["家人残疾"]}, "医疗帮扶"),
        ("hardship", {"causes": ["家人残疾", "火灾、车祸等突发事件"]}, "突发帮扶"),
        ("relief", {"kind": "临时救助"}, "突发帮扶"),
        ("relief", {"kind": "困难劳模补助"}, "生活帮扶"),
        ("relief", {"kind": "女职工两癌救助"}, "医疗帮扶"),
        ("tuition", {"students": [{"stage": "普通高中"}, {"stage": "大专", "first_year": True}]}, "高中和中职、大学新生"),
        ("tuition", {"students": [{"stage": "研究生", "first_year": False}]}, "大学在读"),
    ],
)  # fmt: skip
def test_an_aid_row_tells_four_things(bundle, form, answers, kind):
    one = person(bundle, form, full_name="欧阳小满", **answers)
    assert make_rows([one]) == (Row("YX-7F3K-92QD-M", ("YX-7F3K-92QD-M", "欧阳**", "安居家政公司", kind)),)


def test_an_honours_list_tells_whole_names_units_and_deeds(bundle):
    one = person(
        bundle, "recommendation", kind="个人", full_name="钟立松", employer="云溪机械厂", post="数控铣工",
        honour="云溪工匠", citation="改进薄壁零件的装夹方法*",
    )  # fmt: skip
    draft = write(bundle, one)
    assert "| 钟立松 | 云溪机械厂 | 数控铣工 | 云溪工匠 |" in draft.text
    assert "钟立松，改进薄壁零件的装夹方法\\*" in draft.text
    assert one.answers["id_number"] not in draft.text
    assert "受理编号" not in draft.text
    assert read(draft).topics == ("荣誉选树",)


def test_the_site_reads_the_file_as_it_was_meant(bundle):
    draft = write(bundle, person(bundle, "hardship"), person(bundle, "hardship", 2, "YX-3H7K-52QD-T"))
    notice = read(draft)
    assert (draft.id, draft.path) == ("20261120-kunnan-1", "content/notices/2026/20261120-kunnan-1.md")
    assert (notice.kind, notice.issuer, notice.guide) == ("公示", "云溪县总工会", "hardship-aid")
    assert notice.period
    assert (notice.period.start, notice.period.working_days) == (date(2026, 11, 23), 7)
    assert draft.due == date(2026, 12, 1)
    assert notice.objection
    assert (notice.objection.phone, notice.objection.email) == ("0000-6010001", "bangongshi@yunxi.example")
    assert "公示期为2026年11月23日至2026年12月1日，共7个工作日" in notice.body
    assert "云工发〔2021〕6号" in notice.body


def test_the_figures_are_those_of_the_day(bundle):
    draft = write(bundle, person(bundle, "hardship"), now=datetime(2026, 12, 4, 23, 59, tzinfo=CHINA), number=2)
    assert (draft.start, draft.due) == (date(2026, 12, 7), date(2026, 12, 11))
    assert draft.title == "拟帮扶困难职工名单公示（2026年12月4日第2批）"
    assert "云工发〔2026〕12号" in draft.text


@given(seed=st.integers(0, 10**6), form=st.sampled_from(["hardship", "relief", "tuition", "recommendation"]))
def test_no_sample_betrays_anything(bundle, seed, form):
    """Nothing of what was answered in a field that is hidden stands in the file, and the gate finds nothing."""
    one = person(bundle, form, seed)
    draft = write(bundle, one)
    told = tidy(draft.text)
    shown = {one.answers.get("full_name")} if form == "recommendation" else set()
    for field, value in publication._walk(one.form, one.answers):
        if field.type in publication._HIDDEN and value not in shown:
            assert tidy(str(value)) not in told, field.name
    found = [
        problem for problem in check_record(read(draft), _origin(draft), draft.path) if problem.severity == "error"
    ]
    assert found == []


def _origin(draft):
    return parse_record(draft.text, "notice", draft.id).origin


@pytest.mark.parametrize(
    ("answers", "label"),
    [
        ({"employer": "数控车间 13900000001", "mobile": "139 0000 0001"}, "手机号码"),
        ({"citation": f"身份证{ID}", "id_number": ID}, "身份证件号码"),
        ({"employer": "推荐人李小满的厂", "recommender": "李小满"}, "联系人姓名"),
    ],
)
def test_a_row_that_would_betray_somebody_is_refused(bundle, answers, label):
    one = person(bundle, "recommendation", kind="个人", full_name="钟立松", id_number=ID, post="铣工", signers=[])
    one = replace(one, answers={**one.answers, "citation": "好", "employer": "厂", **answers})
    with pytest.raises(CannotList, match=f"会露出申请人的{label}"):
        make_rows([one])


def test_a_whole_name_in_an_aid_row_is_found(bundle):
    one = person(bundle, "hardship", full_name="张小满", address="云溪县城关镇文昌路18号")
    for cell, label in (("张小满", "姓名"), ("云溪县城关镇文昌路18号旁", "现在住的地方")):
        assert find_leak(one, Row("x", ("x", cell, "厂", "生活帮扶"))) == label
    assert find_leak(one, Row("x", ("x", "张**", "城关镇总工会", "生活帮扶"))) is None


@pytest.mark.parametrize(
    ("forms", "words"),
    [((), "还没有选"), (("hardship", "tuition"), "同一种申请"), (("suggestion",), "不用公示")],
)
def test_what_cannot_be_one_list_is_told(bundle, forms, words):
    with pytest.raises(CannotList, match=words):
        make_rows([person(bundle, form) for form in forms])


def test_every_aid_form_can_be_published(bundle):
    assert {form.id for form in bundle.forms.values() if form.workflow == "aid"} <= set(KINDS)


def test_what_was_taken_down_holds_nothing_of_the_list(bundle):
    draft = write(bundle, person(bundle, "hardship", full_name="欧阳小满"))
    down = write_withdrawn(draft.text, date(2026, 11, 24), "名单有误：“重新”核对")
    notice = read(replace(draft, text=down))
    assert (notice.status, notice.withdrawn_on, notice.withdrawn_reason) == (
        "withdrawn", date(2026, 11, 24), "名单有误：“重新”核对",
    )  # fmt: skip
    assert "欧阳" not in down
    assert write_withdrawn(down, date(2026, 11, 25), "再次").count("status: withdrawn") == 1


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40))
def test_any_text_is_written_so_that_yaml_reads_it(text):
    from site_builder.reading.record_text import Page, read_source

    source = read_source(Page(f"title: {publication._write(text)}\n", 1, "", 1), "x.yml", "")
    assert source.data == {"title": text}
