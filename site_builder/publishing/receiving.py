"""What the hooks of the repository do: judge a push before it is taken, publish it afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from site_builder.clock import CHINA
from site_builder.editors import Editors
from site_builder.publications import NAMED, Publication, Published
from site_builder.publishing.examining import CONTENT, CannotPublish, examine
from site_builder.publishing.home import Home
from site_builder.publishing.publisher import Publisher, Say
from site_builder.publishing.repository import ZERO, Commit, Repository
from site_builder.publishing.rights import Change, Deed, Verdict, judge
from site_builder.publishing.signatures import Ledger, find_actor, open_with_keys
from site_builder.publishing.withdrawing import read_record
from site_builder.reading.record_text import Page, read_source
from site_builder.values import Problem

SHOWN_PROBLEMS = 60
EDITORS_FILE = f"{CONTENT}/editors.yml"


@dataclass(frozen=True, slots=True)
class Update:
    """One line that git gives a hook: a branch or tag moves from one commit to another."""

    old: str | None
    new: str | None
    ref: str

    @classmethod
    def read(cls, line: str) -> Update:
        """Read the line; a name of zeros is no commit."""
        old, new, ref = line.split(maxsplit=2)
        return cls(None if ZERO.fullmatch(old) else old, None if ZERO.fullmatch(new) else new, ref.strip())


class Gate:
    """The hooks of one home at one moment; `say` speaks to whoever pushes."""

    def __init__(self, home: Home, moment: datetime, say: Say) -> None:
        """Take where, when, and whom to tell."""
        self.home, self.moment, self.say = home, moment, say
        self.branch = f"refs/heads/{home.settings.branch}"
        self.ledger = Ledger(home.folder / "pushers.jsonl")

    # --- before ---

    def admit(self, lines: Iterable[str]) -> bool:
        """Tell whether a push may enter; the reasons are said."""
        updates = [Update.read(line) for line in lines if line.strip()]
        plain = Repository(self.home.repository)
        for update in updates:
            if update.new and (pusher := self.home.pusher()) and update.ref.startswith("refs/heads/"):
                self.ledger.add((one.name for one in plain.new_commits(update.new)), pusher)
        admitted = [self._admit(update, plain) for update in updates]  # every branch is told of, not the first alone
        return all(admitted)

    def _admit(self, update: Update, plain: Repository) -> bool:
        if not update.ref.startswith("refs/heads/") or (update.ref != self.branch and update.new is None):
            return True
        if update.ref != self.branch:
            self._report(self._examine(plain, update), refused=False)
            return True
        if update.new is None:
            self.say("发布分支不能删除。")
            return False
        if update.old and not plain.contains(update.new, update.old):
            self.say("发布分支只能往前走，不能改写已有的提交。请先 git pull，合并以后再推送。")
            return False
        problems = [*self._examine(plain, update), *self._judge(update.old, update.new)[0].problems]
        refused = any(problem.severity == "error" for problem in problems)
        self._report(problems, refused=refused)
        return not refused

    def _examine(self, plain: Repository, update: Update) -> list[Problem]:
        """Return every error, and what else there is to say of the files of this push."""
        commit, tree = str(update.new), self.home.work / "check"
        with self.home.lock("check", self.say):
            plain.lay_out(commit, tree)
            problems = examine(tree, self.moment.astimezone(CHINA).date())
        base = update.old or plain.head(self.home.settings.branch)
        own = {path for _, path in plain.changed(base, commit)}
        return [problem for problem in problems if problem.severity == "error" or problem.path in own]

    def _report(self, problems: list[Problem], *, refused: bool) -> None:
        order = {"error": 0, "warning": 1, "hint": 2}
        words = {"error": "错误", "warning": "警告", "hint": "提示"}
        problems = sorted(problems, key=lambda one: (order[one.severity], one))
        for problem in problems[:SHOWN_PROBLEMS]:
            self.say(f"{words[problem.severity]} {problem}")
        if len(problems) > SHOWN_PROBLEMS:
            self.say(f"……还有 {len(problems) - SHOWN_PROBLEMS} 处没有列出。")
        if refused:
            errors = sum(problem.severity == "error" for problem in problems)
            self.say(f"有 {errors} 处错误，没有接收，网站保持原样。请照上面的说明改好，再提交、推送一次。")

    # --- rights ---

    def _judge(self, old: str | None, new: str) -> tuple[Verdict, list[Change]]:
        """Judge by the rights that stood before the push; the first push into an empty repository brings them."""
        plain = Repository(self.home.repository)
        changes = list(list_changes(plain, old, new))
        if old is None:
            self.say("这是第一次推送，不检查权限。")
            return Verdict(), changes
        editors = read_editors(plain, old)
        if not editors.editors:
            self.say(f"{EDITORS_FILE} 没有登记任何人，不检查权限。")
            return Verdict(), changes
        repository, owners = open_with_keys(self.home.repository, editors, self.home.work)
        weighty = [change.path for change in changes if change.needs_three]
        deeds = []
        for commit in repository.commits(new, old):
            deed = _describe(commit, repository)
            if deed.reviewed_by or deed.approved_by or deed.forced:
                deed = replace(deed, blobs=repository.blobs(commit.name, weighty))
            deeds.append(replace(deed, actor=find_actor(commit, owners, editors, self.ledger)))
        return judge(deeds, changes, editors), changes

    # --- after ---

    def publish(self, lines: Iterable[str]) -> bool:
        """Publish what entered the branch; tell whether the site is now at least that new."""
        updates = [Update.read(line) for line in lines if line.strip()]
        pushed = next((one for one in updates if one.ref == self.branch and one.new), None)
        if pushed is None:
            return True
        publisher = Publisher(self.home, self.moment, self.say)
        publisher.note(self._describe_push(pushed))
        try:
            publisher.publish_head()
        except CannotPublish as failed:
            self._report(failed.problems, refused=False)
            self.say(f"提交已经收下，但{failed}")
            return False
        return True

    def _describe_push(self, update: Update) -> Publication:
        verdict, changes = self._judge(update.old, str(update.new))
        records = [one for change in changes if (one := _published(change))]
        return Publication(
            at=self.moment,
            commit=str(update.new),
            records=tuple(records[:NAMED]),
            more=max(0, len(records) - NAMED),
            written=tuple(verdict.written),
            reviewed=tuple(verdict.reviewed),
            approved=tuple(verdict.approved),
            forced=verdict.forced,
        )


def read_editors(repository: Repository, commit: str) -> Editors:
    """Return the rights that a commit holds; without the file nobody is registered."""
    text = repository.read(commit, EDITORS_FILE)
    if text is None:
        return Editors()
    source = read_source(Page(text, 1, "", 1), "editors.yml", CONTENT)
    editors = source.validate(Editors) if source.data is not None else None
    if editors is None:  # it passed the gate once; nobody may be let in because it no longer can be read
        raise CannotPublish(f"{EDITORS_FILE} 读不出来，不能判断权限。", source.problems)
    return editors


def _describe(commit: Commit, repository: Repository) -> Deed:
    reasons = [reason for reason in commit.trailers("Force-reason") if len(reason) >= 4]
    return Deed(
        commit.name,
        None,
        tuple(repository.files_of(commit)),
        tuple(commit.trailers("Reviewed-by")),
        tuple(commit.trailers("Approved-by")),
        reasons[0] if reasons else None,
    )


def list_changes(repository: Repository, old: str | None, new: str) -> Iterator[Change]:
    """Yield every file that differs, with the records that it was and is; a record that only moved is no new one."""
    pairs = repository.changed(old, new)
    records = [path for _, path in pairs if path.startswith(f"{CONTENT}/") and path.endswith((".md", ".yml"))]
    before = repository.read_many(old, records) if old else {}
    after = repository.read_many(new, records)
    blobs = repository.blobs(new, records)
    names = {_identity(path): path for letter, path in pairs if letter == "A"}
    gone = {_identity(path): path for letter, path in pairs if letter == "D"}
    for letter, path in pairs:
        source, target = gone.get(_identity(path), path), names.get(_identity(path), path)
        was, now = before.get(source), after.get(target)
        if letter in "AD" and was is not None and was == now:
            yield Change(path, "修改")
            continue
        action = {"A": "发布", "D": "撤下"}.get(letter, "修改")
        yield Change(path, action, read_record(path, was), read_record(path, now), blobs.get(path, ""))  # type: ignore[arg-type]  # the three words of Action


def _identity(path: str) -> tuple[str, str]:
    parts = path.split("/")
    return ("/".join(parts[:2]), parts[-1])


def _published(change: Change) -> Published | None:
    """Return what the log says of a change; None for what is not public and was not."""
    record = change.after or change.before
    if record is None:
        return None
    shown = [one is not None and one.status == "published" for one in (change.before, change.after)]
    if not any(shown):
        return None
    action = "撤下" if not shown[1] else "修改" if shown[0] else "发布"
    return Published(folder=record.folder, id=record.id, action=action)
