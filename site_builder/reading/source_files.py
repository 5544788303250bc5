"""What lies below content/, and the text of a file there, whatever a person may have saved."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

MAX_BYTES = 5_000_000
RECORD_SUFFIXES = (".md", ".yml")
MOSTLY_READABLE = 0.95

_LEFT_BY_EDITORS = re.compile(
    r"\..*|~\$.*|#.*#|.*~|.*\.(?:swp|swo|bak|orig|tmp)|Thumbs\.db|desktop\.ini", re.IGNORECASE
)
_SIGNATURES = (
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "Word、Excel 或压缩包"),
    (b"\xd0\xcf\x11\xe0", "旧版 Word 或 Excel"),
    (b"\x89PNG", "PNG 图片"),
    (b"\xff\xd8\xff", "JPEG 图片"),
    (b"GIF8", "GIF 图片"),
)


class FileFault(NamedTuple):
    """One fault of a file as such: path below content/, line, rule name, sentence, what to do."""

    path: str
    line: int
    rule: str
    message: str
    fix: str


class NotText(Exception):
    """A file whose text cannot be had; its fault tells why."""

    def __init__(self, line: int, rule: str, message: str, fix: str) -> None:
        super().__init__(message)
        self.line, self.rule, self.message, self.fix = line, rule, message, fix


class Listing(NamedTuple):
    """The regular files below content/, sorted, with '/' and in NFC → as the disk has them; and what was refused."""

    files: dict[str, str]
    faults: list[FileFault]


def list_files(content: Path) -> Listing:
    """List what lies below `content`; hidden files and what editors and systems leave behind are passed over."""
    listing = Listing({}, [])
    _list_folder(content, "", listing, os.path.realpath(content) + os.sep)
    return listing


def _list_folder(folder: Path, prefix: str, listing: Listing, root: str) -> None:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        message = f"打不开这个文件夹（{error.strerror}）。"
        listing.faults.append(FileFault(prefix.rstrip("/"), 1, "unreadable", message, "请检查文件夹的权限。"))
        return
    for entry in entries:
        if _LEFT_BY_EDITORS.fullmatch(entry.name):
            continue
        path = prefix + unicodedata.normalize("NFC", entry.name)
        if fault := _refusal(entry, path, root):
            listing.faults.append(fault)
        elif entry.is_dir():
            _list_folder(folder / entry.name, path + "/", listing, root)
        else:
            listing.files[path] = entry.path


def _refusal(entry: os.DirEntry[str], path: str, root: str) -> FileFault | None:
    if not _can_be_shown(path):
        shown = path.encode("utf-8", "replace").decode()
        return FileFault(shown, 1, "bad-id", "文件名的编码不是 UTF-8。", "请重新命名，只用小写字母、数字和连字符。")
    if entry.is_symlink():
        if entry.is_file() and os.path.realpath(entry.path).startswith(root):
            return None
        message = "这是一个符号链接，指向内容文件夹之外、一个文件夹或不存在的文件。"
        return FileFault(path, 1, "symlink", message, "请删去链接，把文件本身放进来。")
    if entry.is_dir():
        if not path.lower().endswith((*RECORD_SUFFIXES, ".yaml")):
            return None
        message = "这是一个文件夹，名称却像内容文件。"
        return FileFault(path, 1, "unreadable", message, "请给文件夹改名，去掉 .md 或 .yml。")
    if not entry.is_file():
        return FileFault(path, 1, "unreadable", "这不是普通文件（是管道、套接字或设备）。", "请删去。")
    return None


def _can_be_shown(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:  # bytes that are not UTF-8 stand as lone surrogates in names
        return False
    return True


def read_text(path: str) -> str:
    """Return the text of a file: UTF-8 with or without BOM, line ends as \\n, in NFC; raise NotText otherwise."""
    return decode(read_bytes(path))


def read_bytes(path: str) -> bytes:
    """Return the bytes of a file; raise NotText where it cannot be read or is too large for a text."""
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size  # a buffer for MAX_BYTES would cost more than reading a usual file
            data = file.read() if size <= MAX_BYTES else file.read(MAX_BYTES + 1)
    except OSError as error:
        raise NotText(1, "unreadable", f"读不了这个文件（{error.strerror}）。", "请检查文件的权限。") from None
    if len(data) > MAX_BYTES:
        raise NotText(1, "unreadable", f"文件超过 {MAX_BYTES // 1_000_000} MB。", "正文只放文字，大的内容请作为附件。")
    return data


def decode(data: bytes) -> str:
    """Return bytes as text in NFC with \\n line ends; raise NotText with the encoding that it looks like."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _wrong_encoding(1, "UTF-16")
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            fix = "请作为附件使用原来的扩展名，或另存为纯文本。"
            raise NotText(1, "encoding", f"这不是文字文件，看起来是{name}。", fix)
    if b"\0" in data:
        raise _with_nulls(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(data, error) from None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _with_nulls(data: bytes) -> NotText:
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _readable(text) > MOSTLY_READABLE:
            return _wrong_encoding(1, "UTF-16")
    return NotText(1, "encoding", "这不是文字文件（含有空字节）。", "请删去，或作为附件使用原来的扩展名。")


def _readable(text: str) -> float:
    """Return the share of characters that an official text is made of: Chinese, ASCII, its punctuation."""
    usual = re.findall("[\t\n\r\x20-\x7e\u2010-\u2030\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]", text)
    return len(usual) / (len(text) or 1)


def _not_utf8(data: bytes, error: UnicodeDecodeError) -> NotText:
    line = data.count(b"\n", 0, error.start) + 1
    replaced = data.decode("utf-8", "replace")
    if replaced.count("\ufffd") * 20 < len(replaced) and re.search("[\u4e00-\u9fff]", replaced):
        count = replaced.count("\ufffd")
        message = f"文件是 UTF-8，但有 {count} 处损坏的字节，这一行是第一处。"
        return NotText(line, "encoding", message, "请把损坏的字重新输入后保存。")
    for encoding, name in (("gb18030", "GBK（GB18030）"), ("big5", "Big5")):
        try:
            if _readable(data.decode(encoding)) > MOSTLY_READABLE:
                return _wrong_encoding(line, name)
        except UnicodeDecodeError:
            continue
    message = "文件不是 UTF-8 编码，也认不出是什么编码。"
    return NotText(line, "encoding", message, "请在编辑器里“另存为”，编码选 UTF-8。")


def _wrong_encoding(line: int, name: str) -> NotText:
    codec = name.partition("（")[0]
    return NotText(
        line,
        "encoding",
        f"文件的编码看起来是 {name}，应当是 UTF-8。",
        f"请在编辑器里“另存为”，编码选 UTF-8；或运行 iconv -f {codec} -t UTF-8 转换。",
    )
