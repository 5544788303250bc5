"""The Content-Security-Policy as meta tag and header, and security.txt."""

import re
from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest

from site_builder.model import Site
from site_builder.render import Theme
from site_builder.security import allow_script, list_headers, write_policy, write_security_txt
from tests.small_library import NOW, make_library

NGINX = Path(__file__).parents[2] / "deploy" / "nginx-headers.conf"


def test_nothing_is_allowed_that_is_not_named():
    policy = write_policy()
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "*" not in policy
    assert not re.search(r"https?:", policy)


def test_only_the_header_forbids_frames():
    assert "frame-ancestors" not in write_policy()
    assert write_policy(header=True) == write_policy() + "; frame-ancestors 'none'"


def test_nginx_adds_the_same_headers():
    written = dict(re.findall(r'^add_header (\S+) "(.*)" always;$', NGINX.read_text(encoding="utf-8"), re.MULTILINE))
    assert written == list_headers()


def test_every_page_carries_the_policy():
    page = str(Theme(make_library(), NOW).page("status/", "status.html", title="我的申请", guides=[]).content)
    tag = '<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;;'
    assert page.count(tag) == 1
    assert page.index(tag) < page.index("<script")


def test_a_preview_lets_its_own_script_pass_by_hash():
    page = str(Theme(make_library(), NOW).page("status/", "status.html", title="我的申请", guides=[]).content).encode()
    served = allow_script(page.replace(b"</body>", b"<script>reload(1)</script></body>"))
    digest = b64encode(sha256(b"reload(1)").digest()).decode()
    assert f"script-src &#39;self&#39; &#39;sha256-{digest}&#39;; style-src".encode() in served


def test_security_txt_has_what_rfc_9116_asks():
    text = write_security_txt("mailto:a@yunxi.example", "https://yunxi.example/", NOW)
    fields = dict(line.split(": ", 1) for line in text.splitlines())
    assert fields["Contact"] == "mailto:a@yunxi.example"
    assert fields["Preferred-Languages"] == "zh"
    assert fields["Canonical"] == "https://yunxi.example/.well-known/security.txt"
    assert (datetime.fromisoformat(fields["Expires"]) - NOW).days == 365


@pytest.mark.parametrize("contact", ["a@yunxi.example", "http://yunxi.example/", "0000-6010001"])
def test_a_contact_must_be_an_address(contact):
    with pytest.raises(ValueError, match="security_contact"):
        Site(name="家", organisation="会", domain="a.example", security_contact=contact)
