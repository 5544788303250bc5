import json
import logging
import os
import re
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from http.client import HTTPException
from pathlib import Path

import pytest

from forms_api import custody
from forms_api.config import Folder
from forms_api.definitions import CHINA
from forms_api.opening import Opener
from forms_api.serving import Address, CannotServe, hold_lock, log_acts
from forms_api.storage.sqlite import SqliteStore
from tests.forms_api.served import Server, find_port, running

PASSPHRASE = "correct horse battery staple"
MARKED = "做了记号的答案"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a data folder once."""
    folder = Folder(tmp_path_factory.mktemp("made"))
    custody.prepare_folder(folder)
    store = SqliteStore(folder.database)
    custody.make_keys(folder, store, PASSPHRASE, datetime.now(CHINA))
    store.close()
    return folder.root


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """Return a data folder of the test's own."""
    return Path(shutil.copytree(made, tmp_path / "data"))


@pytest.fixture
def server(data: Path) -> Iterator[Server]:
    with running(data) as started:
        yield started


def load(server: Server, until: threading.Event, clients: int = 8) -> tuple[dict[str, str], list[str]]:
    """Send applications until told to stop; return reference by token of those acknowledged, and all tokens sent."""
    acknowledged: dict[str, str] = {}
    sent: list[str] = []

    def send() -> None:
        while not until.is_set():
            token = server.make_token()
            sent.append(token)
            try:
                status, body = server.post(token, {"full_name": token})
            except (OSError, HTTPException):
                return
            if status == 200:
                acknowledged[token] = json.loads(body)["reference"]

    with ThreadPoolExecutor(clients) as pool:
        for one in [pool.submit(send) for _ in range(clients)]:
            one.result(120)
    return acknowledged, sent


def open_all(data: Path) -> dict[str, str]:
    """Return the reference of each case by the answer in it, after proving that each is whole and the chain is one."""
    store = SqliteStore(data / "cases.db")
    opener = Opener([custody.open_current(Folder(data), PASSPHRASE)])
    opened = {}
    cases = store.list_cases(limit=100_000)
    for case in cases:
        (part,) = store.read_sealed(case.id)
        (event,) = store.list_events(case.id)
        assert event.kind == "submitted"
        opened[json.loads(opener.open(part.sealed, f"case:{case.id}"))["answers"]["full_name"]] = case.reference
    assert len(opened) == len(cases), "a case was kept twice"
    counts = "select (select count(*) from submissions), (select count(*) from outbox), (select count(*) from parts)"
    (row,) = store._engine.all(counts)
    assert tuple(row) == (len(cases),) * 3
    assert tuple(store._engine.all("pragma integrity_check")[0]) == ("ok",)
    store.close()
    return opened


def try_kill(data: Path) -> int:
    """Kill a server under load; prove that nothing acknowledged is lost and return how many were acknowledged."""
    server, over = Server(data).start(), threading.Event()
    before = len(SqliteStore(data / "cases.db").list_cases(limit=100_000))
    timer = threading.Timer(0.4 + int.from_bytes(os.urandom(1), "big") / 512, lambda: (server.kill(), over.set()))
    timer.start()
    acknowledged, _ = load(server, over)
    timer.join()
    opened = open_all(data)
    assert {token: opened.get(token) for token in acknowledged} == acknowledged
    assert len(opened) >= before + len(acknowledged)
    return len(acknowledged)


# --- nothing is lost -----------------------------------------------------------------------------


def test_a_kill_under_load_loses_nothing(data: Path) -> None:
    assert try_kill(data) > 0
    with running(data) as again:
        assert again.get("/readyz") == (200, '{"status": "ok"}')


@pytest.mark.long
def test_a_hundred_kills_under_load_lose_nothing(data: Path) -> None:
    assert sum(try_kill(data) for _ in range(100)) > 1000


def test_told_to_stop_it_finishes_what_has_begun(server: Server, data: Path) -> None:
    over = threading.Event()
    threading.Timer(0.5, lambda: (server.process.terminate(), over.set())).start()
    acknowledged, _ = load(server, over)
    assert server.process.wait(60) == 0
    opened = open_all(data)
    assert acknowledged
    assert {token: opened.get(token) for token in acknowledged} == acknowledged


