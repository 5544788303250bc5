"""deploy/Containerfile is built twice to the same bytes, and the services of deploy/compose.yml serve a county from it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from site_builder.security import list_headers
from tests.conftest import ROOT
from tests.containers import EPOCH, IMAGE, County, Store, copy_untidily
from tests.debian import MIRROR, PATIENCE, copy_checkout
from tests.installed import SITE, STAFF, TRIAL_SETTINGS, apply, post, sign_in
from tests.publishing_desk import write_news

SERVICES = ("repository", "intake", "review", "web")
ERRANDS = ("publish", "forms-purge", "forms-keys", "forms-backup", "content-mirror", "forms-drill")
"""What timers start, in an order in which each finds what it needs."""
TOOLS = ("pip", "pip3", "gcc", "cc", "ld", "as", "make", "debootstrap")

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        os.geteuid() != 0 or None in map(shutil.which, ("buildah", "podman")),
        reason="building images needs root, buildah and podman: run `sudo apt-get install buildah podman runc` first",
    ),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Build the image twice: from a tidy checkout, and from one with another mask, other times and things left behind."""
    folder = tmp_path_factory.mktemp("containers")
    store = Store(folder / "storage")
    store.make_base()
    copy_checkout(folder / "tidy")
    store.build(folder / "tidy", IMAGE)
    store.build(copy_untidily(folder / "tidy", folder / "untidy"), f"{IMAGE}:again")
    yield store
    store.run("podman", "image", "umount", "--all")
    store.run("podman", "rmi", "--all", "--force")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def tree(store: Store) -> Path:
    """Return the files of the image."""
    return Path(store.run("podman", "image", "mount", IMAGE).strip())


@pytest.fixture(scope="module")
def prepared(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[County, str]]:
    """Prepare the folders of a county, and return it with what was said."""
    store.find_runtime()
    root = tmp_path_factory.mktemp("county")
    settings = root / "etc" / "workers-home" / "settings.env"
    settings.parent.mkdir(parents=True)
    settings.write_text((ROOT / "deploy" / "settings.env").read_text("utf-8") + TRIAL_SETTINGS, encoding="utf-8")
    county = County(store, root)
    yield county, county.call("prepare")
    county.close()


@pytest.fixture(scope="module")
def county(prepared: tuple[County, str]) -> County:
    """Start every service and wait until each says that it is well."""
    for service in SERVICES:
        prepared[0].start(service)
        prepared[0].wait_for_health(service)
    return prepared[0]


# --- the image -----------------------------------------------------------------------------------


def list_files(tree: Path) -> dict[str, str]:
    """Return a digest of each file of a tree with its mode, owner and time."""
    found = {}
    for path in sorted(tree.rglob("*")):
        status = path.lstat()
        body = os.readlink(path).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(tree))] = (
            f"{status.st_mode:o} {status.st_uid}:{status.st_gid} {int(status.st_mtime)} {hashlib.sha256(body).hexdigest()}"
        )
    return found


def test_two_builds_give_the_same_layers_and_the_same_image(store: Store, tree: Path) -> None:
    first, second = store.inspect(IMAGE), store.inspect(f"{IMAGE}:again")
    if first["RootFS"] != second["RootFS"]:
        files, others = (
            list_files(tree),
            list_files(Path(store.run("podman", "image", "mount", f"{IMAGE}:again").strip())),
        )
        assert files == others
    assert (first["RootFS"], first["Id"]) == (second["RootFS"], second["Id"])
    assert len(first["RootFS"]["Layers"]) == 2


def test_the_image_runs_as_nobody_in_particular_and_keeps_no_setting_of_the_build(store: Store) -> None:
    told = store.inspect(IMAGE)
    assert told["Config"]["User"] == "980:980"
    assert told["Config"]["Entrypoint"] == ["forms-api"]
    assert "pip" not in str(told["Config"]["Env"]).lower()
    assert MIRROR not in str(told["Config"])


