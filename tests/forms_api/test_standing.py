"""What those who look after the service are shown: each fault by itself, what cannot be seen as unseen, and nothing of a person."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from forms_api import findings, standing
from forms_api.arrivals import take_in
from forms_api.config import Settings
from forms_api.content_clone import ContentClone
from forms_api.forms_bundle import read_bundle
from forms_api.receiving import Intake, Limits
from forms_api.standing import ELSEWHERE, GROUPS, OWN, Pace, Row, Watch, list_rows, list_versions, open_watch
from forms_api.storage.sqlite import SqliteStore
from forms_api.vault import Locked
from tests.forms_api.desk import START
from tests.forms_api.front_desk import PASSPHRASE, FrontDesk, open_front_desk
from tests.forms_api.office_desk import OfficeDesk
from tests.forms_api.test_findings import WELL, answering

PACE = Pace(START - timedelta(hours=9), START - timedelta(seconds=20), None, START.date(), tells=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, bundle_folder: Path) -> Iterator[FrontDesk]:
    desk = open_front_desk(tmp_path_factory.mktemp("standing"), read_bundle(bundle_folder))
    yield desk
    desk.review.store.close()


@pytest.fixture
def watch(made: FrontDesk, bundle_folder: Path, tmp_path: Path) -> Watch:
    """Return a service at nine in the morning, its key unlocked, its content in a repository."""
    made.review.vault.unlock(PASSPHRASE)
    made.now = START
    review = replace(made.review, clone=ContentClone(tmp_path / "content", str(make_remote(tmp_path)), ("true",)))
    certificates = (Path("/etc/ssl/site.crt"),)
    settings = Settings(made.folder, bundle_folder, free_megabytes=1, certificates=certificates)
    watch = open_watch(review, settings, PACE)
    return replace(watch, subject=replace(watch.subject, ask=answering(dict(WELL))))


def make_remote(folder: Path) -> Path:
    """Return a bare repository with one commit."""
    remote, work = folder / "remote.git", folder / "work"
    git("init", "--quiet", "--bare", "--initial-branch=main", str(remote))
    git("clone", "--quiet", str(remote), str(work))
    push(work)
    return remote


def push(work: Path) -> None:
    name = ("-c", "user.name=a", "-c", "user.email=a@localhost")
    git("-C", str(work), *name, "commit", "--quiet", "--allow-empty", "--message", "a")
    git("-C", str(work), "push", "--quiet", "origin", "HEAD:main")


def git(*words: str) -> None:
    subprocess.run(["git", *words], check=True, capture_output=True)


def look(watch: Watch, name: str) -> Row:
    """Return how one thing stands; every fault says what to do, and what is well asks for nothing."""
    row = next(row for rows in list_rows(watch).values() for row in rows if row.name == name)
    assert all(one.words.endswith("。") and one.remedy.endswith("。") for one in row.faults)
    return row


def test_everything_that_doctor_looks_at_has_a_place(watch: Watch) -> None:
    shown = [name for names in GROUPS.values() for name in names]
    assert sorted([*shown, *ELSEWHERE, "unlocked"]) == sorted([*OWN, *findings.CHECKS])
    assert [row.name for rows in list_rows(watch).values() for row in rows] == shown


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("vault", "已经解锁。"), ("rounds", "上一轮 08:59 走完。"), ("arrivals", "没有等着收进收件箱的。"),
        ("cases", "没有快到期的。"), ("outbox", "没有等着发的。"), ("lists", "还没有发布过公示。"),
        ("digest", "今天的已经看过，有要说的也发了。"), ("store", "SQLite，读写都行。"), ("clock", "和时间服务器对得上。"),
        ("timers", "备份：上一次 11月20日 03:30。"),
    ],
)  # fmt: skip
def test_what_is_well_says_how_it_stands(watch: Watch, name: str, fact: str) -> None:
    row = look(watch, name)
    assert (row.level, row.faults) == ("good", ())
    assert fact in row.facts


def pace(watch: Watch, **changed: object) -> Watch:
    return replace(watch, pace=replace(PACE, **changed))  # type: ignore[arg-type]  # by name


def lock(watch: Watch) -> Watch:
    watch.review.vault.lock()
    return watch


def lose(watch: Watch) -> Watch:
    gone = SqliteStore(watch.subject.settings.folder.database)
    gone.close()
    return replace(watch, subject=replace(watch.subject, store=gone))


def move(watch: Watch) -> Watch:
    settings = replace(watch.subject.settings, data=Path("/nowhere"))
    return replace(watch, subject=replace(watch.subject, settings=settings))


def unreach(watch: Watch) -> Watch:
    assert watch.review.clone
    shutil.rmtree(watch.review.clone.remote)
    return watch


@pytest.mark.parametrize(
    ("name", "level", "words", "spoil"),
    [
        ("vault", "note", "私钥还锁着", lock),
        ("rounds", "unseen", "没有后台", lambda w: replace(w, pace=None)),
        ("rounds", "bad", "9 分钟没有走完一轮", lambda w: pace(w, went=START - timedelta(minutes=9))),
        ("rounds", "bad", "540 分钟没有走完一轮", lambda w: pace(w, went=None)),
        ("lists", "bad", "11月20日 08:55 更新网站上的公示名单没有成功", lambda w: pace(w, lists_failed=START - timedelta(minutes=5))),
        ("lists", "bad", "连不上内容仓库", unreach),
        ("lists", "note", "没有接内容仓库", lambda w: replace(w, review=replace(w.review, clone=None))),
        ("digest", "unseen", "没有后台", lambda w: replace(w, pace=None)),
        ("digest", "note", "没有设每天的提醒", lambda w: pace(w, tells=False)),
        ("digest", "note", "还没有发出去", lambda w: pace(w, digest_day=None)),
        ("store", "bad", "读写不了", lose),
        ("arrivals", "unseen", "没有看成（StoreBroken）", lose),
        ("files", "bad", "用不了", move),
        ("timers", "unseen", "问不到 systemd", lambda w: replace(w, subject=replace(w.subject, ask=lambda _: None))),
        ("backup", "bad", "从来没有备份过", lambda w: w),
    ],
)  # fmt: skip
def test_what_is_not_well_is_said_with_what_to_do(
    watch: Watch, name: str, level: str, words: str, spoil: Callable[[Watch], Watch]
) -> None:
    row = look(spoil(watch), name)
    assert row.level == level
    assert [one for one in row.faults if one.level == level and words in one.words], row.faults


def test_just_started_and_before_the_hour_nothing_is_missed(watch: Watch) -> None:
    fresh = pace(watch, begun=START - timedelta(seconds=9), went=None)
    assert look(fresh, "rounds").facts == ("刚启动，第一轮还没有走完。",)
    early = pace(watch, digest_day=None)
    early = replace(early, subject=replace(early.subject, now=START.replace(hour=7)))
    assert look(early, "digest").facts == ("每天 8 点以后发。",)


def test_a_clone_that_others_overtook_is_no_fault(watch: Watch, tmp_path: Path) -> None:
    clone = watch.review.clone
    assert clone
    assert clone.is_behind() is None
    assert clone.read("nothing") is None
    assert "内容副本和仓库一样新。" in look(watch, "lists").facts
    push(tmp_path / "work")
    assert look(watch, "lists").facts[-1] == "别人推送过，内容副本旧了，下一次发布前会自己跟上。"


def test_what_arrives_waits_for_the_key_and_is_late_after_a_while(made: FrontDesk, watch: Watch) -> None:
    office = made.review.office
    intake = Intake(
        office.store, made.review.intake_keys, office.sealer, office.clock, limits=Limits(per_address=10**6)
    )
    worker = OfficeDesk(office, intake, made.folder / "files", made.now)
    made.review.vault.lock()
    with pytest.raises(Locked):
        worker.apply_for("membership")
    now = watch.subject.now
    for locked, hours, level, words in (
        (False, 0, "good", "有 1 份等着收进收件箱，最早的等了 0 分钟。"),
        (True, 3, "note", "有 1 份等着收进收件箱，最早的等了 3 小时。"),
        (False, 50, "bad", "有 1 份等着收进收件箱，最早的等了 2 天。"),
    ):
        later = replace(watch, subject=replace(watch.subject, now=now + timedelta(hours=hours)))
        if locked:
            lock(later)
        else:
            later.review.vault.unlock(PASSPHRASE)
        row = look(later, "arrivals")
        assert (row.level, (*row.facts, *(one.words for one in row.faults))) == (level, (words,))
    take_in(office)
    assert look(watch, "arrivals").level == "good"
    assert look(watch, "cases").faults[0].words == "有 1 份申请还没有分派。"
    made.now += timedelta(days=90)
    try:
        late = replace(watch, subject=replace(watch.subject, now=made.now))
        assert look(late, "cases").faults[0].words == "有 1 份申请已经超期。"
    finally:
        made.now = START


def test_versions_are_told(watch: Watch) -> None:
    told = dict(list_versions(watch))
    assert set(told) == {"程序", "Python", "数据库结构", "表单"}
    assert told["数据库结构"].startswith(f"第 {len(standing.MIGRATIONS)} 版")
