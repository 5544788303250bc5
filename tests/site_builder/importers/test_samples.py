"""The two captured samples and the collected laws, which the project must import as they stand."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import pytest

from site_builder.importers import Imported, import_file, run_import
from site_builder.records import Policy

HAN = re.compile("[^\u4e00-\u9fff]")


def policy(imported: Imported) -> Policy:
    assert isinstance(imported.record, Policy)
    return imported.record


def blocks(imported: Imported) -> list[str]:
    return policy(imported).body.strip().split("\n\n")


def said(imported: Imported, kind: str) -> str:
    return "\n".join(finding.message for finding in getattr(imported, kind))


@pytest.fixture
def first(shared: Path, now: datetime) -> Imported:
    return import_file(shared / "samples/000-web-capture.txt", now=now)


@pytest.fixture
def second(shared: Path, now: datetime) -> Imported:
    return import_file(shared / "samples/001-web-capture.txt", now=now)


def test_first_sample_fields(first: Imported) -> None:
    record = policy(first)
    assert record.title == "龙游县人民政府办公室关于新形势下进一步支持工会工作的意见"
    assert str(record.doc_number) == "龙政办发〔2022〕90号"
    assert str(record.index_number) == "01251010-001/2022-142321"
    assert (record.issued, record.published, record.published_time) == (date(2022, 12, 21), date(2022, 12, 26), "15:29")
    assert record.disclosure == "主动公开"
    assert record.issuer == "龙游县人民政府办公室"
    assert record.source == "县府办"
    assert record.addressee == "各镇、乡人民政府，各街道办事处，县政府各部门，直属各单位"
    assert record.signature == ("龙游县人民政府办公室",)
    assert record.note == "（此件公开发布）"
    assert record.validity.state is None
    assert record.status == "draft"


def test_first_sample_levels(first: Imported) -> None:
    heads = [block for block in blocks(first) if block.startswith("#")]
    assert [head[:5] for head in heads] == ["## 一、", "## 二、", "## 三、", "## 四、"]
    items = [match[1] for block in blocks(first) if (match := re.match(r"(\d+)\.", block))]
    assert items == [str(number) for number in range(1, 14)]
    assert len(blocks(first)) == 1 + 4 + 13


def test_first_sample_findings(first: Imported) -> None:
    repairs, doubts = said(first, "repairs"), said(first, "doubts")
    assert "县府办" in repairs
    assert "县府办" in doubts
    assert "有效性" in doubts
    assert all(part in doubts for part in ("公开日期 2022-12-21", "发布时间 2022-12-26", "落款日期 2022-12-21"))
    assert "标题分在 2 行" in repairs
    assert re.search(r"半角标点改成全角（\d+ 处）", repairs)
    assert "书名号" in repairs


def test_first_sample_text(first: Imported) -> None:
    body = policy(first).body
    assert "《关于印发〈“县级工会加强年”专项工作方案〉的通知》" in body
    assert "（龙委办〔2022〕33号）" in body
    assert "1.支持工会开展劳动竞赛。" in body
    assert not re.search("[\u4e00-\u9fff][,:;()][\u4e00-\u9fff]", body)


def test_second_sample(second: Imported) -> None:
    record = policy(second)
    assert record.title == "对黄山市黄山区工会工作的一点思考"
    assert record.issuer == record.source == "安徽省黄山市黄山区总工会"
    assert record.published == date(2022, 10, 23)
    assert sum(block.startswith("## ") for block in blocks(second)) == 6
    assert blocks(second)[0].startswith("2016年是实施“十三五”规划")
    for noise in (
        "百科知识",
        "版权反馈",
        "摘要",
        "免责声明",
        "我要反馈",
        "特色发展",
        "工运事业",
        "首页",
        "中央重视各先锋号",
    ):
        assert noise not in record.body
    assert "收录时间" in said(second, "doubts")
    assert str(second.provenance["source_authority"]).startswith("非权威来源")
    assert "版权反馈" in said(second, "repairs")


@pytest.mark.parametrize("start", ["索引号", "龙游县人民政府办公室关于"])
def test_one_line_gives_the_same_body(first: Imported, shared: Path, tmp_path: Path, now: datetime, start: str) -> None:
    text = (shared / "samples/000-web-capture.txt").read_text(encoding="utf-8")
    path = tmp_path / "glued.txt"
    path.write_text(re.sub(r"\s+", " ", text[text.index(start) :]), encoding="utf-8")
    glued = import_file(path, now=now)
    assert policy(glued).body == policy(first).body
    assert policy(glued).title == policy(first).title
    assert policy(glued).addressee == policy(first).addressee
    assert policy(glued).signature == policy(first).signature
    assert "恢复为 " in said(glued, "repairs")


# --- laws ------------------------------------------------------------------------------------


def test_all_laws_import_published(shared: Path, tmp_path: Path, now: datetime) -> None:
    paths = sorted((shared / "laws").glob("*.md"))
    report = run_import(paths, "policy", tmp_path, False, True, now)
    assert report.refused == 0
    assert len(list(tmp_path.rglob("*.md"))) == len(list(tmp_path.rglob("*.provenance.yml"))) == len(paths) > 0
    for result in report.results:
        assert result.imported is not None
        _compare(result.path, result.imported)


def _compare(path: Path, imported: Imported) -> None:
    source = path.read_text(encoding="utf-8")
    head, _, text = source.partition("<!-- INFO END -->")
    record = policy(imported)
    assert record.title == re.sub(r"\s", "", head.split("\n")[0].lstrip("# "))
    assert record.published is not None
    assert record.issuer or record.source == path.name
    body = HAN.sub("", record.body)
    assert body.endswith(HAN.sub("", text)), path.name
    lines = text.split("\n")
    for mark, pattern in (("## ", "#+ 第.+?章"), ("### ", "#+ 第.+?节"), ("", "第[一二三四五六七八九十百零]+条 ")):
        expected = sum(re.match(pattern, line) is not None for line in lines)
        plain = pattern.removeprefix("#+ ")
        assert sum(re.match(mark + plain, block) is not None for block in blocks(imported)) == expected, path.name


@pytest.mark.parametrize(
    ("name", "issuer", "issued", "steps", "number"),
    [
        ("工会法(2021-12-24)", "全国人民代表大会常务委员会", date(2021, 12, 24), 4, None),
        (
            "浙江省集体合同条例(2010-11-25)",
            "浙江省人民代表大会常务委员会",
            date(2010, 11, 25),
            4,
            "浙江省第十一届人民代表大会常务委员会公告第58号",
        ),
        ("国务院关于职工工作时间的规定(1995-03-25)", "国务院", date(1994, 2, 3), 1, "国务院令第146号"),
        ("政府信息公开条例(2019-04-03)", "国务院", date(2019, 4, 3), 3, "国务院令第711号"),
        ("宁波市职工教育条例(2010-08-11)", "宁波市人民代表大会常务委员会", date(2010, 7, 30), 6, None),
        ("重庆市工会条例(2011-11-29)", "重庆市人民代表大会常务委员会", date(2011, 11, 25), 5, None),
        ("信访工作条例(2022-02-25)", "中共中央、国务院", date(2022, 2, 25), 2, None),
        ("上海市促进就业若干规定(2005-12-29)", None, date(2005, 12, 29), 0, None),
        ("上海市工会条例", None, None, 0, None),
    ],
)
def test_history_of_a_law(
    shared: Path, now: datetime, name: str, issuer: str | None, issued: date | None, steps: int, number: str | None
) -> None:
    imported = import_file(shared / "laws" / f"{name}.md", now=now)
    record = policy(imported)
    assert (record.issuer, record.issued, len(record.passages)) == (issuer, issued, steps)
    assert (str(record.doc_number) if record.doc_number else None) == number
    assert record.published == (issued or now.date())
    assert not any(re.search(r"根据$|[（(][^）)]*$|^[^（(]*[）)]$|\d{4}年", step.event) for step in record.passages)


def test_law_with_a_cover_notice(shared: Path, now: datetime) -> None:
    path = next((shared / "laws").glob("国家机关*"))
    record = policy(import_file(path, now=now))
    assert (str(record.doc_number), record.issuer) == ("人薪发〔1995〕32号", "中华人民共和国人事部")
    assert (record.issued, record.validity.effective) == (date(1995, 3, 26), date(1995, 5, 1))


def test_law_that_lost_its_lines(shared: Path, tmp_path: Path, now: datetime) -> None:
    source = shared / "laws/工会法(2021-12-24).md"
    title, text = "中华人民共和国工会法", source.read_text(encoding="utf-8").partition("<!-- INFO END -->")[2]
    path = tmp_path / "工会法.txt"
    path.write_text(title + re.sub(r"\s+|#", "", text), encoding="utf-8")
    glued, whole = policy(import_file(path, now=now)), policy(import_file(source, now=now))
    heads = re.compile("^(?:## )?第[一二三四五六七八九十]+[条章]", re.MULTILINE)
    assert heads.findall(glued.body) == heads.findall(whole.body)
    assert glued.title == title
