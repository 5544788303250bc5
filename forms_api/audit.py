"""What only the chain of events can tell: whether anything in the store was changed behind the program's back. No I/O.

Every event holds the digest of the one before it (see `model.link`), so an altered, removed or inserted event breaks the
chain where it stands; the digest of the last one, kept elsewhere (the daily head on the public site), shows an end that was
cut off. An event of what a worker sent holds a digest of it, so that cases, answers and files are held to their events. A
case that was deleted because its time was over is gone with an event that says what went, and fits what had come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from forms_api.model import EVENT_KEYS, NO_EVENT, Attachment, Case, Event, SealedPart, digest_event, tell_content
from forms_api.office import Entry, digest_entry
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
    sums: set[str] = field(default_factory=set)
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
        elif EVENT_KEYS.get(event.kind) != frozenset(event.data):
            yield Fault(_name(event.seq), f"不是本程序写的：没有“{event.kind}”这种事件，或者它的项目不对。")
        chain.end = event.digest
        chain.has_head = chain.has_head or event.digest.hex() == head.lower()
        follow_case(event, chain.trails)
        _follow_entry(event, chain.entries)
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
    if "content" in event.data:
        trail.contents.append(str(event.data["content"]))
        trail.sums.update(str(event.data.get("sums", "")).split())


def _follow_entry(event: Event, entries: dict[str, Event]) -> None:
    if event.kind == "entered":
        entries[str(event.data.get("entry"))] = event
    elif event.kind == "purged":
        for entry_id in str(event.data.get("entries") or "").split():
            entries.pop(entry_id, None)


def compare_entry(entry: Entry, told: Event | None) -> Iterator[Fault]:
    """Yield what is wrong with an entry of a register beside the last event that wrote it."""
    where = f"登记册 {entry.register} 的一条（内部编号 {entry.id}）"
    if told is None:
        yield Fault(where, "没有登记的事件：这一条是插进来的，或者早该删除了。")
    elif (told.data.get("version"), told.data.get("sum")) != (entry.version, digest_entry(entry)):
        yield Fault(where, f"内容和{_name(told.seq)}记下的对不上：被改过，或者是从别处放回来的旧的一条。")


def list_missing_entries(entries: Mapping[str, Event], known: Iterable[str]) -> Iterator[Fault]:
    """Yield the entries of registers that events name and that are gone; `known` are those there."""
    for entry_id in sorted(entries.keys() - set(known)):
        told = entries[entry_id]
        yield Fault(_name(told.seq), f"说的那条登记（{told.data.get('register')}，内部编号 {entry_id}）不在了。")


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
    if [tell_content(part.sealed, {})["content"] for part in parts] != trail.contents:
        yield Fault(where, "收到的内容被改过，或者少了、多了一份。")
    if {f"{file.id}:{file.digest}" for file in files} != trail.sums:
        yield Fault(where, "收到的文件被换过，或者少了、多了一个。")


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
