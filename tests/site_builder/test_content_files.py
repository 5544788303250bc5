"""Reading and writing content/: round trips, files of every sort that a person may save, the sample fault trees."""

from __future__ import annotations

import hashlib
import json
import os
import socket
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from site_builder.clock import CHINA
from site_builder.content_files import (
    RecordExists,
    format_record,
    parse_record,
    published_files,
    read_library,
    record_path,
    write_record,
    write_schemas,
)
from site_builder.reading.source_files import MAX_BYTES
from site_builder.records import RECORD_TYPES, Event, Interpretation, News, Page, Policy, Record, Union
from site_builder.values import Reference, Relations, Validity
from tests import strategies

GOOD = Path(__file__).parents[1] / "sites" / "good" / "content"
SITE = "name: 职工之家\norganisation: 云溪县总工会\ndomain: gh.yunxi.example\n"
POLICY = "---\ntitle: 办法\nissuer: 县总工会\npublished: 2026-01-08\n---\n\n第一段。\n\n第二段。\n"
NOW = datetime(2026, 11, 20, 9, tzinfo=CHINA)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    (folder / "policies" / "2026").mkdir(parents=True)
    (folder / "site.yml").write_text(SITE, encoding="utf-8")
    return folder


def policy(**given: object) -> Policy:
    data = {"id": "20260105-bf", "title": "办法", "issuer": "县总工会", "published": date(2026, 1, 8), **given}
    return Policy.model_validate(data)


# --- round trips ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", RECORD_TYPES)
def test_what_is_written_reads_back_equal(kind: str) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategies.records(kind))
    def check(record: Record) -> None:
        parsed = parse_record(format_record(record), kind, record.id)
        assert parsed.problems == []
        assert parsed.record == record

    check()


@pytest.mark.parametrize("text", strategies.ODD)
def test_odd_text_survives_in_every_place(text: str) -> None:
    record = policy(title=f"{text}。", topics=["x", text or "x"], gist=[text], note=text, body=f"甲{text}乙")
    assert parse_record(format_record(record), "policy", record.id).record == record


def test_a_record_is_written_as_a_person_would_write_it() -> None:
    record = policy(
        status="draft",
        doc_number="云工发〔2026〕2号",
        validity=Validity(state="effective"),
        relations=Relations(based_on=(Reference(title="工会法"),), repeals=(Reference(id="20210508-bf"),)),
        publish_at="2026-12-01 08:00",
        note="第一行\n第二行",
        body="## 一、总则\n\n正文。",
    )
    assert format_record(record) == (
        "---\ntitle: 办法\nstatus: draft\npublish_at: 2026-12-01 08:00\ndoc_number: 云工发〔2026〕2号\n"
        "issuer: 县总工会\npublished: 2026-01-08\nvalidity: effective\nnote: |-\n  第一行\n  第二行\n"
        "relations:\n  based_on:\n    - 工会法\n  repeals:\n    - 20210508-bf\n---\n\n## 一、总则\n\n正文。\n"
    )


def test_the_second_type_of_a_folder_names_itself() -> None:
    text = format_record(Interpretation(id="jd", title="解读", policy="bf"))
    assert text == "---\ntitle: 解读\ntype: interpretation\npolicy: bf\n---\n"


def test_whole_numbers_are_written_without_a_point() -> None:
    text = "title: 会员\ngroup: 会员\nunit: 人\ntarget:\n  value: 3000\n"
    record = parse_record(text, "indicator", "hy").record
    assert record is not None
    assert format_record(record) == text


# --- the sample trees ------------------------------------------------------------------------------


def test_the_good_tree_holds_every_type_and_has_no_problem() -> None:
    library, problems = read_library(GOOD)
    assert problems == []
    assert {type(record) for record in library.records.values()} == set(RECORD_TYPES.values())
    assert (library.forms["hardship"].title, library.holidays[2026].workdays) == (
        "困难职工建档申请",
        (date(2026, 10, 10),),
    )
    assert library.editors.editors[0].name == "编辑甲"
    assert library.synonyms.groups == (("帮扶", "救助"),)
    assert library.allow.exemptions[0].expires == date(2026, 12, 31)


