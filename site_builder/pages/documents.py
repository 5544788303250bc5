"""公文与文章: a page for every policy, interpretation, notice, news item, case and report, and their lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from site_builder.disclosure import is_withheld
from site_builder.frame import Crumb
from site_builder.pages.catalogues import (
    CASES,
    FINANCE,
    NEWS,
    NOTICES,
    POLICIES,
    Catalogue,
    generate_policy_lists,
    list_column,
)
from site_builder.pages.comparisons import Comparison, comparisons_of, succession_of
from site_builder.pages.relations import cite, list_mentions, relate
from site_builder.pages.standings import tell_standing, tell_turns
from site_builder.periods import Span
from site_builder.records import Case, Finance, Interpretation, News, Notice, Page, Policy, Published, Record
from site_builder.render import Theme, root_of, year_url
from site_builder.values import GeneratedFile
from site_builder.wording import date_cn

OBJECTION = "objection"
"""The form by which somebody objects to a 公示."""
MISSING = "未注明"

Fact = tuple[str, object, str]
"""Label, value, and what to write where the value is missing ('' leaves the row out)."""


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield every document page."""
    library = theme.library
    for policy in library.all(Policy):
        yield theme.later(policy.url, _policy_page, policy)
    for notice in library.all(Notice):
        yield theme.later(notice.url, _notice_page, notice)
    for interpretation in library.all(Interpretation):
        yield theme.later(interpretation.url, _reading_page, interpretation)
    for kind, catalogue in ((News, NEWS), (Case, CASES), (Finance, FINANCE)):
        records = library.all(kind)
        for index, record in enumerate(records):
            newer = records[index - 1] if index else None
            older = records[index + 1] if index + 1 < len(records) else None
            yield theme.later(record.url, _dated_page, record, catalogue, newer, older)


