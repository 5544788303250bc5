"""Files handed to a running intake as form.js does it: begun, sent in parts, finished; what each took of the server."""

from __future__ import annotations

import http.client
import io
import json
import os
from pathlib import Path
from typing import Any

from PIL import Image

MEGABYTE = 1_000_000
HEAD = (
    "| file | server ms of processor time | the process that looks into the file ms | most memory of a server process MB |",
    "|---|---|---|---|",
)


def make_pdf(size: int) -> bytes:
    """Return a PDF of one empty page and so many bytes of a stream that nothing refers to."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        b"<</Length %d>>stream\n%s\nendstream" % (size, bytes(range(128, 256)) * (size // 128) + b" " * (size % 128)),
    ]
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = out.tell()
    out.write(b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table)
    return out.getvalue()


def make_photo(side: tuple[int, int] = (4000, 3000)) -> bytes:
    """Return a photo of twelve million points with noise in it, as a phone makes it."""
    out = io.BytesIO()
    Image.effect_noise(side, 60).convert("RGB").save(out, "JPEG", quality=93)
    return out.getvalue()


def upload(port: int, place: dict[str, str], name: str, kind: str, data: bytes) -> None:
    """Hand in one file. Raises RuntimeError where it is not taken."""
    link = http.client.HTTPConnection("127.0.0.1", port)
    begun = _ask(link, "POST", "/uploads/", json.dumps(place).encode())
    part, head = begun["part"], {"Upload-Secret": begun["secret"]}
    for offset in range(0, len(data), part):
        body = data[offset : offset + part]
        _ask(link, "PATCH", f"/uploads/{begun['id']}", body, {**head, "Upload-Offset": str(offset)})
    told = json.dumps({"name": name, "type": kind}).encode()
    _ask(link, "POST", f"/uploads/{begun['id']}/finish", told, head)
    link.close()


def _ask(
    link: http.client.HTTPConnection, method: str, path: str, body: bytes, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    link.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
    response = link.getresponse()
    text = response.read()
    if response.status >= 300:
        raise RuntimeError(f"{method} {path}: {response.status} {text.decode()}")
    told: dict[str, Any] = json.loads(text)
    return told


def measure_uploads(port: int, place: dict[str, str], processes: list[int], times: int) -> list[str]:
    """Return the rows of a table: what each file took of the server's processes, and of those that they started for it."""
    rows = [*HEAD]
    for words, name, kind, data in (
        ("PDF", "a.pdf", "application/pdf", make_pdf(10 * MEGABYTE)),
        ("photo of 12 million points", "a.jpg", "image/jpeg", make_photo()),
    ):
        upload(port, place, name, kind, data)  # so that everything is loaded
        before = _read_usage(processes)
        for _ in range(times):
            upload(port, place, name, kind, data)
        own, started = ((now - then) / times * 1000 for now, then in zip(_read_usage(processes), before, strict=True))
        size, most = f"{len(data) / MEGABYTE:.1f} MB", max(map(_read_peak, processes))
        rows.append(f"| {words}, {size} | {own:.0f} | {started:.0f} | {most:.0f} |")
    return rows


def _read_usage(processes: list[int]) -> tuple[float, float]:
    """Return processor seconds of processes, and of those that they started and that have ended."""
    own = started = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        own += int(fields[11]) + int(fields[12])
        started += int(fields[13]) + int(fields[14])
    ticks = os.sysconf("SC_CLK_TCK")
    return own / ticks, started / ticks


def _read_peak(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)
