"""Each thing that `doctor` looks at is broken, one at a time, and is named with what to do."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from forms_api import custody, errands, findings
from forms_api.config import Settings
from forms_api.definitions import CHINA
from forms_api.environment import Bucket
from forms_api.findings import CHECKS, Subject
from forms_api.model import SYSTEM, NewEvent
from forms_api.storage.sqlite import SqliteStore
from tests.forms_api.desk import open_desk

PASSPHRASE = "correct horse battery staple"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
ME = pwd.getpwuid(os.geteuid()).pw_name


def tell_units(timers: str = "active", ended: str = "@1795116600", services: str = "inactive") -> str:
    """Return what systemctl tells of all timers and of what they start."""
    blocks = []
    for name in errands.LABELS:
        blocks.append(f"Id={name}.timer\nActiveState={timers}")
        blocks.append(f"ExecMainExitTimestamp={ended}\nId={name}.service\nActiveState={services}")
    return "\n\n".join(blocks) + "\n"


WELL = {
    "timedatectl": "yes\n",
    "openssl": "notAfter=Feb  3 00:00:00 2027 GMT\n",
    "systemctl show": tell_units(),
    "systemctl list-units": "",
    "figures": "forms_vault_open 1.0\n",
}


def answering(told: dict[str, str | None]) -> Callable[[list[str]], str | None]:
    """Return a system whose programs say what is told."""

    def ask(command: list[str]) -> str | None:
        return told.get(" ".join(command[:2]), told.get(command[0]))

    return ask


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, bundle_folder: Path) -> Path:
    """Make an installation in which all is well."""
    root = tmp_path_factory.mktemp("well")
    settings = Settings(root / "data", root / "bundle")
    custody.prepare_folder(settings.folder)
    store = SqliteStore(settings.folder.database)
    custody.make_keys(settings.folder, store, PASSPHRASE, NOW, (1, 8192))
    store.append_event(NewEvent("key_drilled", NOW, SYSTEM, {"fingerprint": "f", "result": "opened"}))
    store.append_event(NewEvent("backed_up", NOW, SYSTEM, {"digest": "0" * 64}))
    store.append_event(NewEvent("backup_drilled", NOW, SYSTEM, {"digest": "0" * 64, "result": "passed"}))
    store.close()
    for path in (settings.data, settings.folder.database):
        path.chmod(0o770)
    shutil.copytree(bundle_folder, settings.bundle)
    hooks = root / "home" / "site.git" / "hooks"
    hooks.mkdir(parents=True)
    for name in findings.HOOKS:
        shutil.copy(Path(__file__).parents[2] / "deploy" / "hooks" / name, hooks)
    return root


@pytest.fixture
def subject(made: Path, tmp_path: Path) -> Subject:
    """Return an installation of the test's own."""
    root = Path(shutil.copytree(made, tmp_path / "own"))
    settings = Settings(root / "data", root / "bundle", free_megabytes=1)
    store = SqliteStore(settings.folder.database)
    told = dict(WELL)
    return Subject(
        settings, store, NOW + timedelta(hours=1), answering(told), lambda _: told["figures"], root / "home",
        (Path("/etc/ssl/site.crt"),), owners=(ME, ME), measure_skew=lambda _: 0.2,
    )  # fmt: skip


def find(subject: Subject, name: str) -> list[tuple[str, str]]:
    """Return level and words of what a check found; every finding says what to do."""
    found = list(CHECKS[name][1](subject))
    faults = [one for one in found if one.level != "good"]
    assert all(one.words.endswith("。") or "：" in one.words for one in found)
    assert all(one.remedy.endswith("。") for one in faults)
    assert all(not one.remedy for one in found if one not in faults)
    return [(one.level, one.words) for one in faults]


def tell(subject: Subject, **told: str | None) -> Subject:
    """Return the same installation on a system that says something else."""
    words = {name.replace("_", " ", 1).replace("_", "-"): value for name, value in told.items()}
    return replace(subject, ask=answering(WELL | words), fetch=lambda _: (WELL | words)["figures"])


