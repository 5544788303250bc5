from forms_api.casefiles import Group, Shown
from forms_api.review.paper import COLUMNS, SHORT, fill_in, lay_out


def labels(lines: tuple[tuple[Shown, ...], ...]) -> list[str]:
    return ["＋".join(one.label for one in line) for line in lines]


def test_short_answers_stand_in_pairs_and_a_long_one_alone() -> None:
    answers = [
        Shown("姓名", "甲"),
        Shown("民族", "汉族"),
        Shown("电话", "1"),
        Shown("情况", "长" * (SHORT + 1)),
        Shown("单位", "乙"),
    ]
    assert labels(fill_in("您是谁", answers).lines) == ["姓名＋民族", "电话", "情况", "单位"]
    assert fill_in("没有", ()).lines == ()


def test_people_stand_in_a_list_after_the_rest_of_their_step() -> None:
    rows = (
        Shown("一个人生活吗", "否"), Shown("姓名", "甲", item="家庭成员 1"), Shown("收入", "100", item="家庭成员 1"),
        Shown("姓名", "乙", item="家庭成员 2"), Shown("孩子有几个", "1"), Shown("名称", "丙", item="孩子 1"),
    )  # fmt: skip
    first, people, children = lay_out([Group("家里有谁", rows)])
    assert (first.caption, labels(first.lines)) == ("家里有谁", ["一个人生活吗＋孩子有几个"])
    assert (people.caption, people.head, people.rows) == ("家庭成员", ("姓名", "收入"), (("甲", "100"), ("乙", "—")))
    assert (children.caption, children.rows) == ("孩子", (("丙",),))


def test_what_is_too_wide_for_a_list_is_a_form_for_each() -> None:
    rows = tuple(
        Shown(f"第{number}问", "是", item=f"孩子 {child}") for child in (1, 2) for number in range(COLUMNS + 1)
    )
    tables = list(lay_out([Group("上学的孩子", rows)]))
    assert [(one.caption, len(one.lines), one.head) for one in tables] == [
        ("上学的孩子", 0, ()),
        ("孩子 1", 4, ()),
        ("孩子 2", 4, ()),
    ]
