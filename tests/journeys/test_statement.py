"""What content/pages/accessibility.md promises and no other test proves."""

from __future__ import annotations

import pytest
from lxml import html
from playwright.sync_api import Page

from tests.page_types import leads_on, read_pages

SIZES = """() => ["main p", ".windows .btn"].map(what => {
  const one = document.querySelector(what), style = getComputedStyle(one);
  return [parseFloat(style.fontSize), parseFloat(style.lineHeight), one.getBoundingClientRect().height];
})"""

FLOATING = """() => [...document.querySelectorAll("body *")]
  .filter(one => ["fixed", "sticky"].includes(getComputedStyle(one).position) && one.getClientRects().length)
  .filter(one => !one.matches(".tabbar, .skip, .toc, .rail, .facets"))
  .map(one => one.outerHTML.slice(0, 100))"""


@pytest.fixture(scope="module")
def pages(sample_site):
    return read_pages(sample_site)


def test_the_large_version_enlarges_type_lines_and_buttons(desktop: Page, site_url: str) -> None:
    desktop.goto(site_url + "campaigns/siji-bangfu/")
    before = desktop.evaluate(SIZES)
    desktop.get_by_role("button", name="大字版").click()
    after = desktop.evaluate(SIZES)
    assert all(
        old < new for small, large in zip(before, after, strict=True) for old, new in zip(small, large, strict=True)
    )


def test_nothing_floats_over_the_text_and_nothing_opens_by_itself(
    phone: Page, site_url: str, page_types: list[str]
) -> None:
    phone.on("dialog", lambda dialog: pytest.fail(f"opens by itself: {dialog.message}"))
    floating = []
    for path in page_types[::3]:
        phone.goto(site_url + path)
        floating += [f"{path}: {one}" for one in phone.evaluate(FLOATING)]
    assert floating == []


def test_there_is_no_time_limit_no_dialog_and_nothing_plays(pages: dict[str, html.HtmlElement]) -> None:
    for path, page in pages.items():
        assert not page.xpath("//dialog | //audio | //video | //marquee | //*[@autoplay]"), path
        refreshes = page.xpath("//meta[@http-equiv='refresh']/@content")
        assert all(one.startswith("0;") for one in refreshes), (
            f"{path}: a page may lead on at once, never after a while"
        )
        assert bool(refreshes) == leads_on(page)


def test_every_drawing_has_words_or_is_hidden_from_screen_readers(pages: dict[str, html.HtmlElement]) -> None:
    drawn = 0
    for path, page in pages.items():
        for drawing in page.xpath("//svg"):
            named = drawing.get("role") == "img" and (drawing.get("aria-label") or drawing.get("aria-labelledby"))
            drawn += bool(named)
            assert named or drawing.xpath("ancestor-or-self::*[@aria-hidden='true']"), (
                f"{path}: {html.tostring(drawing)[:120]!r}"
            )
    assert drawn > 10


def test_every_chart_has_its_figures_in_a_table(pages: dict[str, html.HtmlElement]) -> None:
    charts = [
        (path, one) for path, page in pages.items() for one in page.xpath("//figure[contains(@class, 'chart')][.//svg]")
    ]
    assert len(charts) > 5
    assert [path for path, one in charts if not one.xpath("ancestor::section[1]//table | ancestor::main//table")] == []