def note(subject: Subject, kind: str, days: int, **data: str) -> None:
    subject.store.append_event(NewEvent(kind, NOW - timedelta(days=days), SYSTEM, data))


def test_where_all_is_well_nothing_is_found(subject: Subject) -> None:
    assert {name: found for name in CHECKS if (found := find(subject, name))} == {}
    told = {name: [one.words for one in found] for name, _, found in findings.examine(subject)}
    assert told["backup"] == ["上一次备份 11月20日 09:00。", "上一次试着恢复 11月20日 09:00，通过。"]
    assert told["certificates"] == ["site.crt 还有 74 天。"]
    assert told["timers"][0] == "生成网站：上一次 11月20日 03:30。"


Break = Callable[[Subject], "Subject | None"]


def spoil_database(subject: Subject) -> None:
    with subject.settings.folder.database.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 4)


def leave_wal(subject: Subject) -> None:
    subject.store.close()
    with closing(sqlite3.connect(subject.settings.folder.database)) as connection:
        connection.execute("pragma journal_mode = delete")


def forge_event(subject: Subject) -> None:
    with closing(sqlite3.connect(subject.settings.folder.database)) as connection:
        assert connection.execute("update event set kind = 'logged_out' where seq = 2").rowcount
        connection.commit()


def age_bundle(subject: Subject) -> None:
    path = subject.settings.bundle / "bundle.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"built": "2026-11-10T00:00:20+08:00"}))


def name_secret(subject: Subject, name: str, mode: int | None = 0o600) -> Subject:
    path = subject.settings.data.parent / "secret"
    if mode is not None:
        path.touch()
        path.chmod(mode)
    return replace(subject, settings=replace(subject.settings, secrets=((name, path),)))


def replace_folder(path: Path) -> None:
    path.rmdir()
    path.write_text("no folder")


def hook(subject: Subject) -> Path:
    assert subject.site_home
    return subject.site_home / "site.git" / "hooks" / "pre-receive"


