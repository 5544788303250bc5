"""Scan: sqlmap and wapiti against both apps, really served on an invented county, as nobody and as staff of several duties.

`python -m bench scan [--seconds 900] [--duty handler …] [--keep]`; the tools are Debian's packages of the same names.
"""

from __future__ import annotations

import argparse
import base64
import csv
import json
import os
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.cookiejar import Cookie, CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPSHandler, build_opener

from bench.corpus import ROOT
from bench.results import tell_machine, write_section
from forms_api.definitions import CHINA
from forms_api.totp import find_step, make_code

DUTIES = {"handler": "经办", "reviewer": "审核", "cashier": "财务", "auditor": "审计", "admin": "系统管理"}
SECONDS = 900
PATIENCE = 90
APPS = ("intake", "review")
DOORS = {
    "intake": ("/status/", "/api/v1/forms"),
    "review": ("/", "/cases/", "/registers/", "/payments/", "/publicity/", "/staff/", "/audit/"),
}
"""Where a crawl begins; at intake, at each form, too."""
ACCEPTED = {
    "X-XSS-Protection is not set": "a header that browsers dropped, which OWASP advises against; the policy forbids inline scripts"
}
"""What a tool reports and what is right as it is, with the reason: shown as informational, not counted."""
EXEMPT = "^/(logout|lock|account/.+|staff/[^/]+/.+)$"
"""Forms that the proxy keeps from the scanners, as they would end the very session that a scan runs in, or shut the key away."""
GENTLE = {
    f"FORMS_LIMIT_{name}": str(10**9)
    for name in ("PER_ADDRESS", "PER_ADDRESS_WITHOUT_WORK", "PER_FORM", "GUESSES_PER_ADDRESS")
}
"""Limits out of the way, so that what is scanned is the code behind them."""


class ToolFailed(Exception):
    """A scanner that did not run to its end or left no report."""


@dataclass(frozen=True)
class Finding:
    """What a scanner says is wrong, and where."""

    tool: str
    kind: str
    level: int
    place: str

    @property
    def is_informational(self) -> bool:
        """Tell whether nothing has to be done about it."""
        return any(words in self.place for words in ACCEPTED)


@dataclass(frozen=True)
class Scan:
    """One run of one tool as one visitor: how many requests the app answered, seconds, what was found."""

    tool: str
    who: str
    requests: int
    seconds: float
    findings: tuple[Finding, ...]

    def list_faults(self) -> list[Finding]:
        """Return what is above informational."""
        return [one for one in self.findings if not one.is_informational]


@dataclass(frozen=True)
class County:
    """An invented county at work: its two apps, the accounts with their one-time passwords, the passphrase of its key."""

    intake: str
    review: str
    told: Mapping[str, Any]
    logs: Mapping[str, Path]
    forms: tuple[str, ...]

    def list_doors(self, app: str) -> list[str]:
        """Return the addresses at which a crawl of an app begins."""
        forms = [f"/apply/{name}/" for name in self.forms] if app == "intake" else []
        return [getattr(self, app) + path for path in (*forms, *DOORS[app])]

    def read_log(self, app: str) -> list[str]:
        """Return a line for each request so far: status, method, address."""
        return self.logs[app].read_text(encoding="utf-8", errors="replace").splitlines()


# --- the apps ---------------------------------------------------------------------------------------


@contextmanager
def open_county(folder: Path, bundle: Path, site: Path | None = None) -> Iterator[County]:
    """Fill a data folder and serve both apps of it, behind nginx with TLS as in an office, until the context ends."""
    own = os.environ | GENTLE | {"FORMS_BUNDLE": str(bundle), "PYTHONPATH": str(ROOT), "FORMS_PROXIES": "1"}
    command = [sys.executable, "-m", "forms_api"]
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, "demo", "--data", str(folder), "--content", str(ROOT / "content"), "--json"],
        env=own, capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])
    forms = tuple(json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))["forms"])
    inner, outer = ({app: find_port() for app in APPS} for _ in range(2))
    options = {"intake": ["--site", str(site)] if site else [], "review": []}
    with ExitStack() as stack:
        for app, port in inner.items():
            words = [*command, app, "--data", str(folder), "--bind", f"127.0.0.1:{port}", *options[app]]
            start(stack, words, folder / f"{app}.log", own)
            wait_for(port)
        words = [find_program("nginx"), "-c", str(write_proxy(folder, inner, outer))]
        start(stack, words, folder / "nginx.log", own)
        wait_for(outer["review"])
        addresses = {app: f"https://127.0.0.1:{port}" for app, port in outer.items()}
        yield County(
            addresses["intake"], addresses["review"], told, {app: folder / f"{app}.access" for app in APPS}, forms
        )


