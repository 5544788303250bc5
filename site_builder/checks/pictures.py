"""What a picture tells besides its picture: where it was taken, by whom, and texts that a program left in it. Pure."""

from __future__ import annotations

import io
import re
import warnings

from PIL import ExifTags, Image, UnidentifiedImageError

from site_builder.checks.passages import Fault, Opened, Passage

_GPS_TEXT = re.compile(rb"GPSLatitude|GPSPosition|<photoshop:City|Iptc4xmpCore:Location", re.IGNORECASE)
_PLACE = Fault(
    "image-location",
    "图片里记有拍摄地点（经纬度），读者能看到在谁家、在哪里拍的。",
    "请去掉位置信息再放上来，例如用截图或“另存为”时不保留属性。",
)


def read(data: bytes) -> Opened:
    """Return the texts in a picture's metadata and its faults; no pixel is decoded."""
    opened = Opened()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a picture of many pixels harms nobody who does not decode it
            with Image.open(io.BytesIO(data)) as picture:
                exif = picture.getexif()
                located = bool(exif.get_ifd(ExifTags.IFD.GPSInfo))
                details = {**dict(exif), **dict(exif.get_ifd(ExifTags.IFD.Exif))}
                told = [*details.values(), *picture.info.values()]
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        fault = Fault(
            "container-unreadable", "图片打不开，可能已损坏，或扩展名和格式不一致。", "请重新导出图片再放上来。"
        )
        opened.faults.append(fault)
        return opened
    if located or any(isinstance(one, bytes) and _GPS_TEXT.search(one) for one in told) or _GPS_TEXT.search(data):
        opened.faults.append(_PLACE)
    texts = [_words(one) for one in told]
    opened.passages.append(Passage("图片属性", "\n".join(text for text in texts if text)))
    return opened


def _words(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        # EXIF's user comment has eight bytes of code name before the text; XMP is text as it is
        plain = value.removeprefix(b"ASCII\0\0\0").removeprefix(b"UNICODE\0")
        text = plain.decode("utf-8", "replace")
        return text if text.isprintable() or "<" in text else ""
    return ""
