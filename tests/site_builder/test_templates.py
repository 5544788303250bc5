"""Our environment draws what a plain one of Jinja draws, to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from site_builder.templates import escape_quickly, make_environment

TEMPLATES = {
    "parts.html": "{% macro row(label, value) %}<dt>{{ label }}</dt><dd>{{ value }}{{ caller() if caller }}</dd>{% endmacro %}"
    "{% macro named() %}{{ name }}{% endmacro %}",
    "frame.html": "<title>{{ title }} · {{ name }}</title>{% block body %}{% endblock %}",
    "page.html": '{% extends "frame.html" %}{% import "parts.html" as p %}{% block body %}{{ p.row("<b>", value) }}'
    "{% call p.row(title, 3) %}{{ value }}{% endcall %}{{ p.named() }}{{ (title ~ markup) }}{% set own %}{{ value }}{% endset %}"
    "{{ own }}{{ none }}{{ value | upper }}{% filter lower %}{{ title }}{% endfilter %}{% endblock %}",
}
VALUES = st.text() | st.integers() | st.none() | st.floats() | st.text().map(Markup)


class Shown:
    """Something that shows itself as HTML."""

    def __html__(self) -> str:
        return "<i>自己</i>"


@given(VALUES)
def test_a_value_is_escaped_as_ever(value: object) -> None:
    assert str(escape_quickly(value)) == str(escape(value))


def test_what_shows_itself_is_asked_to() -> None:
    assert escape_quickly(Shown()) == "<i>自己</i>"


@pytest.mark.parametrize("title", ["工会", "A & B", "<script>", "\"'", "", "A &amp; B"])
@pytest.mark.parametrize("value", ["一", "<b>", Markup("<b>"), 7, Shown()])
@pytest.mark.parametrize("keeps", [True, False])
def test_a_page_comes_out_as_from_a_plain_environment(
    tmp_path: Path, title: str, value: object, *, keeps: bool
) -> None:
    for name, text in TEMPLATES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    kept = tmp_path / "compiled"
    kept.mkdir()
    drawn = []
    plain = Environment(loader=FileSystemLoader(tmp_path), autoescape=True)
    for env in (plain, make_environment(tmp_path, str(kept) if keeps else ""), make_environment(tmp_path, str(kept))):
        env.globals["name"] = "职工之家 & 工会"
        given = {"title": title, "value": value, "markup": Markup("<hr>")}
        drawn.append(env.get_template("page.html").render(given))
    assert drawn[0] == drawn[1] == drawn[2]
    assert "职工之家 &amp; 工会" in drawn[0]
