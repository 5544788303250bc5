"""The Content-Security-Policy in a real browser: it holds, and nothing of ours breaks it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.page_types import choose_pages, read_pages

WATCH = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", function (e) {
  window.__violations.push(e.violatedDirective + " " + (e.blockedURI || e.sample));
});
"""


@pytest.mark.browser
def test_no_page_type_breaks_the_policy_or_asks_another_host(browser: Browser, site_url: str, sample_site: Path):
    context = browser.new_context(viewport={"width": 375, "height": 812}, locale="zh-CN")
    context.add_init_script(WATCH)
    page = context.new_page()
    faults: list[str] = []
    page.on(
        "console", lambda message: faults.append(f"{page.url}: {message.text}") if message.type == "error" else None
    )
    page.on(
        "request",
        lambda one: None if one.url.startswith((site_url, "data:")) else faults.append(f"{page.url}: {one.url}"),
    )
    chosen = choose_pages(read_pages(sample_site))
    for url in chosen:
        page.goto(site_url + url)
        faults += [f"{url}: {one}" for one in page.evaluate("window.__violations")]
    context.close()
    assert len(chosen) > 20
    assert faults == []


@pytest.mark.browser
def test_the_policy_stops_what_is_not_ours(browser: Browser, site_url: str):
    context = browser.new_context()
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(site_url + "guides/hardship-aid/")
    assert page.locator("script[type='application/ld+json']").count() == 1
    assert page.evaluate("window.__violations") == []
    page.evaluate(
        """() => {
          var script = document.createElement("script");
          script.textContent = "window.__ran = true";
          document.body.appendChild(script);
          document.body.insertAdjacentHTML("beforeend", "<img src='https://elsewhere.example/a.png' alt=''>");
          document.body.insertAdjacentHTML("beforeend", "<p style='color:red'>a</p>");
        }"""
    )
    page.wait_for_function("window.__violations.length >= 3")
    stopped = {one.split()[0] for one in page.evaluate("window.__violations")}
    assert stopped >= {"script-src-elem", "img-src", "style-src-attr"}
    assert page.evaluate("window.__ran") is None
    context.close()


@pytest.mark.browser
def test_the_search_form_works_under_the_policy(desktop: Page, site_url: str):
    desktop.goto(site_url + "policies/")
    desktop.get_by_role("searchbox").first.fill("帮扶")
    desktop.get_by_role("searchbox").first.press("Enter")
    expect(desktop).to_have_url(site_url + "search/?q=%E5%B8%AE%E6%89%B6")
    expect(desktop.locator(".found .doc").first).to_be_visible()
