"""A clean Debian 12 is installed by deploy/install.sh and serves: the site, an application, the staff app, under real systemd."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPException

import pytest

from site_builder.security import list_headers
from tests.conftest import ROOT
from tests.debian import PATIENCE, Machine, make_machine
from tests.forms_api.test_traces import make_marked_pdf
from tests.installed import ANSWERS, FORM, SITE, STAFF, TRIAL_SETTINGS, apply, post, sign_in

DIGEST = "\nFORMS_DIGEST_FILE=/etc/workers-home/secrets/digest\n"
RESTARTS = 3
ERRANDS = ("publish", "forms-purge", "forms-keys", "forms-backup", "content-mirror", "forms-drill")
"""What timers start, in an order in which each finds what it needs."""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("apt-get") is None,
        reason="installing a system tree needs root on a Debian: run `sudo make test-long` there",
    ),
]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machine, str]]:
    """Install a machine in a chroot, where no systemd runs, and return it with what the script said."""
    machine = make_machine(tmp_path_factory.mktemp("machine"))
    said = machine.install()
    machine.write(
        "/etc/workers-home/settings.env", machine.read("/etc/workers-home/settings.env") + DIGEST + TRIAL_SETTINGS
    )
    machine.write("/etc/workers-home/secrets/digest", "https://127.0.0.1:1/robot\n")
    assert "改了 /etc/workers-home/secrets/digest 的权限：600" in machine.install()
    yield machine, said
    shutil.rmtree(machine.tree)


@pytest.fixture(scope="module")
def machine(installed: tuple[Machine, str]) -> Iterator[Machine]:
    """Run the machine."""
    with installed[0].boot():
        yield installed[0]


# --- the script ----------------------------------------------------------------------------------


def test_the_script_says_what_it_did_and_what_comes_next(installed: tuple[Machine, str]) -> None:
    said = installed[1]
    for done in ("建好用户 forms-intake", "装好程序", "建好数据库和密钥", "装上钩子 pre-receive", "生成并发布了网站"):
        assert f"＋ {done}" in said
    assert "接下来：" in said
    assert re.search(r"私钥口令.*：[0-9A-Z]{5}(-[0-9A-Z]{5}){3}", said)


def test_a_second_run_changes_nothing_and_says_so(installed: tuple[Machine, str]) -> None:
    again = installed[0].install()
    assert "都已经装好，什么也没有改动。" in again
    assert "＋" not in again


def test_each_side_owns_its_part(installed: tuple[Machine, str]) -> None:
    paths = "/etc/workers-home/secrets /var/lib/workers-home /var/lib/workers-home/public /var/lib/workers-home/review"
    keys = "/var/lib/workers-home/public/intake.key /var/lib/workers-home/review/staff.key /etc/workers-home/secrets/content-key"
    told = installed[0].run("stat", "--format=%a %U %G %n", *paths.split(), *keys.split()).splitlines()
    assert told == [
        "700 forms-review forms /etc/workers-home/secrets",
        "2770 root forms /var/lib/workers-home",
        "750 forms-intake forms /var/lib/workers-home/public",
        "700 forms-review forms /var/lib/workers-home/review",
        "640 forms-intake forms /var/lib/workers-home/public/intake.key",
        "600 forms-review forms /var/lib/workers-home/review/staff.key",
        "600 forms-review forms /etc/workers-home/secrets/content-key",
    ]
    for path in ("/var/lib/workers-home/review/staff.key", "/etc/workers-home/secrets/content-key"):
        installed[0].run("setpriv", "--reuid=forms-intake", "--regid=forms", "--init-groups", "cat", path, fails=True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("REVIEW_ADDRESS=0.0.0.0", "REVIEW_ADDRESS 要写本机在内网的一个地址"),
        ("TLS_CERTIFICATE=/nowhere.pem", "没有证书文件 /nowhere.pem"),
        ("SITE_DOMAIN=a b", "写法不对"),
        ('REVIEW_NETWORKS="10.0.0.0/99"', "nginx 不接受这份配置，已经恢复原来的"),
    ],
)
def test_a_wrong_setting_stops_the_script_which_says_what_to_do(
    installed: tuple[Machine, str], line: str, said: str
) -> None:
    machine = installed[0]
    settings, before = (
        machine.read("/etc/workers-home/settings.env"),
        machine.read("/etc/nginx/conf.d/workers-home.conf"),
    )
    machine.write("/etc/workers-home/settings.env", f"{settings}{line}\n")
    try:
        told = machine.install(fails=True)
    finally:
        machine.write("/etc/workers-home/settings.env", settings)
    assert said in told
    assert "改好以后再运行一次就行" in told
    assert machine.read("/etc/nginx/conf.d/workers-home.conf") == before


# --- the running machine -------------------------------------------------------------------------


def test_every_unit_runs_under_systemd(machine: Machine) -> None:
    assert "0 loaded units listed" in machine.run("systemctl", "--failed", "--no-pager")
    for unit in ("forms-intake", "forms-review", "nginx"):
        assert machine.run("systemctl", "is-active", unit).strip() == "active"
    for unit in (*ERRANDS, "workers-home-follow"):
        machine.run("systemctl", "start", unit)
    timers = machine.run("systemctl", "list-timers", "--no-pager")
    assert all(
        timer in timers for timer in ("publish.timer", "forms-purge.timer", "forms-audit.timer", "forms-keys.timer")
    )
    assert "都已经装好，什么也没有改动。" in machine.install()


@pytest.mark.parametrize(
    ("path", "status", "kept"),
    [("/", 200, "no-cache"), ("/policies/", 200, "no-cache"), ("/nothing/", 404, None), ("/.git/config", 404, None)],
)
def test_the_site_is_served_with_every_header(machine: Machine, path: str, status: int, kept: str | None) -> None:
    answer = machine.ask(SITE, path)
    assert (answer.status, answer.header("Cache-Control")) == (status, [kept] if kept else [])
    for name, value in list_headers().items():
        assert answer.header(name) == [value], name


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_pages_are_compressed(machine: Machine, coding: str) -> None:
    assert machine.ask(SITE, "/", Accept_Encoding=coding).header("Content-Encoding") == [coding]


def test_plain_http_leads_to_https_and_strange_hosts_to_nothing(machine: Machine) -> None:
    answer = machine.ask(SITE, "/policies/", port=80)
    assert (answer.status, answer.header("Location")) == (301, [f"https://{SITE}/policies/"])
    for port in (80, 443):
        with pytest.raises((OSError, HTTPException)):
            machine.ask("elsewhere.example", "/", port=port)


def test_an_application_with_a_file_comes_through_nginx(machine: Machine) -> None:
    begun = machine.ask(
        SITE, "/uploads/", "POST", b'{"form": "suggestion", "field": "evidence"}',
        **{**FORM, "Content_Type": "application/json"},
    )  # fmt: skip
    upload, secret = re.findall(r'"(?:id|secret)": "([^"]+)"', begun.text)
    where, own = f"/uploads/{upload}", {"Upload_Secret": secret, "Origin": FORM["Origin"]}
    part = {**own, "Upload_Offset": "0", "Content_Type": "application/octet-stream"}
    assert machine.ask(SITE, where, "PATCH", make_marked_pdf(), **part).status == 200
    named = '{"name": "照片.pdf", "type": "application/pdf"}'.encode()
    finished = machine.ask(SITE, f"{where}/finish", "POST", named, **{**own, "Content_Type": "application/json"})
    assert finished.status == 201, finished.text
    receipt = apply(machine, upload)
    (reference,) = re.findall(r'class="ref">([^<]+)<', receipt)
    (code,) = re.findall(r'class="key">([^<]+)<', receipt)
    line = next(
        line for line in reversed(machine.read("/var/log/workers-home/access.log").splitlines()) if "/receipt" in line
    )
    ask = "select data from event where kind = 'submitted' order by seq desc limit 1"
    with closing(sqlite3.connect(machine.tree / "var/lib/workers-home/cases.db")) as database:
        (told,) = database.execute(ask).fetchone()
    assert json.loads(told)["trace"] == json.loads(line)["request_id"]
    assert "已提交" in post(machine, "/status/", {"reference": reference, "secret": code})[1]
    answer = machine.ask(SITE, "/apply/suggestion/")
    assert answer.header("Cache-Control") == ["no-store"]
    assert answer.header("Strict-Transport-Security") == ["max-age=31536000"]
    assert reference in machine.run("forms-api", "cases")


def test_both_apps_give_their_figures_and_the_doctor_reads_them(machine: Machine) -> None:
    """The staff app's figures come with its first round, half a minute after its start."""
    pause = threading.Event()
    for _ in range(PATIENCE):
        figures = [machine.fetch(port, "/metrics") for port in (9101, 9102)]
        if "forms_vault_open" in figures[1]:
            break
        pause.wait(1)
    rules = (ROOT / "deploy" / "alerts.yml").read_text("utf-8")
    named = set(re.findall(r"\bforms_\w+", " ".join(re.findall(r"expr: (.*)", rules))))
    unheard = {"forms_key_drill_age_days"}  # a person drills, with the passphrase
    assert {name for name in named - unheard if name not in "".join(figures)} == set()
    told = json.loads(machine.run("forms-api", "doctor", "--json"))
    assert {row["check"] for row in told if row["level"] == "note"} - {"clock"} == {"drill", "certificates", "unlocked"}


