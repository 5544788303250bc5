"""Who may do what: the table of cases for one push, judged without git."""

from __future__ import annotations

import pytest

from site_builder.editors import Editor, Editors
from site_builder.publishing.rights import Change, Deed, columns_of, judge
from site_builder.records import News, Notice, Policy, Record
from tests.small_library import RECORDS

POLICY_PATH, LIST_PATH, NEWS_PATH = "content/policies/2026/p.md", "content/notices/2026/n.md", "content/news/2026/x.md"
EDITORS = Editors(
    editors=(
        Editor(name="写甲", login="xie", rights=("write",)),
        Editor(name="审乙", login="shen", email="shen@yunxi.example", rights=("write", "review")),
        Editor(name="批丙", login="pi", rights=("review", "approve", "withdraw")),
        Editor(name="管丁", login="guan", rights=("settings",)),
        Editor(
            name="新闻戊",
            login="xinwen",
            rights=("write", "approve"),
            limits={"write": ("news",), "approve": ("notices",)},
        ),
        Editor(name="审核系统", rights=("write",), limits={"write": ("公示", "messages", "indicators")}, service=True),
    )
)


def person(name: str) -> Editor:
    return next(one for one in EDITORS.editors if one.name == name)


def make(model: type[Record], status: str = "published", **values: object) -> Record:
    found = next(given for one, given in RECORDS if one is model)
    return model.model_validate({**found, **values, "status": status})


POLICY = Change(POLICY_PATH, "发布", None, make(Policy, title="办法"), "b1")
LIST = Change(LIST_PATH, "发布", None, make(Notice, title="名单", kind="公示"), "b1")
NEWS = Change(NEWS_PATH, "发布", None, make(News, title="消息"), "b1")


def deed(
    who: str | None, *files: str, reviewed: str = "", approved: str = "", forced: str = "", blob: str = "b1"
) -> Deed:
    return Deed(
        "0123456789abcdef",
        person(who) if who else None,
        files,
        (reviewed,) if reviewed else (),
        (approved,) if approved else (),
        forced or None,
        {POLICY_PATH: blob, LIST_PATH: blob},
    )


WRITTEN = deed("写甲", POLICY_PATH)
REVIEWED = deed("审乙", reviewed="审乙 <shen@yunxi.example>")
APPROVED = deed("批丙", approved="批丙")


