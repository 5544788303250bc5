"""A clean Debian 12 for tests of the installation: made by debootstrap, installed in a chroot, booted by systemd-nspawn.

The machine has this machine's package sources and pip settings, nothing else of it; booted, it has no network but its own.
"""

from __future__ import annotations

import configparser
import ctypes
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MIRROR = "http://deb.debian.org/debian"
PATIENCE = 120
CLONE_NEWNET = 0x40000000
BASE = "systemd,systemd-sysv,dbus,ca-certificates"
CLEAN = {"PATH": "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "PIP_DEFAULT_TIMEOUT": "180"}
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "site", "build", ".coverage*"
)


@dataclass
class Machine:
    """A Debian tree: before `boot` commands run in a chroot with the network, afterwards inside of the running system."""

    tree: Path
    leader: int | None = None

    def run(self, *command: str, fails: bool = False, given: str = "") -> str:
        """Run a command as root and return all it says."""
        where = self._enter() if self.leader else self._chroot()
        done = subprocess.run(
            [*where, *command], input=given, env=CLEAN, text=True, check=False, timeout=1200,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout
        return done.stdout

    def install(self, *options: str, fails: bool = False) -> str:
        """Run the script of the checkout that lies in the tree."""
        return self.run("/root/workers-home/deploy/install.sh", *options, fails=fails)

    def read(self, path: str) -> str:
        """Return the text of a file."""
        return (self.tree / path.lstrip("/")).read_text("utf-8")

    def write(self, path: str, text: str) -> None:
        """Write a file, whose mode and owner stay if it is there."""
        (self.tree / path.lstrip("/")).write_text(text, "utf-8")

    def _chroot(self) -> list[str]:
        binds = "".join(f'mkdir -p "$t{path}"; mount --bind "{path}" "$t{path}"; ' for path in _list_local_sources())
        script = f'mount --bind "$t" "$t"; mount -t proc proc "$t/proc"; mount --rbind /dev "$t/dev"; {binds}exec chroot "$t" "$@"'
        return ["unshare", "--mount", "--pid", "--fork", "sh", "-euc", f"t=$1; shift; {script}", "sh", str(self.tree)]

    def _enter(self) -> list[str]:
        return [
            "nsenter",
            "--target",
            str(self.leader),
            "--mount",
            "--uts",
            "--ipc",
            "--net",
            "--pid",
            "--cgroup",
            "--root",
        ]

    @contextmanager
    def boot(self) -> Iterator[None]:
        """Start systemd as the first process of the tree, and power it off at the end."""
        with (self.tree.parent / "boot.log").open("wb") as log:
            head = subprocess.Popen(
                ["systemd-nspawn", "--register=no", "--keep-unit", "--private-network", f"--machine=wh-{os.getpid()}",
                 "--directory", str(self.tree), "--boot"],
                env=os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            self.leader = _wait_for(lambda: _find_child(head.pid))
            _wait_for(lambda: "running" in self._ask_state() or "degraded" in self._ask_state())
            yield
        finally:
            head.terminate()  # which tells the machine to power off
            try:
                head.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                head.kill()
                head.wait(PATIENCE)
            self.leader = None

    def _ask_state(self) -> str:
        asked = [*self._enter(), "systemctl", "is-system-running"]
        return subprocess.run(asked, check=False, capture_output=True, text=True).stdout

    @contextmanager
    def network(self) -> Iterator[None]:
        """Let the sockets that this thread opens belong to the machine's network; threads started meanwhile stay in it."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/thread-self/ns/net") as own, open(f"/proc/{self.leader}/ns/net") as theirs:
            assert libc.setns(theirs.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            try:
                yield
            finally:
                assert libc.setns(own.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())

    def ask(
        self, host: str, path: str, method: str = "GET", body: bytes | None = None, port: int = 443, **headers: str
    ) -> Answer:
        """Ask nginx for a host's page: by TLS, and over plain HTTP at port 80."""
        with self.network():
            connection = _connect(host, port)
            try:
                sent = {name.replace("_", "-"): value for name, value in headers.items()}
                connection.request(method, path, body, {"Host": host, **sent})
                answer = connection.getresponse()
                return Answer(answer, answer.read())
            finally:
                connection.close()

    def fetch(self, port: int, path: str) -> str:
        """Return what one of the services says at a port that nginx does not show."""
        with self.network():
            connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            try:
                connection.request("GET", path)
                return connection.getresponse().read().decode()
            finally:
                connection.close()


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    raw: HTTPResponse
    body: bytes

    @property
    def status(self) -> int:
        """Return the status."""
        return self.raw.status

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode()

    def header(self, name: str) -> list[str]:
        """Return all values of a header."""
        return self.raw.headers.get_all(name) or []


class _Named(HTTPSConnection):
    """A connection to 127.0.0.1 that names its host in the TLS greeting, as a browser does; any certificate will do."""

    named = ""
    context = ssl.create_default_context()

    def connect(self) -> None:
        HTTPConnection.connect(self)
        self.sock = self.context.wrap_socket(self.sock, server_hostname=self.named)


_Named.context.check_hostname = False
_Named.context.verify_mode = ssl.CERT_NONE


def _connect(host: str, port: int) -> HTTPConnection:
    if port == 80:
        return HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection = _Named("127.0.0.1", port, timeout=PATIENCE)
    connection.named = host
    return connection


def make_machine(folder: Path) -> Machine:
    """Return a clean Debian 12 with this checkout in /root/workers-home."""
    tree = make_tree(folder / "debian", BASE, "systemd-container")
    _lend_sources(tree)
    copy_checkout(tree / "root" / "workers-home")
    return Machine(tree)


def make_tree(tree: Path, packages: str, *tools: str) -> Path:
    """Return the tree of a minimal Debian 12 with some packages; makes sure that this machine has the tools for it."""
    subprocess.run([str(ROOT / "requirements" / "system.sh"), "debootstrap", *tools], check=True)
    command = ["debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", str(tree), MIRROR]
    done = subprocess.run(
        command, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=1200
    )
    assert done.returncode == 0, done.stdout[-2000:]
    return tree


def copy_checkout(folder: Path) -> None:
    """Copy this checkout without what was made in it."""
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT, symlinks=True)


def _lend_sources(tree: Path) -> None:
    """Give a tree the package sources, certificates and pip settings of this machine."""
    for path in ("etc/apt/sources.list", "etc/apt/sources.list.d/debian.sources", "etc/resolv.conf"):
        if Path("/", path).is_file():
            shutil.copyfile(Path("/", path), tree / path)
        elif "resolv" not in path:
            (tree / path).unlink(missing_ok=True)
    shutil.copyfile("/etc/ssl/certs/ca-certificates.crt", tree / "etc/ssl/certs/ca-certificates.crt")
    settings = configparser.RawConfigParser()
    settings["global"] = read_pip()
    with (tree / "etc/pip.conf").open("w") as file:
        settings.write(file)


def read_pip() -> dict[str, str]:
    """Return the settings by which this machine's pip finds packages."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.findall(r"^(?:global|:env:)\.([a-z-]+)='(.*)'$", told, re.MULTILINE)
    return {name: value.replace("\\n", " ") for name, value in found if name not in ("require-virtualenv", "cache-dir")}


def _list_local_sources() -> list[str]:
    """Return the folders of this machine that its pip settings name; an index stands beside the files that it lists."""
    words = " ".join(read_pip().values()).split()
    folders = {Path(word) for word in words if word.startswith("/") and Path(word).is_dir()}
    folders |= {Path(word.removeprefix("file://")).parent for word in words if word.startswith("file:///")}
    return sorted(map(str, folders))


def _find_child(pid: int) -> int | None:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = children.read_text().split() if children.exists() else []
    return int(found[0]) if found and (Path("/proc") / found[0] / "comm").read_text().strip() == "systemd" else None


def _wait_for(find: Callable[[], Any]) -> Any:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := find():
            return found
        time.sleep(0.1)
    raise AssertionError("the machine did not come up")