@pytest.mark.parametrize(
    ("name", "level", "words", "spoil"),
    [
        ("keys", "bad", "读不出来或已损坏", lambda s: s.settings.folder.public_key.write_text("{}")),
        ("keys", "bad", "没有和公钥", lambda s: next(s.settings.folder.review.glob("private-*")).unlink()),
        ("keys", "bad", "受理启动不了", lambda s: s.settings.folder.intake_key.unlink()),
        ("keys", "bad", "别的用户也能读", lambda s: s.settings.folder.staff_key.chmod(0o644)),
        ("drill", "note", "40 天没有演练", lambda s: note(s, "key_drilled", 40, fingerprint="f", result="opened")),
        ("drill", "bad", "没有通过", lambda s: note(s, "key_drilled", 0, fingerprint="f", result="failed")),
        ("permissions", "bad", "不该动它的用户也动得了", lambda s: s.settings.data.chmod(0o777)),
        ("permissions", "bad", "不该动它的用户也动得了", lambda s: s.settings.folder.intake_key.chmod(0o644)),
        ("permissions", "bad", "不该动它的用户也动得了", lambda s: s.settings.folder.review.chmod(0o750)),
        ("permissions", "bad", "属主不是 nobody", lambda s: replace(s, owners=("nobody", "nobody"))),
        ("files", "bad", "用不了", lambda s: replace_folder(s.settings.folder.files)),
        ("clock", "bad", "钟慢了", lambda s: replace(s, now=NOW - timedelta(days=1))),
        ("clock", "note", "没有和时间服务器对上", lambda s: tell(s, timedatectl="no\n")),
        ("clock", "note", "没有和时间服务器对上", lambda s: tell(s, timedatectl=None, chronyc="Leap status     : Not synchronised\n")),
        ("clock", "unseen", "看不出时间准不准", lambda s: tell(s, timedatectl=None)),
        ("site_clock", "note", "比网站 https://gonghui.yunxi.example 的慢 50 秒", lambda s: replace(s, measure_skew=lambda _: 50.0)),
        ("site_clock", "note", "快 3600 秒", lambda s: replace(s, measure_skew=lambda _: -3600.0)),
        ("site_clock", "unseen", "连不上网站", lambda s: replace(s, measure_skew=lambda _: None)),
        ("site_clock", "unseen", "不知道网站的地址", lambda s: (s.settings.bundle / "bundle.json").unlink()),
        ("secrets", "bad", "别的用户也读得到", lambda s: name_secret(s, "FORMS_CONTENT_KEY", 0o640)),
        ("secrets", "bad", "别的用户也读得到", lambda s: name_secret(s, "TLS_KEY", 0o604)),
        ("secrets", "bad", "属主不是 nobody", lambda s: replace(name_secret(s, "FORMS_CONTENT_KEY"), owners=("nobody", "nobody"))),
        ("secrets", "bad", "不在", lambda s: name_secret(s, "FORMS_BACKUP_KEY_FILE", None)),
        ("disk", "bad", "已经停止受理", lambda s: replace(s, settings=replace(s.settings, free_megabytes=10**9))),
        ("database", "bad", "数据库损坏", spoil_database),
        ("database", "bad", "不是先写日志", leave_wal),
        ("chain", "bad", "第 2 条", forge_event),
        ("open", "note", "由人停掉", lambda s: s.settings.folder.stop.touch()),
        ("bundle", "bad", "没有可用的表单资料", lambda s: (s.settings.bundle / "bundle.json").unlink()),
        ("bundle", "note", "10 天前生成", age_bundle),
        ("certificates", "note", "还有 4 天到期", lambda s: tell(s, openssl="notAfter=Nov 24 09:00:00 2026 GMT\n")),
        ("certificates", "bad", "已经过期", lambda s: tell(s, openssl="notAfter=Nov  1 09:00:00 2026 GMT\n")),
        ("certificates", "bad", "读不出证书", lambda s: tell(s, openssl=None)),
        ("certificates", "note", "自制的证书", lambda s: replace(s, certificates=(Path("self-signed.crt"),))),
        ("certificates", "unseen", "不知道网站用的是哪张", lambda s: replace(s, certificates=())),
        ("hooks", "bad", "没有钩子", lambda s: hook(s).unlink()),
        ("hooks", "bad", "不能执行", lambda s: hook(s).chmod(0o644)),
        ("hooks", "bad", "和程序自带的不一样", lambda s: hook(s).write_text("#!/bin/sh\nexit 0\n")),
        ("timers", "bad", "publish.timer 没有在运行", lambda s: tell(s, systemctl_show=tell_units("inactive"))),
        ("timers", "bad", "forms-purge.service 失败了", lambda s: tell(s, systemctl_list_units="forms-purge.service loaded failed\n")),
        ("timers", "unseen", "问不到 systemd", lambda s: tell(s, systemctl_show=None)),
        ("backup", "bad", "9 天前", lambda s: note(s, "backed_up", 9, digest="0" * 64)),
        ("backup", "bad", "演练没有通过", lambda s: note(s, "backup_drilled", 0, digest="0", result="failed")),
        ("backup", "note", "20 天没有试着恢复", lambda s: note(s, "backup_drilled", 20, digest="0", result="passed")),
        ("unlocked", "note", "还锁着", lambda s: tell(s, figures="forms_vault_open 0.0\n")),
        ("unlocked", "unseen", "问不到受理台", lambda s: tell(s, figures=None)),
    ],
)  # fmt: skip
def test_what_is_broken_is_named(subject: Subject, name: str, level: str, words: str, spoil: Break) -> None:
    spoiled = spoil(subject)
    found = find(spoiled if isinstance(spoiled, Subject) else subject, name)
    assert [one for one in found if one[0] == level and words in one[1]], found


