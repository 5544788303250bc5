"""The row of a document in a list, and the mark of whether a policy is in force."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from markupsafe import Markup

from site_builder.model import Library, Site
from site_builder.public_site import PublicSite
from site_builder.records import Interpretation, Policy
from site_builder.rows import draw_phase, draw_row
from site_builder.values import Validity

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=timezone(timedelta(hours=8)))
SITE = Site(
    name="职工之家",
    organisation="云溪县总工会",
    profile="独立站",
    domain="yunxi.example",
    hotline="12351",
    sample=True,
)


def site_of(*records: Policy | Interpretation) -> PublicSite:
    return PublicSite(Library(SITE, {(one.folder, one.id): one for one in records}), NOW)


def policy_of(validity: dict[str, object], **given: object) -> Policy:
    fields = {"id": "aid", "title": "帮扶办法", "issuer": "云溪县总工会", "published": "2024-01-02", **given}
    return Policy.model_validate({**fields, "validity": Validity.model_validate(validity)})


@pytest.mark.parametrize(
    ("validity", "html"),
    [
        ({}, '<span class="st none">效力未注明</span>'),
        ({"state": "effective", "effective": "2024-01-01"}, '<span class="st ok">现行有效</span>'),
        (
            {"state": "effective", "effective": "2024-01-01", "expires": "2026-12-01"},
            '<span class="st warn" data-valid="effective" data-from="2024-01-01" data-until="2026-12-01">即将失效 · 12月1日</span>',
        ),
        ({"effective": "2026-12-01"}, '<span class="st warn" data-valid="" data-from="2026-12-01">尚未施行</span>'),
        ({"state": "repealed"}, '<span class="st end">已废止</span>'),
    ],
)
def test_the_mark_tells_the_state_and_what_is_to_come(validity: dict[str, object], html: str) -> None:
    policy = policy_of(validity)
    assert draw_phase(site_of(policy), policy) == html


def test_a_row_tells_what_a_policy_is() -> None:
    policy = policy_of(
        {"state": "effective"},
        title="关于<困难>职工的意见",
        topics=("帮扶", "A&B", "第三个"),
        summary="谁能领 & 领多少。",
        doc_number="云工发〔2024〕1号",
    )
    row = draw_row(site_of(policy), "../", policy, Markup("<i>状态</i>"))
    assert row.startswith('<div class="doc"><div class="meta"><i>状态</i><span>')
    assert "<span>帮扶</span><span>A&amp;B</span></div>" in row
    assert '<h2><a href="../policies/aid/"><span class="kw">' in row
    assert "&lt;" in row
    assert "<p>谁能领 &amp; 领多少。</p>" in row
    assert row.endswith('<span>云工发〔2024〕1号</span><time datetime="2024-01-02">2024-01-02</time></div></div>')


def test_a_row_leaves_out_what_there_is_not_and_marks_what_has_ended() -> None:
    ended = policy_of({"state": "repealed"}, published=None, status="draft")
    assert 'class="doc gone"' in draw_row(site_of(ended), "", ended, Markup())
    assert draw_row(site_of(ended), "", ended, Markup()).endswith('<div class="meta side"></div></div>')
    reading = Interpretation(id="read", title="图解", policy="aid", published=date(2024, 1, 3))
    assert 'class="doc"' in draw_row(site_of(reading), "", reading, Markup())
    assert "图解" in draw_row(site_of(reading), "", reading, Markup())
