"""The whole store held to its chain of events: every case, answer, file's digest, note and entry. Opens nothing that is sealed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from forms_api.audit import (
    Chain,
    Fault,
    compare_api_keys,
    compare_case,
    compare_definition,
    compare_entry,
    compare_note,
    compare_seal,
    compare_work,
    follow_chain,
    list_missing,
    list_missing_entries,
    list_missing_notes,
)
from forms_api.storage import Store, StoreBroken

AT_ONCE = 500


def list_faults(store: Store, head: str, chain: Chain) -> Iterator[Fault]:
    """Yield whatever in the store is not as its events say, and put into `chain` what they tell; opens nothing."""
    try:
        yield from follow_chain(store.list_events(), head, chain)
        yield from compare_seal(chain, store.find_seal())
        yield from compare_api_keys(chain, store.list_api_keys())
        yield from _compare_cases(store, chain)
        yield from _compare_notes(store, chain)
        yield from _compare_entries(store, chain)
    except (StoreBroken, ValueError, TypeError) as error:  # a row that cannot even be read
        yield Fault(f"第 {chain.length} 条事件以后", f"有一行读不出来（{type(error).__name__}），后面的没有核对。")


def _compare_cases(store: Store, chain: Chain) -> Iterator[Fault]:
    after, known, versions = "", set(), set()
    while cases := store.list_cases(after=after, limit=AT_ONCE):
        after = cases[-1].id
        for case in cases:
            known.add(case.id)
            versions.add(case.version)
            trail = chain.trails.get(case.id)
            yield from compare_case(case, trail, store.read_sealed(case.id), store.list_files(case.id))
            yield from compare_work(case, trail, store.find_work(case.id), store.list_keys(case.id))
    yield from list_missing(chain.trails, known)
    for version in sorted(versions):
        yield from compare_definition(version, _digest_definition(store, version))


def _digest_definition(store: Store, version: str) -> str | None:
    """Return the digest of a definition as it is kept, which must be its version; None where there is none."""
    body = store.find_definition(version)
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest() if body else None


def _compare_notes(store: Store, chain: Chain) -> Iterator[Fault]:
    after, known = "", set()
    while notes := store.walk_notes(after, AT_ONCE):
        after = notes[-1].id
        for note in notes:
            known.add(note.id)
            yield from compare_note(note, chain.notes.get(note.id))
    yield from list_missing_notes(chain.notes, known)


def _compare_entries(store: Store, chain: Chain) -> Iterator[Fault]:
    after, known = "", set()
    while entries := store.walk_entries(after, AT_ONCE):
        after = entries[-1].id
        for entry in entries:
            known.add(entry.id)
            yield from compare_entry(entry, chain.entries.get(entry.id), store.list_keys(entry.id))
    yield from list_missing_entries(chain.entries, known)
