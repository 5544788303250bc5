"""The image as buildah builds it, and the services of deploy/compose.yml as podman runs them, for tests of the container.

Storage, folders and network are the test's own: podman's under one folder, the machine's folders of compose.yml under another, and
a network of nothing but itself, in which the services meet as on one machine (compose.yml's ports and names lead there anyway).
"""

from __future__ import annotations

import configparser
import json
import os
import resource
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.debian import MIRROR, PATIENCE, ROOT, Machine, make_tree, read_pip

EPOCH = 1_763_600_000
"""The time that the trial's commit has."""
IMAGE = "localhost/workers-home"
BASE = "localhost/debian:bookworm"
SOURCES = ("debian", "debian-security")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yml").read_text(encoding="utf-8"))
READ = {
    "cap_add", "cap_drop", "command", "entrypoint", "environment", "env_file", "image", "mem_limit", "memswap_limit", "network_mode",
    "pids_limit", "read_only", "security_opt", "stop_signal", "tmpfs", "ulimits", "user", "volumes",
}  # fmt: skip
"""What a trial run heeds of a service."""
UNHEEDED = {"healthcheck", "logging", "ports", "profiles", "pull_policy", "restart", "stop_grace_period"}
"""What decides when a service runs, who reaches it and where its log goes."""


@dataclass
class Store:
    """A place for images and containers."""

    folder: Path
    runtime: str = ""
    driver: str = "overlay"

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        if self._try("podman", "info").returncode != 0:
            self.driver = "vfs"

    def run(self, tool: str, *words: str, where: tuple[str, ...] = ()) -> str:
        """Run buildah or podman and return all it says."""
        done = self._try(tool, *words, where=where)
        assert done.returncode == 0, done.stdout[-4000:]
        return done.stdout

    def _try(self, tool: str, *words: str, where: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        own = [
            "--root",
            str(self.folder / "root"),
            "--runroot",
            str(self.folder / "run"),
            "--storage-driver",
            self.driver,
        ]
        if tool == "podman":
            own += ["--cgroup-manager", "cgroupfs", *(["--runtime", self.runtime] if self.runtime else [])]
        return subprocess.run(
            [*where, tool, *own, *words], text=True, check=False, stdin=subprocess.DEVNULL, timeout=3000,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def make_base(self) -> None:
        """Make a Debian like the one that the registry keeps: a tree of its own, with the package sources where they are expected."""
        tree = make_tree(self.folder / "tree", "ca-certificates")
        shutil.rmtree(tree / "var" / "cache" / "apt")
        shutil.rmtree(tree / "var" / "log")
        packed = self.folder / "debian.tar"
        subprocess.run(["tar", "--create", "--file", str(packed), "--directory", str(tree), "."], check=True)
        self.run("podman", "import", "--quiet", str(packed), BASE)
        shutil.rmtree(tree)
        packed.unlink()

    def build(self, checkout: Path, image: str) -> None:
        """Build the image of a checkout, with this machine's sources of packages."""
        pip = self.folder / "pip.conf"
        settings = configparser.RawConfigParser()
        settings["global"] = read_pip() | {"cert": "/run/secrets/pip-ca"}
        with pip.open("w") as file:
            settings.write(file)
        archives = [
            f"--build-arg={name.replace('-', '_').upper()}={MIRROR.removesuffix('debian')}{name}" for name in SOURCES
        ]
        self.run(
            "buildah", "build", "--isolation=chroot", "--layers=false", f"--timestamp={EPOCH}",
            f"--build-arg=SOURCE_DATE_EPOCH={EPOCH}", f"--build-arg=BASE={BASE}", *archives, f"--secret=id=pip,src={pip}",
            "--secret=id=pip-ca,src=/etc/ssl/certs/ca-certificates.crt", f"--file={checkout / 'deploy' / 'Containerfile'}",
            f"--tag={image}", str(checkout),
        )  # fmt: skip

    def inspect(self, image: str) -> dict[str, Any]:
        """Return what podman knows of an image."""
        told: list[dict[str, Any]] = json.loads(self.run("podman", "image", "inspect", image))
        return told[0]

    def find_runtime(self) -> None:
        """Choose a runtime that can start a container on this machine."""
        for self.runtime in ("crun", "runc"):
            done = self._try("podman", "run", "--rm", "--network=none", *limit_files(), "--entrypoint=true", IMAGE)
            if done.returncode == 0:
                return
        raise AssertionError(done.stdout)


def copy_untidily(checkout: Path, folder: Path) -> Path:
    """Return a copy of a checkout with another mask and other times, and with what work leaves behind."""
    shutil.copytree(checkout, folder, symlinks=True)
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)
            os.utime(path, (1_000_000_000, 1_000_000_000))
    for left in (
        "site_builder/__pycache__/model.cpython-311.pyc",
        "forms_api/.cache",
        "notes.txt",
        "content/.draft.md",
    ):
        (folder / left).parent.mkdir(exist_ok=True)
        (folder / left).write_text("left behind", encoding="utf-8")
    return folder


def limit_files() -> list[str]:
    """Return the options that keep a container under the limits of this process, which podman would raise."""
    files, processes = (resource.getrlimit(which)[1] for which in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC))
    top = [min(limit, 4096) if limit > 0 else 4096 for limit in (files, processes)]
    return [f"--ulimit=nofile={top[0]}:{top[0]}", f"--ulimit=nproc={top[1]}:{top[1]}"]


