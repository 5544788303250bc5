"""Which documents a document has to do with: its relations in both directions, and what its text cites."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from site_builder.citations import Mention, compare_form
from site_builder.records import Interpretation, Published, Record
from site_builder.render import Theme
from site_builder.values import RELATION_WORDS, Reference

MENTIONED = "提到"


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
    """Return the relations of a record in both directions: each other document once, with all verbs between them."""
    words: dict[object, list[str]] = {}
    rows: dict[object, Relation] = {}
    for key, row in (*_outward(theme, record, skip), *_inward(theme, record, skip)):
        rows.setdefault(key, row)
        verbs = words.setdefault(key, [])
        if row.word not in verbs:
            verbs.append(row.word)
    return [_with_word(row, "、".join(words[key])) for key, row in rows.items()]


def _with_word(row: Relation, word: str) -> Relation:
    return Relation(word, row.title, row.url, row.outside, row.record, row.said)


def _outward(theme: Theme, record: Published, skip: Sequence[str]) -> Iterator[tuple[object, Relation]]:
    for name, reference in record.relations.pairs():
        if name not in skip:
            target = theme.library.resolve(reference)
            row = _row(RELATION_WORDS[name][0], reference, target)
            yield target.url if target else (row.title, row.said), row


def _inward(theme: Theme, record: Published, skip: Sequence[str]) -> Iterator[tuple[object, Relation]]:
    for name, source in theme.library.incoming(record):
        if name not in skip:
            word = RELATION_WORDS[name][1]
            yield source.url, Relation(word, source.title, source.url, "", source, tell_captions(source))


def _row(word: str, reference: Reference, target: Record | None) -> Relation:
    article = (reference.article,) if reference.article else ()
    if target:
        return Relation(word, target.title, target.url, "", target, (*article, *tell_captions(target)))
    number = str(reference.doc_number) if reference.doc_number else ""
    title = reference.title or number or str(reference.id)
    said = (*article, number) if number and number != title else article
    return Relation(word, title, "", reference.url or "", None, tuple(said))


def tell_captions(record: Record) -> tuple[str, ...]:
    """Return what stands under the title of a related document: its number, else its form and day."""
    number = getattr(record, "doc_number", None)
    if isinstance(record, Interpretation):
        return (record.form, str(record.day)) if record.day else (record.form,)
    return (str(number),) if number else (str(record.day),) if record.day else ()


def list_mentions(mentions: Iterable[Mention], related: Iterable[Relation]) -> list[Relation]:
    """Return a row for each cited document that no row of `related` names already; unknown ones have no link."""
    known = {row.url for row in related if row.url}
    known |= {compare_form(name) for row in related for name in (row.title, *row.said)}
    return [
        _mention_row(one)
        for one in mentions
        if (one.record.url not in known if one.record else not {compare_form(one.title), one.number} & (known - {""}))
    ]


def _mention_row(one: Mention) -> Relation:
    if one.record:
        return Relation(MENTIONED, one.record.title, one.record.url, "", one.record, tell_captions(one.record))
    return Relation(MENTIONED, one.title or one.number, "", "", None, (one.number,) if one.title and one.number else ())


def cite(record: Record) -> str:
    """Return a document as it is cited: 《title》（number）."""
    number = getattr(record, "doc_number", None)
    return f"《{record.title}》" + (f"（{number}）" if number else "")
