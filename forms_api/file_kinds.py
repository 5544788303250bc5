"""What kind of file an upload is, and the words for why one is not taken. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from forms_api.questions import FormField

_NAME_LENGTH = 100

CAUSES: dict[str, str] = {
    "empty": "这个文件是空的。请重新选择，或者重新拍照。",
    "size": "这个文件太大，每份最大 {max_mb} 兆。请拍照时选小一点的尺寸，或者分成几份。",
    "kind": "这里只收{accept}。请拍照上传，或者另存为其中一种再传。",
    "mismatch": "文件的内容和它的扩展名对不上。请重新拍照，或者重新导出后再传。",
    "pixels": "图片的尺寸太大，打不开。请把照片改小一些再传。",
    "tiny": "图片太小，看不清上面的字。请重新拍照再传。",
    "damaged": "这个文件打不开，可能没有传完或已经损坏。请重新选择，或者重新拍照。",
    "locked": "这份 PDF 有密码。请去掉密码后再传，或者拍照上传。",
    "pages": "这份 PDF 页数太多。请只传需要的几页。",
    "script": "这份 PDF 带有会自动运行的内容，不能收。请打印成新的 PDF，或者拍照上传。",
    "carries": "这份 PDF 里夹带了别的文件，不能收。请打印成新的 PDF，或者拍照上传。",
    "virus": "这个文件带有病毒，没有收下。请检查电脑或手机，再换一份文件。",
    "scanner": "现在不能检查文件，暂时收不了。请过一会儿再传，或者带原件到窗口。",
}
"""What to do, by the cause for which a file is not taken."""

_KINDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "jpg": (frozenset({"jpg", "jpeg", "jpe", "jfif"}), frozenset({"image/jpeg", "image/jpg", "image/pjpeg"})),
    "png": (frozenset({"png"}), frozenset({"image/png", "image/x-png"})),
    "heic": (frozenset({"heic", "heif", "hif"}), frozenset({"image/heic", "image/heif"})),
    "pdf": (frozenset({"pdf"}), frozenset({"application/pdf", "application/x-pdf"})),
}
_UNSAID = frozenset({"", "application/octet-stream"})
"""Types that say nothing: older web views send these for every file."""
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_UNFIT = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")


class Refused(Exception):
    """The file is not taken; `cause` is one of the words of CAUSES."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Given:
    """What a sender says of a file: its name, the type that the browser declares."""

    name: str
    declared: str = ""


def explain(refused: Refused, field: FormField) -> str:
    """Return the sentence that tells a worker why a file of a field is not taken and what to do."""
    accept = "、".join(kind.upper() for kind in field.accept)
    return CAUSES[refused.cause].format(max_mb=field.max_mb, accept=accept)


def find_kind(head: bytes, given: Given, field: FormField) -> str:
    """Return the kind of a file by its first bytes, if name, declared type and field agree. Raises Refused."""
    kind = _read_magic(head)
    if kind is None or kind not in field.accept:
        raise Refused("kind")
    extensions, types = _KINDS[kind]
    declared = given.declared.partition(";")[0].strip().lower()
    if given.name.rpartition(".")[2].lower() not in extensions or declared not in types | _UNSAID:
        raise Refused("mismatch")
    return kind


def _read_magic(head: bytes) -> str | None:
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"%PDF-"):
        return "pdf"
    return "heic" if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS else None


def clean_name(name: str) -> str:
    """Return a file name that is safe to show and to save: no folders, no invisible characters, not too long."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    stem, dot, extension = _UNFIT.sub("_", last).strip(" .").rpartition(".")
    return f"{stem[: _NAME_LENGTH - len(extension)]}{dot}{extension[:10]}" or "文件"
