"""Publish a commit: lay it out, build it, make a release of it, show it. A failure at any step leaves the live site."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from site_builder.clock import CHINA
from site_builder.content_files import write_setting
from site_builder.publications import FILE as PUBLICATIONS_FILE
from site_builder.publications import SHOWN, Publication, Publications
from site_builder.publishing.examining import CONTENT, Built, CannotPublish, build_site
from site_builder.publishing.home import Home, append_line, read_lines
from site_builder.publishing.repository import GitFailed, Repository
from site_builder.reading.record_text import Page, read_source
from site_builder.reading.yaml_files import load_yaml
from site_builder.releases import Damaged, Release, name_release
from site_builder.withdrawals import FILE as WITHDRAWALS_FILE
from site_builder.withdrawals import Withdrawal, Withdrawals

Say = Callable[[str], None]
Reason = Literal["推送", "手动发布", "定时更新", "退回", "撤稿"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A push that was accepted and is not yet on the site; its file outlives a crash."""

    file: Path
    publication: Publication


class Publisher:
    """Publishes from one home at one moment; `say` gets a line for the person or the log at every step."""

    def __init__(self, home: Home, moment: datetime, say: Say) -> None:
        """Take where, as of when, and whom to tell."""
        self.home, self.moment, self.say = home, moment, say
        self.repository = Repository(home.repository)

    # --- what is recorded beside the releases ---

    @property
    def withdrawals_file(self) -> Path:
        """Return the file of withdrawals, one line each, that every build obeys."""
        return self.home.folder / "withdrawals.jsonl"

    @property
    def journal(self) -> Path:
        """Return the file of publications, one line each."""
        return self.home.folder / "publications.jsonl"

    def withdrawals(self) -> list[Withdrawal]:
        """Return what was withdrawn on this server."""
        return [Withdrawal.model_validate(row) for row in read_lines(self.withdrawals_file)]

    def waiting(self) -> list[Waiting]:
        """Return the pushes that are not on the site yet, the oldest first."""
        found = []
        for file in sorted((self.home.folder / "waiting").glob("*.json")):
            found += [Waiting(file, Publication.model_validate(row)) for row in read_lines(file)]
        return found

    def note(self, publication: Publication) -> None:
        """Put a push on the waiting list, on the disk, before anything is built."""
        folder = self.home.folder / "waiting"
        folder.mkdir(exist_ok=True)
        name = f"{publication.at:%Y%m%dT%H%M%S}-{publication.commit[:12]}-{secrets.token_hex(3)}.json"
        append_line(folder / name, publication.model_dump(mode="json"))

    # --- publishing ---

    def publish_head(self) -> Release | None:
        """Publish the newest commit of the branch, with all that waits; None if another run did so meanwhile."""
        with self.home.lock("publish", self.say):
            waiting = self.waiting()
            head = self.repository.head(self.home.settings.branch)
            if head is None:
                raise CannotPublish(f"仓库里没有 {self.home.settings.branch} 分支。")
            live = self.home.shelf.live()
            if not waiting and live and live.commit == head:
                self.say(f"{head[:8]} 已经和前面的推送一起发布。")
                return None
            return self._publish(head, "推送", waiting)

    def publish(self, commit: str, reason: Reason) -> Release:
        """Publish any commit; what waits is given up, so that the site stays at `commit` until the next push."""
        with self.home.lock("publish", self.say):
            found = self.repository.find_commit(commit)
            if found is None:
                raise CannotPublish(f"仓库里没有“{commit}”这个提交。")
            waiting = self.waiting()
            release = self._publish(found, reason, [one for one in waiting if one.publication.commit == found])
            for one in waiting:
                one.file.unlink(missing_ok=True)
            return release

    def refresh(self) -> Release | None:
        """Build the live commit as of now, or finish what a crash left waiting; None if nothing has changed."""
        with self.home.lock("publish", self.say):
            if waiting := self.waiting():
                head = self.repository.head(self.home.settings.branch)
                return self._publish(head or waiting[-1].publication.commit, "推送", waiting)
            live = self.home.shelf.live()
            if live is None:
                raise CannotPublish("还没有发布过，没有可以更新的网站。")
            if not self.is_due(live):
                return None
            return self._publish(live.commit, "定时更新", [])

    def is_due(self, live: Release) -> bool:
        """Tell whether a day has begun or a publish_at has come since the live site was built, or it was cut since."""
        if live.cut:
            return True
        built = datetime.fromisoformat(live.moment).astimezone(CHINA)
        if built.date() != self.moment.astimezone(CHINA).date() or built > self.moment:
            return True
        lines = self.repository.grep(live.commit, "^publish_at:", CONTENT)
        return any(built < moment <= self.moment for line in lines if (moment := _read_moment(line)))

    def rebuild_live(self, reason: Reason) -> Release:
        """Build the live commit again, whatever the time; the caller holds the lock."""
        live = self.home.shelf.live()
        if live is None:
            raise CannotPublish("还没有发布过。")
        return self._publish(live.commit, reason, [])

    def _publish(self, commit: str, reason: Reason, waiting: list[Waiting]) -> Release:
        try:
            built = self._build(commit, waiting)
        except CannotPublish as failed:
            for one in waiting if not failed.again else ():  # refused content would be refused again
                one.file.unlink(missing_ok=True)
            raise
        try:
            release = self._show(commit, reason, built)
        except (OSError, Damaged) as error:
            raise CannotPublish(f"新版本没有写完，网站保持原样：{error}", again=True) from error
        for one in waiting:
            append_line(self.journal, one.publication.model_dump(mode="json"))
            one.file.unlink(missing_ok=True)
        return release

    def _build(self, commit: str, waiting: list[Waiting]) -> Built:
        self.home.shelf.sweep()
        tree = self.home.work / "tree"
        try:
            self.repository.check_out(commit, tree)
        except GitFailed as error:
            raise CannotPublish(f"取不出提交 {commit[:8]}：{error}", again=True) from error
        self._lay_over(tree / CONTENT, [one.publication for one in waiting])
        self.say(f"正在生成网站（{commit[:8]}）……")
        return build_site(tree, self.home.work / "built", self.moment)

    def _lay_over(self, content: Path, pending: Iterable[Publication]) -> None:
        """Lay what the server knows over the commit's files: its withdrawals, and the newest of its journal."""
        own = content / WITHDRAWALS_FILE
        committed = _read_withdrawals(own) if own.is_file() else Withdrawals()
        write_setting(own, committed.joined(self.withdrawals()))
        known = {one["commit"]: one for one in read_lines(self.journal)}
        known |= {one.commit: one.model_dump(mode="json") for one in pending}
        newest = sorted(map(Publication.model_validate, known.values()), key=lambda one: one.at, reverse=True)
        write_setting(content / PUBLICATIONS_FILE, Publications(publications=tuple(newest[:SHOWN])))

    def _show(self, commit: str, reason: Reason, built: Built) -> Release:
        shelf = self.home.shelf
        now = datetime.now(CHINA)
        planned = Release(
            name_release(now, commit), commit, now.isoformat("T", "seconds"), self.moment.isoformat(), reason
        )
        release = shelf.add(planned, built.folder, built.sums)
        shelf.switch(release.name)
        shelf.prune(self.home.settings.keep)
        self.say(f"已发布：{release.name}。")
        return release


def _read_moment(line: str) -> datetime | None:
    """Return the moment of a line `publish_at: …`, however it is written; a day alone begins at midnight in China."""
    data = load_yaml(line.rstrip()).data
    try:
        moment = datetime.fromisoformat(str(data["publish_at"])) if isinstance(data, dict) else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=CHINA)


def _read_withdrawals(path: Path) -> Withdrawals:
    source = read_source(Page(path.read_text(encoding="utf-8"), 1, "", 1), path.name, CONTENT)
    found = source.validate(Withdrawals) if source.data is not None else None
    if found is None:  # dropping a withdrawal would put back what was taken off
        raise CannotPublish(f"{CONTENT}/{path.name} 读不出来，网站没有更新。", source.problems)
    return found
