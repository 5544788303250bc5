"""Open data: formats, sums, what is in it and what never is."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from site_builder.open_data import FORMULA_STARTS, generate, list_tables, write_cell, write_csv, write_sqlite
from site_builder.records import Event, Honour, Indicator, Message, News, Notice, Policy, Register, Rules, Union, Venue
from site_builder.render import Theme
from site_builder.table_columns import Field
from site_builder.tables import Table
from tests.page_faults import find_faults
from tests.small_library import NOW, make_library

SECRET = "不可公开"
MORE = (
    Union.model_validate({"id": "county", "title": "云溪县总工会", "kind": "county", "members": 41230, "legal_person": True}),
    Venue.model_validate(
        {"id": "hall", "title": "文化宫", "kind": "工人文化宫", "address": "文昌路20号", "coordinates": [118.9, 29.0], "services": ["健身", "阅览"]}
    ),
    Event.model_validate({"id": "talk", "title": "讲座", "kind": "讲座", "start": "2026-11-26 14:00", "signup": {"start": "2026-11-20", "working_days": 3}}),
    Message.model_validate({"id": "m", "title": "加班费", "asked": "2026-11-02", "question": "怎么算？", "asker": "张*", "unit": "权益部", "replied": "2026-11-04", "reply": "按一倍半。"}),
    Rules.model_validate(
        {"id": "line", "title": "帮扶线", "labels": {"line": "低保线"}, "versions": [{"effective": "2026-01-01", "source": "甲", "values": {"line": 1062, "how": "按月"}}]}
    ),
    Register.model_validate(
        {
            "id": "mediators",
            "title": "调解员",
            "updated": "2026-11-01",
            "columns": [
                {"name": "name", "label": "姓名", "public": True},
                {"name": "cases", "label": "件数", "type": "number", "public": True},
                {"name": "phone", "label": "手机"},
            ],
            "rows": [{"name": "甲", "cases": 3, "phone": SECRET}],
        }
    ),
)  # fmt: skip
PLANTS = (
    Policy.model_validate({"id": "draft", "title": SECRET, "issuer": "甲", "published": "2026-11-01", "status": "draft"}),
    News.model_validate({"id": "draft", "title": SECRET, "published": "2026-11-01", "status": "draft"}),
    Notice.model_validate(
        {"id": "ended", "title": f"{SECRET}公示", "kind": "公示", "published": "2026-10-01", "result": SECRET, "period": {"start": "2026-10-01", "end": "2026-10-10"}}
    ),
    Honour.model_validate(
        {
            "id": "roll",
            "title": "奖章",
            "honour": "五一劳动奖章",
            "level": "县级",
            "year": 2026,
            "conferred_by": "云溪县总工会",
            "recipients": [{"name": "沈岳宁", "key": "shen", "unit": "纺织厂", "post": SECRET, "industry": SECRET, "sex": "女", "citation": SECRET, "deeds": SECRET}],
        }
    ),
    Register.model_validate(
        {"id": "inner", "title": SECRET, "public": False, "columns": [{"name": "a", "label": "甲", "public": True}], "rows": [{"a": SECRET}]}
    ),
    Register.model_validate({"id": "closed", "title": SECRET, "columns": [{"name": "a", "label": "甲"}], "rows": [{"a": SECRET}]}),
    Indicator.model_validate(
        {
            "id": "few",
            "title": "错评率",
            "group": "六项精准度",
            "unit": "%",
            "series": [{"date": "2026-10-31", "n": 2, "of": 317, "note": SECRET}],
        }
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def files():
    return {file.path: file.content for file in generate(Theme(make_library(*MORE, *PLANTS), NOW, drafts=True))}


@pytest.fixture(scope="module")
def database(files, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "site.sqlite"
    path.write_bytes(files["open-data/site.sqlite"])
    with sqlite3.connect(path) as connection:
        yield connection
    connection.close()


def rows_of(files, name):
    return json.loads(files[f"open-data/{name}.json"])["rows"]


def test_every_table_comes_in_every_format(files, database):
    names = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
    tables = list_tables(Theme(make_library(*MORE, *PLANTS), NOW))
    assert names == {table.name for table in tables} | {"data_dictionary"}
    assert {"policies", "relations", "notices", "guides", "honours", "unions", "venues", "indicators"} < names
    assert {"observations", "events", "rules", "messages", "finance", "register_mediators"} < names
    for table in tables:
        read = csv.reader(io.StringIO(files[f"open-data/{table.slug}.csv"].decode("utf-8-sig"), newline=""))
        assert next(read) == [field.label for field in table.fields]
        assert len(list(read)) == len(rows_of(files, table.slug)) == len(table.rows)
        assert database.execute(f"select count(*) from {table.name}").fetchone() == (len(table.rows),)
        assert len({field.label for field in table.fields}) == len(table.fields)


def test_what_may_not_be_public_is_nowhere(files):
    for path, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        assert SECRET.encode() not in data, path
    assert rows_of(files, "observations")[-1] | {"source": None} == {
        "indicator": "visits",
        "title": "入户走访",
        "date": "2026-11-01",
        "value": 612.0,
        "numerator": None,
        "denominator": None,
        "withheld": False,
        "source": None,
        "note": None,
    }


def test_a_figure_of_few_people_is_withheld_and_said_to_be(files):
    (row,) = [row for row in rows_of(files, "observations") if row["indicator"] == "few"]
    assert (row["value"], row["numerator"], row["denominator"], row["note"], row["withheld"]) == (
        None,
        None,
        None,
        None,
        True,
    )


def test_honours_tell_name_and_unit_alone_without_consent(files):
    (row,) = [row for row in rows_of(files, "honours") if row["key"] == "shen"]
    assert (row["name"], row["unit"], row["post"], row["industry"]) == ("沈岳宁", "纺织厂", None, None)
    (agreed,) = [row for row in rows_of(files, "honours") if row["key"] == "a"]
    assert (agreed["post"], agreed["status"], agreed["revoked"]) == ("挡车工", "已撤销", "2026-10-01")


def test_values_keep_their_kind(files, database):
    (policy,) = [row for row in rows_of(files, "policies") if row["id"] == "new"]
    assert (policy["topics"], policy["published"], policy["validity"]) == (["帮扶"], "2026-11-16", "现行有效")
    assert policy["url"] == "https://yunxi.example/policies/new/"
    assert rows_of(files, "relations")[0] == {
        "source": "amender",
        "relation": "修改",
        "target": "kept",
        "target_title": "会费办法",
        "target_doc_number": None,
        "article": None,
    }
    assert database.execute("select members, legal_person from unions").fetchone() == (41230, 1)
    assert database.execute("select services, longitude from venues").fetchone() == ("健身；阅览", 118.9)
    assert database.execute("select starts, signup_ends from events").fetchone() == (
        "2026-11-26T14:00+08:00",
        "2026-11-24",
    )
    assert database.execute("select value, words from rules order by name").fetchall() == [
        (None, "按月"),
        (1062.0, None),
    ]
    assert database.execute("select name, cases from register_mediators").fetchone() == ("甲", 3.0)


def test_the_dictionary_names_every_column(files, database):
    told = json.loads(files["open-data/dictionary.json"])
    for table in told:
        columns = [name for _, name, *_ in database.execute(f"pragma table_info({table['name']})")]
        assert [column["name"] for column in table["columns"]] == columns
        assert all(column["label"] and column["source"] for column in table["columns"])
    assert database.execute("select count(*) from data_dictionary").fetchone() == (
        sum(len(t["columns"]) for t in told),
    )


def test_sums_are_those_of_the_files(files):
    sums = dict(reversed(line.split("  ")) for line in files["open-data/SHA256SUMS"].splitlines())
    data = {path.removeprefix("open-data/"): content for path, content in files.items() if isinstance(content, bytes)}
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in data.items()}
    for name, digest in sums.items():
        place = name.rpartition(".")[0]
        page = "open-data/index.html" if place in ("site", "dictionary") else f"open-data/{place}/index.html"
        assert digest in files[page]


def test_the_same_records_give_the_same_bytes(files):
    again = {file.path: file.content for file in generate(Theme(make_library(*MORE, *PLANTS), NOW, drafts=True))}
    assert again == files


def test_pages_are_sound(files):
    from site_builder.values import GeneratedFile

    pages = [GeneratedFile(path, content) for path, content in files.items() if path.endswith(".html")]
    assert find_faults(pages, ()) == []


# --- cells ------------------------------------------------------------------------------------------

TEXT = Field("a", "甲")


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_no_text_is_taken_for_a_formula(start):
    assert write_cell(TEXT, f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize(
    ("field", "value", "cell"),
    [
        (Field("n", "数", "number"), -3.5, -3.5),
        (Field("n", "数", "integer"), -3, -3),
        (TEXT, "12-3", "12-3"),
        (TEXT, None, ""),
        (Field("y", "是否", "yes_no"), False, "否"),
        (Field("l", "词", "list"), ("-甲", "乙"), "'-甲；乙"),
        (Field("d", "日", "date"), date(2026, 11, 1), "2026-11-01"),
    ],
)
def test_cells(field, value, cell):
    assert write_cell(field, value) == cell


@given(st.lists(st.tuples(st.text(), st.integers() | st.none()), max_size=8))
def test_csv_is_read_back_as_it_was(rows):
    table = Table("t", "表", "", (TEXT, Field("n", "数", "integer")), tuple(rows))
    data = write_csv(table)
    assert data.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[1:]
    for (text, number), (cell, written) in zip(rows, read, strict=True):
        assert cell == text or (cell == f"'{text}" and text.startswith(FORMULA_STARTS))
        assert not cell.startswith(FORMULA_STARTS)
        assert written == ("" if number is None else str(number))


def test_one_file_of_fixed_pages(files):
    assert files["open-data/site.sqlite"][:16] == b"SQLite format 3\x00"
    assert int.from_bytes(files["open-data/site.sqlite"][16:18], "big") == 4096
    assert len(write_sqlite([])) % 4096 == 0
