"""Rules about language: a planted fault for each, what looks like one and is none, and clean official texts."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from site_builder.checks import check_records
from site_builder.checks.language import RULES, check_language, check_units
from site_builder.checks.mistakes import (
    ETHNIC,
    ETHNIC_NAMES,
    OFFICIAL,
    ORGANISATIONS,
    SERIOUS,
    read_mistakes,
)
from site_builder.checks.phrases import find_echoes, make_table, pairs_of
from site_builder.checks.substitutions import read_table
from site_builder.clock import CHINA
from site_builder.content_files import parse_record
from site_builder.importers import run_import
from site_builder.model import Library, Site
from site_builder.values import Problem

ROOT = Path(__file__).parents[3]
HEAD = "---\ntitle: 云溪县总工会关于做好冬季送温暖工作的通知\nissuer: 云溪县总工会\n---\n\n"


def find(body: str) -> list[Problem]:
    return list(check_language("content/policies/2026/20260105-a.md", HEAD + body + "\n"))


PLANTED = [
    ("punctuation-width", "各级工会要加强领导,落实责任。"),
    ("punctuation-width", "通知如下:一、提高认识。"),
    ("punctuation-width", "职工(农民工)均可申请。"),
    ("punctuation-width", "各单位要抓好落实."),
    ("punctuation-doubled", "请各单位认真落实。。"),
    ("punctuation-doubled", "加强领导，，落实责任。"),
    ("punctuation-doubled", "加强领导，。落实责任。"),
    ("punctuation-doubled", "包括走访、座谈...等形式。"),
    ("punctuation-doubled", "包括走访、座谈…等形式。"),
    ("punctuation-pairs", "按照《关于做好送温暖工作的通知要求执行。"),
    ("punctuation-pairs", "开展“送温暖活动。"),
    ("punctuation-pairs", "困难职工（含农民工均可申请。"),
    ("punctuation-pairs", "困难职工含农民工）均可申请。"),
    ("quotes", '开展"送温暖"活动。'),
    ("quotes", "开展＂送温暖＂活动。"),
    ("title-marks", "《关于印发<送温暖方案>的通知》"),
    ("title-marks", "《关于印发《送温暖方案》的通知》"),
    ("doc-number-form", "按照云工发【2026】12号文件执行。"),
    ("doc-number-form", "按照云工发[2026]12号文件执行。"),
    ("doc-number-form", "按照云工发﹝2026﹞12号文件执行。"),
    ("doc-number-form", "按照云工发（2026）第12号文件执行。"),
    ("doc-number-form", "按照云工办〔202612号文件执行。"),
    ("doc-number-form", "按照云工发〔2026〕第12号文件执行。"),
    ("doc-number-form", "按照云工发〔2026〕012号文件执行。"),
    ("doc-number-form", "按照云工发〔26〕12号文件执行。"),
    ("strange-characters", "各级\u00a0工会"),
    ("strange-characters", "各级\u200b工会"),
    ("strange-characters", "各级\ufffd会"),
    ("strange-characters", "走访１２户"),
    ("strange-characters", "健康中国﹒快乐生活"),
    ("blanks", "各级工会要抓好落实 ，按时上报。"),
    ("blanks", "各级工会组织 要抓好落实。"),
    ("dunhao", "“送温暖”、“送清凉”都要做好。"),
    ("date-form", "2026年03月01日前报送。"),
    ("date-form", "于2026.3.1报送。"),
    ("date-form", "26年3月1日报送。"),
    ("impossible-date", "2026年2月30日前报送。"),
    ("impossible-date", "2026年13月前报送。"),
    ("impossible-date", "2026年11月20日（星期四）召开。"),
    ("number-form", "走访近100余户。"),
    ("number-form", "大约300人左右参加。"),
    ("number-form", "超过500户以上。"),
    ("number-form", "入会率达到120%。"),
    ("number-form", "发放3万5千元。"),
    ("number-form", "增长5-10%。"),
    ("number-form", "动态建制率为103%。"),
    ("period-order", "2026年11月20日至2026年11月10日受理。"),
    ("period-order", "2026年11月20日（星期五）起至2025年12月1日受理。"),
    ("period-order", "2026年11月20日至1月10日受理。"),
    ("period-order", "2026年5月至3月受理。"),
    ("deadline-year", "请各单位于11月30日前报送。"),
    ("deadline-year", "报名截止时间为4月30日。"),
    ("deadline-year", "截至9月30日，走访三百户。"),
    ("deadline-year", "务必于12月5日17:00前交表。"),
    ("deadline-year", "受理到12月20日截止。"),
    ("deadline-year", "在11月20日至12月4日前报送。"),
    ("sum-of-parts", "生活帮扶5名，医疗帮扶5名，突发帮扶2名，合计13名。"),
    ("sum-of-parts", "一、二、三等奖分别为3名、5名、10名，共20名。"),
    ("sum-of-parts", "共12名：生活帮扶5名，医疗帮扶5名，突发帮扶3名。"),
    ("sum-of-parts", "共评出12名，分别为生活帮扶5名、医疗帮扶5名、突发帮扶3名。"),
    ("sum-of-parts", "拨付生活帮扶12.5万元、医疗帮扶20.3万元，合计33.8万元。"),
    ("sum-of-parts", "走访企业30家、慰问困难职工20户、农民工30户，共计55户。"),
    ("sum-of-parts", "全县会员1,200人，其中男职工700人，女职工600人。"),
    ("sum-of-parts", "培训学员50人，其中农民工60人。"),
    ("persons-or-visits", "现有会员2300人次。"),
    ("persons-or-visits", "培训1742人，按部门统计是1,742人次。"),
    ("persons-or-visits", "解答咨询84人次，去年解答咨询84人。"),
    ("serious-wording", "中华人民共合国"),
    ("serious-wording", "成立领导小姐。"),
    ("official-wording", "实现全复盖。"),
    ("official-wording", "核对帐目。"),
    ("official-wording", "截止目前，走访 30 户。"),
    ("official-wording", "请登陆网站查询。"),
    ("organisation-names", "县人力资源与社会保障局"),
    ("ethnic-names", "有汉族、僳僳族职工。"),
    ("text-substituted", "坚持德才兼备原那么。"),
    ("text-substituted", "为职工群众效劳。"),
    ("text-substituted", "20230人以上建会企业普遍建立职代会。"),
    ("placeholder", "××县总工会"),
    ("placeholder", "xx省总工会"),
    ("placeholder", "自XX年起施行。"),
    ("placeholder", "联系电话：待补充。"),
    ("placeholder", "【填写单位名称】"),
    ("repeated-characters", "认真做好的的工作。"),
    ("repeated-characters", "认真落实有关规定规定。"),
    ("traditional-characters", "關於做好工作"),
]


@pytest.mark.parametrize(("rule", "body"), PLANTED)
def test_a_planted_fault_is_found(rule: str, body: str) -> None:
    (problem,) = [one for one in find(body) if one.rule == rule]
    assert problem.line == 6
    assert problem.message.endswith("。")
    assert problem.fix.endswith("。")


def test_every_rule_of_the_family_is_planted() -> None:
    assert {rule for rule, _ in PLANTED} == {rule.name for rule in RULES if rule.text}


@pytest.mark.parametrize(
    "body",
    [
        "按照《关于印发〈送温暖方案〉的通知》（云工发〔2026〕12号）执行。",
        "自2026年3月1日起施行，2026年11月20日（星期五）为截止日期。",
        "入会率达到95%，增长5%～10%，比上年增长120%。",
        "见[通知](https://yunxi.example/a,b?c=1)，代码 `a,b` 不算，<!-- TODO 编者的话 -->也不算。",
        "工作目的的实现、工会委员会委员、会议的的确确开过了。",
        "开展职工活动，建设平安单位，那么大家就会满意。",
        "1）走访；2）座谈；“他说‘好’。”",
        "集合法律人士，重新建全县的文化宫；将有关健康的知识有关建议报来。",
        "第一条 为了做好工作，制定本办法。",
        "请把编号 110101 写在表上，电话 0000-6010001。",
        "2026年11月20日至30日，2025年11月至2026年3月，2025年12月1日至次年3月1日。",
        "每年11月1日至12月20日办理，到12月20日截止；今年的11月30日前报送。",
        "11月30日，县总工会召开会议，自12月1日起受理。",
        "受理时间：2026年11月16日至12月1日。\n\n结果在12月4日前告知。",
        "生活帮扶5名，医疗帮扶5名，突发帮扶2名，合计12名。",
        "大学新生每人4,000元，共9名；大学在读每人3,000元，共5名；合计59,000元。",
        "一等奖三名、二等奖5名、三等奖10名，共18名。",
        "一等奖3名（其中女2名）、二等奖5名，共8名。",
        "走访企业30家，慰问职工20名、农民工30名，共计50名。",
        "原有会员300人，新增50人、转入20人，共370人。",
        "共12名：生活帮扶5名，其余待定。",
        "共50人，其中女职工30人，农民工40人。",
        "每户发500元，其中困难职工800元。",
        "培训职工1742人，共5100人次。",
        "服务14人次，又有14人报名。",
    ],
)
def test_what_only_looks_like_a_fault_is_none(body: str) -> None:
    assert find(body) == []


@pytest.mark.parametrize(
    "name", ["content/editors.yml", "content/allow.yml", "content/holidays/2026.yml", "content/a.provenance.yml"]
)
def test_what_nobody_reads_is_not_proof_read(name: str) -> None:
    assert list(check_language(name, "# 领导小姐\nname: 领导小姐\n")) == []


def test_comments_of_yaml_are_not_proof_read() -> None:
    found = list(check_language("content/venues/a.yml", "# 领导小姐\ntitle: 云溪书屋 # 台帐\naddress: 县城\n"))
    assert found == []


def test_three_different_pairs_make_a_text_suspect() -> None:
    two = "为职工群众效劳，坚持这一原那么，为职工效劳。"
    three = two + "抓好平安生产。"
    assert {problem.severity for problem in find(two)} == {"warning"}
    (problem,) = find(three)
    assert problem.severity == "error"
    assert "有 3 组词" in problem.message
    assert "“平安生产”应为“安全生产”" in problem.message


def test_a_title_that_tells_the_year_tells_it_for_every_deadline() -> None:
    text = HEAD.replace("冬季", "2026年冬季") + "请各单位于11月30日前报送。\n"
    assert list(check_language("content/policies/2026/20260105-a.md", text)) == []


def test_what_has_no_day_of_its_own_may_tell_a_deadline_without_a_year() -> None:
    text = HEAD + "请于11月30日前申请。\n"
    assert list(check_language("content/guides/a.md", text)) == []
    assert [one.rule for one in check_language("content/notices/2026/a.md", text)] == ["deadline-year"]


@pytest.mark.parametrize(
    ("title", "unit", "found"),
    [
        ("服务职工人次", "人", 1),
        ("参训人数", "人次", 1),
        ("参训人数", "人", 0),
        ("服务职工", "人次", 0),
        ("建制率", "％", 0),
    ],
)
def test_an_indicator_counts_what_its_name_says(title: str, unit: str, found: int) -> None:
    text = f"title: {title}\ngroup: 五件实事\nunit: {unit}\n"
    record, origin, _ = parse_record(text, "indicator", "a")
    assert record
    assert [(one.rule, one.line) for one in check_units(record, origin, "content/indicators/a.yml")] == [
        ("persons-or-visits", 3)
    ] * found


def test_a_wrong_closing_quotation_mark_counts_as_a_pair() -> None:
    problems = find("“送温暖〞工程")
    assert {problem.rule for problem in problems} >= {"text-substituted", "quotes"}


def test_the_tables_are_rich_and_sound() -> None:
    swaps = read_table()
    assert len(set(swaps.values())) >= 120
    assert all(wrong in phrase and wrong != right for phrase, (wrong, right) in swaps.items())
    assert len(read_mistakes(OFFICIAL)) >= 150
    assert len(ETHNIC_NAMES) == len(set(ETHNIC_NAMES)) == 56
    assert {right.removesuffix("族") for right in read_mistakes(ETHNIC).values()} <= set(ETHNIC_NAMES)
    for table in (SERIOUS, ORGANISATIONS, OFFICIAL, ETHNIC):
        for wrong, right in read_mistakes(table).items():
            assert wrong != right
            assert len(wrong) >= 2


def test_no_name_of_a_people_is_called_wrong() -> None:
    assert find("、".join(f"{name}族" for name in ETHNIC_NAMES) + "职工。") == []


def test_a_table_finds_the_longest_phrase_at_each_place() -> None:
    table = make_table(["温暧", "送温暧", "暧和"])
    text = "送温暧和温暧"
    assert list(table.find(text, pairs_of(text))) == [(0, "送温暧"), (4, "温暧")]
    assert pairs_of("工") == set()


def test_a_short_name_of_an_issuer_is_found() -> None:
    text = "---\ntitle: 通知\nissuer: 县府办\npublished: 2026-01-05\n---\n\n请照办。\n"
    record, origin, _ = parse_record(text, "policy", "20260105-a")
    assert record
    library = Library(
        site=Site(name="职工之家", organisation="云溪县总工会", domain="yunxi.example"),
        records={("policies", record.id): record},
        origins={("policies", record.id): origin},
    )
    problems = list(check_records(library, datetime(2026, 1, 6, tzinfo=CHINA).date()))
    assert [(one.rule, one.line) for one in problems if one.rule == "organisation-short"] == [("organisation-short", 3)]


def test_clean_statutes_give_no_error_and_no_substituted_text(shared: Path, tmp_path: Path) -> None:
    laws = sorted((shared / "laws").glob("*.md"))
    assert laws
    run_import(tuple(laws), "policy", tmp_path, False, True, datetime(2026, 11, 20, tzinfo=CHINA))
    files = sorted(tmp_path.rglob("*.md"))
    assert len(files) == len(laws)
    problems = [one for file in files for one in check_language(str(file), file.read_text(encoding="utf-8"))]
    assert [one for one in problems if one.severity == "error" or one.rule == "text-substituted"] == []


def test_the_sample_content_is_clean() -> None:
    files = [*(ROOT / "content").rglob("*.md"), *(ROOT / "content").rglob("*.yml")]
    problems = [
        problem
        for file in files
        if ".schema" not in file.parts
        for problem in check_language(str(file), file.read_text(encoding="utf-8"))
    ]
    assert problems == []


def test_real_web_captures_give_what_a_proof_reader_marks(shared: Path) -> None:
    text = (shared / "samples" / "001-web-capture.txt").read_text(encoding="utf-8")
    found = {problem.message for problem in check_language("content/policies/2016/x.md", text)}
    assert {"“选拨”有误。", "“桥桥梁”有误。", "“履盖”有误。"} <= found


@given(st.text("的了工会 \n1\U00020000", max_size=14))
def test_echoes_are_where_a_word_stands_twice(text: str) -> None:
    expected = {match.start() for match in re.finditer(r"(?=(.{2,4})\1)", text, re.DOTALL)}
    assert set(find_echoes(text)) == expected
