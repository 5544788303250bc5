"""JSON-LD as the text of an element."""

import json

import pytest
from lxml import html

from site_builder.json_ld import prune
from site_builder.records import News
from site_builder.render import Theme
from tests.small_library import NOW, make_library


@pytest.mark.parametrize(
    "text", ["</script><script>alert(1)</script>", "<!--", "]]>", "&lt;", "甲\u2028乙", '"\\', "甲\nb"]
)
def test_no_content_can_close_the_element(text):
    theme = Theme(make_library(News.model_validate({"id": "x", "title": text, "published": "2026-11-19"})), NOW)
    record = theme.library.get("news", "x")
    page = str(theme.page(record.url, "status.html", title="甲", record=record, guides=[]).content)
    (script,) = html.document_fromstring(page).xpath("//script[@type='application/ld+json']")
    assert not set("<>&\u2028\u2029") & set(script.text)
    assert json.loads(script.text)["headline"] == text.strip()


def test_empty_values_are_left_out():
    assert prune({"a": None, "b": [None, {"c": ""}], "d": 0, "e": False, "f": {"g": "甲"}}) == {
        "d": 0,
        "e": False,
        "f": {"g": "甲"},
    }
