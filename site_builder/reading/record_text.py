"""A record as the text of its file, both ways. No I/O.

A written record is front matter between two lines of `---` and a Markdown body; any other record is YAML alone. For
help while typing, an editor with the YAML language server reads the schema named in a first line such as
`# yaml-language-server: $schema=../.schema/honour.json`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel

from site_builder.clock import CHINA
from site_builder.model import Origin
from site_builder.reading.validation import nearest, validate
from site_builder.reading.yaml_files import dump_yaml, explain_line, load_yaml
from site_builder.records import RECORD_TYPES, Record, Written
from site_builder.values import DocNumber, IndexNumber, Problem, Reference, Validity

M = TypeVar("M", bound=BaseModel)


class Parsed(NamedTuple):
    """What the text of one file says: the record or None, where its keys stand, and every fault."""

    record: Record | None
    origin: Origin
    problems: list[Problem]


class Page(NamedTuple):
    """A Markdown file cut in two, with the line that each part begins on."""

    head: str
    head_line: int
    body: str
    body_line: int


class NoFrontMatter(Exception):
    """A Markdown file whose front matter cannot be found; says why and what to do."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message, self.fix = message, fix


def _kinds_by_folder() -> dict[str, dict[str, type[Record]]]:
    folders: dict[str, dict[str, type[Record]]] = {}
    for kind, model in RECORD_TYPES.items():
        folders.setdefault(model.folder, {})[kind] = model
    return folders


KINDS = _kinds_by_folder()
"""Folder → type name → model; the first is taken where a file does not say its type."""


def suffix_of(model: type[Record]) -> str:
    """Return the ending of the files of a type."""
    return ".md" if issubclass(model, Written) else ".yml"


# --- text → record -----------------------------------------------------------------------------

_OPENING = re.compile(r"\s*?---[ \t]*(?:\n|\Z)")
_CLOSING = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE)
_EXAMPLE = "请在文件开头写一行 ---，接着写 title: 标题 等各行，再写一行 ---，然后是正文。"


def split_front_matter(text: str) -> Page:
    """Cut a Markdown file into front matter and body; raise NoFrontMatter."""
    opening = _OPENING.match(text)
    if opening is None:
        if not text.strip():
            raise NoFrontMatter("文件是空的。", _EXAMPLE)
        if re.match(r"\s*[-—－–‐―─]{2,}\s*\n", text):
            raise NoFrontMatter("开头的分隔线不是三个半角减号。", "请改成单独一行的 ---，前后不要有别的字。")
        raise NoFrontMatter("文件开头没有元数据（front matter）。", _EXAMPLE)
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        raise NoFrontMatter("开头的 --- 后面找不到结尾的 ---。", "请在元数据的末尾、正文之前加一行 ---。")
    body = text[closing.end() :]
    blank = len(body) - len(body.lstrip())
    body_line = text.count("\n", 0, closing.end() + blank) + 1
    head_line = text.count("\n", 0, opening.end()) + 1
    return Page(text[opening.end() : closing.start()], head_line, body, body_line)


class Source(NamedTuple):
    """A YAML text with its place: data, written text of numbers and dates, and the faults found so far."""

    data: dict[str, Any] | None
    origin: Origin
    raw: Mapping[str, str]
    problems: list[Problem]
    root: str

    def report(self, key: str, rule: str, message: str, fix: str) -> None:
        """Add a fault at the line of `key`."""
        path = f"{self.root}/{self.origin.path}"
        self.problems.append(Problem(path, self.origin.line(key), rule, message, fix))

    def validate(self, model: type[M], **given: str) -> M | None:
        """Return the model made from the data and what is `given` by the file's place, or None; faults are added."""
        made, faults = validate(model, {**(self.data or {}), **given}, self.raw)
        for fault in faults:
            self.report(*fault)
        return made


def read_source(page: Page, path: str, root: str) -> Source:
    """Read the YAML of a file: its data is None when nothing can be made of it."""
    loaded = load_yaml(page.head, page.head_line)
    source = Source(None, Origin(path, loaded.lines, page.body_line), loaded.raw, [], root)
    source.problems.extend(Problem(f"{root}/{path}", *fault) for fault in loaded.faults)
    if isinstance(loaded.data, dict):
        return source._replace(data=loaded.data)
    if not loaded.faults:
        _report_no_mapping(source, page, loaded.data)
    return source


def _report_no_mapping(source: Source, page: Page, data: Any) -> None:
    if data is None and page.body_line == 1:
        source.report("", "front-matter", "文件是空的。", "请逐行写“键: 值”，例如 title: 标题。")
        return
    if data is None:
        source.report("", "front-matter", "两行 --- 之间什么也没有写。", "请逐行写“键: 值”，例如 title: 标题。")
        return
    for line, row in enumerate(page.head.split("\n"), page.head_line):
        if slip := explain_line(row):
            source.problems.append(Problem(f"{source.root}/{source.origin.path}", line, "front-matter", *slip))
            return
    what = "是一个列表" if isinstance(data, list) else "只是一段文字"
    message = f"内容{what}，应当是一行行的“键: 值”。"
    source.report("", "front-matter", message, "请逐行写“键: 值”，例如 title: 标题。")


