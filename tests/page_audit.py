"""What a browser can measure on an open page: axe-core's rules, and a few that axe does not know. Each returns faults."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
"""axe-core as the pinned package axe-playwright-python ships it; put in by evaluate(), which no CSP stands against."""

AXE_OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}

SIDEWAYS = """() => {
  const width = document.documentElement.clientWidth, over = document.documentElement.scrollWidth - width;
  if (over <= 0) return [];
  const wide = [...document.querySelectorAll("body *")]
    .filter(e => e.getBoundingClientRect().right > width + 0.5 && !e.parentNode.closest(".tb-x, .types, .vh"));
  return [`${over} px too wide, ${wide.at(-1)?.outerHTML.slice(0, 120)}`];
}"""

CLIPPED = """() => [...document.querySelectorAll("body *")].filter(e => {
  const style = getComputedStyle(e);
  if (!/hidden|clip/.test(style.overflowX + style.overflowY) || e.closest("svg, .vh, input, select, textarea") || !e.innerText || e.clientWidth <= 1) return false;
  return e.scrollHeight > e.clientHeight + 2 || e.scrollWidth > e.clientWidth + 2;
}).map(e => `cut off: ${e.outerHTML.slice(0, 120)}`)"""

SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-bottom: 2em !important }"""
"""The text spacing that WCAG 2.2 1.4.12 lets a reader set."""

SMALL_TARGETS = """main => {
  const faults = [];
  const inText = e => getComputedStyle(e).display === "inline"
    && [...e.parentNode.childNodes].some(n => n !== e && n.nodeType === 3 && n.nodeValue.trim());
  for (const e of document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea")) {
    if (!e.getClientRects().length || e.closest(".skip, .vh, svg") || inText(e)) continue;
    const box = e.getBoundingClientRect(), least = e.matches(main.what) ? main.least : 24;
    const width = Math.min(least, main.narrow && e.matches(main.narrow) ? 24 : least);
    if (box.height < least - 0.5 || box.width < width - 0.5)
      faults.push(`target ${Math.round(box.width)}×${Math.round(box.height)}, wanted ${least}: ${e.outerHTML.slice(0, 110)}`);
  }
  return faults;
}"""
"""WCAG 2.2 2.5.8 for all targets outside running text; GB/T 37668 and the elder norms of 2021 for the main ones."""

MAIN_TARGETS = ".btn, .tabbar a, .nav a, .call, .modes button, .readbar button, .search button, .search input, .tile, summary, .pager a, .faq summary"


WALK = """() => [...document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea, [tabindex='0']")]
  .filter(e => e.checkVisibility({ visibilityProperty: true }))
  .filter((e, at, all) => e.type !== "radio" || e === (all.find(o => o.name === e.name && o.checked) || all.find(o => o.name === e.name)))
  .length"""
"""How many places Tab stops at; the radio buttons of one question are one."""


FOCUS = """() => {
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  if (e === document.body) return null;
  const ring = n => n && getComputedStyle(n).outlineStyle !== "none" && parseFloat(getComputedStyle(n).outlineWidth) >= 2;
  const bar = [...document.querySelectorAll(".tabbar, .readbar")].find(b => b.getClientRects().length && !b.contains(e));
  const foot = bar ? bar.getBoundingClientRect().top : innerHeight;
  const within = window.focusedBefore === e;
  window.focusedBefore = e;
  if (!within) e.dataset.seen = (Number(e.dataset.seen) || 0) + 1;
  return {
    html: e.outerHTML.slice(0, 120), within, times: Number(e.dataset.seen),
    ring: ring(e) || ring(e.closest(".search, .find")),
    hidden: box.bottom > foot + 1 && box.height < foot || box.top < -1 && box.height < foot
  };
}"""
"""Where the focus is: whether it shows, whether a bar or the edge hides it, how often it was there."""


def set_state(page: Page, mode: str, width: int) -> None:
    """Show the open page in a mode ('', 'dark', 'elder', 'elder big', 'hc') at a width, with everything unfolded."""
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("mode => { document.documentElement.className = 'js speaks ' + mode }", mode)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


def run_axe(page: Page) -> list[str]:
    """Return axe-core's violations, one line a node."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    result: dict[str, Any] = page.evaluate("options => axe.run(document, options)", AXE_OPTIONS)
    assert len(result["passes"]) > 10, "axe did not look at the page"
    return [f"{rule['id']}: {node['html'][:160]}" for rule in result["violations"] for node in rule["nodes"]]


def find_sideways(page: Page) -> list[str]:
    """Return what makes the page scroll sideways (WCAG 2.2 1.4.10)."""
    return list(page.evaluate(SIDEWAYS))


def find_clipped(page: Page) -> list[str]:
    """Return what is cut off or runs over when the reader widens the text spacing."""
    page.evaluate(
        "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet] }",
        SPACING,
    )
    faults = [*page.evaluate(CLIPPED), *page.evaluate(SIDEWAYS)]
    page.evaluate("document.adoptedStyleSheets = []")
    return faults


def find_small_targets(page: Page, least: int) -> list[str]:
    """Return targets outside running text under 24 px, and main ones under `least` px."""
    return list(
        page.evaluate(SMALL_TARGETS, {"what": MAIN_TARGETS, "least": least, "narrow": ".nav a, .call, .modes button"})
    )


def find_missing_modes(page: Page) -> list[str]:
    """Return the ways of seeing and hearing that the page does not offer."""
    names = page.locator(".modes button:visible").all_inner_texts()
    return [f"no button {name}" for name in ("大字版", "高对比", "深色", "朗读") if name not in names]


def find_moving(page: Page) -> list[str]:
    """Return what moves by itself."""
    moving = page.evaluate("document.getAnimations().map(a => a.effect.target.outerHTML.slice(0, 100))")
    moving += page.evaluate(
        "[...document.querySelectorAll('marquee, blink, [autoplay], animate')].map(e => e.outerHTML.slice(0, 100))"
    )
    return [f"moves: {one}" for one in moving]


def find_printed_controls(page: Page) -> list[str]:
    """Return what paper has no use for and still gets; and say so if it gets no title."""
    page.emulate_media(media="print")
    shown = page.evaluate(
        "() => [...document.querySelectorAll('.modes, .nav, .tabbar, .readbar, .search, .tools, .crumb, .pager')]"
        ".filter(e => e.checkVisibility()).map(e => `prints ${e.className}`)"
    )
    if not page.locator("h1").first.inner_text().strip():
        shown.append("prints no title")
    page.emulate_media(media="screen")
    return list(shown)


def walk_keyboard(page: Page) -> list[str]:
    """Press Tab through the whole page and return where the focus did not show, and what it did not reach."""
    wanted, steps, faults = page.evaluate(WALK), 0, []
    for _ in range(4 * wanted + 20):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus is None or focus["times"] > 1:
            break
        if focus["within"]:  # year, month and day of one date
            continue
        steps += 1
        if not focus["ring"] or focus["hidden"]:
            faults.append(f"the focus does not show: {focus['html']}")
    return faults if steps == wanted else [*faults, f"{steps} of {wanted} reached: a trap, or something left out"]