def test_every_file_of_the_good_tree_is_written_back_to_its_place(tmp_path: Path) -> None:
    library = read_library(GOOD).library
    for record in library.records.values():
        path = write_record(tmp_path, record)
        assert path.relative_to(tmp_path).as_posix() == library.origin(record).path
    for path in tmp_path.rglob("*.*"):
        kind = next(name for name, model in RECORD_TYPES.items() if model.folder == path.relative_to(tmp_path).parts[0])
        record = library.records[RECORD_TYPES[kind].folder, path.stem]
        assert parse_record(path.read_text(encoding="utf-8"), kind, path.stem).record == record


# --- whatever a person may save ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        POLICY.encode(),
        b"\xef\xbb\xbf" + POLICY.encode(),
        POLICY.replace("\n", "\r\n").encode(),
        POLICY.replace("\n", "\r").encode(),
        ("\n\n" + POLICY).encode(),
        POLICY.replace("---\n", "---  \n").encode(),
    ],
    ids=["plain", "bom", "crlf", "cr", "blank lines first", "space after dashes"],
)
def test_harmless_ways_of_saving_change_nothing(content: Path, data: bytes) -> None:
    (content / "policies/2026/20260105-bf.md").write_bytes(data)
    library, problems = read_library(content)
    assert problems == []
    assert library.records["policies", "20260105-bf"] == policy(body="第一段。\n\n第二段。")


def test_text_is_brought_to_nfc(content: Path) -> None:
    (content / "policies/2026/20260105-bf.md").write_text(POLICY.replace("办法", "cafe\u0301"), encoding="utf-8")
    assert read_library(content).library.records["policies", "20260105-bf"].title == "café"


def test_lines_are_those_of_the_file() -> None:
    text = "\n---\ntitle: 办法\nrelations:\n  based_on:\n    - id: a\n      title: 甲\n---\n\n\n正文。\n"
    origin = parse_record(text, "policy", "bf").origin
    assert (origin.line("title"), origin.line("relations.based_on.0.title"), origin.body_line) == (3, 7, 11)
    assert origin.path == "policies/bf.md"


def test_numbers_and_dates_are_text_where_text_is_wanted() -> None:
    text = (
        "title: 2026\nkind: county\nphone: 0570\npostcode: 1\ncode: 110101199003078888\naddress: 2026-11-16\nshort:\n"
    )
    record, _, problems = parse_record(text.replace("postcode: 1\n", ""), "union", "county")
    assert problems == []
    assert isinstance(record, Union)
    assert (record.title, record.phone, record.code, record.address, record.short) == (
        "2026", "0570", "110101199003078888", "2026-11-16", None,
    )  # fmt: skip


def test_a_moment_without_offset_is_chinese_time() -> None:
    text = "title: 培训\nkind: 培训\nstart: 2026-12-01T08:30\nend: 2026-12-01T10:00Z\n"
    record = parse_record(text, "event", "px").record
    assert isinstance(record, Event)
    assert (record.start, record.end) == (
        datetime(2026, 12, 1, 8, 30, tzinfo=CHINA),
        datetime(2026, 12, 1, 18, 0, tzinfo=CHINA),
    )


