"""All files of content/ to a Library: each record, form and setting where it stands, and what is wrong with its place."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, TypeVar

from pydantic import BaseModel

from forms_api.definitions import FormDefinition
from site_builder import publications, withdrawals
from site_builder.editors import Editors
from site_builder.model import Allow, HolidayYear, Library, Origin, Site, Synonyms
from site_builder.reading.named_files import name_files
from site_builder.reading.record_text import (
    KINDS,
    Page,
    Parsed,
    parse_record,
    read_source,
    record_path,
    refuse_other_id,
    suffix_of,
    years_of,
)
from site_builder.reading.schemas import SETTINGS
from site_builder.reading.shelf import Shelf, Source
from site_builder.reading.source_files import RECORD_SUFFIXES, Listing, NotText, decode, read_bytes
from site_builder.reading.validation import nearest
from site_builder.records import Record
from site_builder.values import Problem, is_id

M = TypeVar("M", bound=BaseModel)

NO_ID = "文件名（不含扩展名）只用小写字母、数字和连字符，例如 20261109-bfbf。"
_OTHER_FOLDERS = ("forms", "holidays", "assets")
_FOLDERS = "、".join((*KINDS, *_OTHER_FOLDERS))
_UNNAMED = Site(name="未命名网站", organisation="未填写主办单位", domain="localhost")


def read_files(root: str, listing: Listing, shelf: Shelf | None = None) -> tuple[Library, list[Problem]]:
    """Return the library of all good records that a listing of content/ holds, and every fault."""
    reader = _Reader(root, listing, shelf)
    return reader.read(), sorted(reader.problems)


class _Reader:
    def __init__(self, root: str, listing: Listing, shelf: Shelf | None = None) -> None:
        self.root = root
        self.shelf = shelf
        self.files = listing.files
        self.problems: list[Problem] = []
        for fault in listing.faults:
            self.report(*fault)
        self.records: dict[tuple[str, str], Record] = {}
        self.forms: dict[str, FormDefinition] = {}
        self.settings: dict[str, Any] = {}
        self.holidays: dict[int, HolidayYear] = {}
        self.origins: dict[tuple[str, str], Origin] = {}
        self.digests: dict[tuple[str, str], str] = {}
        self.heads: dict[tuple[str, str], str] = {}

    def report(self, path: str, line: int, rule: str, message: str, fix: str) -> None:
        path = f"{self.root}/{path}".rstrip("/")
        self.problems.append(Problem(path, line, rule, message, fix))

    def hint(self, path: str, message: str, fix: str) -> None:
        self.problems.append(Problem(f"{self.root}/{path}", 1, "misplaced-file", message, fix, "hint"))

    def read(self) -> Library:
        strange: dict[str, int] = {}
        if self.shelf:
            self.shelf.fill([source for path in self.files if (source := self.source(path))])
        for path in self.files:
            folder, _, rest = path.partition("/")
            if not rest:
                self.read_setting(path)
            elif folder in KINDS:
                self.read_record(path)
            elif folder in ("forms", "holidays"):
                self.read_other(path, folder)
            elif folder != "assets" and path.endswith((*RECORD_SUFFIXES, ".yaml")):
                strange[folder] = strange.get(folder, 0) + 1
        for folder, count in strange.items():
            self.report_folder(folder, count)
        if "site.yml" not in self.files:
            fix = "请新建，至少写 name、organisation、domain 三行。"
            self.report("site.yml", 1, "missing-file", "缺少网站设置文件 site.yml。", fix)
        for owner, origin in list_owners(self.records, self.forms, self.origins):
            self.check_files(owner, origin)
        return self.library()

    def library(self) -> Library:
        return Library(
            site=self.settings.get("site.yml") or _UNNAMED,
            records=self.records,
            origins=self.origins,
            forms=self.forms,
            editors=self.settings.get("editors.yml") or Editors(),
            synonyms=self.settings.get("synonyms.yml") or Synonyms(),
            allow=self.settings.get("allow.yml") or Allow(),
            holidays=self.holidays,
            digests=self.digests,
            heads=self.heads,
            withdrawals=self.settings.get(withdrawals.FILE) or withdrawals.Withdrawals(),
            publications=self.settings.get(publications.FILE) or publications.Publications(),
            root=self.root,
        )

    def text(self, path: str, key: tuple[str, str] | None = None) -> str | None:
        """Return the text of a file, or None, adding its fault; its digest is kept under `key`."""
        try:
            data = read_bytes(self.files[path])
            if key:
                self.digests[key] = sha256(data).hexdigest()
            return decode(data)
        except NotText as error:
            self.report(path, error.line, error.rule, error.message, error.fix)
            return None

    # records

    def read_record(self, path: str) -> None:
        folder, _, name = path.partition("/")
        name = name.rpartition("/")[2]
        kind, model = next(iter(KINDS[folder].items()))
        stem = self.stem(path, name, suffix_of(model), model.label)
        if stem is None:
            return
        key = (folder, stem)
        wanted = self.good_id(path, stem, model) and not self.is_second(path, key)
        if wanted:
            self.origins[key] = Origin(path)  # known from here on, so that nobody who points to it is called wrong
        if (
            parsed := self.parse(Source(path, self.files[path], kind, stem, self.root), key if wanted else None)
        ) is None:
            return
        record, origin, problems = parsed
        self.problems += problems
        if wanted:
            self.origins[key] = origin
        if wanted and record is not None:
            self.records[key] = record
            self.check_place(path, record)

    def source(self, path: str) -> Source | None:
        """Return where a record stands, or None for the path of anything else."""
        folder, _, rest = path.partition("/")
        if not rest or folder not in KINDS:
            return None
        kind, model = next(iter(KINDS[folder].items()))
        name, suffix = path.rpartition("/")[2], suffix_of(model)
        if not name.endswith(suffix) or name.endswith(".provenance.yml"):
            return None
        return Source(path, self.files[path], kind, name.removesuffix(suffix), self.root)

    def parse(self, source: Source, key: tuple[str, str] | None) -> Parsed | None:
        """Return what a record's file says, or None, adding its fault; its digest is kept under `key`."""
        if self.shelf is None:
            text = self.text(source.path, key)
            return None if text is None else parse_record(text, source.kind, source.record_id, source.path, self.root)
        try:
            kept = self.shelf.take(source)
        except NotText as error:
            self.report(source.path, error.line, error.rule, error.message, error.fix)
            return None
        if key:
            self.digests[key] = kept.digest
            self.heads[key] = kept.head or kept.digest
        return kept.parsed

    def stem(self, path: str, name: str, suffix: str, label: str) -> str | None:
        """Return the name without `suffix`, or None: an attachment, or (reported) what only looks like a record."""
        if name.endswith(suffix):
            return None if name.endswith(".provenance.yml") else name.removesuffix(suffix)
        if name.lower().endswith((*RECORD_SUFFIXES, ".yaml", ".markdown")) and not name.endswith(".provenance.yml"):
            ending = posixpath.splitext(name)[1]
            message = f"{label}的文件应当以 {suffix} 结尾，这里是 {ending}。"
            self.report(path, 1, "wrong-extension", message, f"请把扩展名改为 {suffix}。")
        return None

    def good_id(self, path: str, stem: str, model: type[Record]) -> bool:
        if not is_id(stem):
            clean = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")
            fix = f"可以改成 {clean}。" if clean and clean.isascii() and re.fullmatch(r"[\x00-\x7f]+", stem) else ""
            self.report(path, 1, "bad-id", f"文件名“{stem}”不能作编号。", NO_ID + fix)
            return False
        if model.dated and re.fullmatch(r"\d{4}", stem):
            message = f"文件名“{stem}”与年份页 {model.folder}/{stem}/ 的网址相同。"
            self.report(path, 1, "bad-id", message, "请换一个文件名。")
            return False
        return True

    def is_second(self, path: str, key: tuple[str, str]) -> bool:
        if (first := self.origins.get(key)) is None:
            return False
        message = f"编号 {key[1]} 重复：{self.root}/{first.path} 和本文件用了同一个编号。"
        self.report(path, 1, "duplicate-id", message, "同一文件夹（含各年份）里的文件名不能相同，请给其中一个改名。")
        return True

    def check_place(self, path: str, record: Record) -> None:
        between = path.split("/")[1:-1]
        if not record.dated:
            if between:
                self.hint(path, f"{record.label}不分子文件夹。", f"请移到 {self.root}/{record_path(record)}。")
            return
        places = [[str(year)] for year in years_of(record)]
        if len(between) > 1 or (places and between not in places):
            message = f"{record.label}按年份分文件夹，这个文件放错了位置。"
            self.hint(path, message, f"请移到 {self.root}/{record_path(record)}。")

    def check_files(self, owner: Record | FormDefinition, origin: Origin) -> None:
        for named in name_files(owner, origin):
            if named.path is None:
                fix = "只能引用本文件旁边的文件，或 assets/ 下的文件，不用 .. 和绝对路径。"
                self.report(origin.path, named.line, "attachment-missing", f"不能引用“{named.file}”。", fix)
            elif named.path not in self.files:
                message, fix = f"找不到文件“{named.file}”。", self.near_file(named.path)
                self.report(origin.path, named.line, "attachment-missing", message, fix)

    def near_file(self, path: str) -> str:
        folder, _, name = path.rpartition("/")
        there = {posixpath.basename(one): one for one in self.files if posixpath.dirname(one) == folder}
        same = next((one for one in there if one.lower() == name.lower()), None)
        if same:
            return f"文件夹里的文件名是“{same}”，大小写要一致。"
        found = nearest(name, [one for one in there if not one.endswith(RECORD_SUFFIXES)])
        return f"请把它放到 {self.root}/{path}{f'；或者要写的是“{found}”？' if found else '。'}"

    # everything else

    def read_setting(self, path: str) -> None:
        if path in SETTINGS:
            self.settings[path] = self.model(path, SETTINGS[path])
        elif path.lower().endswith((*RECORD_SUFFIXES, ".yaml")):
            found = nearest(path.lower().replace(".yaml", ".yml"), SETTINGS)
            fix = f"是不是 {found}？" if found else f"请移到它所属的文件夹：{_FOLDERS}。"
            self.report(path, 1, "misplaced-file", "内容文件夹的第一层不放这个文件，它不会被读取。", fix)

    def read_other(self, path: str, folder: str) -> None:
        stem = self.stem(path, path.rpartition("/")[2], ".yml", "表单" if folder == "forms" else "节假日")
        if stem is None:
            return
        if path.count("/") > 1:
            self.hint(path, f"{folder} 不分子文件夹。", f"请移到 {self.root}/{folder}/{stem}.yml。")
        if self.is_second(path, (folder, stem)):
            return
        if folder == "forms" and self.good_id(path, stem, Record):
            if form := self.model(path, FormDefinition, stem):
                self.forms[stem] = form
        elif folder == "holidays" and not re.fullmatch(r"(?:19|20)\d\d", stem):
            message = f"节假日文件要以年份作文件名，这里是“{stem}”。"
            self.report(path, 1, "bad-id", message, "请改为 2026.yml 这样的名称。")
        elif folder == "holidays" and (year := self.model(path, HolidayYear)):
            self.holidays[int(stem)] = year

    def model(self, path: str, model: type[M], file_id: str = "") -> M | None:
        """Return the model that a YAML file holds, or None, adding its faults and keeping its origin."""
        key = (path.partition("/")[0] if "/" in path else "", posixpath.basename(path).removesuffix(".yml"))
        self.origins[key] = Origin(path)
        if (text := self.text(path, key)) is None:
            return None
        source = read_source(Page(text, 1, "", 1), path, self.root)
        self.origins[key] = source.origin
        made = None
        if source.data is not None:
            if file_id:
                refuse_other_id(source, file_id)
            made = source.validate(model, **({"id": file_id} if file_id else {}))
        self.problems += source.problems
        return made

    def report_folder(self, folder: str, count: int) -> None:
        found = nearest(folder, [*KINDS, *_OTHER_FOLDERS])
        fix = f"是不是 {found}？" if found else f"可用的文件夹：{_FOLDERS}。"
        message = f"没有“{folder}”这个内容文件夹，里面的 {count} 个文件不会被读取。"
        self.report(folder, 1, "misplaced-file", message, fix)


def list_owners(
    records: Mapping[tuple[str, str], Record],
    forms: Mapping[str, FormDefinition],
    origins: Mapping[tuple[str, str], Origin],
) -> Iterator[tuple[Record | FormDefinition, Origin]]:
    """Yield what can name files, with its origin; a record made in memory has none and names none."""
    owners: dict[tuple[str, str], Record | FormDefinition] = {**records}
    owners |= {("forms", form_id): form for form_id, form in forms.items()}
    yield from ((owner, origins[key]) for key, owner in owners.items() if key in origins)