def test_what_never_happened_is_named(tmp_path: Path, subject: Subject) -> None:
    settings = Settings(tmp_path / "new", tmp_path / "none")
    custody.prepare_folder(settings.folder)
    new = replace(subject, settings=settings, store=SqliteStore(settings.folder.database))
    assert find(new, "drill") == [("note", "私钥从来没有演练过。")]
    assert find(new, "backup") == [("bad", "从来没有备份过。"), ("note", "备份从来没有试着恢复过。")]


def test_what_is_not_on_this_machine_is_not_asked_for(subject: Subject) -> None:
    assert find(replace(subject, site_home=None), "hooks") == []
    elsewhere = replace(subject.settings, store="postgresql://forms@db.yunxi.example/forms")
    assert find(replace(subject, settings=elsewhere), "database") == []
    assert find(replace(subject, owners=("no-such-user", "no-such-user")), "permissions") == []
    assert find(name_secret(subject, "FORMS_CONTENT_KEY"), "secrets") == []


def test_what_did_not_run_since_the_machine_started_is_said(subject: Subject) -> None:
    for ended in ("", "@0", "n/a"):
        found = CHECKS["timers"][1](tell(subject, systemctl_show=tell_units(ended=ended)))
        assert {one.words.partition("：")[2] for one in found} == {"开机以后还没有轮到。"}
    busy = CHECKS["timers"][1](tell(subject, systemctl_show=tell_units(ended="", services="activating")))
    assert {one.words.partition("：")[2] for one in busy} == {"正在做。"}
    unknown = tell(subject, systemctl_show="")
    assert len(find(unknown, "timers")) == len(errands.LABELS)


def test_a_folder_that_only_root_may_enter_keeps_a_key(subject: Subject, tmp_path: Path) -> None:
    class Kept(type(tmp_path)):  # type: ignore[misc]  # the class of paths of this system
        """Lies where this user may not look."""

        def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
            raise PermissionError

    for name, found in (("TLS_KEY", []), ("FORMS_DIGEST_FILE", ["FORMS_DIGEST_FILE 指的 /kept 读不到。"])):
        kept = replace(subject, settings=replace(subject.settings, secrets=((name, Kept("/kept")),)))
        assert [words for _, words in find(kept, "secrets")] == found


def test_messages_that_do_not_get_through(subject: Subject) -> None:
    class Store:
        """Says how the outbox stands, as a store does."""

        def list_stuck(self) -> list[str]:
            return ["m1", "m2"]

        def count_waiting(self) -> tuple[int, datetime]:
            return 3, NOW - timedelta(hours=9)

    waiting = replace(subject, store=Store())  # type: ignore[arg-type]  # the two questions that the check asks
    told = [words for _, words in find(waiting, "outbox")]
    assert told == ["有 2 条消息多次发不出去。", "最早的一条消息已经等了 10 小时。"]


def test_a_place_of_files_that_is_out_of_reach_is_named(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Bucket("yunxi", "forms", "http://127.0.0.1:1", key_id="k", secret="s")
    away = replace(subject, settings=replace(subject.settings, files=nowhere))
    ((level, words),) = find(away, "files")
    assert (level, "s3://yunxi/forms 用不了" in words) == ("bad", True)
    monkeypatch.setitem(sys.modules, "forms_api.storage.objects", None)
    assert find(away, "files") == [("bad", "没有装连接对象存储的程序包。")]


def test_files_that_are_registered_and_not_there_are_named(subject: Subject, tmp_path: Path) -> None:
    desk = open_desk(tmp_path)
    with closing(desk.intake.store) as store:
        desk.receive(files=(desk.upload(), desk.upload()))
        ((level, words),) = find(replace(subject, store=store), "files")
    assert level == "bad"
    assert re.search("没有登记过的文件 [0-9a-f]+ 等 2 个", words)
