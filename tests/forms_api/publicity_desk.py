"""An office whose 公示 go to a real bare repository with the project's hooks, from which a real site is built."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from forms_api.content_clone import ContentClone
from forms_api.office import Entry
from forms_api.storage import Change, EntryChange
from tests.forms_api.office_desk import STAFF, UNIT, OfficeDesk
from tests.publishing_desk import ROOT, Desk, Person, start_site

GUIDE = (
    "title: 困难职工帮扶\n{form}basis:\n  - title: 工会法\nconditions:\n  - text: 已加入工会\n"
    "hours: 周一至周五\n{more}places:\n  - {{name: 职工服务中心}}\nphones:\n  - 0000-6010001\nsteps:\n  - title: 申请\n"
)
CLERK, APPROVER = STAFF["clerk"], STAFF["approver"]


def make_key(folder: Path) -> tuple[Path, str]:
    """Return a new SSH key: the file of the private half, and the line of the public half."""
    path = folder / "service-key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)
    return path, path.with_suffix(".pub").read_text(encoding="utf-8").strip()


def write_editors(line: str) -> str:
    """Return an editors.yml in which staff have rights by their account, and the service by its key."""
    return (
        "editors:\n"
        "  - {name: 管理员, login: guan, rights: [write, settings]}\n"
        "  - {name: 阮女士, login: reviewer, rights: [review]}\n"
        "  - {name: 郗主席, login: approver, rights: [approve]}\n"
        f"  - {{name: 审核系统, service: true, keys: ['{line}'], rights: [write, withdraw],\n"
        "     limits: {write: [公示, messages, indicators, honors], withdraw: [公示]}}\n"
    )


def start_desk(folder: Path) -> tuple[Desk, Path]:
    """Return a server with a small site that knows the service's key, and that key."""
    desk = Desk(folder / "server")
    key, line = make_key(folder)
    admin = desk.person("管理员")
    start_site(admin)
    for name, form, more in (
        ("hardship-aid", "", "materials:\n  - {name: 身份证}\n"),
        ("objection", "form: objection\n", ""),
        ("recommendation", "", "materials:\n  - {name: 会议记录}\n"),
    ):
        admin.write(f"content/guides/{name}.md", f"---\n{GUIDE.format(form=form, more=more)}---\n随到随办。\n")
    shutil.copytree(ROOT / "content" / "forms", admin.clone / "content" / "forms", ignore=_all_but_objection)
    admin.write("content/editors.yml", write_editors(line))
    admin.commit("登记权限")
    assert "已发布" in admin.send()
    return desk, key


def _all_but_objection(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name != "objection.yml"}


@dataclass
class PublicityDesk:
    """The office, the server, and the clone between them; their clocks go together."""

    office: OfficeDesk
    server: Desk
    clone: ContentClone

    def wait(self, **time: float) -> None:
        """Let time pass for both."""
        self.office.wait(**time)
        self.server.set_clock(self.office.now.strftime("%Y-%m-%dT%H:%M"))

    def clear(self, name: str = "欧阳小满", *, count: int = 1) -> list[str]:
        """Bring applications for aid as far as 待公示."""
        found = []
        for _ in range(count):
            reference = self.office.apply_for("hardship", full_name=name, causes=["家庭收入低"])
            for who, action in (
                ("unit", "accept"),
                ("unit", "first_review"),
                ("unit", "visit"),
                ("reviewer", "review"),
            ):
                if action == "visit":
                    self._put_visit(self.office.find(reference).id)
                self.office.act(who, reference, action)
            found.append(reference)
        return found

    def _put_visit(self, case_id: str) -> None:
        office = self.office.office
        entry = Entry(office.new_id(), "visit", UNIT, "recorded", self.office.now, b"", owner=case_id)
        office.store.change(Change(entries=(EntryChange(entry),)))

    def editor(self) -> Person:
        """Return the administrator with a clone of the head."""
        person = self.server.person("管理员", "guan")
        person.git("fetch", "--quiet", "origin")
        person.git("reset", "--quiet", "--hard", "origin/main")
        return person


def open_desk(office: OfficeDesk, server: Desk, key: Path, folder: Path) -> PublicityDesk:
    """Return the office with a clone of the server's repository."""
    environ = {name: value for name, value in server.environ.items() if not name.startswith(("GIT_AUTHOR", "GIT_COMM"))}
    clone = ContentClone(
        folder / "content", str(server.repository), (str(server.command_file),), key=key, environ=environ
    )
    return PublicityDesk(office, server, replace(clone))