def test_staff_sign_in_through_the_host_of_their_own(machine: Machine) -> None:
    said = machine.run("forms-api", "staff", "add", "pu", "--name", "蒲燕", "--union", "county", "--duty", "admin")
    (given,) = re.findall(r"[0-9A-Z]{4,5}(?:-[0-9A-Z]{4,5})+", said)
    office = sign_in(machine, given)
    assert "蒲燕" in office.open_page("/account")


def test_the_staff_app_is_not_met_outside_of_its_networks(machine: Machine) -> None:
    settings = machine.read("/etc/workers-home/settings.env")
    machine.write("/etc/workers-home/settings.env", settings + 'REVIEW_NETWORKS="198.51.100.0/24"\n')
    try:
        assert "nginx 换上新配置" in machine.install()
        assert machine.ask(STAFF, "/login").status == 403
        assert machine.ask(SITE, "/").status == 200
    finally:
        machine.write("/etc/workers-home/settings.env", settings)
        machine.install()
    assert machine.ask(STAFF, "/login").status == 200


# --- nobody is refused while a server is exchanged -----------------------------------------------


@pytest.mark.parametrize("how", ["restart", "reload"])
def test_intake_is_exchanged_under_load_and_no_request_fails(machine: Machine, how: str) -> None:
    before = machine.run("systemctl", "show", "--property=MainPID", "forms-intake")
    over, failed, done = threading.Event(), [], [0]

    def load() -> None:
        while not over.is_set():
            try:
                apply(machine)
                done[0] += 1
            except (OSError, HTTPException, AssertionError, ValueError) as error:
                failed.append(repr(error)[:300])

    with ThreadPoolExecutor(6) as people:
        working = [people.submit(load) for _ in range(6)]
        for _ in range(RESTARTS if how == "restart" else 1):
            seen = done[0]
            machine.run("systemctl", how, "forms-intake")
            while done[0] < seen + 50 and not failed:
                over.wait(0.05)
        if how == "reload":  # workers are exchanged one after the other, in the seconds after the signal
            over.wait(12)
        over.set()
        for one in working:
            one.result(120)
    assert failed == []
    assert done[0] >= 50
    after = machine.run("systemctl", "show", "--property=MainPID", "forms-intake")
    assert (before == after) == (how == "reload")
    counted = machine.run("sh", "-c", "forms-api cases | wc -l")
    assert int(counted) >= done[0]


