"""Import documents (.docx .html .txt .pdf .md) as draft records: the importers' port."""

from site_builder.importers.common import Finding, Imported, Refused
from site_builder.importers.files import import_file
from site_builder.importers.imports import AlreadyImported, FileResult, ImportReport, run_import, write_import
from site_builder.importers.record_ids import make_id

__all__ = [
    "AlreadyImported",
    "FileResult",
    "Finding",
    "ImportReport",
    "Imported",
    "Refused",
    "import_file",
    "make_id",
    "run_import",
    "write_import",
]
