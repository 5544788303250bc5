"""The stylesheet's contrast, addresses, periods, links in bodies, and templates."""

import json
import re
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from site_builder.clock import read_moment
from site_builder.model import Library, Origin, Site
from site_builder.records import Notice, Policy, Recipient
from site_builder.render import THEME_DIR, Theme, recipient_url, root_of
from site_builder.values import Attachment, Period

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=timezone(timedelta(hours=8)))
CASES = json.loads(Path(__file__).with_name("validity_cases.json").read_text(encoding="utf-8"))
STYLE = (THEME_DIR / "assets" / "style.css").read_text(encoding="utf-8")


# --- contrast ----------------------------------------------------------------------------------


def tokens(selector: str) -> dict[str, str]:
    match = re.search(rf"(?:^|\n)\s*{re.escape(selector)} \{{(.*?)\}}", STYLE, re.DOTALL)
    assert match, selector
    return dict(re.findall(r"(--[\w-]+): (#[0-9A-Fa-f]{6})", match[1]))


LIGHT = tokens(":root")
MODES = {
    "light": LIGHT,
    "elder": LIGHT | tokens("html.elder"),
    "dark": LIGHT | tokens("html.dark"),
    "hc": LIGHT | tokens("html.hc"),
    "elder dark": LIGHT | tokens("html.elder") | tokens("html.dark"),
    "elder hc": LIGHT | tokens("html.elder") | tokens("html.hc"),
}
INKS = ("ink", "ink-2", "ink-3", "red", "gold", "ok", "warn", "end")
TEXT_PAIRS = [
    *((text, ground) for text in INKS for ground in ("paper", "sheet", "tint")),
    *((text, "gold-tint") for text in ("ink", "ink-2", "ink-3", "gold", "red")),
    *((text, "red-tint") for text in ("ink", "ink-2", "ink-3", "red")),
    *((text, f"{kind}-tint") for kind in ("ok", "warn", "end") for text in ("ink", "ink-2", "ink-3", kind)),
    ("on-red", "fill"),
    ("on-red", "fill-d"),
    ("paper", "ink"),
    ("on-bar", "bar"),
    ("ink", "mark"),
    ("ink", "ins-bg"),
    ("del", "del-bg"),
]
CONTROL_PAIRS = [("edge", "sheet"), *((shape, "paper") for shape in ("edge", "red", "ok", "warn", "end"))]


def luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_formula() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_can_be_read(mode: str, text: str, ground: str) -> None:
    values = MODES[mode]
    assert contrast(values[f"--{text}"], values[f"--{ground}"]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("line", "ground"), CONTROL_PAIRS)
def test_controls_can_be_seen(mode: str, line: str, ground: str) -> None:
    values = MODES[mode]
    assert contrast(values[f"--{line}"], values[f"--{ground}"]) >= 3


@pytest.mark.parametrize(
    ("chosen", "by_itself"),
    [("html.dark", "html:not(.light):not(.hc)"), ("html.hc", "html:not(.dark):not(.hc)")],
)
def test_the_readers_own_settings_give_the_same_colours(chosen: str, by_itself: str) -> None:
    assert tokens(chosen) == tokens(by_itself)


def test_every_colour_token_used_is_defined() -> None:
    defined = set(re.findall(r"(--[\w-]+):", STYLE))
    used = set(re.findall(r"var\((--[\w-]+)", STYLE))
    assert used <= defined


def test_stylesheet_asks_no_other_host() -> None:
    assert not re.search(r"@import|@font-face|url\((?![\"']?data:)", STYLE)


# --- addresses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "root"),
    [("", "./"), ("policies/", "../"), ("policies/x/", "../../"), ("news/page/2/", "../../../"), ("404.html", "/")],
)
def test_root_of(url: str, root: str) -> None:
    assert root_of(url) == root


def test_recipient_url() -> None:
    assert recipient_url(Recipient(name="沈岳宁", key="shen-yuening")) == "honors/people/shen-yuening/"
    assert recipient_url(Recipient(name="一车间", key="yi-chejian", kind="集体")) == "honors/units/yi-chejian/"


# --- theme -------------------------------------------------------------------------------------


def make_theme(*records: Policy | Notice) -> Theme:
    library = Library(
        site=Site(name="职工之家", organisation="云溪县总工会", domain="yunxi.example"),
        records={(one.folder, one.id): one for one in records},
        origins={(one.folder, one.id): Origin(path=f"{one.folder}/2026/{one.id}.md") for one in records},
    )
    return Theme(library, NOW)


