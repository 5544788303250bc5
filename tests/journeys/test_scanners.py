"""sqlmap and wapiti, really run against both apps as nobody and as staff: nothing above informational."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from bench.scanning import DUTIES, County, Finding, Scan, open_browsers, open_county, read_sqlmap, read_wapiti, scan
from forms_api.definitions import CHINA
from forms_api.staff import DUTIES as KNOWN
from site_builder import bundle
from site_builder.content_files import read_library
from site_builder.render import Theme
from tests.conftest import ROOT

SECONDS = 45
VISITORS = ("", "handler", "cashier", "auditor", "admin", "nobody")
"""Intake, staff of these duties, and the staff app's door; nobody comes last, since that locks the door for this address."""


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """Serve an invented county, with the scanners installed."""
    subprocess.run([str(ROOT / "requirements" / "system.sh"), "sqlmap", "wapiti", "nginx", "openssl"], check=True)
    folder = tmp_path_factory.mktemp("scanned")
    forms = write_bundle(folder / "bundle")
    with open_county(folder / "data", forms) as opened:
        yield opened


def write_bundle(folder: Path) -> Path:
    """Write the sample's forms-bundle as a build of today does."""
    for file in bundle.generate(Theme(read_library(ROOT / "content").library, datetime.now(CHINA))):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content if isinstance(file.content, bytes) else file.content.encode())
    return folder


@pytest.mark.long
def test_scanners_find_nothing_above_informational(county: County, tmp_path: Path) -> None:
    scans: list[Scan] = []
    for who, browser in open_browsers(county, VISITORS).items():
        scans += scan(county, browser, tmp_path, SECONDS, who)
    assert [fault for one in scans for fault in one.list_faults()] == []
    for one in scans:
        least = 100 if one.tool == "wapiti" else 10
        assert one.requests > least, (one.tool, one.who, one.requests)


def test_every_duty_of_a_scan_is_one_of_the_office() -> None:
    assert {name: KNOWN[name] for name in DUTIES} == DUTIES


def test_what_wapiti_reports_is_read() -> None:
    one = {"method": "GET", "path": "/x", "parameter": "q", "info": "XSS via injection", "level": 3}
    header = {"method": "GET", "path": "/", "parameter": "", "info": "X-XSS-Protection is not set", "level": 1}
    report = {
        "vulnerabilities": {"Cross Site Scripting": [one], "HTTP Secure Headers": [header]},
        "anomalies": {"Internal Server Error": [one | {"info": "500"}]},
    }
    found = read_wapiti(report)
    assert [(fault.kind, fault.is_informational) for fault in found] == [
        ("Cross Site Scripting", False),
        ("HTTP Secure Headers", True),
        ("Internal Server Error", False),
    ]


def test_what_sqlmap_reports_is_read() -> None:
    head = "Target URL,Place,Parameter,Technique(s),Note(s)\n"
    assert read_sqlmap(head + "https://x/?q=1,GET,q,,\n") == []
    assert read_sqlmap(head + "https://x/?q=1,GET,q,BT,\n") == [
        Finding("sqlmap", "SQL injection (BT)", 3, "GET https://x/?q=1 q")
    ]
