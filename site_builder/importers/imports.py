"""Imported drafts put into content/, with their provenance beside them, and the report of a run."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from site_builder.content_files import write_record
from site_builder.importers.common import Finding, Imported, Refused
from site_builder.importers.files import import_file
from site_builder.importers.record_ids import make_id
from site_builder.reading.record_text import format_record
from site_builder.reading.yaml_files import dump_yaml
from site_builder.records import Policy, Record

PROVENANCE = ".provenance.yml"
_DIGEST = re.compile(r"^sha256: ['\"]?([0-9a-f]{64})", re.MULTILINE)


class AlreadyImported(Refused):
    """Say that the same bytes were imported before, and where the record stands."""

    def __init__(self, provenance: Path) -> None:
        self.provenance = provenance
        record = provenance.name.removesuffix(PROVENANCE)
        super().__init__(
            f"这个文件以前导入过，记录是 {record}（{provenance.parent.name} 文件夹），没有再写；要重新导入，请先删除那条记录和它的来源文件。"
        )


@dataclass(slots=True)
class Shelf:
    """What content/ already holds: ids taken in each folder, and the files that were imported before."""

    content: Path
    taken: dict[str, set[str]] = field(default_factory=dict)
    known: dict[str, Path] = field(default_factory=dict)

    @classmethod
    def read(cls, content: Path) -> Shelf:
        """Return the shelf of a content folder, which need not exist yet."""
        shelf = cls(content)
        for path in sorted(content.rglob("*")) if content.is_dir() else ():
            if path.name.endswith(PROVENANCE):
                if match := _DIGEST.search(path.read_text(encoding="utf-8")):
                    shelf.known[match[1]] = path
            elif path.suffix in (".md", ".yml"):
                shelf.taken.setdefault(path.relative_to(content).parts[0], set()).add(path.stem)
        return shelf


def write_import(imported: Imported, content: Path, accept: bool, shelf: Shelf | None = None) -> Path:
    """Write the record and its provenance below `content`; return the record's path.

    `accept` publishes it. Raises AlreadyImported, before anything is written, for bytes that were imported before.
    """
    shelf = shelf or Shelf.read(content)
    digest = str(imported.provenance["sha256"])
    if digest in shelf.known:
        raise AlreadyImported(shelf.known[digest])
    record = _placed(imported.record, shelf, accept=accept)
    path = write_record(content, record)
    beside = path.with_name(f"{record.id}{PROVENANCE}")
    beside.write_text(dump_yaml(_provenance(imported)), encoding="utf-8")
    shelf.known[digest] = beside
    return path


def _placed(record: Record, shelf: Shelf, *, accept: bool) -> Record:
    """Return the record with an id that is free, and published if it is accepted."""
    day = (record.issued or record.published) if isinstance(record, Policy) else record.day
    taken = shelf.taken.setdefault(record.folder, set())
    stem = make_id(day, record.title, taken)
    taken.add(stem)
    status = "published" if accept else "draft"
    return type(record).model_validate({**dict(record), "id": stem, "status": status})


def _provenance(imported: Imported) -> dict[str, object]:
    values: dict[str, object] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in imported.provenance.items()
    }
    values["repairs"] = [_written(finding) for finding in imported.repairs]
    values["doubts"] = [_written(finding) for finding in imported.doubts]
    return {name: value for name, value in values.items() if value != []}


def _written(finding: Finding) -> str:
    return f"第{finding.line}行：{finding.message}" if finding.line else finding.message


# --- a run over several files ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileResult:
    """What came of one file: the draft and where it was written, or why it was refused."""

    path: Path
    imported: Imported | None = None
    written: Path | None = None
    refusal: str | None = None

    def differences(self) -> Iterator[str]:
        """Yield, line by line, what the text that was read and the draft do not share: - only read, + only in the draft."""
        if self.imported is None:
            return
        draft = [row for row in format_record(self.imported.record).splitlines() if row.strip()]
        read = [row.strip() for row in self.imported.read if row.strip()]
        yield from difflib.unified_diff(read, draft, f"读到的：{self.path.name}", "草稿", lineterm="", n=1)

    def lines(self) -> Iterator[str]:
        """Yield what the editor is told about this file."""
        if self.imported is None:
            yield f"{self.path}: {self.refusal}"
            return
        record = self.imported.record
        yield f"{self.path}: {record.title}"
        for word, findings in (("修补", self.imported.repairs), ("疑点", self.imported.doubts)):
            yield from (f"  {word}：{_written(finding)}" for finding in findings)
        if self.refusal:
            yield f"  没有写入：{self.refusal}"
        elif self.written:
            yield f"  写入：{self.written}"
        else:
            yield f"  试运行，没有写文件；编号将是 {record.id}。"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of every file of a run."""

    results: tuple[FileResult, ...]

    @property
    def refused(self) -> int:
        """Return how many files gave no record."""
        return sum(result.refusal is not None for result in self.results)

    def lines(self, *, differences: bool = False) -> Iterator[str]:
        """Yield the report, file by file, with the differences if wanted, then one line that sums it up."""
        for result in self.results:
            yield from result.lines()
            if differences:
                yield from result.differences()
        done = len(self.results) - self.refused
        yield f"共 {len(self.results)} 个文件，成功 {done} 个，没有导入 {self.refused} 个。"


def run_import(paths: Iterable[Path], kind: str, out: Path, dry_run: bool, accept: bool, now: datetime) -> ImportReport:
    """Import each file into the content folder `out`; one file's fault does not stop the others. A dry run writes nothing."""
    shelf = Shelf.read(out)
    return ImportReport(
        tuple(_run_one(Path(path), kind, shelf, dry_run=dry_run, accept=accept, now=now) for path in paths)
    )


def _run_one(path: Path, kind: str, shelf: Shelf, *, dry_run: bool, accept: bool, now: datetime) -> FileResult:
    imported = None
    try:
        imported = import_file(path, kind=kind, now=now)
        if dry_run:
            digest = str(imported.provenance["sha256"])
            if digest in shelf.known:
                raise AlreadyImported(shelf.known[digest])
            return FileResult(path, imported)
        return FileResult(path, imported, write_import(imported, shelf.content, accept, shelf))
    except Refused as refusal:
        return FileResult(path, imported, refusal=str(refusal))
