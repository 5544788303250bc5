"""META tags of the site standard: site, column and content."""

from datetime import date

import pytest

from site_builder.metatags import FEEDS, find_day, list_feeds, tell_column, tell_content, tell_site
from site_builder.model import Site, SiteColumn
from site_builder.records import (
    Campaign,
    Consultation,
    Event,
    Guide,
    Honour,
    Interpretation,
    Message,
    Page,
    Policy,
    Record,
    Rules,
)
from site_builder.render import Theme
from tests.small_library import NOW, make_library

SITE = make_library().site
POLICY = Policy.model_validate(
    {
        "id": "a",
        "title": "甲办法",
        "issuer": "云溪县总工会",
        "published": "2026-11-16",
        "topics": ["帮扶"],
        "author": "闻舒",
    }
)

DAY = date(2026, 11, 16)


def test_content_of_a_document() -> None:
    tags = dict(tell_content(POLICY, DAY, "云溪县总工会", "https://yunxi.example/policies/a/"))
    assert tags == {
        "ArticleTitle": "甲办法",
        "PubDate": "2026-11-16 00:00",
        "ContentSource": "云溪县总工会",
        "Url": "https://yunxi.example/policies/a/",
        "Author": "闻舒",
        "Keywords": "帮扶",
    }


def test_keywords_come_before_topics_and_the_hour_is_told() -> None:
    policy = POLICY.model_copy(update={"keywords": ("困难", "职工"), "published_time": "15:30"})
    tags = dict(tell_content(policy, DAY, "甲", "/"))
    assert (tags["Keywords"], tags["PubDate"]) == ("困难,职工", "2026-11-16 15:30")


def test_column_of_the_site_wins() -> None:
    column = SiteColumn(name="文件库", folder="policies", description="所有文件", keywords=("文件", "办法"))
    tags = tell_column(SITE.model_copy(update={"columns": (column,)}), "policies", None)
    assert tags == [
        ("ColumnName", "文件库"),
        ("ColumnDescription", "所有文件"),
        ("ColumnKeywords", "文件,办法"),
        ("ColumnType", "政策文件"),
    ]


def test_columns_without_setting_are_whole() -> None:
    for key in ("", "policies", "data", "某栏"):
        assert all(
            content for _, content in tell_column(Site(name="家", organisation="会", domain="a.example"), key, None)
        )


def test_records_with_a_class_of_their_own() -> None:
    page = Page(id="leaders", title="领导简介", column="负责人信息")
    reading = Interpretation(id="r", title="解读", policy="a")
    assert dict(tell_column(SITE, "", None))["ColumnType"] == "首页"
    assert dict(tell_column(SITE, "pages", page))["ColumnType"] == "负责人信息"
    assert dict(tell_column(SITE, "policies", reading))["ColumnType"] == "政策解读"


def test_site_id_code_stands_only_where_there_is_one() -> None:
    assert "SiteIDCode" not in dict(tell_site(SITE))
    assert dict(tell_site(SITE.model_copy(update={"site_id_code": "3608280012"})))["SiteIDCode"] == "3608280012"


def test_a_record_without_a_date_has_no_content_group() -> None:
    theme = Theme(make_library(), NOW)
    tags = dict(theme.metas("guides/x/", "入会", "guides", Guide(id="x", title="入会", summary="扫码就行。")))
    assert "PubDate" not in tags
    assert tags["Description"] == "扫码就行。"


ROLL = {
    "id": "a",
    "title": "奖章",
    "honour": "奖章",
    "level": "县级",
    "year": 2026,
    "conferred_by": "甲",
    "recipients": [{"name": "乙", "key": "yi"}],
}
ASKED = {"id": "a", "title": "问", "asked": "2026-11-02", "question": "？"}
VERSIONS = [{"effective": day, "source": "甲", "values": {"a": 1}} for day in ("2025-01-01", "2027-01-01")]


@pytest.mark.parametrize(
    ("kind", "values", "day"),
    [
        (Page, {"id": "a", "title": "甲", "updated": "2026-01-05"}, "2026-01-05"),
        (Event, {"id": "a", "title": "甲", "kind": "讲座", "start": "2026-11-26 14:00"}, None),
        (
            Event,
            {"id": "a", "title": "甲", "kind": "讲座", "start": "2026-12-26", "updated": "2026-11-01"},
            "2026-11-01",
        ),
        (Honour, ROLL, None),
        (Honour, {**ROLL, "conferred": "2026-04-28"}, "2026-04-28"),
        (Message, ASKED, "2026-11-02"),
        (Message, {**ASKED, "replied": "2026-11-04", "reply": "好。"}, "2026-11-04"),
        (Rules, {"id": "a", "title": "线", "versions": VERSIONS}, "2025-01-01"),
        (Rules, {"id": "a", "title": "线", "versions": VERSIONS[1:]}, None),
        (Campaign, {"id": "a", "title": "甲", "period": {"start": "2027-01-01", "end": "2027-03-01"}}, None),
        (
            Consultation,
            {"id": "a", "title": "甲", "period": {"start": "2026-09-01", "end": "2026-09-30"}},
            "2026-09-01",
        ),
        (
            Consultation,
            {
                "id": "a",
                "title": "甲",
                "period": {"start": "2026-09-01", "end": "2026-09-30"},
                "result_published": "2026-10-20",
            },
            "2026-10-20",
        ),
    ],
)
def test_the_date_of_a_page_is_never_that_of_something_to_come(
    kind: type[Record], values: dict[str, object], day: str | None
) -> None:
    found = find_day(kind.model_validate(values), NOW.date())
    assert (str(found) if found else None) == day


def test_a_page_belongs_to_the_feeds_of_its_column_or_of_the_site() -> None:
    assert [address for _, _, address in list_feeds(SITE, "news/2026/")] == ["news/feed.xml", "news/feed.json"]
    assert [address for _, _, address in list_feeds(SITE, "unions/county/")] == ["feed.xml", "feed.json"]
    assert [address for _, _, address in list_feeds(SITE, "")] == ["feed.xml", "feed.json"]
    assert list_feeds(SITE, "guides/")[0][0] == f"{FEEDS['guides']} · {SITE.name}"