def test_a_retry_after_the_receipt_was_lost_gives_the_same_receipt(server: Server, data: Path) -> None:
    token = server.make_token()
    first = json.loads(server.post(token, {"full_name": "a"})[1])
    again = json.loads(server.post(token, {"full_name": "a"})[1])
    assert again == first | {"replayed": True}
    assert server.post(token, {"full_name": "b"}) == (409, "OtherAnswers")


# --- one server for a folder ---------------------------------------------------------------------


def test_a_second_server_on_the_folder_or_the_port_is_refused(server: Server, made: Path, data: Path) -> None:
    other = Path(shutil.copytree(made, data.parent / "other"))
    for second, why in ((Server(data), "已经有一个同样的服务在运行"), (Server(other, port=server.port), "不能在")):
        second.launch()
        assert second.process.wait(60) == 1
        second.log.close()
        assert why in second.read_log()
    assert server.get("/healthz")[0] == 200


def test_a_server_whose_head_is_gone_ends_and_frees_the_folder(data: Path) -> None:
    server = Server(data).start()
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(30)
    server.log.close()
    for _ in range(600):
        try:
            os.close(hold_lock(data / "intake.lock"))
            break
        except CannotServe:
            threading.Event().wait(0.05)
    with running(data) as again:
        assert again.get("/healthz")[0] == 200


@pytest.mark.parametrize(
    ("text", "host"), [("127.0.0.1:80", "127.0.0.1"), ("[::1]:8001", "::1"), ("host:65535", "host")]
)
def test_addresses(text: str, host: str) -> None:
    assert Address.parse(text).host == host


