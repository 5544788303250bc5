"""What the pages of the staff app share: the desk that views work at, the frame around every page, short answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, abort, current_app, g, redirect, request
from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from forms_api import http_guards, qr
from forms_api.config import Settings
from forms_api.forms_bundle import Bundle
from forms_api.review.access import Cookie, find_access, open_to_all
from forms_api.reviewing import Review
from forms_api.signing_in import SignedIn
from forms_api.staff import name_duties
from forms_api.standing import Pace
from forms_api.wording import FILTERS

pages = Blueprint("frame", __name__)
HEADERS = http_guards.HEADERS
HTML = "text/html; charset=utf-8"
KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
ENTRIES = [
    ("收件箱", "inbox.index"),
    ("公示", "publicity.index"),
    ("发放", "payments.index"),
    ("登记册", "registers.index"),
    ("个人信息", "personal.index"),
    ("统计", "figures.index"),
    ("审计", "auditing.index"),
    ("账号", "staffing.index"),
    ("运行状况", "upkeep.index"),
]
"""The navigation: a word and the endpoint. An entry shows where the app has that view and the duties allow it."""
SAID = {
    "held": "已经暂缓删除，到期会再提醒。",
    "released": "已经撤销，保存期满就删除。",
    "deleted": "已经删除，事件里留了证明。请答复本人。",
    "corrected": "更正好了，原来填的也还留着。请答复本人。",
    "consent_back": "已经记下收回同意。还在办的，请先打电话和本人说清楚再往下办。",
    "step_taken": "办好了。",
    "assigned": "分派好了。",
    "noted": "记下了。",
    "told": "记下了。",
    "joined": "已经请那个工会联办。",
    "bound": "关联好了。",
    "proposed": "名单拟好了，等审批岗位的同事签发。",
    "list_signed": "签发好了，可以发布了。",
    "list_dropped": "这份名单作废了，里面的申请重新等公示。",
    "list_public": "发布好了，网站几分钟内更新。",
    "list_ended": "报审批了。",
    "list_withdrawn": "撤下了。里面的申请要重新复核。",
    "batch_made": "做好了，等另一位财务人员复核。",
    "batch_confirmed": "复核好了，可以导出给银行。",
    "batch_dropped": "这一批作废了，里面的申请可以重新发放。",
    "signed_out": "已经退出。",
    "expired": "太久没有操作，已经自动退出。请重新登录；没有保存的内容要再填一次。",
    "unlocked": "已经解锁，可以看申请内容了。",
    "locked": "已经锁上。要看申请内容，先重新解锁。",
    "password_changed": "密码改好了，其他设备上的登录都已结束。",
    "session_ended": "那一处的登录已经结束。",
    "staff_changed": "改好了。这个账号要重新登录。",
    "staff_disabled": "已经停用，正在进行的登录也结束了。",
    "staff_enabled": "已经恢复使用。",
}
"""What a page says after something was done, by the word that stands in its address (`go(…, said=…)`)."""


@dataclass(frozen=True)
class Desk:
    """All that the views need."""

    review: Review
    pages: Pages
    cookie: Cookie
    settings: Settings
    tell_pace: Callable[[], Pace | None]
    """Returns how the rounds of this process go; None where it makes none."""


class Pages:
    """Draw pages from one bundle; safe to share between threads."""

    def __init__(self, bundle: Bundle) -> None:
        """Prepare the templates."""
        self.bundle = bundle
        self.env = Environment(
            loader=ChoiceLoader(
                [FileSystemLoader(Path(__file__).with_name("templates")), DictLoader({"macros.html": bundle.macros})]
            ),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
            auto_reload=False,
        )
        self.env.filters.update(FILTERS | {"duties": name_duties})
        self.env.globals.update(site=bundle.site, asset=self.find_address)

    @cached_property
    def assets(self) -> dict[str, bytes]:
        """Return what is handed out, by digest and name."""
        return {f"{hashlib.sha256(body).hexdigest()[:16]}/{name}": body for name, body in self.bundle.assets.items()}

    def find_address(self, name: str) -> str:
        """Return where a file of the bundle is handed out."""
        return next(f"/assets/{path}" for path in self.assets if path.endswith(f"/{name}"))

    def draw(self, template: str, **context: Any) -> str:
        """Return a page."""
        return self.env.get_template(template).render(**context).replace("\0", "\ufffd")  # no HTML holds NUL


def desk() -> Desk:
    """Return what this app's views need."""
    found: Desk = current_app.extensions["review"]
    return found


