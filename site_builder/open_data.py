"""Open data: every table as CSV, JSON and in one SQLite file, with its dictionary, its sums and its pages."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date as Day
from datetime import datetime
from hashlib import sha256

from site_builder.json_ld import Node
from site_builder.render import Theme
from site_builder.structured import describe_files, describe_page
from site_builder.table_columns import KIND_WORDS, Field, Scope, Value
from site_builder.tables import Table, tabulate
from site_builder.values import GeneratedFile

HOME = ("开放数据", "open-data/")
SQLITE = "open-data/site.sqlite"
DICTIONARY = "open-data/dictionary.json"
SUMS = "open-data/SHA256SUMS"
JOINED = "；"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection); some take the wide forms too."""
PAGE_SIZE = 4096
_SQL_TYPES = {"text": str, "integer": int, "number": float, "date": str, "yes_no": int, "list": str}


@dataclass(frozen=True, slots=True)
class Download:
    """One file to download: its address below the site root, its kind in capitals, its size and its sum."""

    path: str
    kind: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """Return the file's name."""
        return self.path.rpartition("/")[2]


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the files of every table, the one of all of them, the dictionary, the sums, and the pages."""
    yield from write_all(theme, list_tables(theme))


def write_all(theme: Theme, tables: Sequence[Table]) -> Iterator[GeneratedFile]:
    """Yield what there is of some tables; it depends on them and on the frame of the pages alone."""
    files = {table.name: [_csv_file(table), _json_file(table)] for table in tables}
    whole = [
        GeneratedFile(SQLITE, write_sqlite(tables)),
        GeneratedFile(DICTIONARY, _write_json(describe_tables(tables))),
    ]
    every = [*(file for group in files.values() for file in group), *whole]
    yield from every
    yield GeneratedFile(SUMS, write_sums(every))
    downloads = {name: [measure(file) for file in group] for name, group in files.items()}
    yield _index_page(theme, tables, downloads, [measure(file) for file in whole])
    for table in tables:
        yield _table_page(theme, table, downloads[table.name])


def list_tables(theme: Theme) -> list[Table]:
    """Return the tables of what the site has released: no drafts, no 公示 that has ended, no closed register."""
    records = {(one.folder, one.id): one for one in theme.released}
    library = replace(theme.plain, records=records)  # what was released was asked of everything
    return tabulate(Scope(library, theme.today, theme.end_of, theme.address("")))


# --- formats ----------------------------------------------------------------------------------------


def _text(value: Value) -> str:
    if isinstance(value, tuple):
        return JOINED.join(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    return str(value)


def write_cell(field: Field, value: Value) -> str | int | float:
    """Return a value as a cell of a CSV file: numbers stay numbers, and no text can be taken for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float) and field.kind in ("integer", "number"):
        return value
    text = _text(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def write_csv(table: Table) -> bytes:
    """Return a table as CSV for a spreadsheet: UTF-8 with BOM, CRLF, Chinese heads."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([write_cell(Field("", ""), field.label) for field in table.fields])
    for row in table.rows:
        writer.writerow([write_cell(field, value) for field, value in zip(table.fields, row, strict=True)])
    return text.getvalue().encode("utf-8-sig")


def _json_value(value: Value) -> object:
    if isinstance(value, tuple):
        return list(value)
    return _text(value) if isinstance(value, Day) else value


def write_json(table: Table) -> bytes:
    """Return a table as JSON: what it is, and its rows, one to a line."""
    head = {"name": table.name, "title": table.title, "updated": str(table.updated) if table.updated else None}
    names = [field.name for field in table.fields]
    rows = [json.dumps(dict(zip(names, map(_json_value, row), strict=True)), ensure_ascii=False) for row in table.rows]
    opening = json.dumps(head, ensure_ascii=False)[:-1]
    return (opening + ', "rows": [\n' + ",\n".join(rows) + "\n]}\n").encode()


def write_sqlite(tables: Sequence[Table]) -> bytes:
    """Return all tables and their dictionary as one SQLite file, the same bytes for the same tables."""
    from sqlite_utils import Database  # late: only a build needs it

    database = Database(memory=True)
    database.execute(f"PRAGMA page_size = {PAGE_SIZE}")
    for table in tables:
        made = database.table(table.name)
        made.create({field.name: _SQL_TYPES[field.kind] for field in table.fields})
        marks = ", ".join("?" * len(table.fields))
        # in one call of SQLite: the library's way of inserting looks at every value three times
        insert = f"INSERT INTO [{table.name}] VALUES ({marks})"  # noqa: S608 - a name of our own
        with database.conn:
            database.conn.executemany(insert, [tuple(map(_sql_value, row)) for row in table.rows])
    dictionary = database.table("data_dictionary")
    dictionary.create(dict.fromkeys(("table_name", "table_title", "name", "label", "type", "unit", "source"), str))
    dictionary.insert_all(_describe_field(table, field) for table in tables for field in table.fields)
    database.vacuum()
    content = database.conn.serialize()
    database.close()
    return content


def _sql_value(value: Value) -> str | int | float | None:
    if value is None or isinstance(value, int | float):
        return value
    return _text(value)


def _describe_field(table: Table, field: Field) -> dict[str, str]:
    return {
        "table_name": table.name,
        "table_title": table.title,
        "name": field.name,
        "label": field.label,
        "type": KIND_WORDS[field.kind],
        "unit": field.unit,
        "source": field.source,
    }


def describe_tables(tables: Sequence[Table]) -> list[dict[str, object]]:
    """Return the data dictionary: every table with its columns."""
    return [
        {
            "name": table.name,
            "title": table.title,
            "about": table.about,
            "updated": str(table.updated) if table.updated else None,
            "rows": len(table.rows),
            "columns": [
                {"name": f.name, "label": f.label, "type": f.kind, "unit": f.unit or None, "source": f.source}
                for f in table.fields
            ],
        }
        for table in tables
    ]


def _write_json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


# --- files and sums -----------------------------------------------------------------------------------


def _csv_file(table: Table) -> GeneratedFile:
    return GeneratedFile(f"open-data/{table.slug}.csv", write_csv(table))


def _json_file(table: Table) -> GeneratedFile:
    return GeneratedFile(f"open-data/{table.slug}.json", write_json(table))


def measure(file: GeneratedFile) -> Download:
    """Return what a page says of a file."""
    content = file.content if isinstance(file.content, bytes) else file.content.encode()
    kind = file.path.rpartition(".")[2].upper()
    return Download(file.path, "SQLite" if kind == "SQLITE" else kind, len(content), sha256(content).hexdigest())


def write_sums(files: Sequence[GeneratedFile]) -> str:
    """Return the sums of files as `sha256sum --check` reads them, in the folder where it stands."""
    return "".join(f"{one.sha256}  {one.name}\n" for one in map(measure, sorted(files, key=lambda file: file.path)))


# --- pages ----------------------------------------------------------------------------------------------


def _index_page(
    theme: Theme, tables: Sequence[Table], downloads: dict[str, list[Download]], whole: list[Download]
) -> GeneratedFile:
    crumbs = [("数据公开", "data/"), ("开放数据", "")]
    catalogue: Node = {
        "@type": "DataCatalog",
        "name": f"{theme.site.name}开放数据",
        "url": theme.address("open-data/"),
        "publisher": theme.scope.organisation(),
        "dataset": [{"@type": "Dataset", "@id": theme.address(f"open-data/{one.slug}/")} for one in tables],
    }
    return theme.page(
        "open-data/",
        "open_data.html",
        title="开放数据",
        current="data",
        crumbs=crumbs,
        tables=[(table, downloads[table.name]) for table in tables],
        whole=whole,
        sums=SUMS,
        updated=max((table.updated for table in tables if table.updated), default=None),
        structured=[*describe_page(theme.scope, "open-data/", crumbs, None), catalogue],
    )


def _table_page(theme: Theme, table: Table, downloads: list[Download]) -> GeneratedFile:
    url, crumbs = f"open-data/{table.slug}/", [("数据公开", "data/"), HOME, (table.title, "")]
    return theme.page(
        url,
        "data_set.html",
        title=f"{table.title}（开放数据）",
        current="data",
        crumbs=crumbs,
        table=table,
        downloads=downloads,
        kind_words=KIND_WORDS,
        sums=SUMS,
        structured=[*describe_page(theme.scope, url, crumbs, None), _describe_set(theme, table, url)],
    )


def _describe_set(theme: Theme, table: Table, url: str) -> Node:
    return {
        "@type": "Dataset",
        "@id": theme.address(url),
        "name": table.title,
        "description": table.about,
        "url": theme.address(url),
        "inLanguage": "zh-CN",
        "isAccessibleForFree": True,
        "dateModified": str(table.updated) if table.updated else None,
        "creator": theme.scope.organisation(),
        "includedInDataCatalog": {"@type": "DataCatalog", "url": theme.address("open-data/")},
        "variableMeasured": [field.label for field in table.fields],
        "distribution": describe_files(theme.scope, table.slug),
    }
