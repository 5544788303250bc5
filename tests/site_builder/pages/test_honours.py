"""Honours: consent, revocation, people of the same name, and the lists."""

from dataclasses import replace
from typing import Any

import pytest

from site_builder.awards import (
    choose_newest,
    find_namesakes,
    gather_awards,
    list_all_awards,
    list_awards,
    tabulate_awards,
)
from site_builder.pages import honours
from site_builder.pages.honours import conclude_counts, count_awards, count_industries, write_year
from site_builder.pages.rolls import roll_url
from site_builder.records import Honour
from site_builder.render import Theme
from site_builder.values import GeneratedFile
from tests.page_faults import find_faults, words
from tests.small_library import NOW, make_library


def batch(name: str, year: int, recipients: list[dict[str, Any]], **more: Any) -> Honour:
    values = {
        "title": f"{year}年度奖章",
        "honour": "劳动奖章",
        "level": "县级",
        "year": year,
        "conferred_by": "云溪县总工会",
    }
    return Honour.model_validate({"id": name, **values, "recipients": recipients, **more})


SECRET = {"sex": "女", "post": "护士长", "industry": "卫生", "citation": "一句颁奖词", "deeds": "一段事迹"}
NEW = batch(
    "b2030",
    2030,
    [
        {
            "name": "沈岳宁",
            "key": "shen",
            "unit": "纺织厂",
            "consent": True,
            "post": "挡车工",
            "citation": "三十年不停机",
        },
        {"name": "顾知秋", "key": "gu", "unit": "县医院", **SECRET},
        {"name": "陆春生", "key": "lu-1", "unit": "化工厂", "consent": True},
        {"name": "纺织厂一班", "key": "team", "kind": "集体", "unit": "纺织厂", "citation": "夜班灯火"},
        {"name": "欧阳雪", "key": "ouyang", "unit": "茶场", "consent": True},
    ],
    revocations=[{"key": "ouyang", "date": "2031-02-03", "reason": "弄虚作假", "document": {"id": "new"}}],
    document={"id": "new"},
)
OLD = batch(
    "b2029",
    2029,
    [
        {"name": "沈岳宁", "key": "shen", "unit": "纺织厂", "consent": True, "deeds": "第一段。\n\n第二段。"},
        {"name": "陆春生", "key": "lu-2", "unit": "家具厂", "consent": True},
        {"name": "欧阳雪", "key": "ouyang", "unit": "茶场"},
    ],
    level="市级",
    honour="工匠",
    title="2029年度工匠",
)


@pytest.fixture(scope="module")
def site() -> list[GeneratedFile]:
    return list(honours.generate(Theme(make_library(NEW, OLD), NOW)))


def test_pages_are_whole(site: list[GeneratedFile]) -> None:
    assert len({file.path for file in site}) == len(site)
    assert find_faults(site, ("honors/",)) == []


def test_a_person_page_gathers_all_batches(site: list[GeneratedFile]) -> None:
    text = words(site, "honors/people/shen/")
    assert "2030年度奖章沈岳宁纺织厂·挡车工" in text
    assert "所获荣誉2项" in text
    assert "三十年不停机" in text
    assert "第一段。第二段。" in text


def test_without_consent_only_name_and_unit_are_shown(site: list[GeneratedFile]) -> None:
    assert "顾知秋示例县医院" in words(site, "honors/b2030/")
    for file in site:
        for private in ("护士长", "卫生", "一句颁奖词", "一段事迹"):
            assert private not in str(file.content), file.path
    text = words(site, "honors/people/gu/")
    assert "顾知秋县医院示例" in text
    assert "女" not in text
    assert "本人未同意公开" in text


def test_consent_of_one_batch_does_not_open_another() -> None:
    first = batch("x2031", 2031, [{"name": "甲", "key": "jia", "consent": True, "post": "钳工"}])
    second = batch("x2032", 2032, [{"name": "甲", "key": "jia", "post": "班长", "deeds": "后来的事迹"}])
    files = list(honours.generate(Theme(make_library(first, second), NOW)))
    assert "班长" not in words(files, "honors/people/jia/")
    assert "后来的事迹" not in words(files, "honors/people/jia/")


def test_a_unit_needs_no_consent(site: list[GeneratedFile]) -> None:
    assert "夜班灯火" in words(site, "honors/b2030/")
    assert "夜班灯火" in words(site, "honors/units/team/")


def test_revoked_is_struck_out_everywhere_and_counted_nowhere(site: list[GeneratedFile]) -> None:
    assert "欧阳雪" not in words(site, "honors/")
    assert "表彰3人、1个集体" in words(site, "honors/")
    assert words(site, "honors/b2030/", "//s") == "欧阳雪"
    assert "2031年2月3日，弄虚作假" in words(site, "honors/b2030/")
    assert "依据：云工发〔2026〕12号" in words(site, "honors/b2030/")
    person = words(site, "honors/people/ouyang/")
    assert "所获荣誉1项" in person
    assert "已撤销2031年2月3日，弄虚作假" in person
    assert words(site, "honors/people/ouyang/", "//s") == "劳动奖章"
    assert "2029年度工匠" in words(site, "honors/people/ouyang/", "//*[@class='title']")
    assert words(site, "honors/years/2030/", "//s") == "欧阳雪"


def test_a_person_with_nothing_left_is_marked(site: list[GeneratedFile]) -> None:
    """The small library revokes the only honour of key `a`."""
    text = words(site, "honors/people/a/")
    assert "所获荣誉已撤销" in text
    assert "所获荣誉0项" in text