def parse_record(text: str, kind: str, record_id: str, path: str = "", root: str = "content") -> Parsed:
    """Read the text of one file as a `kind`, or as the other type of the same folder that its own `type:` names.

    `path` is below content/ (by default where `record_id` would stand); the paths of problems begin with `root`.
    """
    model = RECORD_TYPES[kind]
    path = path or f"{model.folder}/{record_id}{suffix_of(model)}"
    page = Page(text, 1, "", 1)
    if issubclass(model, Written):
        try:
            page = split_front_matter(text)
        except NoFrontMatter as error:
            return Parsed(None, Origin(path), [Problem(f"{root}/{path}", 1, "front-matter", error.message, error.fix)])
    source = read_source(page, path, root)
    if source.data is None:
        return Parsed(None, source.origin, source.problems)
    model = _choose_model(source, model)
    refuse_other_id(source, record_id)
    given = {"id": record_id}
    if issubclass(model, Written):
        if source.data.pop("body", None) is not None:
            source.report("body", "unknown-key", "没有“body”这个键。", "正文不写成键，请写在第二个 --- 之后。")
        given["body"] = page.body
    return Parsed(source.validate(model, **given), source.origin, source.problems)


def refuse_other_id(source: Source, file_id: str) -> None:
    """Report an `id:` that is not the file's name; the name decides."""
    if source.data is None or "id" not in source.data:
        return
    written = source.raw.get("id", source.data["id"])
    if str(written) != file_id:
        message = f"编号（id）写的是“{written}”，文件名却是“{file_id}”。"
        source.report("id", "bad-id", message, "编号以文件名为准，请删去这一行。")


def _choose_model(source: Source, model: type[Record]) -> type[Record]:
    data, kinds = source.data or {}, KINDS[model.folder]
    kind = data.pop("type", None)
    if kind is None:
        return model
    if kind in kinds:
        return kinds[kind]
    found = nearest(str(kind), kinds)
    fix = f"可选：{'、'.join(f'{name}（{one.label}）' for name, one in kinds.items())}。"
    fix += f"最接近的是 {found}。" if found and len(kinds) > 1 else ""
    source.report("type", "bad-value", f"{model.folder} 文件夹里的类型（type）不能是“{kind}”。", fix)
    return model


# --- record → text -----------------------------------------------------------------------------

_FIRST = (
    "title", "type", "status", "publish_at", "kind", "index_number", "doc_number", "issuer", "source", "author",
    "genre", "issued", "published", "published_time", "disclosure", "disclosure_reason", "validity",
)  # fmt: skip
_EXACT = 2**53
"""Below this, a whole float and its integer are the same number."""
_LAST = ("review_due", "relations", "attachments")


def format_record(record: Record) -> str:
    """Return the text of a record's file: what differs from the defaults, in an order that reads well.

    `parse_record` makes an equal record of it.
    """
    data = _plain_model(record)
    kinds = KINDS[record.folder]
    if type(record) is not next(iter(kinds.values())):
        data["type"] = next(name for name, model in kinds.items() if model is type(record))
    head = dump_yaml(dict(sorted(data.items(), key=lambda item: _rank(item[0]))))
    if not isinstance(record, Written):
        return head
    body = record.body.strip("\n")
    return f"---\n{head}---\n" + (f"\n{body}\n" if body else "")


def _rank(name: str) -> int:
    if name in _FIRST:
        return _FIRST.index(name)
    return 1000 + _LAST.index(name) if name in _LAST else 500


def _plain_model(model: BaseModel) -> dict[str, Any]:
    return {
        field.alias or name: _plain(value)
        for name, field in type(model).model_fields.items()
        if not field.exclude and (value := getattr(model, name)) != field.get_default(call_default_factory=True)
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Reference | Validity):
        return _short(value)
    if isinstance(value, BaseModel):
        return _plain_model(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, DocNumber | IndexNumber):
        return str(value)
    if isinstance(value, datetime):
        return format_moment(value)
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT else value


def _short(value: Reference | Validity) -> Any:
    """Return the one word that means the same, or the keys."""
    data = _plain_model(value)
    if len(data) == 1 and (key := next(iter(data))) in ("state", "id", "title"):
        word = data[key]
        if type(value).model_validate(word) == value:
            return word
    return data


def format_moment(value: datetime) -> str:
    """Return a moment as editors write it, in Chinese time, without what is zero."""
    text = value.astimezone(CHINA).replace(tzinfo=None).isoformat(sep=" ")
    return text.removesuffix(":00")


def choose_year(record: Record) -> int | None:
    """Return the year of the folder that a record of a dated type belongs in, or None where nothing tells it."""
    return next(iter(years_of(record)), None)


def years_of(record: Record) -> list[int]:
    """Return every year that tells where a dated record may stand: of its day, its signing, and its id."""
    issued = getattr(record, "issued", None)
    years = [day.year for day in (record.day, issued) if isinstance(day, date)]
    if found := re.match(r"((?:19|20)\d\d)(?:\d{4})?(?:-|$)", record.id):
        years.append(int(found[1]))
    return years


def record_path(record: Record) -> str:
    """Return where the file of a record belongs, below content/."""
    year = choose_year(record) if record.dated else None
    return f"{record.folder}/{f'{year}/' if year else ''}{record.id}{suffix_of(type(record))}"