@pytest.mark.parametrize(
    ("deeds", "changes", "expected"),
    [
        # rights to change
        ([deed("写甲", NEWS_PATH)], [NEWS], []),
        ([deed("批丙", NEWS_PATH)], [NEWS], ["缺少“工作动态”的写稿（write）权限"]),
        ([deed("新闻戊", NEWS_PATH)], [NEWS], []),
        ([deed("新闻戊", LIST_PATH)], [Change(LIST_PATH, "修改")], ["缺少“通知公告”的写稿（write）权限"]),
        ([deed(None, NEWS_PATH)], [NEWS], ["看不出是谁做的"]),
        ([deed(None)], [], []),
        ([deed("写甲", "content/site.yml")], [Change("content/site.yml", "修改")], ["缺少设置（settings）权限"]),
        ([deed("管丁", "content/editors.yml")], [Change("content/editors.yml", "修改")], []),
        ([deed("写甲", "signoffs/a.md")], [Change("signoffs/a.md", "发布")], ["缺少设置（settings）权限"]),
        ([deed("审乙", "signoffs/a.md", reviewed="审乙")], [Change("signoffs/a.md", "发布")], []),
        # taking down
        (
            [deed("写甲", NEWS_PATH)],
            [Change(NEWS_PATH, "撤下", NEWS.after, None)],
            ["缺少“工作动态”的撤稿（withdraw）权限"],
        ),
        ([deed("写甲", NEWS_PATH)], [Change(NEWS_PATH, "撤下", make(News, "draft"), None)], []),
        (
            [deed("写甲", POLICY_PATH)],
            [Change(POLICY_PATH, "修改", POLICY.after, make(Policy, "withdrawn"))],
            ["缺少“政策文件”的撤稿（withdraw）权限"],
        ),
        # three reviews
        ([WRITTEN], [POLICY], ["政策文件《办法》还缺审核（Reviewed-by）和批准（Approved-by）"]),
        ([WRITTEN, REVIEWED], [POLICY], ["还缺批准（Approved-by）"]),
        ([WRITTEN, REVIEWED, APPROVED], [POLICY], []),
        ([WRITTEN, deed("批丙", reviewed="pi", approved="pi")], [POLICY], ["审核和批准是同一个人（批丙）"]),
        ([deed("审乙", POLICY_PATH), REVIEWED, APPROVED], [POLICY], ["还缺审核（Reviewed-by）"]),
        ([WRITTEN, deed("审乙", reviewed="审乙", blob="b0"), APPROVED], [POLICY], ["还缺审核（Reviewed-by）"]),
        (
            [WRITTEN, deed("写甲", reviewed="审乙"), APPROVED],
            [POLICY],
            ["写的是“审乙”审核，但它是写甲做的", "还缺审核"],
        ),
        ([WRITTEN, deed("写甲", reviewed="写甲"), APPROVED], [POLICY], ["还缺审核（Reviewed-by）"]),
        ([WRITTEN, REVIEWED, deed("新闻戊", approved="新闻戊")], [POLICY], ["还缺批准（Approved-by）"]),
        ([deed("写甲", POLICY_PATH)], [Change(POLICY_PATH, "发布", None, make(Policy, "draft"), "b1")], []),
        ([deed("写甲", LIST_PATH)], [LIST], ["公示《名单》还缺审核（Reviewed-by）和批准（Approved-by）"]),
        ([deed("写甲", LIST_PATH)], [Change(LIST_PATH, "发布", None, make(Notice, kind="通知"), "b1")], []),
        # the service may repeat whom its own workflow knows
        (
            [
                Deed(
                    "0123456789",
                    person("审核系统"),
                    (LIST_PATH,),
                    ("审乙",),
                    ("批丙",),
                    None,
                    {LIST_PATH: "b1"},
                )
            ],
            [LIST],
            [],
        ),
        ([deed("审核系统", LIST_PATH)], [LIST], ["公示《名单》还缺审核"]),
        ([deed("审核系统", NEWS_PATH)], [NEWS], ["是审核系统做的，缺少“工作动态”的写稿（write）权限"]),
        ([deed("审核系统", LIST_PATH, reviewed="路人")], [LIST], ["写的是“路人”审核", "还缺审核"]),
        # bypass
        ([WRITTEN, deed("批丙", forced="台风应急")], [POLICY], []),
        ([WRITTEN, deed("写甲", forced="台风应急")], [POLICY], ["还缺审核"]),
        ([WRITTEN, deed("批丙", forced="台风应急", blob="b0")], [POLICY], ["还缺审核"]),
    ],
)
def test_a_push_is_judged(deeds, changes, expected):
    found = [problem.message for problem in judge(deeds, changes, EDITORS).problems]
    assert len(found) == len(expected), found
    for sentence in expected:
        assert any(sentence in message for message in found), (sentence, found)


def test_nobody_registered_means_nothing_is_refused():
    assert judge([deed(None, POLICY_PATH)], [POLICY], Editors()).problems == []


def test_the_log_is_told_whose_word_it_was():
    verdict = judge([WRITTEN, REVIEWED, APPROVED], [POLICY], EDITORS)
    assert (list(verdict.written), list(verdict.reviewed), list(verdict.approved)) == (["写甲"], ["审乙"], ["批丙"])
    assert judge([WRITTEN, deed("批丙", forced="台风应急")], [POLICY], EDITORS).forced == "台风应急"


@pytest.mark.parametrize(
    ("path", "columns"),
    [
        ("content/news/2026/a.md", ("news",)),
        ("content/forms/aid.yml", ("forms",)),
        ("content/assets/a.png", ("assets",)),
        ("content/site.yml", ()),
        ("content/holidays/2026.yml", ()),
        ("mkdocs.yml", ()),
        ("contents/news/a.md", ()),
    ],
)
def test_every_file_lies_in_a_column_or_is_a_setting(path, columns):
    assert columns_of(path, None) == columns


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([{"name": "甲", "rights": ["write"], "limits": {"review": ["news"]}}], "没有的权限“审核（review）”"),
        ([{"name": "甲", "rights": ["write"], "limits": {"write": ["xinwen"]}}], "没有“xinwen”这个栏目"),
        ([{"name": "甲", "rights": ["write"], "keys": ["MIIB"]}], "一行 SSH 公钥"),
        ([{"name": "甲", "rights": []}, {"name": "甲", "rights": []}], "同一个姓名“甲”"),
        ([{"name": "甲", "login": "a", "rights": []}, {"name": "乙", "login": "a", "rights": []}], "同一个账号“a”"),
    ],
)
def test_rights_that_contradict_themselves_are_refused(values, sentence):
    with pytest.raises(ValueError, match=sentence):
        Editors.model_validate({"editors": values})