def start(stack: ExitStack, words: Sequence[str], log: Path, environ: Mapping[str, str]) -> None:
    """Start a program that ends with the stack."""
    file = stack.enter_context(log.open("wb"))
    process = subprocess.Popen(list(words), env=environ, stdout=file, stderr=file, cwd=ROOT)  # noqa: S603 - our own words
    stack.callback(process.wait)
    stack.callback(process.terminate)


def find_program(name: str) -> str:
    """Return where a program lies. Raises ToolFailed."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        raise ToolFailed(f"{name} is not installed")
    return found


def write_proxy(folder: Path, inner: Mapping[str, int], outer: Mapping[str, int]) -> Path:
    """Write the configuration of the proxy, and a certificate that nobody else has signed."""
    certificate, key = folder / "trial.pem", folder / "trial.key"
    subprocess.run(  # noqa: S603 - our own words
        [find_program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    servers = "".join(
        f"""
  server {{
    listen 127.0.0.1:{outer[app]} ssl;
    location ~ "{EXEMPT}" {{ return 403; }}
    access_log {folder}/{app}.access seen;
    location / {{ proxy_pass http://127.0.0.1:{inner[app]}; proxy_http_version 1.1; proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto https; }}
  }}"""
        for app in APPS
    )
    kept = "".join(
        f"{kind}_temp_path {folder}/nginx-{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    path.write_text(
        f"""daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.error;
events {{ }}
http {{
  {kept}
  log_format seen '$status $request_method $request_uri';
  client_max_body_size 70m; proxy_read_timeout 60s;
  add_header Strict-Transport-Security "max-age=31536000" always;
  ssl_certificate {certificate}; ssl_certificate_key {key};{servers}
}}
""",
        encoding="utf-8",
    )
    return path


def find_port() -> int:
    """Return a port that is free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until somebody answers on a port. Raises ToolFailed."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise ToolFailed(f"nobody answers on port {port}")


# --- signing in as staff do ---------------------------------------------------------------------------


class Browser:
    """As much of a browser as signing in needs: it keeps cookies and sends forms with the token of their page."""

    def __init__(self, address: str) -> None:
        self.address, self.jar = address, CookieJar()
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE  # the certificate is the trial's own
        self._opener = build_opener(HTTPCookieProcessor(self.jar), HTTPSHandler(context=trusting))

    def get(self, path: str) -> str:
        """Return the text of a page."""
        with self._opener.open(self.address + path, timeout=PATIENCE) as answer:
            return str(answer.read().decode())

    def post(self, path: str, page: str, **fields: str) -> str:
        """Send the form of a page and return the text of the answer."""
        token = re.search(r'name="post_token" value="([0-9a-f]+)"', page)
        body = urlencode({**fields, "post_token": token[1] if token else ""}).encode()
        with self._opener.open(self.address + path, body, timeout=PATIENCE) as answer:
            return str(answer.read().decode())

    @property
    def cookie(self) -> str:
        """Return what the browser sends to show who it is."""
        return "; ".join(f"{one.name}={one.value}" for one in self.jar)


def sign_in(county: County, duty: str) -> Browser:
    """Go through the first signing in of somebody with a duty alone: password, second factor, recovery codes."""
    person = next(one for one in county.told["staff"] if one["duties"] == DUTIES[duty])
    browser = Browser(county.review)
    browser.post(
        "/login", browser.get("/login"), account=person["account"], password=person["password"], code="", to=""
    )
    chosen = f"茶壶 {secrets.token_hex(8)} 月亮"
    page = browser.post("/first", browser.get("/first"), new=chosen, again=chosen)
    letters = re.findall(r'class="secret">([A-Z2-7 ]+)<', page)[0].replace(" ", "")
    code = make_code(base64.b32decode(letters), find_step(datetime.now(CHINA)))
    browser.post("/first", page, code=code)
    if "<h1" not in browser.get("/account"):
        raise ToolFailed(f"nobody is signed in as {duty}")
    return browser


def unlock(county: County, browser: Browser) -> None:
    """Unlock the private key, so that pages show what workers sent."""
    browser.post("/unlock", browser.get("/unlock"), passphrase=county.told["passphrase"])


# --- the tools ---------------------------------------------------------------------------------------


def run_wapiti(
    address: str, starts: Sequence[str], folder: Path, seconds: int, cookies: Iterable[Cookie] = ()
) -> list[Finding]:
    """Crawl and attack with wapiti and return what its report says. Raises ToolFailed."""
    report, jar = folder / "wapiti.json", folder / "wapiti-cookies.json"
    host = address.partition("//")[2].partition(":")[0]
    kept = {
        one.name: {"value": one.value, "version": 0, "expires": None, "secure": True, "port": None} for one in cookies
    }
    jar.write_text(json.dumps({host: {"/": kept}}), encoding="utf-8")
    done = run_tool(
        [
            "wapiti", "-u", f"{address}/", *(word for one in starts for word in ("-s", one)), "--scope", "domain", "-m", WAPITI_MODULES, "-f", "json", "-o", str(report),
            "--flush-session", "--store-session", str(folder / "wapiti"), "--no-bugreport", "-t", "20", "-v", "1",
            "--max-scan-time", str(seconds // 3), "--max-attack-time", str(seconds // 6), "-d", "6", "--skip", "post_token",
            *(["-c", str(jar)] if kept else []),
        ],
        folder, seconds * 12,
    )  # fmt: skip
    if not report.exists():
        raise ToolFailed(done)
    return read_wapiti(json.loads(report.read_text(encoding="utf-8")))


WAPITI_MODULES = "common,blindsql,xss,permanentxss,csp,http_headers,cookieflags,methods,htaccess,crlf,redirect,shellshock,backup,sql,file,exec"


def read_wapiti(report: Mapping[str, Any]) -> list[Finding]:
    """Return the findings of a report: what it calls vulnerabilities, and the anomalies."""
    return [
        Finding(
            "wapiti",
            kind,
            int(one["level"]),
            f"{one['method']} {one['path']} {one.get('parameter') or ''} {one['info']}"[:300],
        )
        for part in ("vulnerabilities", "anomalies")
        for kind, found in report[part].items()
        for one in found
    ]


def run_sqlmap(starts: Sequence[str], folder: Path, seconds: int, cookie: str = "") -> list[Finding]:
    """Crawl with sqlmap, try every form and address, and return what its table of results says. Raises ToolFailed."""
    results, listed = folder / "sqlmap.csv", folder / "starts.txt"
    listed.write_text("\n".join(starts), encoding="utf-8")
    done = run_tool(
        [
            "sqlmap", "-m", str(listed), "--batch", "--crawl=2", "--ignore-code=401,403,404", "--forms", "--level=2", "--risk=1", "--smart",
            "--dbms=sqlite", "--flush-session", "--disable-coloring", "--timeout=20", "--retries=1",
            "--force-ssl",
            "--param-exclude=post_token", "--answers=CSRF=N", f"--output-dir={folder / 'sqlmap'}", f"--results-file={results}",
            *([f"--cookie={cookie}", "--drop-set-cookie"] if cookie else []),
        ],
        folder, seconds,
    )  # fmt: skip
    if "starting @" not in done:
        raise ToolFailed(done)
    return read_sqlmap(results.read_text(encoding="utf-8") if results.exists() else "")


def read_sqlmap(text: str) -> list[Finding]:
    """Return the findings of a table of results: every line with a technique."""
    rows = csv.DictReader(text.splitlines())
    return [
        Finding(
            "sqlmap",
            f"SQL injection ({row['Technique(s)']})",
            3,
            f"{row['Place']} {row['Target URL']} {row['Parameter']}",
        )
        for row in rows
        if (row.get("Technique(s)") or "").strip()
    ]


def run_tool(command: Sequence[str], folder: Path, seconds: int) -> str:
    """Run a tool for so long at most and return what it said."""
    home = {"HOME": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    with (folder / f"{command[0]}.out").open("w+b") as said:
        process = subprocess.Popen(  # noqa: S603 - our own words
            [find_program(command[0]), *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=home,
            cwd=folder,
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
        said.seek(0)
        return said.read().decode("utf-8", "replace")


# --- the whole ----------------------------------------------------------------------------------------


def open_browsers(county: County, visitors: Sequence[str]) -> dict[str, Browser]:
    """Return a browser for each visitor, everybody signed in before the first scan makes the sign-in page refuse this address."""
    browsers = {}
    for who in visitors:
        if who in DUTIES:
            browsers[who] = sign_in(county, who)
            if who in ("handler", "reviewer", "cashier"):
                unlock(county, browsers[who])
        else:
            browsers[who] = Browser(county.review if who else county.intake)
    return browsers


def scan(county: County, browser: Browser, folder: Path, seconds: int, duty: str = "") -> list[Scan]:
    """Run both tools against an app: review as somebody with a duty or as nobody, or intake."""
    app, address = ("review" if duty else "intake"), browser.address
    scans = []
    for tool in ("wapiti", "sqlmap"):
        own = folder / f"{tool}-{duty or 'intake'}"
        own.mkdir(parents=True)
        before, began = len(county.read_log(app)), time.monotonic()
        if tool == "wapiti":
            findings = run_wapiti(address, county.list_doors(app), own, seconds, browser.jar)
        else:
            findings = run_sqlmap(county.list_doors(app), own, seconds, browser.cookie)
        seen = county.read_log(app)[before:]
        broken = sorted({line for line in seen if line.startswith("500")})
        findings += [Finding(tool, "answer 500", 3, line) for line in broken]
        scans.append(Scan(tool, f"{app}, {duty or 'public'}", len(seen), time.monotonic() - began, tuple(findings)))
    if duty in DUTIES and "/logout" not in browser.get("/account"):
        raise ToolFailed(f"the session of {duty} did not last")
    return scans


def main(arguments: Sequence[str]) -> int:
    """Scan and write the section of the results; return 1 where something above informational was found."""
    parser = argparse.ArgumentParser(prog="python -m bench scan", description=__doc__)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="for each tool and visitor")
    parser.add_argument("--duty", choices=["", "nobody", *DUTIES], action="append", help="'' is intake")
    parser.add_argument("--bundle", type=Path, default=ROOT / "forms-bundle")
    parser.add_argument("--site", type=Path, help="the built site, served beside intake")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--keep", action="store_true", help="do not write bench/RESULTS.md")
    options = parser.parse_args(arguments)
    machine, scans = tell_machine(), list[Scan]()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="scan-"))
    with open_county(folder / "data", options.bundle, options.site) as county:
        browsers = open_browsers(county, options.duty or ["", "nobody", *DUTIES])
        for who, browser in browsers.items():
            scans += scan(county, browser, folder, options.seconds, who)
            print(write_text(machine, scans[-2:]), flush=True)
    text = write_text(machine, scans)
    if not options.keep:
        write_section("scan", text)
    return int(any(one.list_faults() for one in scans))


def write_text(machine: str, scans: Sequence[Scan]) -> str:
    """Return the section of the results."""
    rows = [
        f"| {one.tool} | {one.who} | {one.requests:,} | {one.seconds:,.0f} | {len(one.list_faults()) or 'none'} | {len(one.findings) - len(one.list_faults())} |"
        for one in scans
    ]
    told = [
        f"- {found.tool}, level {found.level}: {found.kind}: {found.place}" for one in scans for found in one.findings
    ]
    head = ["| tool | app, visitor | requests | seconds | findings | informational |", "|---|---|---:|---:|---:|---:|"]
    return "\n".join(["## Scanners", "", machine, "", *head, *rows, *([""] if told else []), *told])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
