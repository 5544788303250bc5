"""WCAG 2.2 AA and the elder norms on every kind of page: axe-core, reflow, text spacing, targets, keyboard, motion."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from tests.page_audit import (
    find_clipped,
    find_missing_modes,
    find_moving,
    find_printed_controls,
    find_sideways,
    find_small_targets,
    run_axe,
    set_state,
    walk_keyboard,
)

SHARDS = 4
LONG_SHARDS = 8
MODES = ("", "dark", "elder", "hc")
Check = Callable[[Page], list[str]]


def audit(browser: Browser, site_url: str, paths: list[str], states: list[tuple[str, int, list[Check]]]) -> list[str]:
    """Return every fault of the pages in the states, each as 'address (mode width): fault'."""
    page = browser.new_page()
    faults = []
    for path in paths:
        page.goto(site_url + path)
        for mode, width, checks in states:
            set_state(page, mode, width)
            faults += [f"/{path} ({mode or 'light'} {width}): {fault}" for check in checks for fault in check(page)]
    page.close()
    return faults


def ordinary_targets(page: Page) -> list[str]:
    return find_small_targets(page, 44)


def elder_targets(page: Page) -> list[str]:
    return find_small_targets(page, 60)


def test_there_is_a_page_of_every_kind(page_types):
    for folder in ("policies", "notices", "guides", "honors", "unions", "venues", "indicators", "events", "apply"):
        assert any(path.startswith(f"{folder}/") for path in page_types)
    assert {"", "404.html", "search/", "status/"} <= set(page_types)
    assert len(page_types) > 40


@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_kind_of_page_passes_the_audits(browser, site_url, page_types, shard):
    states = [
        ("", 375, [run_axe, ordinary_targets, find_sideways, find_missing_modes, find_moving, find_printed_controls]),
        ("elder", 320, [run_axe, elder_targets, find_clipped]),
        ("elder big", 320, [find_sideways]),
        ("elder big", 900, [find_sideways]),
        ("", 900, [find_sideways]),
    ]
    assert audit(browser, site_url, page_types[shard::SHARDS], states) == []


@pytest.mark.long
def test_no_kind_of_page_scrolls_sideways_at_any_width(browser, site_url, page_types):
    states = [
        (mode, width, [find_sideways])
        for mode in ("", "elder", "elder big")
        for width in (320, 375, 640, 768, 900, 1024, 1280)
    ]
    assert audit(browser, site_url, page_types, states) == []


@pytest.mark.long
@pytest.mark.parametrize("shard", range(LONG_SHARDS))
def test_axe_finds_nothing_in_any_mode_at_any_width(browser, site_url, page_types, shard):
    states = [(mode, width, [run_axe]) for mode in MODES for width in (320, 768, 1280)]
    assert audit(browser, site_url, page_types[shard::LONG_SHARDS], states) == []


@pytest.mark.long
def test_wide_text_spacing_cuts_nothing_off_at_any_width(browser, site_url, page_types):
    states = [(mode, width, [find_clipped]) for mode in ("", "elder") for width in (320, 768, 1280)]
    assert audit(browser, site_url, page_types, states) == []


PLANTED = {
    "image-alt": "<img src='assets/seal.svg'>",
    "color-contrast": "<p id='faint'>看不清的字</p>",
    "label": "<input type='text'>",
    "link-name": "<a href='#main'></a>",
}


@pytest.mark.parametrize(("rule", "markup"), PLANTED.items())
def test_axe_finds_what_is_planted(browser, site_url, rule, markup):
    page = browser.new_page()
    page.goto(site_url)
    page.evaluate("markup => document.querySelector('main .wrap').insertAdjacentHTML('beforeend', markup)", markup)
    page.evaluate("const one = document.getElementById('faint'); if (one) one.style.color = '#cfcac0'")
    assert any(fault.startswith(f"{rule}:") for fault in run_axe(page))
    page.close()


def test_the_other_audits_find_what_is_planted(browser, site_url):
    page = browser.new_page()
    page.goto(site_url)
    set_state(page, "", 375)
    assert (find_sideways(page), find_clipped(page), find_small_targets(page, 44)) == ([], [], [])
    page.evaluate("""() => {
      const add = (text, css) => {
        const one = document.createElement("button");
        one.textContent = text; one.style.cssText = css; document.querySelector("main .wrap").append(one);
      };
      add("小", "padding: 0; border: 0; font-size: 10px; line-height: 1; display: block");
      add("要被切掉的一行字", "overflow: hidden; width: 9em; height: 1.8em; display: block; padding: 0; white-space: nowrap");
      add("宽", "width: 500px; display: block");
    }""")
    assert (find_missing_modes(page), find_moving(page), find_printed_controls(page)) == ([], [], [])
    page.evaluate("""() => {
      document.querySelector("[data-mode=hc]").remove();
      document.querySelector("h1").animate({ opacity: [0, 1] }, { duration: 9000, iterations: Infinity });
      document.querySelector(".tabbar").style.setProperty("display", "grid", "important");
    }""")
    assert find_missing_modes(page)
    assert find_moving(page)
    assert find_printed_controls(page) == ["prints tabbar"]
    assert any("小" in fault for fault in find_small_targets(page, 44))
    assert any("要被切掉" in fault for fault in find_clipped(page))
    assert any("宽" in fault for fault in find_sideways(page))
    page.close()


# --- keyboard ---------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("path", ["", "policies/20261109-knzgbfssbf/", "guides/hardship-aid/", "search/", "unions/"])
def test_the_keyboard_reaches_everything_and_always_shows_where_it_is(browser, site_url, path, width):
    page = browser.new_page(viewport={"width": width, "height": 700})
    page.goto(site_url + path)
    assert walk_keyboard(page) == []
    page.close()


def test_the_skip_link_comes_first_and_leads_to_the_text(desktop, site_url):
    desktop.goto(site_url + "policies/20261109-knzgbfssbf/")
    desktop.keyboard.press("Tab")
    assert desktop.evaluate("document.activeElement.textContent") == "跳到正文"
    desktop.keyboard.press("Enter")
    assert desktop.url.endswith("#main")
    desktop.keyboard.press("Tab")
    assert desktop.evaluate("document.getElementById('main').contains(document.activeElement)")


def test_folded_parts_open_with_the_keyboard(phone, site_url):
    phone.goto(site_url + "policies/20261109-knzgbfssbf/")
    phone.locator(".toc summary").focus()
    for opened in (True, False):
        phone.keyboard.press("Enter")
        assert phone.evaluate("document.querySelector('.toc').open") is opened


def test_the_three_ways_of_the_front_page_are_read_in_the_order_they_are_written(desktop, site_url):
    desktop.goto(site_url)
    boxes = desktop.locator(".motto a").evaluate_all(
        "all => all.map(a => [a.textContent.slice(0, 3), a.getBoundingClientRect().x])"
    )
    assert [words for words, _ in boxes] == ["说得清", "办得成", "查得到"]
    assert [x for _, x in boxes] == sorted((x for _, x in boxes), reverse=True), "vertical lines run from right to left"


# --- the reader's own settings ----------------------------------------------------------------


def test_forced_colours_keep_status_shapes_and_the_current_item(browser, site_url):
    page = browser.new_page(forced_colors="active")
    page.goto(site_url + "policies/")
    shape = page.locator(".st.ok").first.evaluate("e => getComputedStyle(e, '::before').backgroundColor")
    assert shape not in ("rgba(0, 0, 0, 0)", page.evaluate("getComputedStyle(document.body).backgroundColor"))
    mark = page.locator(".nav a[aria-current]").evaluate("e => getComputedStyle(e).boxShadow")
    assert mark != "none"
    assert run_axe(page) == []
    page.close()
