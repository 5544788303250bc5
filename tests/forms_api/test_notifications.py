"""Messages handed to real servers on this machine."""

from __future__ import annotations

import email
import email.policy
import io
from collections.abc import Iterator

import pytest

from forms_api.notifications import ConsoleNotifier, HttpGateway, NullNotifier, SmtpNotifier, Undelivered, WeComGroup
from tests.forms_api.carriers import Gateway, MailServer, running

TO, TEXT = "13900000001", "【云溪县总工会】您的申请已受理。"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    server = Gateway()
    with running(server):
        yield server


@pytest.fixture
def post() -> Iterator[MailServer]:
    server = MailServer()
    with running(server):
        yield server


def mailer(server: MailServer) -> SmtpNotifier:
    return SmtpNotifier("127.0.0.1", server.server_address[1], "office@yunxi.example", "申办服务")


def test_the_gateway_gets_address_text_and_key(gateway: Gateway) -> None:
    HttpGateway(gateway.url, "token").send(TO, TEXT, "m1")
    ((body, headers),) = gateway.taken
    assert body == {"to": TO, "text": TEXT, "id": "m1"}
    assert (headers["Idempotency-Key"], headers["Authorization"]) == ("m1", "Bearer token")
    gateway.body = b"not json"
    HttpGateway(gateway.url).send(TO, TEXT, "m2")
    assert "Authorization" not in gateway.taken[1][1]


@pytest.mark.parametrize(
    ("status", "again"), [(500, True), (503, True), (429, True), (408, True), (400, False), (403, False)]
)
def test_what_a_gateway_refuses_is_told_apart(gateway: Gateway, status: int, again: bool) -> None:
    gateway.status = status
    with pytest.raises(Undelivered) as failed:
        HttpGateway(gateway.url).send(TO, TEXT, "m1")
    assert (failed.value.cause, failed.value.again) == (f"HTTP {status}", again)


def test_a_gateway_that_sends_elsewhere_is_not_followed(gateway: Gateway) -> None:
    gateway.status, gateway.headers = 302, {"Location": gateway.url.replace("/send", "/elsewhere")}
    with pytest.raises(Undelivered, match="302"):
        HttpGateway(gateway.url).send(TO, TEXT, "m1")
    assert len(gateway.taken) == 1


def test_nobody_there_or_no_web_address() -> None:
    server = Gateway()
    server.server_close()
    with pytest.raises(Undelivered) as failed:
        HttpGateway(server.url).send(TO, TEXT, "m1")
    assert failed.value.again
    assert TO not in str(failed.value)
    with pytest.raises(Undelivered) as failed:
        HttpGateway("file:///etc/passwd").send(TO, TEXT, "m1")
    assert not failed.value.again


def test_the_group_of_staff_is_told(gateway: Gateway) -> None:
    WeComGroup(gateway.url).send("", "待处理事项", "d1")
    assert gateway.taken[0][0] == {"msgtype": "text", "text": {"content": "待处理事项"}}
    for body, again in ((b'{"errcode": 93000}', False), (b'{"errcode": 45009}', True)):
        gateway.body = body
        with pytest.raises(Undelivered) as failed:
            WeComGroup(gateway.url).send("", "待处理事项", "d1")
        assert failed.value.again == again


def test_a_mail_is_sent_whole(post: MailServer) -> None:
    mailer(post).send("clerk@yunxi.example", TEXT, "d1")
    (mail,) = post.mails
    read = email.message_from_bytes(mail.encode(), policy=email.policy.default)
    assert (read["To"], read["Message-ID"], read["Subject"]) == (
        "clerk@yunxi.example",
        "<d1@yunxi.example>",
        "申办服务",
    )
    assert read.get_content().strip() == TEXT


@pytest.mark.parametrize(
    ("command", "answer", "again"),
    [
        ("RCPT", "550 unknown", False),
        ("RCPT", "451 later", True),
        ("MAIL", "421 busy", True),
        ("DATA", "554 no", False),
    ],
)
def test_what_a_mail_server_refuses_is_told_apart(post: MailServer, command: str, answer: str, again: bool) -> None:
    post.answers[command] = answer
    with pytest.raises(Undelivered) as failed:
        mailer(post).send("clerk@yunxi.example", TEXT, "d1")
    assert failed.value.again == again


def test_an_address_tells_the_mail_server_and_who_gets_the_digest(post: MailServer) -> None:
    port = post.server_address[1]
    SmtpNotifier.read(f"smtp://127.0.0.1:{port}?from=office@yunxi.example&to=clerk@yunxi.example", "受理台").send(
        "", TEXT, "d1"
    )
    assert len(post.mails) == 1
    told = SmtpNotifier.read("smtp://clerk:a%40b@mail.yunxi.example?from=a@yunxi.example&to=b@yunxi.example", "受理台")
    assert (told.host, told.port, told.user, told.password) == ("mail.yunxi.example", 587, "clerk", "a@b")
    for wrong in ("smtp://mail.yunxi.example", "smtp://?from=a&to=b", "https://mail.yunxi.example?from=a&to=b"):
        with pytest.raises(ValueError, match=r"smtp|https"):
            SmtpNotifier.read(wrong, "受理台")


def test_no_mail_server_is_tried_again(post: MailServer) -> None:
    gone = MailServer()
    gone.server_close()
    with pytest.raises(Undelivered) as failed:
        mailer(gone).send("clerk@yunxi.example", TEXT, "d1")
    assert failed.value.again


def test_a_mail_server_elsewhere_must_encrypt(post: MailServer) -> None:
    """This one does not know STARTTLS, and its name is not this machine's."""
    elsewhere = SmtpNotifier("127.0.0.2", post.server_address[1], "a@b.example", "x")
    with pytest.raises(Undelivered):
        elsewhere.send("clerk@yunxi.example", TEXT, "d1")
    assert post.mails == []


def test_the_console_masks_and_nobody_is_nobody() -> None:
    out = io.StringIO()
    ConsoleNotifier(out).send(TO, TEXT, "m1")
    assert out.getvalue() == f"139******** {TEXT}\n"
    NullNotifier().send(TO, TEXT, "m1")
