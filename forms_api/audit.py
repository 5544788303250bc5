"""What only the chain of events can tell: whether anything in the store was changed behind the program's back. No I/O.

Every event holds the digest of the one before it (see `model.link`), so an altered, removed or inserted event breaks the
chain where it stands; the digest of the last one, kept elsewhere (the daily head on the public site), shows an end that was
cut off. An event holds digests of what it wrote, so that cases, the work on them, answers, files, notes, entries of
registers and what all of these are found by are held to their events. A
case that was deleted because its time was over is gone with an event that says what went, and fits what had come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from forms_api.model import (
    NO_EVENT,
    ApiKey,
    Attachment,
    Case,
    Event,
    SealedPart,
    digest_api_key,
    digest_case,
    digest_event,
    digest_file,
    has_right_keys,
    tell_content,
)
from forms_api.office import Entry, KeyRow, Note, Work, digest_entry, digest_note, digest_work
from forms_api.retention import OUTCOMES


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written: where, and what is wrong, in a sentence for whoever audits."""

    where: str
    words: str


@dataclass
class Trail:
    """What the chain tells of one case: its first event, the state after the last, digests of answers and files sent.

    `purged` is the event of its deletion, `after` how many changes came after that one.
    """

    first: Event
    state: str = ""
    since: datetime | None = None
    """Since when it is in that state."""
    contents: list[str] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    """When each of them came."""
    sums: set[str] = field(default_factory=set)
    row: Event | None = None
    """The last event that wrote the row of the case."""
    work: Event | None = None
    """The last event that wrote the work on it."""
    purged: Event | None = None
    after: int = 0

    def digest(self) -> str:
        """Return the SHA-256 (hex) of all that was sent, as the event of the deletion must name it."""
        return hashlib.sha256("\n".join([*self.contents, *sorted(self.sums)]).encode()).hexdigest()


@dataclass
class Chain:
    """What was read of the chain: its length, the digest of its end, what it tells of each case, whether a head stands in it."""

    length: int = 0
    end: bytes = NO_EVENT
    trails: dict[str, Trail] = field(default_factory=dict)
    has_head: bool = True
    entries: dict[str, Event] = field(default_factory=dict)
    """Id of an entry of a register → the last event that wrote it; those that were deleted with a case are left out."""
    notes: dict[str, Event] = field(default_factory=dict)
    """Id of a note → the event of it, likewise."""
    api_keys: dict[str, str] = field(default_factory=dict)
    """Name of a program → digest of its key as it was given out."""
    seal: str | None = None
    """The fingerprint of the public key that was registered last."""


def follow_chain(events: Iterable[Event], head: str, chain: Chain) -> Iterator[Fault]:
    """Yield what is wrong with the events, in their order, and put into `chain` what they tell; `head` is a digest (hex) or empty."""
    chain.has_head = not head
    for event in events:
        chain.length += 1
        if event.seq != chain.length:
            yield Fault(_name(chain.length), f"不见了，下一条是第 {event.seq} 条。")
            chain.length = event.seq
        elif event.previous != chain.end:
            yield Fault(_name(event.seq), "和前一条接不上：前一条被换过，或者这一条是插进来的。")
        if digest_event(event) != event.digest:
            yield Fault(_name(event.seq), "内容被改过，和当时记下的摘要不符。")
        elif not has_right_keys(event.kind, event.data):
            yield Fault(_name(event.seq), f"不是本程序写的：没有“{event.kind}”这种事件，或者它的项目不对。")
        chain.end = event.digest
        chain.has_head = chain.has_head or event.digest.hex() == head.lower()
        follow_case(event, chain.trails)
        _follow_entry(event, chain)
    if not chain.has_head:
        yield Fault(
            f"第 {chain.length} 条以后", f"找不到摘要为 {head} 的那一条：它和它以后的被截掉了，或者整条链被重写过。"
        )