def test_nothing_is_left_of_the_build(tree: Path) -> None:
    folders = [tree / "usr" / "bin", tree / "usr" / "local" / "bin", tree / "opt" / "workers-home" / "bin"]
    assert [tool for tool in TOOLS for folder in folders if (folder / tool).exists()] == []
    for empty in (
        "tmp",
        "var/tmp",
        "var/cache/apt",
        "var/lib/apt/lists",
        "var/cache/ldconfig",
        "root/.cache",
        "run/secrets",
    ):
        assert not (tree / empty).exists() or not any((tree / empty).iterdir()), empty
    assert [path for path in tree.glob("var/log/**/*") if path.is_file() and not path.is_symlink()] == []
    left = [path for name in ("ssh_host_*", "*.dpkg-*", "passwd-", "shadow-") for path in (tree / "etc").rglob(name)]
    assert left == []
    assert not (tree / "src").exists()
    assert [
        path for path in tree.glob("opt/workers-home/**/*") if "left behind" in path.name or path.name == "notes.txt"
    ] == []


def test_no_file_may_raise_its_user_and_none_is_newer_than_the_commit(tree: Path) -> None:
    files = [path for path in tree.rglob("*") if path.is_file() and not path.is_symlink()]
    assert [path for path in files if path.stat().st_mode & 0o6000] == []
    assert {int(path.stat().st_mtime) for path in files if "opt/workers-home" in str(path)} == {EPOCH}


def test_compiled_files_are_not_held_against_times(tree: Path) -> None:
    """Bit 0 of the flags: known by the digest of the source, not its time; bit 1 unset: the source is not even looked at."""
    compiled = [path.read_bytes()[4:8] for path in tree.rglob("*.pyc")]
    assert len(compiled) > 1000
    assert set(compiled) == {b"\x01\0\0\0"}


# --- the services --------------------------------------------------------------------------------


def test_folders_are_prepared_once(prepared: tuple[County, str]) -> None:
    county, said = prepared
    for done in ("建好数据库和密钥", "装上钩子 pre-receive", "生成并发布了网站", "做好备份密钥", "做好试用的证书"):
        assert f"＋ {done}" in said
    assert re.search(r"私钥口令.*：[0-9A-Z]{5}(-[0-9A-Z]{5}){3}", said)
    assert "都已经备好，什么也没有改动。" in county.call("prepare")
    owners = {path: (county.root / path).stat() for path in ("etc/workers-home/secrets", "var/lib/workers-home/review")}
    assert {(status.st_mode & 0o7777, status.st_uid, status.st_gid) for status in owners.values()} == {
        (0o700, 981, 980)
    }


def test_each_service_has_little_to_hold_on_to(county: County) -> None:
    for service in SERVICES:
        status = county.ask(service, "cat", "/proc/1/status")
        assert "NoNewPrivs:\t1" in status
        if service != "web":
            assert "CapBnd:\t0000000000000000" in status
            assert "Uid:\t0\t" not in status
        assert "read-only" in county.ask(service, "sh", "-c", "touch /opt/workers-home/x 2>&1 || true").lower()
    assert county.ask("intake", "sh", "-c", "ls -A /var/lib/workers-home/review 2>&1 || true").startswith(
        "ls: cannot open"
    )
    assert "No such file" in county.ask("intake", "sh", "-c", "ls /etc/workers-home/secrets 2>&1 || true")


def test_the_site_is_served_with_every_header(county: County) -> None:
    answer = county.machine.ask(SITE, "/", Accept_Encoding="br")
    assert (answer.status, answer.header("Content-Encoding")) == (200, ["br"])
    for name, value in list_headers().items():
        assert answer.header(name) == [value], name
    assert county.machine.ask(STAFF, "/login").status == 200


