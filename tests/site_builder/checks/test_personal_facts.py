"""Ailments and ages told of a person, in sentences and in tables; rules that speak of anybody are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from site_builder.checks.personal_facts import find_personal_facts
from site_builder.checks.plain_text import from_markdown


@pytest.mark.parametrize(
    ("text", "rule", "in_table"),
    [
        ("姓名：张三，患有尿毒症", "person-illness", False),
        ("申请人王某患尘肺病。", "person-illness", False),
        ("困难职工张某某因患白血病致困", "person-illness", False),
        ("户主：李四，肢体二级残疾。", "person-disability", False),
        ("子女李某，8岁，上小学", "person-minor", False),
        ("姓名\t单位\t病种\n张*\t纺织厂\t肺癌", "person-illness", True),
        ("序号\t姓名\t致困原因\n1\t张**\t本人糖尿病", "person-illness", True),
        ("姓名\t残疾等级\n赵六\t二级", "person-disability", True),
        ("姓名\t年龄\n李小明\t12", "person-minor", True),
        ("姓名\t病种\n欧阳**\t肺癌", "person-illness", True),
        ("受理编号\t姓名\nYX-3H7K-52QD-T\t欧阳小满", "person-unmasked", True),
        ("受理编号\t姓名\t单位\nYX-3H7K-52QD-T\t张小满\t纺织厂", "person-unmasked", True),
        ("标题\t\n学生姓名\t出生年月\n王小花\t2012年3月", "person-minor", True),
    ],
)
def test_a_fact_of_a_person_is_found(text: str, rule: str, in_table: bool) -> None:
    assert [(found.rule, table) for found, table in find_personal_facts(text)] == [(rule, in_table)]


@pytest.mark.parametrize(
    "text",
    [
        "申请人患重大疾病的，可以申请。",
        "姓名\t残疾等级\n\t",
        "受理编号\t姓名\t单位\nYX-3H7K-52QD-T\t张**\t纺织厂",
        "姓名\t单位\n张小满\t纺织厂",
        "姓名\t身体状况\n张三\t良好",
        "姓名\t年龄\n李小明\t42",
        "姓名\t病种\n（填写示例）\t□肿瘤 □其他",
        "单位\t病种\n纺织厂\t肺癌",
        "姓名：张三，女，工会主席。开展两癌筛查。",
        "学生姓名\t出生年月\n王大山\t1990年3月\n2026年公示\t",
    ],
)
def test_what_tells_of_nobody_is_left(text: str) -> None:
    assert list(find_personal_facts(text)) == []


def test_clean_statutes_tell_of_nobody(shared: Path) -> None:
    for path in (shared / "laws").glob("*.md"):
        assert list(find_personal_facts(from_markdown(path.read_text(encoding="utf-8")))) == [], path.name
