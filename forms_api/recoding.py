"""A program of its own that looks into uploaded files and draws pictures anew: for each file a process, then gone.

The file comes from a stranger and the libraries that read it are large, so they run apart from everything else, with little
memory and time, and can write no file. The program itself reads no file: it has the libraries loaded, which costs more than
most files do, and splits off a process for each. That process says its id, takes a line of JSON (`Order`) and the bytes of
the file, and answers with a line of JSON, `{"kind": …, "size": …}` or `{"refused": …}`, then for a picture the bytes of the
new one. It imports nothing of this package and can be run by its path alone.
"""

from __future__ import annotations

import gc
import io
import json
import os
import resource
import signal
import socket
import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import Any, BinaryIO

MEMORY = 1024 * 1024 * 1024
SECONDS = 20
LONGEST_SIDE = 3000
"""Pixels: enough to read small print on a page of A4 (250 to the inch)."""
SHORTEST_SIDE = 100
MOST_PAGES = 300
MOST_OBJECTS = 100_000
QUALITY = 85
_MARK_ANGLE = 24
_MARK_STRENGTH = 84
_TAIL = 2048


class Refused(Exception):
    """The file is not taken; the argument is the cause, one word."""


@dataclass(frozen=True)
class Order:
    """What is to be done: the kind that the file is said to be, and for a picture the mark, its font, the most pixels."""

    kind: str
    mark: str = ""
    font: str = ""
    pixels: int = 50_000_000


def recode(order: Order, data: bytes) -> tuple[str, bytes]:
    """Return the kind and the bytes to keep; for a PDF no bytes, it is kept as it came. Raises Refused."""
    if order.kind == "pdf":
        check_pdf(data)
        return "pdf", b""
    return "jpg", redraw(order, data)


# --- pictures ----------------------------------------------------------------------------------


def redraw(order: Order, data: bytes) -> bytes:
    """Return a picture as a new JPEG: upright, no larger than needed, marked, and without anything but its pixels."""
    from PIL import Image, ImageOps
    from pillow_heif import register_heif_opener

    register_heif_opener()
    Image.MAX_IMAGE_PIXELS = order.pixels
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    formats = {"jpg": "JPEG", "png": "PNG", "heic": "HEIF"}
    try:
        with Image.open(io.BytesIO(data), formats=[formats[order.kind]]) as image:
            if min(image.size) < SHORTEST_SIDE:
                raise Refused("tiny")
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            image.load()
            image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            plain = _flatten(ImageOps.exif_transpose(image))
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise Refused("pixels") from None
    except Exception:  # the readers raise whatever they like at damaged files
        raise Refused("damaged") from None
    if order.mark:
        _draw_mark(plain, order)
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _flatten(image: Any) -> Any:
    """Return the pixels alone, on white; a copy without the colour profile, comments and the rest."""
    from PIL import Image

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        over = image.convert("RGBA")
        ground = Image.new("RGB", over.size, "white")
        ground.paste(over, mask=over.getchannel("A"))
        return ground
    flat = Image.new("RGB", image.size)
    flat.paste(image.convert("RGB"))
    return flat


