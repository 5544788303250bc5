"""公文与文章: a page for every policy, interpretation, notice, news item, case and report, and their lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from site_builder.pages.catalogues import (
    CASES,
    ENDED,
    FINANCE,
    NEWS,
    NOTICES,
    POLICIES,
    Catalogue,
    generate_lists,
    generate_policy_lists,
)
from site_builder.records import Case, Finance, Guide, Interpretation, News, Notice, Policy, Published, Record
from site_builder.render import PHASE_CLASS, Crumb, Theme, year_url
from site_builder.values import PHASE_WORDS, RELATION_WORDS, GeneratedFile, Reference, ValidityPhase
from site_builder.wording import date_cn

MISSING = "未注明"

Fact = tuple[str, object, str]
"""Label, value, and what to write where the value is missing ('' leaves the row out)."""


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield every document page and every list of documents."""
    library = theme.library
    for policy in library.all(Policy):
        yield _policy_page(theme, policy)
    for notice in library.all(Notice):
        yield _notice_page(theme, notice)
    for interpretation in library.all(Interpretation):
        yield _article_page(theme, interpretation, POLICIES, subject=_subject(theme, interpretation))
    for kind, catalogue in ((News, NEWS), (Case, CASES), (Finance, FINANCE)):
        records = library.all(kind)
        for index, record in enumerate(records):
            newer = records[index - 1] if index else None
            older = records[index + 1] if index + 1 < len(records) else None
            yield _article_page(theme, record, catalogue, newer=newer, older=older)
    yield from generate_policy_lists(theme)
    yield from generate_lists(theme, NOTICES, library.all(Notice))
    yield from generate_lists(theme, NEWS, library.all(News))
    yield from generate_lists(theme, CASES, library.all(Case))
    yield from generate_lists(theme, FINANCE, library.all(Finance))


