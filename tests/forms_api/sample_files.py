"""Files as workers send them, and as attackers do: made on the fly, never kept."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pillow_heif
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject


def make_photo(size: tuple[int, int] = (640, 480), kind: str = "JPEG", **options: Any) -> bytes:
    """Return a picture of some size with noise in it, so that it does not shrink to nothing."""
    out = io.BytesIO()
    Image.effect_noise(size, 50).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def make_located_photo() -> bytes:
    """Return a photo that tells where it was taken and with what, lying on its side."""
    exif = Image.Exif()
    exif[0x0110] = "MARKED-CAMERA"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (30.0, 15.0, 0.0)
    return make_photo((600, 200), exif=exif.tobytes(), comment=b"MARKED-COMMENT")


def make_heic(size: tuple[int, int] = (320, 240)) -> bytes:
    """Return a picture as newer phones make it."""
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.effect_noise(size, 50).convert("RGB")).save(out)
    return out.getvalue()


def make_pdf(pages: int = 1, password: str = "") -> bytes:
    """Return a plain PDF."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password)
    return _write(writer)


def make_script_pdf() -> bytes:
    """Return a PDF that runs a script when it is opened."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    act = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    )
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(act)
    return _write(writer)


def make_action_pdf(action: str) -> bytes:
    """Return a PDF that acts when it is opened, the name of the action standing in an object of its own."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    named = writer._add_object(NameObject(action))
    act = DictionaryObject({NameObject("/S"): named, NameObject("/F"): TextStringObject("x")})
    writer.root_object[NameObject("/OpenAction")] = ArrayObject([writer._add_object(act)])
    return _write(writer)


def make_carrier_pdf() -> bytes:
    """Return a PDF with another file in it."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_attachment("x.exe", b"MZ")
    return _write(writer)


def make_polyglot() -> bytes:
    """Return a PDF that is an archive as well."""
    out = io.BytesIO(make_pdf())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("x.txt", "x")
    return out.getvalue()


def _write(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
