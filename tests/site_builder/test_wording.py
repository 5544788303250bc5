"""How dates, numbers, sizes and names are written."""

from datetime import date

import pytest
from markupsafe import Markup

from site_builder.wording import (
    date_cn,
    day_cn,
    file_kind,
    hours_html,
    size_words,
    surname,
    thousands,
    title_html,
    weekday_cn,
)


def test_dates() -> None:
    day = date(2026, 12, 1)
    assert (date_cn(day), day_cn(day), weekday_cn(day)) == ("2026年12月1日", "12月1日", "星期二")


@pytest.mark.parametrize(
    ("value", "words"),
    [(1800, "1,800"), (14.0, "14"), (61.5, "61.5"), (2316, "2,316"), (0, "0"), (100.0, "100"), (97.256, "97.26")],
)
def test_thousands(value: float, words: str) -> None:
    assert thousands(value) == words


@pytest.mark.parametrize(
    ("size", "words"), [(1, "1 KB"), (38_200, "38 KB"), (999_999, "1.0 MB"), (1_400_000, "1.4 MB")]
)
def test_size_words(size: int, words: str) -> None:
    assert size_words(size) == words


@pytest.mark.parametrize(("path", "kind"), [("a/表.docx", "DOCX"), ("b.tar.gz", "GZ"), ("README", "文件")])
def test_file_kind(path: str, kind: str) -> None:
    assert file_kind(path) == kind


@pytest.mark.parametrize(
    ("name", "mono"), [("沈岳宁", "沈"), ("欧阳明月", "欧阳"), ("云溪纺织厂", "云"), ("司马", "司"), ("王司马", "王")]
)
def test_surname(name: str, mono: str) -> None:
    assert surname(name) == mono


def test_title_html_escapes() -> None:
    html = title_html("关于印发<b>办法</b>的通知")
    assert "<b>" not in html
    assert html.startswith('<span class="kw">')


def test_hours_html_keeps_each_span_of_time_on_its_line_and_escapes() -> None:
    assert hours_html("周一至周五 8:30–12:00，<午休>") == Markup(
        '周一至周五 <span class="nw">8:30–12:00</span>，&lt;午休&gt;'
    )
    assert hours_html("全天") == Markup("全天")
    assert hours_html(None) == Markup("")
