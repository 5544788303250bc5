"""The index after a change: the bytes of a clean build, whatever changed and however often."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from site_builder.model import Library, Site
from site_builder.records import News, Policy, Record, Venue
from site_builder.render import Theme
from site_builder.search import arrangement, changes
from site_builder.search.arrangement import arrange, count_older
from site_builder.search.entries import list_entries
from site_builder.search.index import Index, LastIndex, build_index
from site_builder.search.postings import list_wholes, write_shards
from site_builder.search.splicing import Edit, splice
from site_builder.search.state import read_state
from tests.small_library import NOW, SITE

WORDS = ("工会", "职工", "困难帮扶", "勞動", "集体协商", "𠮷", "第三条", "12351", "爨", "公示期满")


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a handful of records fill a body of several segments."""
    monkeypatch.setattr(arrangement, "LEAST", 6)
    monkeypatch.setattr(arrangement, "TAIL", 3)
    monkeypatch.setattr(arrangement, "SEGMENT", 4)
    monkeypatch.setattr(changes, "FEW", 2)


class Shelf:
    """A library that changes, the index as files, and what its last build left."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.records: dict[tuple[str, str], Record] = {}
        self.digests: dict[tuple[str, str], str] = {}
        self.now = NOW
        self.files: dict[str, bytes] = {}
        self.state: bytes | None = None
        self.count = 0
        for _ in range(14):
            self.add()

    def text(self, most: int) -> str:
        return "".join(self.draw.choices(WORDS, k=self.draw.randint(1, most)))

    def put(self, record: Record) -> None:
        self.count += 1
        self.records[record.folder, record.id] = record
        self.digests[record.folder, record.id] = str(self.count)

    def add(self) -> None:
        name, day = f"r{self.count}", NOW.date() - timedelta(days=self.draw.randint(0, 300))
        told = {
            "id": name,
            "title": self.text(3),
            "published": day,
            "body": f"一、{self.text(9)}。\n\n{self.text(60)}。",
        }
        kind = self.draw.choice((Policy, Policy, News))
        self.put(kind.model_validate({**told, **({"issuer": "县总工会"} if kind is Policy else {})}))

    def add_newest(self) -> None:
        self.add()
        key, record = list(self.records.items())[-1]
        self.records[key] = record.model_copy(update={"published": NOW.date()})

    def add_venue(self) -> None:
        self.put(Venue.model_validate({"id": f"v{self.count}", "title": self.text(2), "kind": "职工服务中心", "address": self.text(2)}))  # fmt: skip

    def pick(self) -> Record:
        return self.draw.choice([one for one in self.records.values() if not isinstance(one, Venue)])

    def edit(self) -> None:
        record = self.pick()
        self.put(record.model_copy(update={"body": record.body + self.text(2)}))  # type: ignore[attr-defined]  # both kinds have one

    def lengthen(self) -> None:
        self.put(self.pick().model_copy(update={"body": self.text(9000)}))

    def rename(self) -> None:
        self.put(self.pick().model_copy(update={"title": self.text(3)}))

    def redate(self) -> None:
        self.put(self.pick().model_copy(update={"published": NOW.date() - timedelta(days=self.draw.randint(0, 300))}))

    def repeal(self) -> None:
        for record in [one for one in self.records.values() if isinstance(one, Policy)][:1]:
            state = record.validity.model_copy(update={"state": "repealed"})
            self.put(record.model_copy(update={"validity": state}))

    def remove(self) -> None:
        record = self.draw.choice(list(self.records.values()))
        if len(self.records) > 3:
            del self.records[record.folder, record.id], self.digests[record.folder, record.id]

    def build(self, last: LastIndex | None) -> Index:
        library = Library(site=Site.model_validate(SITE), records=dict(self.records), digests=dict(self.digests))
        return build_index(Theme(library, self.now), last, workers=1)

    def update(self) -> Index:
        index = self.build(LastIndex(self.state, self.files.__getitem__) if self.state else None)
        for path in index.gone:
            del self.files[path]
        self.files |= {file.path: bytes(file.content) for file in index.files}
        self.state = index.state
        return index


STEPS = ["add", "add_newest", "add_venue", "edit", "lengthen", "rename", "redate", "repeal", "remove"]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.lists(st.sampled_from(STEPS), max_size=3), min_size=1, max_size=5))
def test_after_any_changes_the_index_is_that_of_a_clean_build(seed, generations):
    shelf = Shelf(seed)
    shelf.update()
    for steps in generations:
        for step in steps:
            getattr(shelf, step)()
        index = shelf.update()
        clean = shelf.build(None)
        assert shelf.files == {file.path: bytes(file.content) for file in clean.files}
        assert (index.version, index.state) == (clean.version, clean.state)


def test_a_changed_sentence_touches_few_files():
    shelf = Shelf(3)
    shelf.update()
    shelf.edit()
    assert 0 < len(shelf.update().files) < 40
    assert shelf.update().files == []


def test_records_without_a_digest_are_compared_by_their_text():
    shelf = Shelf(4)
    shelf.update()
    shelf.digests.clear()
    assert shelf.update().files == []
    record = shelf.pick()
    shelf.records[record.folder, record.id] = record.model_copy(update={"title": "新题目"})
    assert shelf.update().files
    assert shelf.files == {file.path: bytes(file.content) for file in shelf.build(None).files}


def test_very_many_changes_make_everything_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(changes, "MANY", 2)
    shelf = Shelf(5)
    shelf.update()
    for record in list(shelf.records.values()):
        shelf.put(record.model_copy(update={"title": "改"}))
    shelf.records.popitem()
    index = shelf.update()
    clean = shelf.build(None)
    assert shelf.files == {file.path: bytes(file.content) for file in clean.files}
    assert index.gone


def test_a_state_of_other_code_is_not_used():
    shelf = Shelf(6)
    index = shelf.update()
    for state in (b"", b"{", index.state.replace(b'["', b'["0', 1)):
        assert read_state(state) is None
        assert shelf.build(LastIndex(state, lambda path: b"")).files == shelf.build(None).files


def test_late_entries_stand_among_the_body_by_their_day():
    shelf = Shelf(8)
    shelf.add_venue()
    library = Library(site=Site.model_validate(SITE), records=shelf.records)
    groups = arrange(list_entries(Theme(library, NOW)))
    body, late = (group.entries for group in groups)
    assert [sum(one.age < entry.age for one in body) for entry in late] == count_older(groups)
    assert body
    assert len(groups[0].segments) > 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.sampled_from("工会职困𠮷1"), max_size=6), min_size=1, max_size=30), st.data())
def test_a_spliced_block_is_the_block_written_anew(texts, data):
    at = data.draw(st.integers(0, len(texts) - 1))
    changed = [*texts[:at], data.draw(st.text(st.sampled_from("工会职困劳1"), max_size=6)), *texts[at + 1 :]]
    old, new = (write_shards(6, one, one, list_wholes(one)) for one in (texts, changed))
    edits = changes.list_edits(texts[at : at + 1], changed[at : at + 1], texts[at], changed[at], 6, at, at)
    assert [splice(block, edits.get(shard, Edit())) for shard, block in enumerate(old)] == new