POLICY = Policy(id="a", title="甲办法", issuer="云溪县总工会", published=date(2026, 11, 16), topics=("帮扶",))


@pytest.mark.parametrize(
    ("kind", "start", "days", "state", "word", "left"),
    [
        ("公示", date(2026, 11, 18), 5, "open", "公示中", 4),
        ("公示", date(2026, 11, 16), 5, "open", "公示中", 0),
        ("公示", date(2026, 11, 9), 5, "over", "公示期满", -7),
        ("公示", date(2026, 11, 23), 5, "before", "公示未开始", 7),
        ("招聘公告", date(2026, 11, 18), 5, "open", "报名中", 4),
        ("征文启事", date(2026, 11, 18), 5, "open", "征集中", 4),
        ("通知", date(2026, 11, 2), 3, "over", "已截止", -16),
    ],
)
def test_span(kind: str, start: date, days: int, state: str, word: str, left: int) -> None:
    notice = Notice.model_validate(
        {"id": "n", "title": "名单", "kind": kind, "published": start, "period": {"start": start, "working_days": days}}
    )
    span = make_theme(notice).span(notice)
    assert span is not None
    assert (span.state, span.word, span.days_left) == (state, word, left)


@pytest.mark.parametrize("case", CASES["periods"], ids=lambda case: f"{case['start']} {case['day']}")
def test_periods_of_the_table_shared_with_the_browser(case: dict[str, str]) -> None:
    period = Period.model_validate({"start": case["start"], "end": case["end"]})
    span = make_theme().span(Notice(id="n", title="名单", period=period), day=date.fromisoformat(case["day"]))
    assert span is not None
    assert (span.state, span.days_left) == (case["state"], case["left"])


@pytest.mark.parametrize(("moment", "day"), CASES["moments"])
def test_the_day_of_a_moment_is_that_in_china(moment: str, day: str) -> None:
    assert read_moment(moment, {}, NOW).date() == date.fromisoformat(day)


def test_what_is_taken_down_is_nowhere_in_the_library() -> None:
    over = Period(start=date(2026, 11, 1), end=date(2026, 11, 19))
    private = {
        "body": "李某",
        "summary": "李某等",
        "keywords": ("李某",),
        "attachments": (Attachment(file="李某.xlsx"),),
    }
    ended = Notice.model_validate({"id": "n", "title": "名单公示", "kind": "公示", "period": over, **private})
    call = Notice.model_validate({"id": "m", "title": "报名通知", "kind": "通知", "period": over, **private})
    theme = make_theme(ended, call)
    assert "李某" not in str(theme.library.get("notices", "n"))
    assert theme.library.get("notices", "m") == call
    assert theme.list_words(ended) == "公示期满，名单已经撤下。"


def test_span_says_the_day_of_its_end() -> None:
    today = Notice(id="n", title="名单", period=Period(start=date(2026, 11, 1), end=date(2026, 11, 20)))
    span = make_theme(today).span(today)
    assert span is not None
    assert span.until == "今天截止"
    assert make_theme().span(Notice(id="m", title="名单")) is None


def test_files_and_links_in_bodies() -> None:
    theme = make_theme(POLICY, Policy(id="b", title="乙", issuer="甲", published=date(2026, 1, 1)))
    assert theme.file_path(POLICY, Attachment(file="files/表.docx").file) == "policies/2026/files/表.docx"
    assert theme.file_path(POLICY, "assets/x.png") == "assets/x.png"
    resolve = theme.resolver(POLICY, "../../")
    assert resolve("b.md#s2") == "../../policies/b/#s2"
    assert resolve("files/a b.pdf") == "../../policies/2026/files/a%20b.pdf"
    assert resolve("https://x.example/a") == "https://x.example/a"
    assert resolve("mailto:a@yunxi.example") == "mailto:a@yunxi.example"
    assert resolve("#s1") == "#s1"


def test_a_slip_in_a_template_cannot_pass() -> None:
    with pytest.raises(UndefinedError):
        make_theme().page("x/", "list.html", title="缺少变量")


STAND_ALONE = {"redline_alone.html", "inspection.html"}
"""What `diff` and `inspect` write with --format html: one file to keep or mail, no page of the site."""


def test_templates_hold_no_style_script_or_handler() -> None:
    for path in Path(THEME_DIR).glob("*.html"):
        if path.name in STAND_ALONE:
            continue
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style|<script>|javascript:", source), path.name


def test_script_before_first_paint_is_small() -> None:
    assert len((THEME_DIR / "assets" / "mode.js").read_bytes()) < 1024