@dataclass
class County:
    """The services of compose.yml over folders of their own, all in one network that reaches nothing else."""

    store: Store
    root: Path

    def __post_init__(self) -> None:
        self._holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "ip link set lo up; echo up; exec sleep 7200"], stdout=subprocess.PIPE
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"up\n"
        self.machine = Machine(self.root, self._holder.pid)
        self.running: list[str] = []

    def start(self, service: str) -> None:
        """Start a service and leave it running."""
        self.running.append(service)
        self._podman("run", "--detach", f"--name={service}", *self._read(service))

    def call(self, service: str, *more: str) -> str:
        """Run an errand to its end and return what it said."""
        return self._podman("run", "--rm", *self._read(service), *more)

    def ask(self, service: str, *command: str) -> str:
        """Run a command in a running service."""
        return self._podman("exec", service, *command)

    def wait_for_health(self, service: str) -> None:
        """Wait until the service's own check of its health holds."""
        kind, *command = COMPOSE["services"][service]["healthcheck"]["test"]
        assert kind == "CMD"
        pause = threading.Event()
        for _ in range(PATIENCE):
            try:
                self.ask(service, *command)
                return
            except AssertionError:
                pause.wait(0.5)
        raise AssertionError(self._podman("logs", service))

    def stop(self, service: str) -> int:
        """Stop a service as compose does, and return its exit status."""
        grace = COMPOSE["services"][service]["stop_grace_period"].removesuffix("s")
        self._podman("stop", f"--time={grace}", service)
        status = int(self._podman("inspect", "--format={{.State.ExitCode}}", service))
        self._podman("rm", service)
        self.running.remove(service)
        return status

    def close(self) -> None:
        """Stop whatever runs, and the network with it."""
        for service in [*self.running]:
            self._podman("rm", "--force", "--time=5", service)
        self._holder.kill()
        self._holder.wait()
        assert self._holder.stdout is not None
        self._holder.stdout.close()

    def _podman(self, *words: str) -> str:
        return self.store.run("podman", *words, where=("nsenter", f"--net=/proc/{self._holder.pid}/ns/net"))

    def _read(self, name: str) -> list[str]:
        """Return the words by which podman runs a service as compose.yml says."""
        service = COMPOSE["services"][name]
        assert service.keys() <= READ | UNHEEDED
        environ = read_settings(self.machine.read(service["env_file"])) | service.get("environment", {})
        network = "none" if service.get("network_mode") == "none" else "host"
        words = [
            f"--network={network}", *(["--add-host=repository:127.0.0.1"] if network == "host" else []), *limit_files(),
            f"--user={service.get('user', '')}", *(f"--env={key}={value}" for key, value in environ.items()),
            *(["--read-only", "--read-only-tmpfs=false"] if service["read_only"] else []),
            *(f"--cap-{way}={one}" for way in ("drop", "add") for one in service.get(f"cap_{way}", ())),
            *(f"--security-opt={one.replace(':true', '')}" for one in service["security_opt"]),
            *(f"--tmpfs={one}" for one in service["tmpfs"]), *self._mount(service.get("volumes", [])),
            f"--pids-limit={service['pids_limit']}",
            *(f"--{option}={service[key]}" for key, option in (("mem_limit", "memory"), ("memswap_limit", "memory-swap"), ("stop_signal", "stop-signal")) if key in service),
            *(f"--ulimit={key}={value}:{value}" for key, value in service.get("ulimits", {}).items()),
        ]  # fmt: skip
        first, *rest = service.get("entrypoint", ["forms-api"])
        return [*words, f"--entrypoint={first}", IMAGE, *rest, *service.get("command", [])]

    def _mount(self, volumes: list[Any]) -> list[str]:
        words = []
        for volume in volumes:
            if isinstance(volume, str):
                path = self.root / volume.split(":")[0].lstrip("/")
                if not path.exists():
                    path.mkdir(parents=True)
                words.append(f"--volume={self.root}{volume}")
            else:
                words.append(f"--volume={volume['target']}")
        return words


def read_settings(text: str) -> dict[str, str]:
    """Return the settings of a file, as compose reads it."""
    lines = [line.partition("=") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: value.strip('"') for name, _, value in lines}
