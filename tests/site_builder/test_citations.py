"""Which documents a text cites, and which records they are."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from site_builder.citations import CitationIndex, CitationReader, compare_form, drop_version, gather, is_document
from site_builder.model import Library, Site
from site_builder.records import Notice, Policy, Published, Record

SITE = Site(name="职工之家", organisation="云溪县总工会", domain="yunxi.example")


def paper(key: str, title: str, number: str = "", published: str = "2020-01-01", **more: object) -> Policy:
    values = {"id": key, "title": title, "issuer": "云溪县总工会", "published": published, **more}
    return Policy.model_validate({**values, **({"doc_number": number} if number else {})})


RECORDS: list[Record] = [
    paper("aid-2021", "云溪县困难职工帮扶实施办法", "云工发〔2021〕6号", "2021-05-12"),
    paper("aid-2026", "云溪县困难职工帮扶实施办法（2026年修订）", "云工发〔2026〕12号", "2026-11-16"),
    paper("ratio", "关于调整困难职工医疗帮扶比例的通知", "云工办〔2024〕15号", "2024-03-12"),
    paper("money", "经费收支管理细则", "云工发〔2019〕8号", "2019-06-28"),
    paper("money-change", "关于修改《经费收支管理细则》部分条款的通知", "云工发〔2022〕5号", "2022-04-18"),
    paper("filing", "关于印发《困难职工建档规范》的通知", "云工办〔2018〕9号", "2018-02-02"),
    paper("trial", "互助章程（试行）", "", "2022-01-01"),
    paper("law", "中华人民共和国工会法", "", "2022-01-01", issuer=None, source="县人大网站"),
    Notice(id="list", title="拟帮扶名单公示", published=date(2026, 11, 16)),
    paper("long", "关于加强工作的意见", "和政工发〔2023〕1号", "2023-01-01"),
]
INDEX = CitationIndex(Library(site=SITE, records={(one.folder, one.id): one for one in RECORDS}))


def read(text: str, own: Published | None = None) -> list[tuple[str, str | None]]:
    """Return (what the link spans, id of the record) for everything cited."""
    own = own or paper("own", "某办法", "云工发〔2026〕99号", "2026-11-20")
    found = CitationReader(INDEX, own).read(text)
    return [(text[one.start : one.end], one.record.id if one.record else None) for one in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # a number decides, whatever its brackets and whatever stands before it
        (
            "按照《云溪县困难职工帮扶实施办法》（云工发〔2021〕6号）办理",
            [("《云溪县困难职工帮扶实施办法》", "aid-2021")],
        ),
        ("《云溪县困难职工帮扶实施办法》(云工发[2021]6号)", [("《云溪县困难职工帮扶实施办法》", "aid-2021")]),
        (
            "见云工发〔2021〕6号和云工办〔2024〕15号",
            [("云工发〔2021〕6号", "aid-2021"), ("云工办〔2024〕15号", "ratio")],
        ),
        ("经云工办〔2024〕15号文件调整", [("云工办〔2024〕15号", "ratio")]),
        ("县工会和政工发〔2023〕1号", [("和政工发〔2023〕1号", "long")]),
        ("云工办〔2024〕15号文件《关于调整比例的通知》", [("《关于调整比例的通知》", "ratio")]),
        # a title with another number is another document
        ("《经费收支管理细则》（市工发〔2019〕8号）", [("《经费收支管理细则》", None)]),
        # by title: the version that stood on the day of the citing document
        ("《云溪县困难职工帮扶实施办法》第三条", [("《云溪县困难职工帮扶实施办法》", "aid-2026")]),
        (
            "《云溪县困难职工帮扶实施办法（2026年修订）》",
            [("《云溪县困难职工帮扶实施办法（2026年修订）》", "aid-2026")],
        ),
        ("《云溪县困难职工帮扶实施办法（2015年修订）》", [("《云溪县困难职工帮扶实施办法（2015年修订）》", None)]),
        ("《互助章程》", [("《互助章程》", "trial")]),
        ("《拟帮扶名单公示》", [("《拟帮扶名单公示》", "list")]),
        ("《云溪县总工会经费收支管理细则》", [("《云溪县总工会经费收支管理细则》", "money")]),
        # nested titles: the longest that is known
        (
            "《关于修改〈经费收支管理细则〉部分条款的通知》",
            [("《关于修改〈经费收支管理细则〉部分条款的通知》", "money-change")],
        ),
        (
            "《关于修改《经费收支管理细则》部分条款的通知》",
            [("《关于修改《经费收支管理细则》部分条款的通知》", "money-change")],
        ),
        ("《市关于转发〈经费收支管理细则〉的通知》", [("", None), ("〈经费收支管理细则〉", "money")]),
        ("《困难职工建档规范》", [("《困难职工建档规范》", "filing")]),
        # laws are documents, newspapers and forms are none
        ("《中华人民共和国工会法》《信访工作条例》", [("《中华人民共和国工会法》", "law"), ("《信访工作条例》", None)]),
        ("《工人日报》和《帮扶申请表》", []),
        ("国办发〔2017〕47号", [("国办发〔2017〕47号", None)]),
        # the document itself is no citation
        ("《某办法》（云工发〔2026〕99号）即云工发〔2026〕99号", []),
        ("《没有完", []),
        ("一百〔2026〕号", []),
    ],
)
def test_what_a_paragraph_cites(text: str, found: list[tuple[str, str | None]]) -> None:
    assert read(text) == found


def test_an_older_document_cites_the_version_of_its_time() -> None:
    ratio = RECORDS[2]
    assert isinstance(ratio, Policy)
    assert read("《云溪县困难职工帮扶实施办法》", ratio) == [("《云溪县困难职工帮扶实施办法》", "aid-2021")]


def test_a_new_version_cites_the_old_one_and_not_itself() -> None:
    new = RECORDS[1]
    assert isinstance(new, Policy)
    text = "《云溪县困难职工帮扶实施办法》（云工发〔2021〕6号）同时废止，《云溪县困难职工帮扶实施办法（2026年修订）》施行。"
    assert read(text, new) == [("《云溪县困难职工帮扶实施办法》", "aid-2021")]


def test_a_short_name_holds_from_where_it_is_given() -> None:
    reader = CitationReader(INDEX, paper("own", "某通知"))
    assert reader.read("《细则》不明。") == []
    first = reader.read("《经费收支管理细则》（云工发〔2019〕8号，以下简称《细则》）施行以来，《细则》有效。")
    assert [(one.title, one.record and one.record.id) for one in first] == [
        ("经费收支管理细则", "money"),
        ("细则", "money"),
        ("细则", "money"),
    ]
    assert [one.record and one.record.id for one in reader.read("《细则》其他条款")] == ["money"]
    assert [one.title for one in gather(reader.mentions)] == ["经费收支管理细则"]


def test_a_short_name_of_an_unknown_document_is_not_listed_again() -> None:
    reader = CitationReader(INDEX, paper("own", "某通知"))
    reader.read("《保障农民工工资支付条例》（以下简称《条例》）规定")
    reader.read("《条例》第三条")
    assert [one.title for one in gather(reader.mentions)] == ["保障农民工工资支付条例"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("关于印发〈甲〉的通知", "关于印发《甲》的通知"),
        ("办法(试行)", "办法（试行）"),
        ("２０２６年 办法", "2026年办法"),
    ],
)
def test_spellings_of_one_title_are_equal(one: str, other: str) -> None:
    assert compare_form(one) == compare_form(other)


def test_a_draft_is_no_version() -> None:
    assert drop_version("办法（2026年修订）") == drop_version("办法（试行）") == "办法"
    assert drop_version("办法（修订草案）") == "办法（修订草案）"
    assert is_document("工会法（2021年修正）")


@given(st.text(alphabet="《》〈〉（）〔〕云工发办法通知6号2021，和一以下简称", max_size=60))
def test_mentions_lie_in_the_text_in_order_and_never_overlap(text: str) -> None:
    end = 0
    for one in CitationReader(INDEX, paper("own", "某通知")).read(text):
        assert end <= one.start <= one.end <= len(text)
        end = one.end
