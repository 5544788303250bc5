"""Handing a message to whoever carries it: mail, an HTTP gateway for SMS, a group of 企业微信, the console, nobody."""

from __future__ import annotations

import json
import smtplib
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Protocol, TextIO
from urllib.parse import parse_qsl, unquote, urlsplit

SECONDS = 20


class Undelivered(Exception):
    """A message was not taken; the cause in a word or two, without the message or the address. `again`: trying helps."""

    def __init__(self, cause: str, *, again: bool = True) -> None:
        super().__init__(cause)
        self.cause, self.again = cause, again


class Notifier(Protocol):
    """Carries messages."""

    def send(self, to: str, text: str, key: str) -> None:
        """Hand on a message; the same key may come twice and should be carried once. Raises Undelivered."""


@dataclass(frozen=True, slots=True)
class NullNotifier:
    """Carries nothing: for a county that tells people by phone."""

    def send(self, to: str, text: str, key: str) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class ConsoleNotifier:
    """Writes to the terminal, with the address masked: for trials."""

    out: TextIO = field(default_factory=lambda: sys.stdout)

    def send(self, to: str, text: str, key: str) -> None:
        """Write a line."""
        print(f"{to[:3]}{'*' * max(0, len(to) - 3)} {text}", file=self.out, flush=True)


@dataclass(frozen=True, slots=True)
class HttpGateway:
    """Posts JSON to a gateway for SMS: `{"to", "text", "id"}`, a bearer token, the key as Idempotency-Key."""

    url: str
    token: str = field(default="", repr=False)

    def send(self, to: str, text: str, key: str) -> None:
        """Post a message; 2xx is taken, 4xx but 408 and 429 will not help again."""
        headers = {"Idempotency-Key": key} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        _post(self.url, {"to": to, "text": text, "id": key}, headers)


@dataclass(frozen=True, slots=True)
class WeComGroup:
    """Posts to the robot of a group in 企业微信: for staff, whom the address does not name."""

    url: str = field(repr=False)

    def send(self, to: str, text: str, key: str) -> None:
        """Post a message; the robot says in its answer whether it took it."""
        answer = _post(self.url, {"msgtype": "text", "text": {"content": text}}, {})
        code = answer.get("errcode", 0)
        if code:
            raise Undelivered(f"errcode {code}", again=code == 45009)  # too many in a minute; the others are final


@dataclass(frozen=True, slots=True)
class SmtpNotifier:
    """Sends mail through a server, encrypted unless it is this machine's own."""

    host: str
    port: int
    sender: str
    subject: str
    user: str = ""
    password: str = field(default="", repr=False)
    context: ssl.SSLContext | None = None
    group: str = ""
    """Who gets what is sent to nobody by name."""

    @classmethod
    def read(cls, address: str, subject: str) -> SmtpNotifier:
        """Return what an address smtp://user:password@host:port?from=…&to=… means. Raises ValueError."""
        parts = urlsplit(address)
        told = dict(parse_qsl(parts.query))
        if parts.scheme != "smtp" or not parts.hostname or not {"from", "to"} <= told.keys():
            raise ValueError(parts.scheme)
        user, password = (unquote(one or "") for one in (parts.username, parts.password))
        return cls(parts.hostname, parts.port or 587, told["from"], subject, user, password, group=told["to"])

    def send(self, to: str, text: str, key: str) -> None:
        """Send a mail."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, to or self.group, self.subject
        mail["Message-ID"] = f"<{key}@{self.sender.rpartition('@')[2]}>"
        mail.set_content(text)
        try:
            with smtplib.SMTP(self.host, self.port, timeout=SECONDS) as server:
                if self.context or self.host not in ("127.0.0.1", "::1", "localhost"):
                    server.starttls(context=self.context or ssl.create_default_context())
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise Undelivered("recipient refused", again=all(code < 500 for code in codes)) from None
        except smtplib.SMTPResponseException as error:
            raise Undelivered(f"SMTP {error.smtp_code}", again=error.smtp_code < 500) from None
        except (smtplib.SMTPException, OSError) as error:
            raise Undelivered(type(error).__name__) from None


def _post(url: str, body: Mapping[str, object], headers: Mapping[str, str]) -> dict[str, object] | dict[str, int]:
    if urlsplit(url).scheme not in ("https", "http"):
        raise Undelivered("address is not http", again=False)
    data = json.dumps(body, ensure_ascii=False).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers}, method="POST")  # noqa: S310 - the scheme is looked at above
    try:
        with _OPENER.open(request, timeout=SECONDS) as answer:
            text = answer.read(65536)
    except urllib.error.HTTPError as error:
        error.close()
        raise Undelivered(f"HTTP {error.code}", again=error.code in (408, 429) or error.code >= 500) from None
    except (OSError, ValueError) as error:
        raise Undelivered(type(error).__name__) from None
    try:
        told = json.loads(text or b"{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A gateway that sends elsewhere is not followed: the message would be told to a stranger."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
