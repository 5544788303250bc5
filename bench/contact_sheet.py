"""Draw docs/pictures/contact-sheet-*.png: every kind of page, phone and desktop, light and elder: `python -m bench.contact_sheet`.

Chromium takes the pictures and joins them; the result is written as a PNG with a palette, so that four sheets stay small.
"""

from __future__ import annotations

import base64
import shutil
import struct
import sys
import tempfile
import zlib
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bench.web_server import serve
from site_builder.driver import build
from tests.page_types import choose_pages, read_pages

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs" / "pictures"
SIZES = {"phone": (375, 1500, 180, 13), "desktop": (1280, 1600, 300, 8)}
"""Name → width of the screen, height that is shown, width of a thumbnail, thumbnails in a row."""
MODES = {"light": "", "elder": "elder"}

JOIN = """async ({ shots, columns, width, height, colours }) => {
  const gap = 8, label = 16, rows = Math.ceil(shots.length / columns), canvas = document.createElement("canvas");
  canvas.width = columns * (width + gap) + gap; canvas.height = rows * (height + label + gap) + gap;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.fillStyle = "#d0ccc4"; pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high"; pen.font = "11px sans-serif"; pen.textBaseline = "middle";
  for (const [at, [address, picture]] of shots.entries()) {
    const image = new Image(); image.src = "data:image/png;base64," + picture; await image.decode();
    const x = gap + at % columns * (width + gap), y = gap + Math.floor(at / columns) * (height + label + gap);
    pen.fillStyle = "#1b1916"; pen.fillText("/" + address, x, y + label / 2, width);
    pen.drawImage(image, x, y + label, width, image.height * width / image.width);
  }
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height), sums = new Map(), total = data.length / 4;
  const key = i => (data[i] >> 3) << 10 | (data[i + 1] >> 3) << 5 | data[i + 2] >> 3;
  for (let i = 0; i < data.length; i += 4) {
    let sum = sums.get(key(i)); if (!sum) sums.set(key(i), sum = [0, 0, 0, 0]);
    sum[0] += 1; for (const c of [0, 1, 2]) sum[c + 1] += data[i + c];
  }
  const mean = ([n, ...rgb]) => rgb.map(c => Math.round(c / n));
  const palette = [...sums].sort((a, b) => b[1][0] - a[1][0] || a[0] - b[0]).slice(0, colours).map(([, sum]) => mean(sum));
  const nearest = new Map(), bytes = new Uint8Array(total);
  for (const [k, sum] of sums) {
    const [r, g, b] = mean(sum); let best = 0, least = Infinity;
    palette.forEach(([R, G, B], at) => { const d = (r - R) ** 2 + (g - G) ** 2 + (b - B) ** 2; if (d < least) { least = d; best = at; } });
    nearest.set(k, best);
  }
  for (let i = 0, at = 0; i < data.length; i += 4, at += 1) bytes[at] = nearest.get(key(i));
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return { width: canvas.width, height: canvas.height, palette, pixels: btoa(text) };
}"""


def shoot(browser: Browser, url: str, addresses: list[str], size: str, mode: str) -> list[tuple[str, str]]:
    """Return (address, PNG in base64) of the top of each page."""
    width, height, *_ = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    page.add_init_script(f"localStorage.setItem('modes', '{mode}')")
    shots = []
    for address in addresses:
        page.goto(url + address)
        shots.append((address, base64.b64encode(page.screenshot()).decode()))
    page.close()
    return shots


def write_png(path: Path, width: int, height: int, palette: list[list[int]], pixels: bytes) -> None:
    """Write an image of one byte a pixel with its palette."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = b"".join(b"\0" + pixels[start : start + width] for start in range(0, len(pixels), width))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + chunk(b"PLTE", bytes(value for colour in palette for value in colour))
        + chunk(b"IDAT", zlib.compress(lines, 9))
        + chunk(b"IEND", b"")
    )


def join(page: Page, path: Path, size: str, shots: list[tuple[str, str]]) -> None:
    """Write one sheet."""
    screen, shown, width, columns = SIZES[size]
    options = {"shots": shots, "columns": columns, "width": width, "height": shown * width // screen, "colours": 224}
    sheet = page.evaluate(JOIN, options)
    write_png(path, sheet["width"], sheet["height"], sheet["palette"], base64.b64decode(sheet["pixels"]))
    print(f"{path.name}: {len(shots)} pages, {path.stat().st_size / 1e6:.2f} MB")


def main() -> None:
    """Build the sample site, take the pictures and write the four sheets."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        site = Path(name) / "site"
        if build(ROOT / "mkdocs.yml", site, "2026-11-20T09:00").failed:
            sys.exit("The sample site has problems: run `site-builder build` first.")
        addresses = choose_pages(read_pages(site))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        with serve(site) as url:
            for size, (label, mode) in product(SIZES, MODES.items()):
                shots = shoot(browser, url, addresses, size, mode)
                join(browser.new_page(), OUT / f"contact-sheet-{size}-{label}.png", size, shots)
        browser.close()


if __name__ == "__main__":
    main()