def test_a_publication_is_taken_up_by_itself(machine: Machine) -> None:
    machine.run("setpriv", "--reuid=git", "--regid=git", "--init-groups", "site-builder", "publish")
    live = os.readlink(machine.tree / "srv/workers-home/current")
    pause = threading.Event()
    for _ in range(300):
        if live in machine.run("sh", "-c", "cat /run/workers-home/followed || true"):
            break
        pause.wait(0.1)
    assert machine.run("cat", "/run/workers-home/followed").strip() == live


def test_what_nginx_logs_names_no_answer(machine: Machine) -> None:
    log = machine.read("/var/log/workers-home/access.log")
    assert '"path":"/apply/suggestion/receipt","status":200' in log
    assert ANSWERS["mobile"] not in log
    assert "secret=" not in log


def test_the_units_say_what_the_program_may_do(machine: Machine) -> None:
    told = machine.run("systemd-analyze", "security", "--no-pager", "forms-intake.service", "forms-review.service")
    levels = [float(level) for level in re.findall(r"Overall exposure level for \S+: ([0-9.]+)", told)]
    assert levels
    assert max(levels) <= 2.5


def test_the_log_of_a_service_is_json(machine: Machine) -> None:
    lines = machine.run(
        "journalctl", "--no-pager", "--output=cat", "--unit=forms-intake", "_TRANSPORT=stdout"
    ).splitlines()
    assert [line for line in lines if line.startswith("{")]
    assert ANSWERS["mobile"] not in "\n".join(lines)
