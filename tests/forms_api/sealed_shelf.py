"""A shelf for uploads over a real store, and ways to look at what it keeps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from nacl.public import PrivateKey

from forms_api.attachments import Shelf
from forms_api.crypto import FileSecret, Sealer
from forms_api.file_kinds import Given
from forms_api.model import Attachment, Upload
from forms_api.opening import Opener, open_stream
from forms_api.questions import FormField
from forms_api.sinks import find_font
from forms_api.storage import UploadStore
from forms_api.storage.files import FileStore, FolderFiles
from forms_api.storage.sqlite import SqliteStore

PRIVATE = PrivateKey.generate()
OPENER = Opener([bytes(PRIVATE)])
FIELD = FormField(name="evidence", label="证明", type="file", max_mb=1)
PHOTO, PDF = Given("我的证明.jpg", "image/jpeg"), Given("证明.pdf", "application/pdf")
START = datetime(2026, 11, 20, 1, tzinfo=UTC)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        """Return what it shows."""
        return self.now


def make_shelf(files: FileStore, store: UploadStore) -> Shelf:
    """Return a shelf whose clock stands at START."""
    font = find_font()
    assert font
    return Shelf(files, store, Sealer(bytes(PRIVATE.public_key)), Clock(), lambda form: f"仅供办理{form}使用", font)


def open_shelf(folder: Path) -> Shelf:
    """Return a shelf in a folder; whoever opens it closes its store."""
    return make_shelf(FolderFiles(folder / "files"), SqliteStore(folder / "cases.db"))


def cut(data: bytes, size: int = 5000) -> list[bytes]:
    """Return data as a connection brings it."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def read_back(files: FileStore, upload: Upload | Attachment | None) -> tuple[FileSecret, bytes]:
    """Return what a finished file is, opened, and its plain bytes."""
    assert upload
    assert upload.sealed
    secret = OPENER.open_file_key(upload.sealed, upload.id)
    with files.open(upload.id) as file:
        return secret, b"".join(open_stream(iter(lambda: file.read(70_000), b""), secret.key))


def list_files(files: FileStore) -> list[str]:
    """Return the names of all that is kept, whole and begun."""
    kept: Iterable[str] = (one.name for one in (*files.list_kept(), *files.list_begun()))
    return sorted(kept)
