"""What all tests share: the sample site built once, a server for it, a real browser, and the reference folder."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from site_builder.driver import build

ROOT = Path(__file__).parents[1]
SAMPLE_DATE = "2026-11-20T09:00"

# The gate tries the same examples every time, so that it tells of the change and not of luck; `make test-long` looks for
# new ones. How long an example takes says more about a busy machine than about the code.
for name, derandomize in (("gate", True), ("search", False)):
    hypothesis.settings.register_profile(
        name, derandomize=derandomize, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real reference input, which stands beside a checkout but is no part of the project."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the reference folder ../shared is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def sample_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sample site of this repository and return its folder."""
    site_dir = tmp_path_factory.mktemp("sample") / "site"
    result = build(ROOT / "mkdocs.yml", site_dir, SAMPLE_DATE)
    assert [problem for problem in result.problems if problem.severity != "hint"] == []
    return site_dir


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def site_url(sample_site: Path) -> Iterator[str]:
    """Serve the sample site on 127.0.0.1 and return its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(sample_site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "no Chromium: run `make test`, or install the package chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """Open a page as a 375-pixel phone shows it; any console error or request to another host fails the test."""
    yield from _watched_page(browser, 375, 812)


@pytest.fixture
def desktop(browser: Browser) -> Iterator[Page]:
    """Open a page as a desktop shows it; any console error or request to another host fails the test."""
    yield from _watched_page(browser, 1280, 900)


def _watched_page(browser: Browser, width: int, height: int) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    page = context.new_page()
    page.clock.set_fixed_time(f"{SAMPLE_DATE}:00+08:00")  # pages say what holds today: let that be the day of the build
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: _is_local(request.url) or faults.append(f"request to {request.url}"))
    yield page
    context.close()
    assert faults == []


def _is_local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:", "blob:"))
