"""A small library with one of each document and the chains between them, for tests of the pages."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from site_builder.model import Library, Origin, Site
from site_builder.records import (
    Case,
    Finance,
    Guide,
    Honour,
    Indicator,
    Interpretation,
    News,
    Notice,
    Page,
    Policy,
    Record,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=timezone(timedelta(hours=8)))
SITE = {
    "name": "职工之家",
    "organisation": "云溪县总工会",
    "domain": "yunxi.example",
    "sample": True,
    "popular": ["帮扶标准", "会员卡"],
    "hotline_note": "有人接听。",
    "address": "文昌路18号",
    "hours": "周一至周五 8:30–12:00",
    "phone": "0000-6010001",
    "icp": "示例备案号",
}
BODY = """为把事办好，制定本办法。

## 一、对象

（一）条件。满六个月的，可以申请：

1. 收入低的；

2. 患重病的。

## 二、附则

自公布之日起施行。
"""
RECORDS: tuple[tuple[type[Record], dict[str, object]], ...] = (
    (
        Policy,
        {
            "id": "new",
            "title": "帮扶办法（2026年修订）",
            "doc_number": "云工发〔2026〕12号",
            "index_number": "YX-GH-2026-00112",
            "issuer": "云溪县总工会",
            "issued": "2026-11-09",
            "published": "2026-11-16",
            "published_time": "10:00",
            "validity": {"state": "effective", "effective": "2026-11-18", "expires": "2031-11-17"},
            "topics": ["帮扶"],
            "gist": ["满六个月就能申请。", "十五个工作日办完。"],
            "addressee": "各工会：",
            "signature": "云溪县总工会",
            "note": "此件公开发布",
            "copies_to": ["清江市总工会"],
            "summary": "放宽了条件。",
            "attachments": [{"file": "files/表.docx", "title": "申请表"}],
            "relations": {"replaces": ["old"], "based_on": [{"title": "工会法", "article": "第三条"}]},
            "body": BODY,
        },
    ),
    (
        Policy,
        {
            "id": "old",
            "title": "帮扶办法",
            "doc_number": "云工发〔2021〕6号",
            "issuer": "云溪县总工会",
            "published": "2021-05-12",
            "validity": {"state": "effective", "effective": "2021-06-01"},
            "topics": ["帮扶"],
            "body": BODY,
        },
    ),
    (
        Policy,
        {
            "id": "amender",
            "title": "关于调整比例的通知",
            "issuer": "云溪县总工会",
            "published": "2024-03-14",
            "validity": {"effective": "2024-04-01"},
            "relations": {"amends": ["kept"]},
        },
    ),
    (
        Policy,
        {
            "id": "kept",
            "title": "会费办法",
            "issuer": "云溪县总工会",
            "published": "2020-01-02",
            "validity": {"effective": "2020-02-01"},
        },
    ),
    (
        Policy,
        {
            "id": "soon",
            "title": "竞赛办法",
            "issuer": "云溪县总工会",
            "published": "2026-11-05",
            "validity": {"effective": "2027-01-01"},
            "relations": {"repeals": ["kept"]},
        },
    ),
    (
        Policy,
        {
            "id": "ending",
            "title": "互助章程",
            "issuer": "云溪县总工会",
            "published": "2023-12-20",
            "validity": {"effective": "2024-01-01", "expires": "2026-12-31"},
        },
    ),
    (
        Policy,
        {
            "id": "gone",
            "title": "试行办法",
            "issuer": "云溪县总工会",
            "published": "2022-01-01",
            "validity": {"effective": "2022-01-01", "expires": "2023-12-31"},
        },
    ),
    (
        Policy,
        {
            "id": "statute",
            "title": "工会条例",
            "source": "县人大网站",
            "published": "2019-01-01",
            "passages": [{"date": "2018-12-01", "event": "县人大常委会通过"}],
            "body": "第一条　为了工会，制定本条例。",
        },
    ),
    (
        Interpretation,
        {
            "id": "reading",
            "title": "一图看懂",
            "policy": "new",
            "published": "2026-11-16",
            "form": "问答",
            "body": "可以。",
        },
    ),
    (
        Notice,
        {
            "id": "open-list",
            "title": "拟帮扶名单公示",
            "kind": "公示",
            "doc_number": "云工示〔2026〕7号",
            "published": "2026-11-16",
            "period": {"start": "2026-11-18", "working_days": 5},
            "issuer": "云溪县总工会",
            "guide": "aid",
            "objection": {"unit": "权益部", "phone": "0000-6010002", "note": "写明理由"},
            "body": "张某，纺织厂。",
        },
    ),
    (
        Notice,
        {
            "id": "closed-list",
            "title": "助学名单公示",
            "kind": "公示",
            "published": "2026-11-02",
            "result": "无异议",
            "period": {"start": "2026-11-02", "end": "2026-11-10"},
            "attachments": [{"file": "files/名单.xlsx"}],
            "body": "李某，机械厂。",
        },
    ),
    (
        Notice,
        {
            "id": "signup",
            "title": "焊工大赛报名公告",
            "kind": "公告",
            "published": "2026-11-18",
            "period": {"start": "2026-11-18", "end": "2026-12-01"},
            "body": "快来。",
        },
    ),
    (
        News,
        {
            "id": "visit",
            "title": "冬季走访",
            "published": "2026-11-19",
            "source": "办公室",
            "summary": "走了三十一户。",
            "body": "今天出发。",
        },
    ),
    (News, {"id": "older", "title": "夏季走访", "published": "2025-07-19", "body": "热。"}),
    (
        Case,
        {"id": "wage", "title": "讨回工资", "published": "2026-10-01", "outcome": "七天付清。", "body": "某厂欠薪。"},
    ),
    (
        Finance,
        {
            "id": "budget",
            "title": "2026年预算",
            "published": "2026-02-01",
            "kind": "预算",
            "year": 2026,
            "body": "收入一百万元。",
        },
    ),
    (
        Guide,
        {
            "id": "aid",
            "title": "困难职工帮扶",
            "short": "困难帮扶",
            "summary": "生活、看病、急难",
            "icon": "aid",
            "order": 1,
            "basis": [{"title": "帮扶办法", "policy": "new"}],
        },
    ),
    (
        Honour,
        {
            "id": "medal-2026",
            "title": "2026年奖章",
            "honour": "五一劳动奖章",
            "level": "县级",
            "year": 2026,
            "conferred_by": "云溪县总工会",
            "recipients": [
                {"name": "沈岳宁", "key": "a", "unit": "纺织厂", "post": "挡车工", "consent": True},
                {"name": "顾知秋", "key": "b", "unit": "县医院", "post": "护士长"},
                {"name": "邵长河", "key": "c", "unit": "公交公司", "consent": True},
                {"name": "闻素兰", "key": "d", "unit": "茶场", "consent": True},
                {"name": "祁大川", "key": "e", "unit": "供电公司", "consent": True},
            ],
            "revocations": [{"key": "a", "date": "2026-10-01", "reason": "本人申请"}],
        },
    ),
    (
        Indicator,
        {
            "id": "stations",
            "title": "新建驿站",
            "group": "五件实事",
            "unit": "座",
            "year": 2026,
            "target": {"value": 20},
            "series": [{"date": "2026-11-01", "value": 14}],
            "remark": "一座在建",
        },
    ),
    (
        Indicator,
        {
            "id": "visits",
            "title": "入户走访",
            "group": "五件实事",
            "unit": "户",
            "year": 2026,
            "target": {"value": 800},
            "series": [{"date": "2026-11-01", "value": 612}],
        },
    ),
    (Page, {"id": "about", "title": "单位概况", "column": "概况信息", "updated": "2026-01-05", "body": "我们是工会。"}),
    (Page, {"id": "guide-open", "title": "信息公开指南", "column": "信息公开指南", "body": "可以查。"}),
)


def make_library(*more: Record, **site: object) -> Library:
    """Return the small library, with further records and other settings of the site."""
    records = [kind.model_validate(values) for kind, values in RECORDS] + list(more)
    return Library(
        site=Site.model_validate({**SITE, **site}),
        records={(one.folder, one.id): one for one in records},
        origins={(one.folder, one.id): Origin(path=f"{one.folder}/2026/{one.id}.md") for one in records},
    )
