"""What deploy/compose.yml and deploy/Containerfile name is there: commands, settings, users, ports, folders, timers."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from forms_api.__main__ import main as forms_main
from site_builder.__main__ import main as site_main
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
PROGRAM = "/opt/workers-home/"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ERRANDS = {name for name, service in SERVICES.items() if service.get("profiles")} - {"prepare"}
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
HIDDEN = ("/etc/workers-home/empty", "/var/lib/workers-home/review", False)
"""An empty folder in the place of the private keys."""
every_service = pytest.mark.parametrize("name", SERVICES)


def list_words(name: str) -> list[str]:
    """Return the command line of a service, the image's own entry point included."""
    service = SERVICES[name]
    return [*service.get("entrypoint", ["forms-api"]), *service.get("command", [])]


def parse(program: str, *words: str) -> dict[str, Any]:
    """Return the options of a command line as the program's own parser reads them, without running anything."""
    command: click.Command = {"forms-api": forms_main, "site-builder": site_main}[program]
    left = [*words]
    while isinstance(command, click.Group):
        command = command.commands[left.pop(0)]
    options, more, _ = command.make_parser(click.Context(command)).parse_args(left)
    assert more == []
    return options


def list_folders(name: str) -> list[tuple[str, str, bool]]:
    """Return the folders of the machine that a service sees: there, in the container, whether it may write."""
    named = [volume.split(":") for volume in SERVICES[name].get("volumes", []) if isinstance(volume, str)]
    assert all(len(parts) == 2 or parts[2:] == ["ro"] for parts in named)
    return [(parts[0], parts[1], len(parts) == 2) for parts in named]


def read_user(name: str) -> str:
    return str(SERVICES[name].get("user", "")).partition(":")[0]


# --- commands ------------------------------------------------------------------------------------


@every_service
def test_a_service_runs_what_there_is(name: str) -> None:
    first, *words = list_words(name)
    if first.startswith(PROGRAM):
        script = DEPLOY.parent / first.removeprefix(PROGRAM)
        assert script.stat().st_mode & 0o111
        if not words:
            return
        first, *words = words
    if first == "/usr/sbin/sshd":
        assert (ROOT / words[-1].removeprefix(PROGRAM)).is_file()
    else:
        parse(first, *words)


@pytest.mark.parametrize("words", [["purge", "--nothing"], ["no-such-command"], ["purge", "more"]])
def test_the_parser_refuses_what_there_is_not(words: list[str]) -> None:
    with pytest.raises((click.UsageError, KeyError, AssertionError)):
        parse("forms-api", *words)


def test_errands_are_those_of_the_timers_with_their_commands_and_users() -> None:
    timers = {path.stem for path in (DEPLOY / "systemd").glob("*.timer")}
    assert timers == ERRANDS
    for name in timers:
        unit = (DEPLOY / "systemd" / f"{name}.service").read_text(encoding="utf-8")
        (started,) = re.findall(rf"^ExecStart={PROGRAM}bin/(.+)$", unit, re.MULTILINE)
        assert list_words(name) == shlex.split(started)
        assert re.findall(r"^User=(.+)$", unit, re.MULTILINE) == [read_user(name)]
    errand = (DEPLOY / "container" / "errand.service").read_text(encoding="utf-8")
    assert re.search(r"^ExecStart=/usr/bin/docker compose --file \S+ run --rm -T %N$", errand, re.MULTILINE)


# --- what they may -------------------------------------------------------------------------------


