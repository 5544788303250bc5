"""What the pages of services say: the eight key elements, the materials of the form, and a way to apply."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from lxml import html
from pydantic import ValidationError

from forms_api.definitions import FormDefinition
from site_builder.model import Library
from site_builder.pages import guides
from site_builder.pages.guides import (
    add_up,
    find_hours,
    form_materials,
    group_guides,
    list_channels,
    list_materials,
    write_duration,
)
from site_builder.records import Duration, Guide, Venue
from site_builder.render import Theme
from site_builder.values import GeneratedFile
from tests.page_faults import find_faults, words
from tests.small_library import NOW, make_library

GUIDE: Mapping[str, Any] = {
    "id": "hardship-aid",
    "title": "困难职工救助",
    "code": "YX-GH-002",
    "summary": "家里有难处，可以申请一笔钱。",
    "topics": ["帮扶"],
    "form": "hardship",
    "basis": [
        {"title": "帮扶办法（2026年修订）", "article": "第二条", "policy": "new"},
        {"title": "工会法", "article": "第三条"},
    ],
    "conditions": [{"text": "收入低于标准"}, {"text": "有两套房", "excludes": True}],
    "any_condition": True,
    "materials": [{"name": "不该出现的材料"}],
    "places": [{"venue": "centre", "note": "三号窗口"}],
    "phones": ["0000-6010012"],
    "steps": [{"title": "收到申请", "when": "1个工作日内"}],
    "authority": "云溪县总工会",
    "legal_limit": {"days": 20},
    "promised_limit": {"days": 15},
    "fee": "不收费",
    "benefit": "生活帮扶最高6,000元；医疗帮扶最高15,000元",
    "complaint_phone": "0000-6010019",
    "channels": ["网上", "窗口"],
    "visits": 0,
    "faq": [{"q": "没有合同能申请吗？", "a": "能。"}],
    "updated": "2026-11-16",
}
FORM: Mapping[str, Any] = {
    "id": "hardship",
    "title": "困难职工认定申请",
    "guide": "hardship-aid",
    "workflow": "aid",
    "minutes": 8,
    "privacy": {
        "purpose": "核实家庭情况",
        "basis": "个人信息保护法第十三条",
        "retention": {"approved": "file+10y", "refused": "1y"},
        "consents": [
            {"name": "agree_id", "kind": "identity", "label": "处理身份证号码", "why": "核对本人", "otherwise": "到窗口办"}
        ],
    },
    "sections": [
        {
            "title": "本人信息",
            "fields": [
                {"name": "full_name", "label": "姓名", "type": "name"},
                {"name": "id_number", "label": "身份证号码", "type": "resident_id", "hint": "十八位"},
                {"name": "id_photo", "label": "身份证照片", "type": "file", "medium": "照片", "source": "本人",
                 "blank": "files/blank.docx"},
            ],
        },
        {
            "title": "家庭情况",
            "fields": [
                {"name": "cause", "label": "主要困难", "type": "choice", "options": ["生病", "收入低"]},
                {"name": "members", "label": "家庭成员", "type": "group", "item": "每一位家人",
                 "fields": [{"name": "relation", "label": "关系", "type": "text"}]},
                {"name": "bill", "label": "医疗费结算单", "type": "file", "need": "容缺", "when": "因病申请时"},
            ],
        },
    ],
}  # fmt: skip
OWN = ("guides/", "apply/", "venues/centre/")


def make_site(*more: Guide, forms: bool = True) -> tuple[Library, list[GeneratedFile]]:
    centre = Venue.model_validate(
        {
            "id": "centre",
            "title": "职工服务中心",
            "kind": "职工服务中心",
            "address": "文昌路18号",
            "hours": "周一至周五",
        }
    )
    library = make_library(Guide.model_validate(GUIDE), centre, *more)
    if forms:
        library = replace(library, forms={"hardship": FormDefinition.model_validate(FORM)})
    return library, list(guides.generate(Theme(library, NOW)))


@pytest.fixture(scope="module")
def site() -> list[GeneratedFile]:
    return make_site()[1]


def test_pages_are_whole(site: list[GeneratedFile]) -> None:
    assert {file.path for file in site} >= {
        "guides/index.html",
        "guides/hardship-aid/index.html",
        "apply/hardship/index.html",
    }
    assert find_faults(site, ("guides/", "apply/")) == []


def test_a_bare_guide_says_what_is_missing_and_has_no_dead_button() -> None:
    _, files = make_site(Guide(id="bare", title="别的事"), forms=False)
    assert find_faults(files, ("guides/", "apply/")) == []
    assert not [file.path for file in files if file.path.startswith("apply/")]
    text = words(files, "guides/bare/")
    for missing in ("申请条件未注明", "办理材料未注明", "办理流程未注明", "办理地点未注明", "设定依据未注明"):
        assert missing in text
    assert "网上申请" not in text
    assert "打电话办12351" in text
    assert "网上申请" not in words(files, "guides/hardship-aid/", "//*[contains(@class,'btns')]")


def test_all_key_elements_are_told(site: list[GeneratedFile]) -> None:
    table = words(site, "guides/hardship-aid/", "//section[@id='elements']")
    for name in ("事项名称", "设定依据", "办理地点", "办理时间", "联系电话"):
        assert name in table
    assert "《帮扶办法（2026年修订）》第二条；《工会法》第三条" in table
    assert "监督投诉电话0000-6010019" in table
    assert "法定办结时限20个工作日承诺办结时限15个工作日" in table
    assert words(site, "guides/hardship-aid/", "//section[@id='can']//small") == "申请条件"
    assert words(site, "guides/hardship-aid/", "//section[@id='need']//small") == "办理材料"
    assert words(site, "guides/hardship-aid/", "//section[@id='flow']//small") == "办理流程"


def test_the_button_and_four_facts_follow_the_title_at_once(site: list[GeneratedFile]) -> None:
    text = words(site, "guides/hardship-aid/")
    order = ["家里有难处，可以申请一笔钱。", "打印空白表填好送到职工服务中心", "多久办好15个工作日", "收费不收费", "补助多少生活帮扶最高6,000元", "已经申请过？查进度", "1我能不能办",
             "2我要准备什么", "3之后会怎样", "4多久、多少钱", "5去哪办、找谁", "政策依据", "常见问题"]  # fmt: skip
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_basis_leads_to_the_document_with_its_status(site: list[GeneratedFile]) -> None:
    law = words(site, "guides/hardship-aid/", "//section[@id='law']")
    assert "第二条帮扶办法（2026年修订）现行有效云工发〔2026〕12号" in law
    source = next(str(file.content) for file in site if file.path == "guides/hardship-aid/index.html")
    assert 'href="../../policies/new/"' in source


def test_place_is_filled_in_from_the_venue(site: list[GeneratedFile]) -> None:
    where = words(site, "guides/hardship-aid/", "//section[@id='where']")
    assert "职工服务中心文昌路18号周一至周五三号窗口" in where
    assert "办理时间周一至周五" in where


def test_materials_are_those_of_the_form() -> None:
    library, files = make_site()
    form = library.forms["hardship"]
    shown = list_materials(Theme(library, NOW), Guide.model_validate(GUIDE))
    assert shown == form_materials(form)
    assert [row.name for row in shown] == [one.name for one in form.materials()] == ["身份证照片", "医疗费结算单"]
    for path in ("guides/hardship-aid/", "apply/hardship/"):
        assert "不该出现的材料" not in words(files, path)
    table = words(files, "guides/hardship-aid/", "//section[@id='need']")
    assert "身份证照片空表（DOCX）必要照片，1份本人" in table
    assert "医疗费结算单因病申请时容缺，可以后补电子，1份本人提供" in table
    assert "医疗费结算单，电子，1份（可以后补）因病申请时" in words(files, "apply/hardship/")
    source = next(str(file.content) for file in files if file.path == "apply/hardship/index.html")
    assert 'href="../../forms/files/blank.docx"' in source


def test_without_a_form_the_guide_has_its_own_materials() -> None:
    guide = Guide.model_validate({**GUIDE, "materials": [{"name": "身份证", "blank": {"file": "files/a.docx"}}]})
    library, _ = make_site(guide, forms=False)
    assert [(row.name, row.files) for row in list_materials(Theme(library, NOW), guide)] == [
        ("身份证", (("空表", "guides/2026/files/a.docx"),))
    ]


def test_the_blank_form_has_a_place_for_every_answer(site: list[GeneratedFile]) -> None:
    source = next(str(file.content) for file in site if file.path == "apply/hardship/index.html")
    page = html.document_fromstring(source)
    assert [one.text_content() for one in page.xpath("//*[@class='blank-part']/h3")] == [
        "一、本人信息",
        "二、家庭情况",
        "三、随表交的材料",
        "四、您的信息怎么用",
    ]
    assert len(page.xpath("//*[@class='cells']/b")) == 18, "a box for each character of an ID number"
    assert len(page.xpath("//*[@class='turn-of']")) == 3, "three rows of a repeating group"
    assert not page.xpath("//section[@class='blank']//input | //section[@class='blank']//a[@href='#']")
    assert "生病" in words(site, "apply/hardship/", "//section[@class='blank']")


def test_where_the_forms_are_open_the_button_leads_there() -> None:
    library, _ = make_site()
    opened = replace(library, site=library.site.model_copy(update={"forms_open": True}))
    files = list(guides.generate(Theme(opened, NOW)))
    assert "其中1项可以网上申请" in words(files, "guides/")
    assert words(files, "guides/hardship-aid/", "//*[contains(@class,'apply')]").startswith(
        "网上申请打印空白表打印的表，填好送到"
    )
    assert "办理形式网上、窗口" in words(files, "guides/hardship-aid/")
    assert "办理形式窗口" in words(make_site()[1], "guides/hardship-aid/")


@pytest.mark.parametrize("forms_open", [True, False])
def test_every_way_to_a_form_leads_somewhere_whether_forms_are_open_or_not(forms_open: bool) -> None:
    library, _ = make_site()
    library = replace(library, site=library.site.model_copy(update={"forms_open": forms_open}))
    files = {file.path: str(file.content) for file in guides.generate(Theme(library, NOW))}
    page = html.document_fromstring(files["guides/hardship-aid/index.html"])
    ways = [str(one) for one in page.xpath("//main//a/@href") if "apply/" in one or "blanks/" in one]
    assert {one.removeprefix("../../") + "index.html" for one in ways} <= files.keys()
    blank = [one for one in page.xpath("//main//a") if one.text_content() == "打印空白表"]
    assert blank[0].get("href") == ("../../blanks/hardship/" if forms_open else "../../apply/hardship/")
    assert "申请人签名" in files["blanks/hardship/index.html" if forms_open else "apply/hardship/index.html"]


def test_the_web_is_no_way_before_the_forms_are_open() -> None:
    guide = Guide(id="g", title="甲", hours="网上全天；窗口周一至周五 8:30–12:00", channels=("网上", "窗口"))
    assert find_hours(guide, [], online=True) == "网上全天；窗口周一至周五 8:30–12:00"
    assert find_hours(guide, [], online=False) == "窗口周一至周五 8:30–12:00"
    assert list_channels(guide, online=False) == ["窗口"]


def test_working_days_of_the_steps_are_added_up() -> None:
    steps = [{"title": "受理", "days": 1}, {"title": "随时问"}, {"title": "审核", "days": 4}]
    guide = Guide.model_validate({**GUIDE, "promised_limit": {"days": 5}, "steps": steps})
    course = add_up(guide)
    assert [by for _, by in course.stages] == [1, 0, 5]
    assert course.total == 5
    _, files = make_site(guide)
    assert "加起来最多5个工作日，正是承诺的时限" in words(files, "guides/hardship-aid/", "//section[@id='flow']")
    with pytest.raises(ValidationError, match="加起来是 5，超过了承诺办结时限 4"):
        Guide.model_validate({**GUIDE, "promised_limit": {"days": 4}, "steps": steps})


def test_a_guide_that_rests_on_a_repealed_document_warns() -> None:
    guide = Guide.model_validate({**GUIDE, "basis": [{"title": "帮扶办法", "policy": "old"}]})
    note = words(make_site(guide)[1], "guides/hardship-aid/", "//*[contains(@class,'doubt')]")
    assert "本指南可能过期它依据的帮扶办法已废止" in note
    assert "现在看帮扶办法（2026年修订）" in note


def test_apply_page_shows_what_is_asked_and_the_other_ways(site: list[GeneratedFile]) -> None:
    text = words(site, "apply/hardship/")
    assert "一、本人信息姓名身份证号码十八位" in text
    assert "家庭成员每一位家人（1）关系" in text
    assert "用途：核实家庭情况" in text
    assert "办成的，困难职工档案退出后10年；没办成的，办结后1年" in text
    assert "处理身份证号码核对本人。不同意的话：到窗口办。" in text
    for way in ("窗口职工服务中心", "纸质表", "12351"):
        assert way in text
    source = next(str(file.content) for file in site if file.path == "apply/hardship/index.html")
    assert "<input" not in source.partition("<main")[2], "nothing can be typed into a page that cannot receive it"


def test_list_is_grouped_by_topic(site: list[GeneratedFile]) -> None:
    many = [
        Guide(id="a", title="甲", topics=("入会", "帮扶"), order=1),
        Guide(id="b", title="乙", order=0),
        Guide(id="c", title="丙", topics=("帮扶",), order=2),
        Guide(id="d", title="丁", topics=("入会",), order=3),
    ]
    grouped = [(topic, [one.id for one in found]) for topic, found in group_guides(many)]
    assert grouped == [("入会", ["a", "d"]), ("帮扶", ["c"]), ("其他服务", ["b"])]
    assert "共2项，其中1项有空白表可以打印" in words(site, "guides/")
    assert "常搜帮扶标准会员卡" in words(site, "guides/")


def test_empty_list_says_so() -> None:
    library = make_library()
    files = list(guides.generate(Theme(replace(library, records={}), NOW)))
    assert "办事指南正在整理" in words(files, "guides/")


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (None, "未注明"),
        (Duration(days=0), "当场办结"),
        (Duration(days=15), "15个工作日"),
        (Duration(days=30, unit="自然日"), "30个自然日"),
    ],
)
def test_a_time_limit_says_its_unit(duration: Duration | None, said: str) -> None:
    assert write_duration(duration) == said