def test_counts_leave_revoked_out() -> None:
    library = make_library(NEW, OLD)
    awards = [award for award in list_all_awards(library) if award.batch in (NEW, OLD)]
    counts = count_awards(awards)
    assert [(row.year, row.levels, row.people, row.units, row.total) for row in counts] == [
        (2030, (0, 0, 0, 4, 0), 3, 1, 4),
        (2029, (0, 0, 3, 0, 0), 3, 0, 3),
    ]
    assert conclude_counts(counts) == "2030年表彰4个，历年最多"
    assert conclude_counts(counts[1:]) == "2029年表彰3个"
    assert conclude_counts(list(reversed(counts))) == "2029年表彰3个，2030年最多，4个"
    assert conclude_counts([]) == ""


def test_industries_are_counted_only_with_consent() -> None:
    people = [
        {"name": "甲", "key": "jia", "industry": "纺织", "consent": True},
        {"name": "乙", "key": "yi", "industry": "纺织"},
        {"name": "丙班", "key": "bing", "kind": "集体", "industry": "纺织"},
        {"name": "丁", "key": "ding", "industry": "茶业", "consent": True},
    ]
    assert count_industries(list_awards(batch("b", 2030, people))) == [("纺织", 2, 100), ("茶业", 1, 50)]


def test_same_name_is_two_people(site: list[GeneratedFile]) -> None:
    gathered = gather_awards(make_library(NEW, OLD))
    assert len(gathered[False, "lu-1"]) == len(gathered[False, "lu-2"]) == 1
    assert "这一页说的是化工厂的陆春生。另有：家具厂的陆春生。" in words(site, "honors/people/lu-1/")
    assert "同名不同人" not in words(site, "honors/units/team/")
    assert [one.recipient.key for one in find_namesakes(gathered)[False, "lu-1"]] == ["lu-2"]
    assert (True, "team") not in find_namesakes(gathered)
    for path in ("honors/b2030/", "honors/years/2030/"):
        assert "同名另有一人：家具厂的陆春生" in words(site, path)


def test_lists_by_year_level_title_industry_and_unit(site: list[GeneratedFile]) -> None:
    for part in (("years", "2029"), ("levels", "市级"), ("titles", "工匠"), ("employers", "家具厂")):
        text = words(site, roll_url(part))
        assert "陆春生" in text
        assert "顾知秋" not in text
    paths = {file.path for file in site}
    assert "honors/levels/national/index.html" not in paths


def test_indexes_count_what_stands(site: list[GeneratedFile]) -> None:
    assert "茶场2" in words(site, "honors/employers/")  # one of the small library, and one of two of the revoked person
    names = words(site, "honors/names/")
    assert names.index("顾知秋县医院") < names.index("陆春生化工厂") < names.index("欧阳雪")
    assert "其中1项已撤销" in names


def test_open_data_has_the_fewest_fields_and_tells_revocations() -> None:
    rows = [row for row in tabulate_awards(make_library(NEW)) if row["batch"] == "b2030"]
    by_key = {row["key"]: row for row in rows}
    assert (by_key["gu"]["post"], by_key["gu"]["industry"]) == ("", "")
    assert by_key["shen"]["post"] == "挡车工"
    assert (by_key["ouyang"]["status"], by_key["ouyang"]["revoked"]) == ("已撤销", "2031-02-03")
    assert not {"sex", "deeds", "citation"} & set(rows[0])


def test_of_one_day_the_batch_with_people_is_shown() -> None:
    people = batch("p", 2026, [{"name": "甲", "key": "a"}], conferred="2026-04-28")
    units = batch(
        "u",
        2026,
        [{"name": "班", "key": "b", "kind": "集体"}, {"name": "组", "key": "c", "kind": "集体"}],
        conferred="2026-04-28",
    )
    assert choose_newest([units, people]) == people
    assert choose_newest([]) is None


def test_a_long_batch_is_a_list() -> None:
    many = batch("many", 2031, [{"name": f"甲{n}", "key": f"k{n}", "consent": True} for n in range(30)])
    files = list(honours.generate(Theme(make_library(many), NOW)))
    assert find_faults(files, ("honors/",)) == []
    assert "看完整名单，共30人" in words(files, "honors/")


def test_photo_of_a_person_who_agreed() -> None:
    shown = batch("f", 2031, [{"name": "甲", "key": "jia", "consent": True, "photo": {"file": "assets/jia.jpg"}}])
    hidden = batch("g", 2031, [{"name": "乙", "key": "yi", "photo": {"file": "assets/yi.jpg"}}])
    files = list(honours.generate(Theme(make_library(shown, hidden), NOW)))
    everything = "".join(str(file.content) for file in files)
    assert 'src="../../../assets/jia.jpg" alt="甲的照片"' in everything
    assert "yi.jpg" not in everything


def test_empty() -> None:
    files = list(honours.generate(Theme(replace(make_library(), records={}), NOW)))
    assert [file.path for file in files] == ["honors/index.html"]
    assert "还没有公布荣誉名单" in words(files, "honors/")


def test_year_in_numerals() -> None:
    assert write_year(2026) == "二〇二六"


def test_awards_keep_the_order_of_the_batch() -> None:
    assert [award.recipient.key for award in list_awards(NEW)] == ["shen", "gu", "lu-1", "team", "ouyang"]