def generate_lists(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield every list of documents."""
    library = theme.library
    yield from generate_policy_lists(theme)
    yield from list_column(theme, NOTICES, library.all(Notice))
    yield from list_column(theme, NEWS, library.all(News))
    yield from list_column(theme, CASES, library.all(Case))
    yield from list_column(theme, FINANCE, library.all(Finance))


# --- what a page says of a document ------------------------------------------------------------


def _moment(record: Published) -> str:
    if not record.published:
        return ""
    return f"{record.published} {record.published_time}" if record.published_time else str(record.published)


def _policy_facts(policy: Policy) -> tuple[list[Fact], list[Fact]]:
    """Return what stands at once and what stands folded: every field of the catalogue of disclosed information."""
    validity = policy.validity
    source = policy.source if policy.source != policy.issuer else None
    first: list[Fact] = [
        ("索引号", policy.index_number, MISSING),
        ("文号", policy.doc_number, MISSING),
        ("发布机构", policy.issuer, "" if source else MISSING),
        ("信息来源", source, ""),
        ("主题", " · ".join(policy.topics), MISSING),
        ("成文日期", _day(policy.issued), MISSING),
        ("公开日期", _day(policy.published), MISSING),
        ("公开方式", policy.disclosure, MISSING),
    ]
    more: list[Fact] = [
        ("不公开理由", policy.disclosure_reason, ""),
        ("责任部门", policy.department, ""),
        ("体裁", policy.genre, ""),
        ("服务对象", " · ".join(policy.audience), ""),
        ("施行日期", _day(validity.effective), MISSING),
        ("失效日期", _day(validity.expires), ""),
        ("修改日期", _day(validity.amended), ""),
        ("废止日期", _day(validity.repealed), ""),
        ("责任编辑", policy.author, ""),
    ]
    return first, [fact for fact in more if fact[1] or fact[2]]


def _day(value: date | None) -> str:
    return date_cn(value) if value else ""


# --- record pages ------------------------------------------------------------------------------


def _policy_page(theme: Theme, policy: Policy) -> GeneratedFile:
    relations = relate(theme, policy)
    prose, mentions = theme.annotate(policy)
    succession = succession_of(theme, policy)
    comparisons = comparisons_of(theme, policy)
    first, more = _policy_facts(policy)
    guides = theme.library.guides_on(policy)
    return theme.page(
        policy.url,
        "policy.html",
        title=policy.title,
        current="policies",
        crumbs=(POLICIES.crumb, _year_crumb("policies", policy), (policy.genre or policy.label, "")),
        column="policies",
        record=policy,
        policy=policy,
        prose=prose,
        text=succession.mark(prose.html, root_of(policy.url)) if succession else prose.html,
        succession=succession,
        comparisons=comparisons,
        withheld=is_withheld(policy),
        request_page=_request_page(theme) if is_withheld(policy) else None,
        changed=_changed_anchors(comparisons[0]) if comparisons else [],
        standing=tell_standing(theme, policy),
        turns=tell_turns(theme, policy),
        facts=first,
        more_facts=more,
        cite=cite(policy),
        mentions=list_mentions(mentions, relations),
        interpretations=[row for row in relations if isinstance(row.record, Interpretation)],
        relations=[row for row in relations if not isinstance(row.record, Interpretation)],
        guides=sorted(guides, key=lambda guide: (guide.order, guide.id))[:3],
    )


def _request_page(theme: Theme) -> Record | None:
    """Return the page that says how to ask for a document that is open on request."""
    return next((page for page in theme.library.all(Page) if page.title.endswith("公开指南")), None)


def _changed_anchors(comparison: Comparison) -> list[str]:
    """Return the clauses of the new text of which the comparison has something to show."""
    rows = [row for row in comparison.redline.rows if not row.is_untouched and not row.marks_only]
    return [unit.anchor for row in rows for unit in row.new if unit.anchor]


def _year_crumb(folder: str, record: Record) -> Crumb:
    return (f"{record.day.year}年", year_url(folder, record.day.year)) if record.day else ("日期未注明", "")


def _notice_page(theme: Theme, notice: Notice) -> GeneratedFile:
    span = theme.span(notice)
    relations = relate(theme, notice)
    prose, mentions = theme.annotate(notice)
    issuer = notice.issuer or notice.source
    return theme.page(
        notice.url,
        "notice.html",
        title=notice.title,
        current="policies",
        crumbs=(NOTICES.crumb, _year_crumb("notices", notice), (notice.kind, "")),
        column="notices",
        record=notice,
        notice=notice,
        prose=prose,
        span=span,
        spans=[later for day in _turning_days(span) if (later := theme.span(notice, day=day))],
        period_name="公示期" if notice.kind == "公示" else "受理期",
        withdrawn=theme.is_taken_down(notice),
        facts=[("发布时间", _moment(notice), MISSING), ("发布机构", issuer, MISSING), ("责任编辑", notice.author, "")],
        cite=cite(notice),
        relations=relations,
        mentions=list_mentions(mentions, relations),
        guide=theme.library.get("guides", notice.guide) if notice.guide else None,
        objection_form=OBJECTION if notice.kind == "公示" and OBJECTION in theme.library.forms else None,
    )


def _turning_days(span: Span | None) -> list[date]:
    """Return the days to come on which a period begins and on which it is over."""
    if span is None or span.state == "over":
        return []
    return [span.start, span.over_from] if span.state == "before" else [span.over_from]


def _reading_page(theme: Theme, interpretation: Interpretation) -> GeneratedFile:
    return _article_page(theme, interpretation, POLICIES, subject=_subject(theme, interpretation))


def _dated_page(
    theme: Theme, record: Published, catalogue: Catalogue, newer: Published | None, older: Published | None
) -> GeneratedFile:
    return _article_page(theme, record, catalogue, newer=newer, older=older)


def _subject(theme: Theme, interpretation: Interpretation) -> Record | None:
    return theme.library.get("policies", interpretation.policy)


def _article_crumbs(theme: Theme, record: Published) -> tuple[Crumb, ...]:
    if isinstance(record, News) and record.day:
        return (_year_crumb("news", record), ("正文", ""))
    return ((theme.genre(record) if isinstance(record, Interpretation | Finance) else "正文", ""),)


def _article_page(theme: Theme, record: Published, catalogue: Catalogue, **context: Any) -> GeneratedFile:
    image = record.image if isinstance(record, News) else None
    facts: list[Fact] = [
        ("发布时间", _moment(record), MISSING),
        ("来源", theme.source(record), ""),
        ("责任编辑", record.author, ""),
    ]
    if isinstance(record, Finance):
        facts.insert(0, ("年度", f"{record.year}年", ""))
    relations = relate(theme, record, skip=("interprets",))
    prose, mentions = theme.annotate(record)
    context = {"subject": None, "newer": None, "older": None, **context}
    return theme.page(
        record.url,
        "article.html",
        title=record.title,
        current=catalogue.current,
        crumbs=(catalogue.crumb, *_article_crumbs(theme, record)),
        column=catalogue.folder,
        record=record,
        prose=prose,
        facts=facts,
        cite=cite(record),
        image=theme.file_path(record, image.file) if image else "",
        image_title=(image.title or "") if image else "",
        outcome=getattr(record, "outcome", None),
        relations=relations,
        mentions=list_mentions(mentions, relations),
        **context,
    )