def test_an_application_reaches_the_staff_who_sign_in(prepared: tuple[County, str], county: County) -> None:
    receipt = apply(county.machine)
    (reference,) = re.findall(r'class="ref">([^<]+)<', receipt)
    (code,) = re.findall(r'class="key">([^<]+)<', receipt)
    assert "已提交" in post(county.machine, "/status/", {"reference": reference, "secret": code})[1]
    said = county.ask(
        "review", "forms-api", "staff", "add", "pu", "--name", "蒲燕", "--union", "county", "--duty", "handler"
    )
    (given,) = re.findall(r"[0-9A-Z]{4,5}(?:-[0-9A-Z]{4,5})+", said)
    office = sign_in(county.machine, given)
    (passphrase,) = re.findall(r"私钥口令.*：([0-9A-Z]{5}(?:-[0-9A-Z]{5}){3})", prepared[1])
    office.fill("/unlock", {"passphrase": passphrase, "to": "/cases/"})
    assert reference in office.open_page("/cases/?queue=all")


def list_processes(county: County) -> set[str]:
    """Return the ids of intake's processes, which a reload exchanges."""
    told = county.ask("intake", "sh", "-c", "grep -l '[b]in/forms-api' /proc/[0-9]*/cmdline || true")
    return set(re.findall(r"/proc/(\d+)/cmdline", told))


def test_a_push_is_judged_published_and_taken_up(county: County, tmp_path: Path) -> None:
    """An editor pushes over SSH from another machine; a wrong text is refused, a right one stands on the site."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    known = county.root / "srv/workers-home/.ssh/authorized_keys"
    line = f'restrict,environment="WORKERS_HOME_PUSHER=kangyeqing" {key.with_suffix(".pub").read_text()}'
    known.write_text(known.read_text() + line)
    ssh = f"ssh -i {key} -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR"

    def git(*words: str, fails: bool = False) -> str:
        with county.machine.network():
            done = subprocess.run(
                ["git", "-c", "user.name=康叶青", "-c", "user.email=kangyeqing@yunxi.example", *words],
                env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_SSH_COMMAND": ssh}, text=True, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout
        return done.stdout

    clone = tmp_path / "content"
    git("clone", "--quiet", "ssh://git@127.0.0.1:2222/srv/workers-home/site.git", str(clone))
    news = clone / "content" / "news" / "2026" / "20261118-xin-xiaoxi.md"
    before, pause = list_processes(county), threading.Event()
    for text, wrong in ((write_news("新消息").replace("title", "titel"), True), (write_news("新消息"), False)):
        news.write_text(text, encoding="utf-8")
        git("-C", str(clone), "add", "--all")
        git("-C", str(clone), "commit", "--quiet", "--message", "新消息")
        said = git("-C", str(clone), "push", "origin", "HEAD:main", fails=wrong)
        assert ("20261118-xin-xiaoxi.md:2: " in said) == wrong
    assert "新消息" in county.machine.ask(SITE, "/news/20261118-xin-xiaoxi/").text
    for _ in range(PATIENCE):
        if list_processes(county) - before:
            break
        pause.wait(0.5)
    assert list_processes(county) - before
    assert county.machine.ask(SITE, "/apply/suggestion/").status == 200


def test_every_errand_comes_to_its_end(county: County) -> None:
    for errand in ERRANDS:
        county.call(errand)
    (archive,) = (county.root / "var/backups/workers-home/forms").iterdir()
    assert archive.stat().st_size > 10_000
    assert archive.stat().st_uid == 981
    assert (county.root / "var/backups/workers-home/content.git/HEAD").is_file()
    assert "坏" not in re.sub(r"坏了", "", county.ask("review", "forms-api", "doctor"))


def test_a_stop_waits_for_what_has_begun_and_leaves_no_one_waiting(county: County) -> None:
    for service in reversed(SERVICES):
        begun = time.monotonic()
        assert county.stop(service) == 0, service
        assert time.monotonic() - begun < 35