@every_service
def test_a_service_has_little_to_hold_on_to(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert (read_user(name) == "0") == (name in ("prepare", "web"))
    assert bool(service.get("cap_add")) == (name in ("prepare", "web"))
    # Never from a registry, where somebody else may have taken the name.
    assert (service["image"], service["pull_policy"]) == ("localhost/workers-home", "never")


@every_service
def test_a_service_sees_its_part_of_the_machine_at_the_same_places(name: str) -> None:
    folders = set(
        re.findall(r"^(?:etc|data|home|acme|logs)=(/\S+)$", (DEPLOY / "setup.sh").read_text("utf-8"), re.MULTILINE)
    )
    folders |= {"/var/backups/workers-home", "/etc/workers-home/settings.env", "/etc/workers-home/tls", HIDDEN[0]}
    seen = list_folders(name)
    assert seen
    assert {there for there, _, _ in seen} <= folders
    assert {one for one in seen if one[0] != one[1]} <= {HIDDEN}
    written = {there for there, _, writes in seen if writes}
    if name != "prepare":
        assert "/etc/workers-home" not in written
        # What is published belongs to the one user that publishes.
        assert ("/srv/workers-home" in written) == (read_user(name) == "git")


def test_private_keys_and_secrets_are_not_where_requests_come_in() -> None:
    for name in ("intake", "web", "repository"):
        assert not any(
            there in ("/etc/workers-home", "/etc/workers-home/secrets") for there, _, _ in list_folders(name)
        )
    assert HIDDEN in list_folders("intake")
    assert "own $etc/empty 0 root:root" in (DEPLOY / "container" / "prepare.sh").read_text("utf-8")
    for name in ("web", "repository"):
        assert not any(there == "/var/lib/workers-home" for there, _, _ in list_folders(name))
    empty = {key for key, value in SERVICES["intake"]["environment"].items() if value == ""}
    unit = (DEPLOY / "systemd" / "forms-intake.service").read_text(encoding="utf-8")
    assert empty == set(re.findall(r"^UnsetEnvironment=(.+)$", unit, re.MULTILINE)[0].split())


@every_service
def test_a_service_is_told_settings_that_there_are(name: str) -> None:
    assert SERVICES[name]["env_file"] == "/etc/workers-home/settings.env"
    known = set(re.findall(r"^(?:# )?([A-Z_0-9]+)=", (DEPLOY / "settings.env").read_text("utf-8"), re.MULTILINE))
    assert SERVICES[name].get("environment", {}).keys() <= known | {"TMPDIR"}


# --- ports ---------------------------------------------------------------------------------------


def list_ports(name: str) -> dict[str, str]:
    """Return the ports of a service: in the container, and the address at which the machine has them."""
    return {port.rpartition(":")[2]: port.rpartition(":")[0] for port in SERVICES[name].get("ports", [])}


@pytest.mark.parametrize("name", ["intake", "review"])
def test_the_apps_are_reached_from_the_machine_alone_where_nginx_asks_for_them(name: str) -> None:
    words = list_words(name)
    options = parse(*words[words.index("forms-api") :])
    bound = [str(value).rpartition(":")[2] for value in options.values() if str(value).startswith("0.0.0.0:")]
    assert list_ports(name) == {port: f"127.0.0.1:{port}" for port in bound}
    assert len(bound) == 2
    nginx = (DEPLOY / "nginx" / "workers-home.conf").read_text(encoding="utf-8")
    asked = re.findall(rf"upstream workers_home_{name} {{ server 127\.0\.0\.1:(\d+)", nginx)
    assert asked == [options["bind"].rpartition(":")[2]]
    check = SERVICES[name]["healthcheck"]["test"]
    assert check[0] == "CMD"
    assert f"http://127.0.0.1:{asked[0]}/" in check[-1]


def test_the_repository_listens_where_the_staff_app_pushes() -> None:
    sshd = (DEPLOY / "container" / "sshd.conf").read_text(encoding="utf-8")
    (port,) = re.findall(r"^Port (\d+)$", sshd, re.MULTILINE)
    assert list_ports("repository") == {port: f"127.0.0.1:{port}"}
    pushers = {name for name, service in SERVICES.items() if "FORMS_CONTENT_REMOTE" in service.get("environment", {})}
    assert pushers == {"intake", "review", "forms-audit", "content-mirror"}
    for name in pushers - {"intake"}:
        remote = SERVICES[name]["environment"]["FORMS_CONTENT_REMOTE"]
        assert remote == f"ssh://git@repository:{port}/srv/workers-home/site.git"
    assert f"[repository]:{port} " in (DEPLOY / "container" / "prepare.sh").read_text(encoding="utf-8")
    for line in (
        "PasswordAuthentication no",
        "DisableForwarding yes",
        "AllowUsers git",
        "AuthenticationMethods publickey",
    ):
        assert f"\n{line}\n" in sshd


def test_no_port_is_open_to_everybody_but_the_web_servers() -> None:
    assert [
        port for name in SERVICES for port in SERVICES[name].get("ports", []) if not port.startswith("127.0.0.1:")
    ] == []
    assert {name for name in SERVICES if SERVICES[name].get("network_mode") == "host"} == {"web"}


# --- the image -----------------------------------------------------------------------------------


def test_the_image_is_made_of_pinned_parts() -> None:
    bases = set(re.findall(r"^(?:ARG BASE=|FROM )(\S+)", CONTAINERFILE, re.MULTILINE))
    assert bases == {"docker.io/library/debian:bookworm-20251103-slim", "${BASE}"}
    archives = re.findall(
        r"^ARG DEBIAN(?:_SECURITY)?=http://snapshot\.debian\.org/archive/(\S+)$", CONTAINERFILE, re.MULTILINE
    )
    assert archives == ["debian/20251103T000000Z", "debian-security/20251103T000000Z"]
    assert "--require-hashes -r /src/requirements/run.lock" in CONTAINERFILE


def test_what_the_image_is_made_of_is_there_and_let_in() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.MULTILINE)
        for source in line.split()
    ]
    mounted = re.findall(r"type=bind,source=(\S+?),", CONTAINERFILE)
    assert len(copied) > 6
    assert mounted
    for source in (*copied, *mounted):
        assert (ROOT / source).exists()
        assert source in let_in or Path(source).parts[0] in let_in


def test_users_of_services_are_users_of_the_image() -> None:
    users = dict(re.findall(r"useradd --uid (\d+) --gid \S+ .*? (\S+) \\?$", CONTAINERFILE, re.MULTILINE))
    assert {read_user(name) for name in SERVICES} - {"0"} == set(users.values())
    assert "\nUSER 980:980\n" in CONTAINERFILE