def follow_case(event: Event, trails: dict[str, Trail]) -> None:
    """Put what an event tells of its case into `trails`."""
    if event.case_id is None:
        return
    trail = trails.setdefault(event.case_id, Trail(event))
    trail.after += trail.purged is not None and not event.data.keys().isdisjoint(("state", "content"))
    if event.kind == "purged":
        trail.purged = trail.purged or event
        return
    if "state" in event.data:
        if trail.state != event.data["state"]:
            trail.since = event.at
        trail.state = str(event.data["state"])
    trail.row = event if "case" in event.data else trail.row
    trail.work = event if "work" in event.data else trail.work
    if "content" in event.data:
        trail.contents.append(str(event.data["content"]))
        trail.times.append(event.at)
        trail.sums.update(str(event.data.get("sums", "")).split())


def _follow_entry(event: Event, chain: Chain) -> None:
    if event.kind == "entered":
        chain.entries[str(event.data.get("entry"))] = event
    elif event.kind == "noted":
        chain.notes[str(event.data.get("note"))] = event
    elif event.kind == "api_key_added":
        chain.api_keys[str(event.data.get("name"))] = str(event.data.get("sum"))
    elif event.kind == "seal_registered":
        chain.seal = str(event.data.get("fingerprint"))
    elif event.kind == "purged":
        for entry_id in str(event.data.get("entries") or "").split():
            chain.entries.pop(entry_id, None)
        chain.notes = {name: told for name, told in chain.notes.items() if told.case_id != event.case_id}


def compare_entry(entry: Entry, told: Event | None, keys: Iterable[KeyRow]) -> Iterator[Fault]:
    """Yield what is wrong with an entry of a register, and what it is found by, beside the last event that wrote it."""
    where = f"登记册 {entry.register} 的一条（内部编号 {entry.id}）"
    if told is None:
        yield Fault(where, "没有登记的事件：这一条是插进来的，或者早该删除了。")
    elif (told.data.get("version"), told.data.get("sum"), told.at) != (
        entry.version,
        digest_entry(entry, keys),
        entry.updated_at,
    ):
        yield Fault(where, f"内容或索引和{_name(told.seq)}记下的对不上：被改过，或者是从别处放回来的旧的一条。")


def list_missing_entries(entries: Mapping[str, Event], known: Iterable[str]) -> Iterator[Fault]:
    """Yield the entries of registers that events name and that are gone; `known` are those there."""
    for entry_id in sorted(entries.keys() - set(known)):
        told = entries[entry_id]
        yield Fault(_name(told.seq), f"说的那条登记（{told.data.get('register')}，内部编号 {entry_id}）不在了。")


def compare_note(note: Note, told: Event | None) -> Iterator[Fault]:
    """Yield what is wrong with a note beside the event of it."""
    where = f"一条内部意见（内部编号 {note.id}）"
    if told is None:
        yield Fault(where, "没有记它的事件：这一条是插进来的，或者早该删除了。")
    elif (told.case_id, told.actor.id, told.data.get("sum")) != (note.owner, note.staff, digest_note(note)):
        yield Fault(where, f"和{_name(told.seq)}记下的对不上：被改过。")


def list_missing_notes(notes: Mapping[str, Event], known: Iterable[str]) -> Iterator[Fault]:
    """Yield the notes that events name and that are gone; `known` are those there."""
    for note_id in sorted(notes.keys() - set(known)):
        yield Fault(_name(notes[note_id].seq), f"说的那条内部意见（内部编号 {note_id}）不在了。")


def compare_work(case: Case, trail: Trail | None, work: Work | None, keys: Iterable[KeyRow]) -> Iterator[Fault]:
    """Yield what is wrong with the work on a case, and with what the case is found by, beside the last event that wrote it."""
    where, told = f"申请 {case.reference} 的办理记录", trail and trail.work
    if work is None and told:
        yield Fault(where, f"不在了，{_name(told.seq)}写过它。")
    elif work and told is None:
        yield Fault(where, "没有写它的事件：这一行是插进来的。")
    elif work and told and told.data["work"] != digest_work(work, keys):
        yield Fault(where, f"或者它的索引，和{_name(told.seq)}记下的对不上：工会、经办人、期限、关联或索引被改过。")


