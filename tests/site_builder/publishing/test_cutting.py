"""What is cut out of a release where it stands: the page, the files it names, and the words that others repeat."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from site_builder.publishing.cutting import cut_page, cut_traces
from site_builder.records import News, Notice, Record
from site_builder.releases import Release, Shelf, name_release
from site_builder.withdrawals import Tombstone

LINK = '<a href="../news/visit/"><span>冬季</span>走访</a> 走访十二个班组'
FILES = {
    "news/visit/index.html": "冬季走访全文",
    "news/visit/qr.svg": "svg",
    "news/2026/photo.jpg": "jpg",
    "news/index.html": LINK,
    "news/page/2/index.html": LINK,
    "index.html": f"<h1>职工之家</h1>{LINK}",
    "about/index.html": "概况",
    "feed.xml": "<title>冬季走访</title>",
    "open-data/other.json": "{}",
    "search/a1.bin": "任意",
    "search/index.html": "搜索页",
}
NEWS = News(id="visit", title="冬季走访", summary="走访十二个班组", body="![人](photo.jpg)")
ROLL = Notice(id="visit", title="冬季走访", kind="公示")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Return a shelf whose live release holds the files."""
    built = tmp_path / "built"
    for path, text in FILES.items():
        (built / "site" / path).parent.mkdir(parents=True, exist_ok=True)
        (built / "site" / path).write_text(text, encoding="utf-8")
    shelf = Shelf(tmp_path)
    now = datetime(2026, 11, 20, tzinfo=UTC)
    made = shelf.add(Release(name_release(now, "a" * 40), "a" * 40, now.isoformat(), now.isoformat(), "推送"), built)
    shelf.switch(made.name)
    return shelf


def live(shelf: Shelf) -> Release:
    release = shelf.live()
    assert release is not None
    return release


def read(shelf: Shelf, path: str) -> str | None:
    """Return the text of a file that readers see, or None."""
    file = shelf.home / "current" / "site" / path
    return file.read_text(encoding="utf-8") if file.exists() else None


def test_the_page_and_the_files_it_names_go_and_the_reason_stands_there(shelf):
    gone = Tombstone("news", "visit", "冬季走访", date(2026, 11, 20), "人数<有误>。")
    cut_page(shelf, live(shelf), gone, NEWS, "news/2026/visit.md")
    page = read(shelf, "news/visit/index.html") or ""
    assert ("理由：人数&lt;有误&gt;。<" in page, "2026年11月20日" in page, "冬季走访" in page) == (True, True, False)
    assert [read(shelf, path) for path in ("news/visit/qr.svg", "news/2026/photo.jpg")] == [None, None]
    assert live(shelf).cut
    assert shelf.compare(live(shelf).name) == []


def test_a_page_that_cannot_be_read_any_more_goes_as_well(shelf):
    cut_page(shelf, live(shelf), Tombstone("news", "visit"), None, "news/2026/visit.md")
    page = read(shelf, "news/visit/index.html") or ""
    assert "这一页已经撤下" in page
    assert "理由" not in page


def cut(shelf: Shelf, record: Record | None, folder: str = "news") -> None:
    cut_traces(shelf, live(shelf), Tombstone(folder, "visit"), record)
    assert shelf.compare(live(shelf).name) == []


def test_pages_keep_their_place_and_lose_the_words_and_what_is_for_machines_goes(shelf):
    cut(shelf, NEWS)
    for path in ("index.html", "news/index.html", "news/page/2/index.html"):
        page = read(shelf, path) or ""
        assert "（已撤下）" in page, path
        assert ("班组" in page, "走访" in page, page.count("span")) == (False, False, 2), path
    assert read(shelf, "about/index.html") == "概况"
    assert read(shelf, "open-data/other.json") == "{}"
    assert [read(shelf, path) for path in ("feed.xml", "search/a1.bin")] == [None, None]
    assert read(shelf, "search/index.html") == "搜索页"


@pytest.mark.parametrize("record", [ROLL, None])
def test_where_a_title_may_not_be_told_the_pages_of_its_column_go_too(shelf, record):
    cut(shelf, record)
    assert read(shelf, "news/page/2/index.html") is None
    assert read(shelf, "news/index.html") is not None
    assert read(shelf, "index.html") is not None


def test_what_is_to_go_goes_even_where_nothing_can_be_written(shelf, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("site_builder.releases._write_bytes", fail)
    with pytest.raises(OSError, match="No space"):
        cut_page(shelf, live(shelf), Tombstone("news", "visit"), NEWS, "news/2026/visit.md")
    assert [read(shelf, path) for path in ("news/visit/index.html", "news/visit/qr.svg")] == [None, None]
