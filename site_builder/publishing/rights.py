"""Three reviews (三审三校): may these commits change these files, and who reviewed and approved them? No I/O.

Rights are those of editors.yml before the push. A policy or 公示 that is public after the push needs a review and an
approval by two people, neither of whom changed it; their word is a trailer in a commit of their own, and counts for the
files as they stood then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from site_builder.editors import COLUMNS, PUBLICITY, RIGHT_WORDS, Editor, Editors, Right
from site_builder.publications import Action
from site_builder.records import Notice, Policy, Record
from site_builder.values import Problem

SIGN_OFFS = "signoffs/"
"""Notes of reviewers and approvers, for web editors that make no commit without a file; anyone of them may add one."""
_LINES = 1


@dataclass(frozen=True, slots=True)
class Deed:
    """One commit of a push: who made it (None: nobody proved it), what it changed, and what its message says."""

    name: str
    actor: Editor | None
    files: tuple[str, ...]
    reviewed_by: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()
    forced: str | None = None
    blobs: Mapping[str, str] = field(default_factory=dict)
    """Path → blob of the judged files as this commit leaves them; only needed where it signs something off."""


@dataclass(frozen=True, slots=True)
class Change:
    """One file that differs before and after the push: what it was and is, if a record, and its blob now."""

    path: str
    action: Action
    before: Record | None = None
    after: Record | None = None
    blob: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that the file lies in; none for what is no content."""
        return columns_of(self.path, self.after or self.before)

    @property
    def needs_three(self) -> bool:
        """Tell whether the file needs review and approval: a policy or 公示 that is public from now on."""
        return _is_public(self.after) and _is_weighty(self.after)

    @property
    def takes_down(self) -> bool:
        """Tell whether a public record leaves the site."""
        return _is_public(self.before) and not _is_public(self.after)


def _is_public(record: Record | None) -> bool:
    return record is not None and record.status == "published"


def _is_weighty(record: Record | None) -> bool:
    return isinstance(record, Policy) or (isinstance(record, Notice) and record.kind == "公示")


def columns_of(path: str, record: Record | None, root: str = "content") -> tuple[str, ...]:
    """Return the columns of a file: its folder, and 公示 for such a notice; none for settings and what is no content."""
    parts = path.split("/")
    if parts[0] != root or len(parts) < 3 or parts[1] not in COLUMNS:
        return ()
    publicity = isinstance(record, Notice) and record.kind == "公示"
    return (parts[1], PUBLICITY) if publicity else (parts[1],)


@dataclass(slots=True)
class Verdict:
    """What a push came to: every fault, and for the log whose word each weighty file rests on."""

    problems: list[Problem] = field(default_factory=list)
    written: dict[str, None] = field(default_factory=dict)
    reviewed: dict[str, None] = field(default_factory=dict)
    approved: dict[str, None] = field(default_factory=dict)
    forced: str | None = None


def judge(deeds: list[Deed], changes: Iterable[Change], editors: Editors) -> Verdict:
    """Judge a push by `editors`, the rights that held before it; with nobody registered everything is allowed."""
    verdict = Verdict()
    if not editors.editors:
        return verdict
    changed = {change.path: change for change in changes}
    for deed in deeds:
        verdict.problems += _judge_deed(deed, changed, editors)
        if deed.actor and any(path in changed for path in deed.files):
            verdict.written[deed.actor.name] = None
    for change in changed.values():
        if change.needs_three:
            verdict.problems += _judge_three(change, deeds, editors, verdict)
    verdict.problems.sort()
    return verdict


# --- who may change what --------------------------------------------------------------------------


def _judge_deed(deed: Deed, changed: Mapping[str, Change], editors: Editors) -> Iterator[Problem]:
    if deed.actor is None:
        if not (deed.files or deed.reviewed_by or deed.approved_by or deed.forced):
            return  # a plain merge says nothing of its own
        message = f"提交 {deed.name[:8]} 看不出是谁做的：没有登记过的签名，服务器也没有说明推送人。"
        fix = "请用登记在 editors.yml 里的公钥签名，或者用自己的账号推送。"
        yield Problem(deed.files[0] if deed.files else "content", _LINES, "rights-unproven", message, fix)
        return
    for path in deed.files:
        if path.startswith(SIGN_OFFS) and {"review", "approve"} & set(deed.actor.rights):
            continue
        change = changed.get(path, Change(path, "修改"))
        right: Right = "write" if change.columns else "settings"
        yield from _demand(deed, change, right)
        if change.takes_down:
            yield from _demand(deed, change, "withdraw")
    yield from _judge_words(deed, editors)