def compare_seal(chain: Chain, registered: str | None) -> Iterator[Fault]:
    """Yield what is wrong with the public key that is registered beside the last event of a registration."""
    if registered != chain.seal:
        yield Fault(
            "登记的公钥", f"是 {registered}，最后一条事件说的是 {chain.seal}：被换过。请马上停收申请，查清楚再开。"
        )


def compare_api_keys(chain: Chain, keys: Iterable[ApiKey]) -> Iterator[Fault]:
    """Yield what is wrong with the keys of programs beside the events of their making."""
    found = {key.name: digest_api_key(key) for key in keys}
    for name in sorted(found.keys() | chain.api_keys.keys()):
        if name not in chain.api_keys:
            yield Fault(f"程序密钥“{name}”", "没有发放的事件：是插进来的。")
        elif found.get(name) != chain.api_keys[name]:
            yield Fault(f"程序密钥“{name}”", "被改过，或者不在了。")


def compare_definition(version: str, digest: str | None) -> Iterator[Fault]:
    """Yield what is wrong with the definition that cases were made with; `digest` is of its body, None where it is gone."""
    if digest != version:
        why = "被改过，和它的版本号不符" if digest else "不在了"
        yield Fault(f"表单定义（版本 {version}）", f"{why}。用它提交的申请会显示得不对。")


def compare_case(
    case: Case, trail: Trail | None, parts: Sequence[SealedPart], files: Sequence[Attachment]
) -> Iterator[Fault]:
    """Yield what is wrong with a case beside its events."""
    where = f"申请 {case.reference}"
    if trail is None or trail.first.kind != "submitted":
        yield Fault(where, "没有提交的事件：这一行是插进来的。")
        return
    if trail.purged:
        yield Fault(where, f"{_name(trail.purged.seq)}说它已经删除，它却还在：是从别处放回来的。")
    told = trail.first.data
    if (told.get("form"), told.get("version"), told.get("channel"), trail.first.at) != (
        case.form,
        case.version,
        case.channel,
        case.received_at,
    ):
        yield Fault(where, "表单、版本、来路或收到的时间被改过。")
    if trail.state != case.state:
        yield Fault(where, f"现在记的状态是 {case.state}，最后一条事件说的是 {trail.state}。")
    came = [(part.number, part.at, tell_content(part.sealed, {})["content"]) for part in parts]
    if came != [(number, *told) for number, told in enumerate(zip(trail.times, trail.contents, strict=True))]:
        yield Fault(where, "收到的内容被改过，或者少了、多了一份。")
    if trail.row is None or trail.row.data["case"] != digest_case(case):
        yield Fault(where, "编号、状态、时间、原因或要补的东西被改过，和写它的事件不符。")
    if {f"{file.id}:{digest_file(file)}" for file in files} != trail.sums:
        yield Fault(where, "收到的文件或它的登记被换过，或者少了、多了一个。")


def list_missing(trails: Mapping[str, Trail], known: Iterable[str]) -> Iterator[Fault]:
    """Yield the cases that events name and that are gone without an event that rightly says so; `known` are those there."""
    for case_id in sorted(trails.keys() - set(known)):
        trail = trails[case_id]
        if trail.purged is None:
            yield Fault(_name(trail.first.seq), f"说的那份申请（内部编号 {case_id}）不在了，也没有删除的事件。")
        elif why := _doubt_purge(trail, trail.purged):
            yield Fault(_name(trail.purged.seq), f"说删除了申请（内部编号 {case_id}），但是{why}。")


def _doubt_purge(trail: Trail, purged: Event) -> str:
    """Return what in the event of a deletion cannot be true; empty where all fits."""
    if purged.data.get("outcome") != OUTCOMES.get(trail.state):
        return "它那时还没有办结，或者结果对不上"
    if (purged.data.get("form"), purged.data.get("content")) != (trail.first.data.get("form"), trail.digest()):
        return "删掉的内容和当时收到的对不上"
    return "删除以后它还变动过" if trail.after else ""


def _name(seq: int) -> str:
    return f"第 {seq} 条事件"