def review() -> Review:
    """Return what the app works with."""
    return desk().review


def signed_in() -> SignedIn:
    """Return who asks; only views that are open to all may meet nobody, and those ask `find_signed_in`."""
    found = find_signed_in()
    return found if found else abort(403)


def find_signed_in() -> SignedIn | None:
    """Return who asks, if anybody is signed in."""
    found: SignedIn | None = g.get("signed")
    return found


def page(template: str, title: str, status: int = 200, **context: Any) -> Response:
    """Answer with a page in the frame."""
    signed = find_signed_in()
    drawn = desk().pages.draw(
        template,
        title=title,
        entries=list(list_entries(signed)),
        me=signed.staff if signed else None,
        post_token=_write_post_token(signed),
        vault_open=review().vault.is_open,
        can_unlock=_can_unlock(signed),
        here=request.full_path.rstrip("?") if request.method == "GET" else "/",
        said=SAID.get(request.args.get("said", ""), ""),
        **context,
    )
    return Response(drawn, status, content_type=HTML)


def say(title: str, text: str, status: int = 200, *, back: str = "/", back_words: str = "回到首页") -> Response:
    """Answer with a page that says one thing."""
    return page("message.html", title, status, text=text, back=back, back_words=back_words)


def go(address: str, said: str = "", **arguments: str) -> Response:
    """Send to another address of this app, where the browser asks anew."""
    query = urlencode({name: value for name, value in {**arguments, "said": said}.items() if value})
    return redirect(f"{address}{'&' if '?' in address else '?'}{query}" if query else address, 303)  # type: ignore[return-value]  # werkzeug's class, of which flask's is a kind


def draw_qr(address: str, label: str) -> Markup:
    """Return a QR code that leads to an address, as a picture in the page with words for who cannot see it."""
    code = qr.draw_code(address)
    drawn = Markup('<svg viewBox="0 0 {0} {0}" role="img" aria-label="{1}"><path d="{2}"/></svg>')
    return drawn.format(code.side, label, code.path)


def find_target(text: str) -> str:
    """Return where somebody wanted to go, if it is an address of this app; else the start page."""
    parts = urlsplit(text)
    own = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and "\\" not in text
    return text if own and not parts.scheme and not parts.netloc else "/"


@pages.get("/health")
@open_to_all
def health() -> Response:
    """Tell that the process lives."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@pages.get("/assets/<path:name>")
@open_to_all
def asset(name: str) -> Response:
    """Hand out a file of the bundle; its address names its content, so that it may be kept for good."""
    body = desk().pages.assets.get(name)
    if body is None:
        abort(404)
    return Response(
        body,
        content_type=KINDS[name.rpartition(".")[2]],
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


def _can_unlock(signed: SignedIn | None) -> bool:
    if signed is None or signed.staff.find_errand(review().clock()):
        return False
    elsewhere = request.blueprint != "unlocking"
    return elsewhere and not review().vault.is_open and "auditor" not in signed.staff.duties


def list_entries(signed: SignedIn | None) -> Iterator[tuple[str, str, bool]]:
    """Yield word, address and whether it is the current one, of what the duties of somebody allow."""
    if signed is None or signed.staff.find_errand(review().clock()):
        return
    adapter = current_app.create_url_adapter(request)
    for word, endpoint in ENTRIES:
        view = current_app.view_functions.get(endpoint)
        if view and adapter and find_access(view).allows(signed.staff.duties):
            yield word, adapter.build(endpoint), request.blueprint == endpoint.partition(".")[0]


def _write_post_token(signed: SignedIn | None) -> Markup:
    """Return the field that every form must have."""
    if signed is None:
        return Markup("")
    token = review().accounts.keys.make_post_token(signed.session.id)
    return Markup('<input type="hidden" name="post_token" value="{}">').format(token)