def _draw_mark(image: Any, order: Order) -> None:
    """Write what the copy is for across it, again and again, light enough to read what lies below."""
    from PIL import Image, ImageDraw, ImageFont

    size = max(14, round(max(image.size) / max(24, 1.6 * len(order.mark))))
    font = ImageFont.truetype(order.font, size)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(order.mark))
    tile = Image.new("L", (right - left + 2 * size, bottom - top + 2 * size))
    ImageDraw.Draw(tile).text((size - left, size - top), order.mark, fill=_MARK_STRENGTH, font=font)
    tile = tile.rotate(_MARK_ANGLE, expand=True, resample=Image.Resampling.BICUBIC)
    for row, y in enumerate(range(-tile.height // 3, image.height, max(1, tile.height * 2 // 3))):
        for x in range(-(row % 2) * tile.width // 2, image.width, tile.width):
            image.paste((90, 90, 90), (x, y), tile)


# --- PDF ---------------------------------------------------------------------------------------

_ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/Rendition", "/GoToE", "/RichMediaExecute"}
)
_LIVE = frozenset({"/JS", "/JavaScript", "/XFA", "/RichMediaContent"})
_CARRIED = frozenset({"/EmbeddedFiles", "/EmbeddedFile", "/AF", "/EF"})


def check_pdf(data: bytes) -> None:
    """Refuse a PDF that acts, carries other files, is locked, damaged, endless, or is another kind of file as well."""
    from pypdf import PdfReader

    end = data.rfind(b"%%EOF")
    if not data.startswith(b"%PDF-") or end < 0 or len(data) - end > _TAIL or b"PK\x05\x06" in data[end:]:
        raise Refused("damaged")
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise Refused("locked")
        pages = len(reader.pages)
        numbers = sorted({number for own in reader.xref.values() for number in own} | set(reader.xref_objStm))
    except Refused:
        raise
    except Exception:  # pypdf raises many kinds of errors at damaged files
        raise Refused("damaged") from None
    if not pages:
        raise Refused("damaged")
    if pages > MOST_PAGES or len(numbers) > MOST_OBJECTS:
        raise Refused("pages")
    for number in numbers:
        try:
            found = reader.get_object(number)
        except Exception:  # an object that cannot be read cannot be vouched for
            raise Refused("damaged") from None
        _look_through(found)
    _look_through(reader.trailer)


def _look_through(found: Any, depth: int = 0) -> None:
    from pypdf.generic import ArrayObject, DictionaryObject

    if depth > 40:
        raise Refused("damaged")
    if isinstance(found, DictionaryObject):
        keys = set(found)
        if keys & _LIVE or str(found.get("/S")) in _ACTIONS:
            raise Refused("script")
        if keys & _CARRIED or str(found.get("/Type")) in _CARRIED:
            raise Refused("carries")
        inner = [found.raw_get(key) for key in keys]
    elif isinstance(found, ArrayObject):
        inner = list(found)
    else:
        return
    for one in inner:
        _look_through(one, depth + 1)


# --- the program -------------------------------------------------------------------------------


def attend(calls: socket.socket) -> None:
    """Split off a process for each connection that comes over `calls`, with the kind of its file, until the caller is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for their ends
    loaded: set[str] = set()
    while True:
        kind, given, _, _ = socket.recv_fds(calls, 16, 1)
        if not given:
            return
        if kind.decode() not in loaded:
            _load(kind.decode())
            loaded.add(kind.decode())
            gc.freeze()  # what is loaded stays shared with all that split off
        if os.fork() == 0:
            try:
                calls.close()
                _take_one(socket.socket(fileno=given[0]))
            finally:
                os._exit(0)  # an answer that is not whole tells enough
        os.close(given[0])


def _load(kind: str) -> None:
    if kind == "pdf":
        import_module("pypdf.generic")
    else:
        for name in (
            "pillow_heif",
            "PIL.Image",
            "PIL.ImageDraw",
            "PIL.ImageFont",
            "PIL.ImageOps",
            "PIL.JpegImagePlugin",
        ):
            import_module(name)


def _take_one(connection: socket.socket) -> None:
    connection.sendall(b"%d\n" % os.getpid())
    confine()
    with connection.makefile("rb") as source, connection.makefile("wb") as target:
        run(source, target)


def run(source: BinaryIO, target: BinaryIO) -> None:
    """Read an order and a file, do it, answer."""
    order = Order(**json.loads(source.readline()))
    try:
        kind, data = recode(order, source.read())
        answer: dict[str, Any] = {"kind": kind, "size": len(data)}
    except Refused as refused:
        answer, data = {"refused": str(refused)}, b""
    target.write(json.dumps(answer).encode() + b"\n" + data)
    target.flush()


def confine() -> None:
    """Give up what reading a file does not need: memory, time, files, traces."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


if __name__ == "__main__":
    attend(socket.socket(fileno=0))
