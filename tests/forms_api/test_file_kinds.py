import pytest

from forms_api.file_kinds import CAUSES, Given, Refused, clean_name, explain, find_kind
from forms_api.questions import FormField

ANY = FormField(name="paper", label="证明", type="file")
PICTURES = FormField(name="paper", label="证明", type="file", accept=("jpg", "png"), max_mb=3)
JPG, PNG, PDF = b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7"
HEIC = b"\0\0\0\x18ftypheic"


@pytest.mark.parametrize(
    ("head", "name", "declared", "kind"),
    [
        (JPG, "a.jpg", "image/jpeg", "jpg"),
        (JPG, "照片.JPEG", "", "jpg"),
        (JPG, "a.jpg", "application/octet-stream", "jpg"),
        (PNG, "a.png", "image/png; x=y", "png"),
        (HEIC, "IMG_1.HEIC", "image/heic", "heic"),
        (b"\0\0\0\x18ftypmif1", "a.heif", "image/heif", "heic"),
        (PDF, "证明.pdf", "application/pdf", "pdf"),
    ],
)
def test_content_name_and_declared_type_agree(head, name, declared, kind):
    assert find_kind(head, Given(name, declared), ANY) == kind


@pytest.mark.parametrize(
    ("head", "name", "declared", "field", "cause"),
    [
        (b"MZ\x90", "a.jpg", "image/jpeg", ANY, "kind"),
        (b"", "a.jpg", "image/jpeg", ANY, "kind"),
        (PDF, "a.pdf", "application/pdf", PICTURES, "kind"),
        (JPG, "a.png", "image/png", ANY, "mismatch"),
        (JPG, "a.jpg", "text/html", ANY, "mismatch"),
        (JPG, "a.jpg.exe", "image/jpeg", ANY, "mismatch"),
        (JPG, "noname", "image/jpeg", ANY, "mismatch"),
        (b"\0\0\0\x18ftypisom", "a.heic", "image/heic", ANY, "kind"),
    ],
)
def test_what_does_not_agree_is_refused(head, name, declared, field, cause):
    with pytest.raises(Refused) as caught:
        find_kind(head, Given(name, declared), field)
    assert caught.value.cause == cause


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("证明.pdf", "证明.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\照片\\一寸.jpg", "一寸.jpg"),
        ("a\x00b\u202egpj.exe", "a_b_gpj.exe"),
        ("长" * 300 + ".jpg", "长" * 97 + ".jpg"),
        ("...", "文件"),
        ("", "文件"),
    ],
)
def test_names_are_made_safe(name, clean):
    assert clean_name(name) == clean


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_says_what_to_do(cause):
    words = explain(Refused(cause), PICTURES)
    assert "请" in words
    assert words.endswith("。")
    assert "{" not in words


def test_the_words_name_the_limit_and_the_kinds():
    assert "3 兆" in explain(Refused("size"), PICTURES)
    assert "JPG、PNG" in explain(Refused("kind"), PICTURES)