def _demand(deed: Deed, change: Change, right: Right) -> Iterator[Problem]:
    columns = change.columns
    if deed.actor is None or deed.actor.may(right, *columns):
        return
    column = f"“{COLUMNS[columns[-1]]}”的" if columns else ""
    message = f"提交 {deed.name[:8]} 是{deed.actor.name}做的，缺少{column}{RIGHT_WORDS[right]}（{right}）权限。"
    yield Problem(
        change.path, _LINES, "rights-missing", message, "请由有这项权限的人来做，或者请管理员在 editors.yml 里登记。"
    )


def _judge_words(deed: Deed, editors: Editors) -> Iterator[Problem]:
    """Find trailers that speak for somebody else; only a service may, and only for people who are registered."""
    actor = deed.actor
    for word, names in (("审核", deed.reviewed_by), ("批准", deed.approved_by)):
        for name in names:
            named = editors.by_words(name)
            if actor and not actor.is_called(name) and not (actor.service and named):
                message = f"提交 {deed.name[:8]} 写的是“{name}”{word}，但它是{actor.name}做的。"
                fix = "审核和批准要由本人签名，或者用本人的账号提交，不能代写。"
                yield Problem(deed.files[0] if deed.files else "content", _LINES, "rights-not-own", message, fix)


# --- who reviewed and approved it -----------------------------------------------------------------


def _judge_three(change: Change, deeds: list[Deed], editors: Editors, verdict: Verdict) -> Iterator[Problem]:
    authors = {deed.actor.name for deed in deeds if deed.actor and not deed.actor.service and change.path in deed.files}
    covering = [deed for deed in deeds if deed.blobs.get(change.path) == change.blob]
    reviewers = set(_find_words(covering, "review", change, editors)) - authors
    approvers = set(_find_words(covering, "approve", change, editors)) - authors
    pair = next(((one, two) for one in sorted(reviewers) for two in sorted(approvers) if one != two), None)
    if pair:
        verdict.reviewed[pair[0]] = None
        verdict.approved[pair[1]] = None
        return
    if forced := next((deed.forced for deed in covering if _may_force(deed, change)), None):
        verdict.forced = forced
        return
    yield from _tell_missing(change, reviewers, approvers, authors)


def _find_words(deeds: list[Deed], right: Right, change: Change, editors: Editors) -> Iterator[str]:
    """Yield who reviewed or approved the file as it is now, and may."""
    for deed in deeds:
        for name in deed.reviewed_by if right == "review" else deed.approved_by:
            person = editors.by_words(name)
            proven = deed.actor is not None and (deed.actor.service or deed.actor.is_called(name))
            if person and proven and not person.service and person.may(right, *change.columns):
                yield person.name


def _may_force(deed: Deed, change: Change) -> bool:
    return bool(deed.forced and deed.actor and deed.actor.may("approve", *change.columns))


def _tell_missing(change: Change, reviewers: set[str], approvers: set[str], authors: set[str]) -> Iterator[Problem]:
    record = change.after
    what = f"{record.label if isinstance(record, Policy) else '公示'}《{record.title}》" if record else change.path
    wanted = [
        word for word, found in (("审核（Reviewed-by）", reviewers), ("批准（Approved-by）", approvers)) if not found
    ]
    if wanted:
        message = f"{what}还缺{'和'.join(wanted)}。"
    else:
        message = f"{what}的审核和批准是同一个人（{'、'.join(sorted(reviewers))}）。"
    own = f"写稿的{'、'.join(sorted(authors))}不能审自己的稿；" if authors else ""
    fix = (
        f"{own}请有权限的两个人各做一次签字提交，签字以后再改稿要重新签。急件由有批准权限的人写明 Force-reason: 理由。"
    )
    yield Problem(change.path, _LINES, "review-missing", message, fix)