@pytest.mark.parametrize("text", ["", "8001", ":8001", "host:", "host:0", "host:65536", "host:x"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - int() says it in one case, we in the others
        Address.parse(text)


# --- exchanged under load ------------------------------------------------------------------------


@contextmanager
def holding(data: Path) -> Iterator[tuple[socket.socket, Server]]:
    """Hold a port as systemd does, and return it with a server that is to be started on it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen(1024)
        yield held, Server(data, port=held.getsockname()[1], given=held)


@pytest.mark.parametrize("how", ["restart", pytest.param("reload", marks=pytest.mark.long)])
def test_while_systemd_holds_the_port_nobody_is_refused(data: Path, how: str) -> None:
    over = threading.Event()
    with holding(data) as (_, server), ThreadPoolExecutor(1) as pool:
        server.start()
        loading = pool.submit(load, server, over)
        first = server.process
        if how == "restart":
            server.stop()
            server.start()
        else:
            server.process.send_signal(signal.SIGHUP)
            _await_log(server, "Stopped old worker-2")
        over.set()
        acknowledged, sent = loading.result(120)
        assert (server.process is first) == (how == "reload")
        assert server.stop() == 0
    assert acknowledged.keys() == set(sent)
    assert len(open_all(data)) == len(sent)


def _await_log(server: Server, words: str) -> None:
    for _ in range(1200):
        if words in server.read_log():
            return
        threading.Event().wait(0.05)
    pytest.fail(server.read_log())


def test_a_port_that_systemd_gives_must_be_the_one_that_was_named(data: Path) -> None:
    with holding(data) as (_, server):
        server.port = find_port()
        server.launch()
        assert server.process.wait(60) == 1
        server.log.close()
        assert "两个单元里的地址改成一样" in server.read_log()


# --- closed --------------------------------------------------------------------------------------


def test_intake_closes_and_says_why(data: Path) -> None:
    with running(data, settings={"FORMS_WORKERS": "1"}) as server:
        _close(server, data)


def _close(server: Server, data: Path) -> None:
    assert server.get("/readyz") == (200, '{"status": "ok"}')
    (data / "public" / "stopped").touch()
    for _ in range(100):
        if server.get("/readyz")[0] == 503:
            break
        threading.Event().wait(0.05)
    assert server.get("/readyz") == (503, '{"status": "closed", "reason": "stopped"}')
    assert server.post(server.make_token(), {}) == (503, "IntakeClosed")
    assert server.get("/healthz")[0] == 200


@pytest.mark.parametrize("spoil", ["missing", "damaged", "swapped"])
def test_without_the_right_public_key_nothing_is_taken(data: Path, spoil: str) -> None:
    path = Folder(data).public_key
    told = json.loads(path.read_text())
    if spoil == "missing":
        path.unlink()
    elif spoil == "damaged":
        path.write_text(json.dumps(told | {"public": "00" * 32}))
    else:
        path.write_text(path.read_text().replace(told["public"][:2], "11", 1))
    with running(data) as server:
        assert server.get("/readyz") == (503, '{"status": "closed", "reason": "key"}')
        assert server.post(server.make_token(), {}) == (503, "IntakeClosed")
        assert '"reason": "key"' in server.read_log()


def test_a_disk_that_is_nearly_full_closes_intake(data: Path) -> None:
    with running(data, settings={"FORMS_FREE_MEGABYTES": str(10**9)}) as server:
        assert server.get("/readyz") == (503, '{"status": "closed", "reason": "disk"}')


@pytest.mark.parametrize(("proxies", "statuses"), [("1", [200, 200, 429]), ("0", [200, 429, 429])])
def test_limits_count_by_who_stands_behind_a_trusted_proxy(data: Path, proxies: str, statuses: list[int]) -> None:
    settings = {"FORMS_PROXIES": proxies, "FORMS_LIMIT_PER_ADDRESS_WITHOUT_WORK": "1"}
    with running(data, settings=settings) as server:
        behind = ("198.51.100.1", "198.51.100.2", "203.0.113.9, 198.51.100.2")
        got = [server.post(server.make_token(), {"full_name": one}, behind=one)[0] for one in behind]
    assert got == statuses


def test_a_limit_holds_over_all_processes(data: Path) -> None:
    settings = {"FORMS_WORKERS": "3", "FORMS_LIMIT_PER_ADDRESS_WITHOUT_WORK": "10"}
    with running(data, settings=settings) as server, ThreadPoolExecutor(8) as people:
        tokens = [server.make_token() for _ in range(40)]
        got = list(people.map(lambda token: server.post(token, {"full_name": "张三"})[0], tokens))
    assert (got.count(200), got.count(429)) == (10, 30)


# --- what is told --------------------------------------------------------------------------------


def test_no_log_and_no_error_page_holds_an_answer(server: Server) -> None:
    token = server.make_token()
    receipt = json.loads(server.post(token, {"full_name": MARKED})[1])
    pages = [
        server.post(token, {"full_name": MARKED + "二"}),
        server.post("forged", {"full_name": MARKED}),
        server.post(server.make_token(), {"full_name": MARKED}, fail=True),
        server.get(f"/{MARKED.encode().hex()}"),
    ]
    assert [status for status, _ in pages] == [409, 400, 500, 200]
    told = server.read_log() + "".join(body for _, body in pages[:3])
    assert "ValueError" in told
    for secret in (MARKED, json.dumps(MARKED)[1:-1], receipt["secret"], token):
        assert secret not in told
    assert all(json.loads(line) for line in server.read_log().splitlines())


def test_figures_are_given_on_a_port_of_their_own(data: Path) -> None:
    with running(data, figures=find_port()) as server:
        for _ in range(3):
            server.post(server.make_token(), {"full_name": MARKED})
        text = server.get("/metrics", server.figures)[1]
        assert server.get("/metrics")[1] != text
    assert 'forms_requests_total{area="other",method="POST",status="200"} 3.0' in text
    assert re.search(r"^forms_free_bytes [1-9]", text, re.MULTILINE)
    assert MARKED not in text


@pytest.mark.parametrize(
    ("method", "path", "area"),
    [("POST", "/cases/YX-0000/act", "cases"), ("DELETE", "/", ""), ("POST", "/%00/x", ""), ("GET", "/cases/", None)],
)
def test_each_act_has_a_line_that_names_the_room_alone(
    caplog: pytest.LogCaptureFixture, method: str, path: str, area: str | None
) -> None:
    def answer(environ: dict[str, str], start: Callable[[str, list[tuple[str, str]]], None]) -> list[bytes]:
        start("303 See Other", [])
        return [b"gone on"]

    caplog.set_level(logging.INFO)
    begun: list[str] = []
    body = log_acts(answer)({"REQUEST_METHOD": method, "PATH_INFO": path}, lambda status, _: begun.append(status))
    assert (list(body), begun) == ([b"gone on"], ["303 See Other"])
    lines = [(one.__dict__["method"], one.__dict__["status"], one.__dict__["area"]) for one in caplog.records]
    assert lines == ([] if area is None else [(method, 303, area)])
