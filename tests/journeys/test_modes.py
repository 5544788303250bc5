"""Ways to see and hear the site: large type, high contrast, dark, and 朗读; kept on the device, reachable everywhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

POLICY = "policies/20261109-knzgbfssbf/"
SIZE = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
MODES = "document.documentElement.className.split(' ').filter(c => c !== 'js' && c !== 'speaks')"

PAIRS = [
    *[(ink, paper) for ink in ("ink", "ink-2", "ink-3", "red", "gold", "ok", "warn", "end") for paper in ("paper", "sheet", "tint")],
    ("ink", "mark"), ("del", "del-bg"), ("ink", "ins-bg"), ("on-red", "fill"), ("on-red", "fill-d"), ("red", "red-tint"), ("ink", "red-tint"),
    ("gold", "gold-tint"), ("ink-2", "gold-tint"), ("ok", "ok-tint"), ("ink", "ok-tint"), ("warn", "warn-tint"), ("ink", "warn-tint"),
    ("end", "end-tint"), ("on-bar", "bar"), ("paper", "ink"),
]  # fmt: skip

CONTRAST = """pairs => {
  const style = getComputedStyle(document.documentElement);
  const light = name => {
    const hex = style.getPropertyValue("--" + name).trim().slice(1);
    const [r, g, b] = [0, 2, 4].map(i => parseInt(hex.slice(i, i + 2), 16) / 255)
      .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return pairs.map(([a, b]) => {
    const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
    return [a, b, (high + 0.05) / (low + 0.05)];
  });
}"""


TOKENS = "names => names.map(n => getComputedStyle(document.documentElement).getPropertyValue('--' + n).trim())"


@pytest.mark.parametrize("mode", ["", "elder", "dark", "elder dark", "hc", "elder hc"])
def test_every_pair_of_text_and_ground_can_be_read(desktop, site_url, mode):
    desktop.goto(site_url)
    desktop.evaluate("mode => { document.documentElement.className = mode }", mode)
    least = 7 if "hc" in mode else 4.5
    assert [pair for pair in desktop.evaluate(CONTRAST, PAIRS) if not pair[2] >= least] == []


@pytest.mark.parametrize(("scheme", "contrast"), [("dark", None), ("light", "more"), ("dark", "more")])
def test_the_reader_s_own_settings_give_pairs_that_can_be_read(browser, site_url, scheme, contrast):
    page = browser.new_page(color_scheme=scheme, contrast=contrast)
    page.goto(site_url)
    faint = [pair for pair in page.evaluate(CONTRAST, PAIRS) if not pair[2] >= 4.5]
    page.close()
    assert faint == []


@pytest.mark.parametrize("mode", ["dark", "hc"])
def test_a_chosen_mode_looks_as_the_setting_of_the_reader_does(browser, site_url, mode):
    page = browser.new_page()
    page.goto(site_url)
    page.evaluate("mode => { document.documentElement.className = mode }", mode)
    names = sorted({token for pair in PAIRS for token in pair})
    chosen = page.evaluate(TOKENS, names)
    page.evaluate("document.documentElement.className = ''")
    page.emulate_media(color_scheme="dark" if mode == "dark" else "light", contrast="more" if mode == "hc" else None)
    assert page.evaluate(TOKENS, names) == chosen
    page.close()


def test_modes_are_remembered_from_page_to_page(desktop, site_url):
    desktop.goto(site_url)
    small = desktop.evaluate(SIZE)
    desktop.get_by_role("button", name="大字版").click()
    desktop.goto(site_url + "guides/")
    large = desktop.evaluate(SIZE)
    desktop.get_by_role("button", name="字再大").click()
    desktop.get_by_role("button", name="深色").click()
    desktop.goto(site_url + "policies/")
    assert desktop.evaluate(MODES) == ["elder", "big", "dark"]
    assert small < large < desktop.evaluate(SIZE)
    desktop.get_by_role("button", name="大字版").click()
    assert desktop.evaluate(SIZE) == small
    expect(desktop.get_by_role("button", name="字再大")).to_be_hidden()


def test_high_contrast_and_dark_exclude_each_other(desktop, site_url):
    desktop.goto(site_url)
    desktop.get_by_role("button", name="深色").click()
    desktop.get_by_role("button", name="高对比").click()
    expect(desktop.get_by_role("button", name="深色")).to_have_attribute("aria-pressed", "false")
    assert desktop.evaluate(MODES) == ["hc"]


def test_the_dark_scheme_of_the_reader_is_followed_without_a_choice(browser, site_url):
    colours = {}
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto(site_url)
        colours[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.close()
    assert colours["light"] != colours["dark"]


def test_storage_that_is_off_breaks_nothing(desktop, site_url):
    desktop.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('off') } })")
    desktop.goto(site_url)
    small = desktop.evaluate(SIZE)
    desktop.get_by_role("button", name="大字版").click()
    assert desktop.evaluate(SIZE) > small


# --- 朗读 --------------------------------------------------------------------------------------

VOICE = """(() => {
  let now = null;
  const spoken = window.spoken = {
    said: [], rates: [], langs: [], voices: [{ lang: "en-US" }, { lang: "zh-HK" }, { lang: "zh-CN", localService: true }],
    finish() { const one = now; now = null; one?.onend() }, fail() { const one = now; now = null; one?.onerror() }
  };
  window.SpeechSynthesisUtterance = function (text) { this.text = text };
  Object.defineProperty(window, "speechSynthesis", { value: {
    getVoices: () => spoken.voices, cancel() { now = null },
    speak(one) { now = one; spoken.said.push(one.text); spoken.rates.push(one.rate); spoken.langs.push(one.lang); one.onstart() }
  } });
})()"""
"""The browser's speech, without a sound: the test says when a sentence is over."""


@pytest.fixture
def listener(phone: Page) -> Iterator[Page]:
    """Open a phone with a Chinese voice."""
    phone.add_init_script(VOICE)
    return phone


def read(page: Page, url: str, sentences: int = 0) -> list[str]:
    page.goto(url)
    page.locator(".modes").get_by_role("button", name="朗读").click()
    for _ in range(sentences):
        page.evaluate("spoken.finish()")
    return page.evaluate("spoken.said")


def test_a_policy_is_read_title_first_then_whether_it_holds_then_its_text(listener, site_url):
    said = read(listener, site_url + POLICY, 60)
    assert said[0].startswith("云溪县困难职工帮扶实施办法")
    assert said[1].startswith("尚未施行")
    whole = "".join(said)
    assert whole.index("先看三句话") < whole.index("一、") < whole.index("二、帮扶对象")
    assert "§" not in whole
    assert "目录" not in whole
    assert "打印" not in whole
    assert listener.evaluate("spoken.langs[0]") == "zh-CN"


def test_the_sentence_being_read_is_marked_and_in_view(listener, site_url):
    read(listener, site_url + POLICY, 25)
    assert listener.locator(".is-read").count() == 1
    expect(listener.locator(".is-read")).to_be_in_viewport()
    last = listener.evaluate("spoken.said.at(-1)")
    assert last[:6] in listener.locator(".is-read").inner_text().replace("\n", "")


def test_reading_pauses_goes_on_steps_and_stops(listener, site_url):
    read(listener, site_url + POLICY, 3)
    bar = listener.get_by_role("region", name="朗读")
    state = bar.get_by_role("status")
    expect(state).to_have_text("正在朗读")
    count = len(listener.evaluate("spoken.said"))
    bar.get_by_role("button", name="暂停").click()
    expect(state).to_have_text("已暂停")
    listener.evaluate("spoken.finish()")
    assert len(listener.evaluate("spoken.said")) == count
    bar.get_by_role("button", name="继续").click()
    said = listener.evaluate("spoken.said")
    assert said[-1] == said[-2], "a sentence cut short is said again"
    bar.get_by_role("button", name="下一段").click()
    bar.get_by_role("button", name="上一段").click()
    assert listener.evaluate("spoken.said").count(said[-1]) >= 2
    bar.get_by_role("button", name="停止").click()
    expect(bar).to_be_hidden()
    assert listener.locator(".is-read").count() == 0
    expect(listener.locator(".modes").get_by_role("button", name="朗读")).to_have_attribute("aria-pressed", "false")


def test_reading_is_worked_by_the_keyboard_alone(listener, site_url):
    listener.goto(site_url + POLICY)
    start = listener.locator(".modes").get_by_role("button", name="朗读")
    start.focus()
    listener.keyboard.press("Enter")
    expect(listener.get_by_role("button", name="暂停")).to_be_focused()
    listener.keyboard.press("Space")
    expect(listener.get_by_role("button", name="继续")).to_be_focused()
    listener.keyboard.press("Escape")
    expect(start).to_be_focused()


def test_the_rate_is_remembered(listener, site_url):
    read(listener, site_url + POLICY)
    listener.get_by_role("button", name="常速").click()
    assert listener.evaluate("spoken.rates.at(-1)") > 1
    read(listener, site_url + "guides/")
    assert listener.evaluate("spoken.rates") == [1.3]


def test_reading_ends_with_the_page(listener, site_url):
    said = read(listener, site_url + "rules/")
    while listener.get_by_role("status").first.inner_text() != "读完了" and len(said) < 400:
        listener.evaluate("spoken.finish()")
        said = listener.evaluate("spoken.said")
    expect(listener.get_by_role("button", name="重读")).to_be_visible()
    listener.get_by_role("button", name="重读").click()
    assert listener.evaluate("spoken.said.at(-1)") == said[0]


def test_pages_without_a_document_have_something_to_read_too(listener, site_url, page_types):
    mute = []
    for path in page_types[::3]:
        heading = read(listener, site_url + path)
        if not heading or len(heading[0]) < 2:
            mute.append(path)
    assert mute == []


@pytest.mark.parametrize("voices", ["[{ lang: 'en-US' }]", "[]"])
def test_a_device_without_a_chinese_voice_is_told_so(listener, site_url, voices):
    listener.goto(site_url + POLICY)
    listener.evaluate(f"spoken.voices = {voices}")
    listener.locator(".modes").get_by_role("button", name="朗读").click()
    listener.evaluate("spoken.fail()")
    expect(listener.get_by_role("region", name="朗读").get_by_role("status")).to_contain_text("没有中文语音")


def test_nothing_is_said_before_the_reader_asks(listener, site_url):
    for path in ("", POLICY, "guides/hardship-aid/"):
        listener.goto(site_url + path)
        assert listener.evaluate("spoken.said") == []


def test_a_browser_that_cannot_speak_shows_no_button(browser: Browser, site_url):
    page = browser.new_page()
    page.add_init_script("Object.defineProperty(window, 'speechSynthesis', { value: undefined })")
    page.goto(site_url)
    expect(page.locator("[data-read]")).to_be_hidden()
    page.close()


def test_leaving_a_page_ends_the_speech(listener, site_url):
    read(listener, site_url + POLICY)
    listener.evaluate("speechSynthesis.cancel = () => sessionStorage.setItem('hushed', 'yes')")
    listener.goto(site_url)
    assert listener.evaluate("sessionStorage.getItem('hushed')") == "yes"