@pytest.mark.parametrize(
    "name",
    [
        ".20260105-bf.md.swp", "20260105-bf.md~", "20260105-bf.md.bak", ".DS_Store", "Thumbs.db", "~$20260105-bf.md",
        "#20260105-bf.md#", ".#20260105-bf.md", "20260105-bf.provenance.yml", "附件 1.pdf", "desktop.ini",
    ],
)  # fmt: skip
def test_what_is_no_record_is_passed_over(content: Path, name: str) -> None:
    (content / "policies/2026" / name).write_bytes(b"\xff\xfe\x00")
    assert read_library(content) == (replace(read_library(content).library, records={}), [])


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"\xff\xfea\x00", "UTF-16"),
        (POLICY.encode("utf-16-le"), "UTF-16"),
        (POLICY.encode("gbk"), "GBK"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04abc", "Word"),
        (b"\x00\x01\x02", "空字节"),
        (b"\xff\x81\x00\x00", "空字节"),
        (bytes(range(128, 256)) * 3, "认不出"),
        (b"a" * (MAX_BYTES + 1), "MB"),
        (b"", "空的"),
        (b"---", "找不到结尾"),
        (b"---\n---\n", "什么也没有写"),
        ("---\n只是一句话\n---\n".encode(), "一段文字"),
        (b"---\ntitle: \x01\n---\n", "控制字符"),
        (b"---\n{title: [a\n---\n", "括号"),
        (b"---\n" + b"[" * 100_000 + b"\n---\n", "嵌套"),
    ],
)
def test_unreadable_files_give_one_problem_each(content: Path, data: bytes, part: str) -> None:
    (content / "policies/2026/20260105-bf.md").write_bytes(data)
    library, problems = read_library(content)
    assert len(problems) == 1
    assert part in problems[0].message
    assert problems[0].path == "content/policies/2026/20260105-bf.md"
    assert library.records == {}


def test_a_file_that_may_not_be_opened_is_a_problem(content: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(content / "policies/2026")  # the path of a socket may have 108 bytes only
        try:
            server.bind("a.md")
        finally:
            os.chdir(here)
        os.mkfifo(content / "policies/2026/b.md")
        os.symlink("nowhere", content / "policies/2026/c.md")
        problems = read_library(content).problems
    assert [(problem.path[-4:], problem.rule) for problem in problems] == [
        ("a.md", "unreadable"), ("b.md", "unreadable"), ("c.md", "symlink"),
    ]  # fmt: skip


def test_a_name_that_is_not_utf8_is_a_problem(content: Path) -> None:
    with open(os.fsencode(content / "policies/2026") + b"/\xce\xc4.md", "wb") as file:
        file.write(POLICY.encode())
    problems = read_library(content).problems
    assert [problem.rule for problem in problems] == ["bad-id"]
    str(problems[0]).encode()


def test_a_missing_folder_is_a_problem(tmp_path: Path) -> None:
    library, problems = read_library(tmp_path / "content")
    assert {problem.rule for problem in problems} == {"unreadable", "missing-file"}
    assert library.records == {}


def test_a_link_to_a_file_inside_is_followed(content: Path) -> None:
    (content / "assets").mkdir()
    (content / "assets/seal.png").write_bytes(b"x")
    os.symlink("../../assets/seal.png", content / "policies/2026/seal.png")
    assert read_library(content).problems == []


def test_problems_name_the_folder_that_was_read(tmp_path: Path) -> None:
    folder = tmp_path / "网站内容"
    folder.mkdir()
    library, problems = read_library(folder)
    assert [problem.path for problem in problems] == ["网站内容/site.yml"]
    assert library.root == "网站内容"


# --- writing -----------------------------------------------------------------------------------------


def test_writing_refuses_to_overwrite_unless_asked(tmp_path: Path) -> None:
    path = write_record(tmp_path, policy())
    assert path == tmp_path / "policies/2026/20260105-bf.md"
    with pytest.raises(RecordExists) as error:
        write_record(tmp_path, policy(title="另一个"))
    assert error.value.path == path
    write_record(tmp_path, policy(title="另一个"), overwrite=True)
    assert "title: 另一个\n" in path.read_text(encoding="utf-8")
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_overwriting_keeps_a_file_where_it_stands(tmp_path: Path) -> None:
    write_record(tmp_path, policy(published=date(2025, 12, 31)))
    path = write_record(tmp_path, policy(), overwrite=True)
    assert path == tmp_path / "policies/2025/20260105-bf.md"
    assert len(list(tmp_path.rglob("*.md"))) == 1


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = write_record(tmp_path, policy())
    before = path.read_bytes()
    with pytest.raises(UnicodeEncodeError):
        write_record(tmp_path, policy().model_copy(update={"body": "\ud800"}), overwrite=True)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("record_id", ["../x", "A", "a b", "经费", "", "a--b"])
def test_a_bad_id_is_never_written(tmp_path: Path, record_id: str) -> None:
    with pytest.raises(ValueError, match="不能作编号"):
        write_record(tmp_path, policy(id=record_id))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("record", "path"),
    [
        (policy(), "policies/2026/20260105-bf.md"),
        (policy(status="draft", published=None, issued=date(2024, 1, 1)), "policies/2024/20260105-bf.md"),
        (policy(status="draft", published=None), "policies/2026/20260105-bf.md"),
        (policy(id="zhongguo-fa", status="draft", published=None), "policies/zhongguo-fa.md"),
        (News(id="2026-ks", title="开赛"), "news/2026/2026-ks.md"),
        (Page(id="jigou", title="机构"), "pages/jigou.md"),
        (Union(id="county", title="县总工会", kind="county"), "unions/county.yml"),
    ],
)
def test_every_record_has_its_place(record: Record, path: str) -> None:
    assert record_path(record) == path


