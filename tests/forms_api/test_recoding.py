import io
import json
import subprocess
import sys

import pytest
from PIL import Image, ImageChops

from forms_api import recoding
from forms_api.recoding import LONGEST_SIDE, Order, Refused, recode, redraw, run
from forms_api.sinks import find_font
from tests.forms_api import sample_files

FONT = str(find_font())
MARK = "仅供云溪县总工会办理入会申请使用"


def open_image(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("jpg", sample_files.make_photo),
        ("png", lambda: sample_files.make_photo(kind="PNG")),
        ("heic", lambda: sample_files.make_heic((640, 480))),
    ],
)
def test_a_picture_of_each_kind_becomes_a_jpeg(kind, make):
    got, drawn = recode(Order(kind, MARK, FONT), make())
    image = open_image(drawn)
    assert (got, image.format, image.size) == ("jpg", "JPEG", (640, 480))


def test_nothing_but_pixels_is_left_and_the_picture_stands_upright():
    data = sample_files.make_located_photo()
    assert b"MARKED" in data
    drawn = redraw(Order("jpg"), data)
    image = open_image(drawn)
    assert b"MARKED" not in drawn
    assert not image.getexif()
    assert image.size == (200, 600)


@pytest.mark.parametrize("size", [(120, 120), (300, 900), (900, 300), (1200, 1200)])
def test_the_mark_crosses_the_whole_picture(size):
    white = io.BytesIO()
    Image.new("RGB", size, "white").save(white, "PNG")
    plain = open_image(redraw(Order("png"), white.getvalue()))
    marked = open_image(redraw(Order("png", MARK, FONT), white.getvalue()))
    difference = ImageChops.difference(plain.convert("L"), marked.convert("L"))
    box = difference.point(lambda value: 255 if value > 20 else 0).getbbox()
    assert box is not None
    assert box[0] < size[0] / 3
    assert box[1] < size[1] / 3
    assert box[2] > size[0] * 2 / 3
    assert box[3] > size[1] * 2 / 3
    assert marked.convert("L").getextrema()[0] > 60  # what lies below stays readable


def test_a_large_picture_is_made_smaller():
    drawn = redraw(Order("jpg"), sample_files.make_photo((4000, 1000)))
    assert open_image(drawn).size == (LONGEST_SIDE, LONGEST_SIDE // 4)


def test_transparency_becomes_white():
    out = io.BytesIO()
    Image.new("RGBA", (130, 130), (0, 0, 0, 0)).save(out, "PNG")
    assert open_image(redraw(Order("png"), out.getvalue())).getpixel((15, 15)) == (255, 255, 255)


def test_a_palette_with_transparency_becomes_white():
    out = io.BytesIO()
    Image.new("P", (130, 130), 0).save(out, "PNG", transparency=0)
    assert open_image(redraw(Order("png"), out.getvalue())).getpixel((15, 15)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("order", "make", "cause"),
    [
        (Order("jpg"), lambda: sample_files.make_photo()[:-2000], "damaged"),
        (Order("png"), sample_files.make_photo, "damaged"),
        (Order("jpg"), lambda: sample_files.make_photo((99, 400)), "tiny"),
        (Order("jpg"), lambda: b"\xff\xd8\xff" + bytes(100), "damaged"),
        (Order("jpg", pixels=1000), sample_files.make_photo, "pixels"),
        (Order("png", pixels=640 * 480 - 1), lambda: sample_files.make_photo(kind="PNG"), "pixels"),
        (Order("heic", pixels=1000), sample_files.make_heic, "pixels"),
        (Order("pdf"), sample_files.make_script_pdf, "script"),
        (Order("pdf"), lambda: sample_files.make_action_pdf("/Launch"), "script"),
        (Order("pdf"), lambda: sample_files.make_action_pdf("/SubmitForm"), "script"),
        (Order("pdf"), lambda: sample_files.make_action_pdf("/JavaScript"), "script"),
        (Order("pdf"), sample_files.make_carrier_pdf, "carries"),
        (Order("pdf"), lambda: sample_files.make_pdf(password="x"), "locked"),
        (Order("pdf"), lambda: sample_files.make_pdf(recoding.MOST_PAGES + 1), "pages"),
        (Order("pdf"), sample_files.make_polyglot, "damaged"),
        (Order("pdf"), lambda: sample_files.make_pdf()[:200], "damaged"),
        (Order("pdf"), lambda: b"%PDF-1.7\n%%EOF", "damaged"),
        (Order("pdf"), lambda: b"junk" + sample_files.make_pdf(), "damaged"),
    ],
)
def test_what_is_not_taken(order, make, cause):
    with pytest.raises(Refused, match=f"^{cause}$"):
        recode(order, make())


def test_a_plain_pdf_and_one_that_jumps_to_a_page_are_kept_as_they_are():
    assert recode(Order("pdf"), sample_files.make_pdf(3)) == ("pdf", b"")
    assert recode(Order("pdf"), sample_files.make_action_pdf("/GoTo")) == ("pdf", b"")


def test_the_program_answers_in_one_line_and_bytes():
    source = io.BytesIO(json.dumps({"kind": "jpg"}).encode() + b"\n" + sample_files.make_photo())
    target = io.BytesIO()
    run(source, target)
    line, _, data = target.getvalue().partition(b"\n")
    assert json.loads(line) == {"kind": "jpg", "size": len(data)}
    assert open_image(data).format == "JPEG"


def test_the_program_has_little_memory_and_can_write_no_file(tmp_path):
    attempt = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from forms_api.recoding import confine\n"
        "confine()\n"
        "try: bytearray(2 * 1024**3)\n"
        "except MemoryError: print('memory')\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "import os\n"
        "try: os.write(os.open(sys.argv[2], os.O_CREAT | os.O_WRONLY), b'x')\n"
        "except OSError: print('file')\n"
    )
    root = recoding.__file__.rpartition("/forms_api/")[0]
    done = subprocess.run(
        [sys.executable, "-c", attempt, root, str(tmp_path / "x")], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["memory", "file"], done.stderr
