"""Inputs made by hand about invented matters: Word files from XML, PDF files from objects, text in any encoding."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from site_builder.importers import Imported, import_file

SHARED = Path(__file__).parents[3].parent / "shared"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=timezone(timedelta(hours=8)))
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELS = (
    '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("../shared（样例和法规文本）不在这台机器上")
    return SHARED


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Imported]:
    """Import bytes or text under a file name."""

    def run(content: str | bytes, name: str = "文件.txt", kind: str = "policy") -> Imported:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_file(path, kind=kind, now=NOW)

    return run


def paragraph(text: str, properties: str = "") -> str:
    """Return one w:p with a run of text."""
    return f'<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def pack(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive of the parts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return packed.getvalue()


def docx(body: str, **parts: str) -> bytes:
    """Return a .docx with this w:body; keyword parts (numbering, styles, comments, footnotes) are put in word/ and bound."""
    bound = "".join(f'<Relationship Id="r{name}" Type="{_OFFICE}/{name}" Target="{name}.xml"/>' for name in parts)
    return pack(
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": RELS,
            "word/_rels/document.xml.rels": (
                '<?xml version="1.0"?><Relationships '
                f'xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{bound}</Relationships>'
            ),
            "word/document.xml": f'<?xml version="1.0" encoding="UTF-8"?><w:document {W}><w:body>{body}</w:body></w:document>',
            **{f"word/{name}.xml": f'<?xml version="1.0" encoding="UTF-8"?>{part}' for name, part in parts.items()},
        }
    )


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """Return a PDF whose text layer holds these lines; its only font maps every code to the same code point."""
    objects: list[bytes] = []

    def add(content: bytes) -> int:
        objects.append(content)
        return len(objects)

    def stream(content: bytes) -> bytes:
        return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)

    high = sorted({ord(char) >> 8 for lines in pages for line in lines for char in line})
    cmap = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Own def /CMapType 2 def\n"
        b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        + b"".join(b"1 beginbfrange <%02X00> <%02XFF> <%02X00> endbfrange\n" % (h, h, h) for h in high)
        + b"endcmap end end"
    )
    catalog, tree = add(b""), add(b"")
    unicode = add(stream(cmap))
    inner = add(
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Song /DW 1000 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
    )
    font = add(
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Song /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>"
        % (inner, unicode)
    )
    kids = []
    for lines in pages:
        drawn = b"".join(
            b"BT /F1 16 Tf 72 %d Td <%s> Tj ET\n" % (780 - 22 * n, line.encode("utf-16-be").hex().upper().encode())
            for n, line in enumerate(lines)
            if line
        )
        content = add(stream(drawn))
        kids.append(
            add(
                b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font << /F1 %d 0 R >> >> >>"
                % (tree, content, font)
            )
        )
    objects[catalog - 1] = b"<< /Type /Catalog /Pages %d 0 R >>" % tree
    objects[tree - 1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % k for k in kids))
    return _file(objects, catalog)


def _file(objects: Sequence[bytes], catalog: int) -> bytes:
    written, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    written += b"trailer << /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, catalog, table)
    return bytes(written)


@pytest.fixture
def make() -> type:
    """Give the makers of files to tests that cannot import this module."""

    class Make:
        docx = staticmethod(docx)
        paragraph = staticmethod(paragraph)
        pack = staticmethod(pack)
        pdf = staticmethod(pdf)
        namespace = W

    return Make