def test_schemas_name_fields_in_chinese_and_leave_out_what_the_file_name_says(tmp_path: Path) -> None:
    paths = write_schemas(tmp_path)
    assert {path.stem for path in paths} == {
        *RECORD_TYPES, "form", "site", "editors", "synonyms", "allow", "holidays",
        "withdrawals", "publications",
    }  # fmt: skip
    schema = json.loads((tmp_path / ".schema/policy.json").read_text(encoding="utf-8"))
    assert schema["title"] == "政策文件"
    assert schema["properties"]["doc_number"]["title"] == "文号"
    assert schema["required"] == ["title"]
    assert not {"id", "body"} & schema["properties"].keys()
    assert {"type": "string"} in schema["$defs"]["Reference"]["anyOf"]


# --- files for the site ------------------------------------------------------------------------------


def test_only_assets_and_files_that_public_records_name_are_published(content: Path) -> None:
    def save(path: str, text: str = "x") -> None:
        (content / path).parent.mkdir(parents=True, exist_ok=True)
        (content / path).write_text(text, encoding="utf-8")

    attached = (
        "---\ntitle: 办法\nstatus: {}\nissuer: 县总工会\npublished: 2026-01-08\nattachments:\n  - file: {}\n---\n{}\n"
    )
    save("policies/2026/20260105-a.md", attached.format("published", "甲.pdf", "见[乙](乙.docx)。"))
    save("policies/2026/20260105-b.md", attached.format("draft", "丙.pdf", ""))
    for name in ("甲.pdf", "乙.docx", "丙.pdf", "丁.pdf", "20260105-a.provenance.yml"):
        save(f"policies/2026/{name}")
    save("assets/seal.svg")
    save("assets/.hidden")
    save("editors.yml", "editors: []\n")
    library, problems = read_library(content)
    assert problems == []
    files = published_files(content, library.public(NOW))
    assert list(files) == ["assets/seal.svg", "policies/2026/乙.docx", "policies/2026/甲.pdf"]
    assert all(source.is_file() for source in files.values())


@pytest.mark.parametrize("file", ["../editors.yml", "assets/../editors.yml", "https://x.example/a.pdf", "a.md", ".env"])
def test_a_record_cannot_publish_what_is_not_its_own(content: Path, file: str) -> None:
    text = POLICY.replace("---\n\n", f"attachments:\n  - file: {file}\n---\n\n")
    (content / "policies/2026/20260105-bf.md").write_text(text, encoding="utf-8")
    library, problems = read_library(content)
    assert [problem.rule for problem in problems] == ["attachment-missing"]
    assert published_files(content, library) == {}


def test_the_digest_of_a_record_is_that_of_its_file(content):
    path = content / "policies" / "2026" / "20260108-bf.md"
    path.write_text(POLICY, encoding="utf-8")
    (content / "site.yml").write_text(SITE, encoding="utf-8")
    digests = read_library(content).library.digests
    assert digests["policies", "20260108-bf"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert digests["", "site"] == hashlib.sha256(SITE.encode()).hexdigest()