# --- what a page says of a document ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Amendment:
    """A document that amended another, and since when."""

    policy: Policy
    since: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a policy is in force, since and until when, and which documents came before and after it."""

    phase: ValidityPhase
    word: str
    css: str
    since: date | None
    until: date | None
    ended: date | None
    days_left: int
    heir: Policy | None
    amended_by: tuple[Amendment, ...]
    takes_over: tuple[Policy, ...]


def _starts(policy: Policy) -> date | None:
    return policy.validity.effective or policy.published


def tell_standing(theme: Theme, policy: Policy) -> Standing:
    """Return what a reader must know of a policy before its title."""
    phase, validity = theme.phase(policy), policy.validity
    heir = theme.heir(policy)
    if heir and (starts := _starts(heir)) and starts > theme.today:
        heir = None
    ended = validity.repealed or (_starts(heir) if heir else None)
    until = validity.expires if phase in ("effective", "expiring", "expired", "amended") else None
    amendments = tuple(
        Amendment(one, _starts(one))
        for name, one in theme.library.incoming(policy)
        if name == "amends" and isinstance(one, Policy) and (_starts(one) or date.max) <= theme.today
    )
    before = [
        target
        for name, reference in policy.relations.pairs()
        if name in ("replaces", "repeals") and isinstance(target := theme.library.resolve(reference), Policy)
    ]
    return Standing(
        phase=phase,
        word=PHASE_WORDS[phase],
        css=PHASE_CLASS[phase],
        since=validity.effective,
        until=until,
        ended=ended if phase == "repealed" else None,
        days_left=(until - theme.today).days if until else 0,
        heir=heir if phase in ENDED else None,
        amended_by=() if phase in ENDED else amendments,
        takes_over=() if phase in ENDED else tuple({one.id: one for one in before}.values()),
    )


@dataclass(frozen=True, slots=True)
class Relation:
    """One row of related documents: the verb, the title, where it stands, and what is said under it."""

    word: str
    title: str
    url: str
    outside: str
    record: Record | None
    said: tuple[str, ...]


def relate(theme: Theme, record: Published, *, skip: Sequence[str] = ()) -> list[Relation]:
    """Return the relations of a record in both directions, each other document once."""
    rows: list[Relation] = []
    seen: set[tuple[str, str]] = set()
    for name, reference in record.relations.pairs():
        target = theme.library.resolve(reference)
        if name in skip or (target and (target.folder, target.id) in seen):
            continue
        if target:
            seen.add((target.folder, target.id))
        rows.append(_outward(theme, name, reference, target))
    for name, source in theme.library.incoming(record):
        if name not in skip and (source.folder, source.id) not in seen:
            seen.add((source.folder, source.id))
            rows.append(Relation(RELATION_WORDS[name][1], source.title, source.url, "", source, _captions(source)))
    return rows


def _outward(theme: Theme, name: str, reference: Reference, target: Record | None) -> Relation:
    article = (reference.article,) if reference.article else ()
    word = RELATION_WORDS[name][0]
    if target:
        return Relation(word, target.title, target.url, "", target, (*article, *_captions(target)))
    number = str(reference.doc_number) if reference.doc_number else ""
    title = reference.title or number or str(reference.id)
    said = (*article, number) if number and number != title else article
    return Relation(word, title, "", reference.url or "", None, tuple(said))


def _captions(record: Record) -> tuple[str, ...]:
    number = getattr(record, "doc_number", None)
    if isinstance(record, Interpretation):
        return (record.form, str(record.day)) if record.day else (record.form,)
    return (str(number),) if number else (str(record.day),) if record.day else ()


def cite(record: Record) -> str:
    """Return a document as it is cited: 《title》（number）."""
    number = getattr(record, "doc_number", None)
    return f"《{record.title}》" + (f"（{number}）" if number else "")


def _moment(record: Published) -> str:
    if not record.published:
        return ""
    return f"{record.published} {record.published_time}" if record.published_time else str(record.published)


def _policy_facts(policy: Policy) -> list[Fact]:
    def day(value: date | None) -> str:
        return date_cn(value) if value else ""

    validity = policy.validity
    source = policy.source if policy.source != policy.issuer else None
    return [
        ("索引号", policy.index_number, MISSING),
        ("文号", policy.doc_number, MISSING),
        ("发布机构", policy.issuer, "" if source else MISSING),
        ("信息来源", source, ""),
        ("体裁", policy.genre, ""),
        ("主题", " · ".join(policy.topics), ""),
        ("成文日期", day(policy.issued), MISSING),
        ("公开日期", day(policy.published), MISSING),
        ("施行日期", day(validity.effective), MISSING),
        ("失效日期", day(validity.expires), ""),
        ("废止日期", day(validity.repealed), ""),
        ("公开方式", policy.disclosure, MISSING),
        ("不公开理由", policy.disclosure_reason, ""),
        ("服务对象", " · ".join(policy.audience), ""),
        ("责任部门", policy.department, ""),
        ("责任编辑", policy.author, ""),
    ]


# --- record pages ------------------------------------------------------------------------------


def _policy_page(theme: Theme, policy: Policy) -> GeneratedFile:
    relations = relate(theme, policy)
    guides = [guide for guide in theme.library.all(Guide) if any(basis.policy == policy.id for basis in guide.basis)]
    return theme.page(
        policy.url,
        "policy.html",
        title=policy.title,
        current="policies",
        crumbs=(POLICIES.crumb, _year_crumb("policies", policy), (policy.genre or policy.label, "")),
        column="policies",
        record=policy,
        policy=policy,
        prose=theme.prose(policy),
        standing=tell_standing(theme, policy),
        facts=_policy_facts(policy),
        cite=cite(policy),
        interpretations=[row for row in relations if isinstance(row.record, Interpretation)],
        relations=[row for row in relations if not isinstance(row.record, Interpretation)],
        guides=sorted(guides, key=lambda guide: (guide.order, guide.id))[:3],
    )


def _year_crumb(folder: str, record: Record) -> Crumb:
    return (f"{record.day.year}年", year_url(folder, record.day.year)) if record.day else ("日期未注明", "")


def _notice_page(theme: Theme, notice: Notice) -> GeneratedFile:
    span = theme.span(notice)
    withdrawn = theme.is_taken_down(notice)
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
        prose=theme.prose(notice),
        span=span,
        period_name="公示期" if notice.kind == "公示" else "受理期",
        withdrawn=withdrawn,
        facts=[("发布时间", _moment(notice), MISSING), ("发布机构", issuer, MISSING), ("责任编辑", notice.author, "")],
        cite=cite(notice),
        relations=relate(theme, notice),
        guide=theme.library.get("guides", notice.guide) if notice.guide else None,
    )


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
    context = {"subject": None, "newer": None, "older": None, **context}
    return theme.page(
        record.url,
        "article.html",
        title=record.title,
        current=catalogue.current,
        crumbs=(catalogue.crumb, *_article_crumbs(theme, record)),
        column=catalogue.folder,
        record=record,
        prose=theme.prose(record),
        facts=facts,
        cite=cite(record),
        image=theme.file_path(record, image.file) if image else "",
        image_title=(image.title or "") if image else "",
        outcome=getattr(record, "outcome", None),
        relations=relate(theme, record, skip=("interprets",)),
        **context,
    )
