"""What the source documents ask of the site, row by row, held to a built site and a running service.

`docs/coverage.yml` says for each row where it stands. `python -m tests.coverage --verify` resolves every piece of evidence,
`python -m tests.coverage` writes `docs/coverage.md` from it.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import click
import yaml
from flask.testing import FlaskClient
from lxml import html
from werkzeug.datastructures import MultiDict

from forms_api.__main__ import main as forms_command
from forms_api.config import Settings
from forms_api.definitions import CHINA
from forms_api.fields import flatten
from forms_api.forms_bundle import read_bundle
from forms_api.intake import create_app
from forms_api.questions import FormField
from forms_api.samples import make_answers
from forms_api.windows import Window, find_standing
from site_builder.__main__ import main as site_command
from site_builder.checks import FAMILIES
from site_builder.content_files import read_library
from site_builder.driver import build
from site_builder.records import Indicator
from tests.forms_api.front_desk import open_front_desk
from tests.forms_api.review.aid import Linked, link_desk

ROOT = Path(__file__).parents[1]
SOURCE, SHEET = ROOT / "docs" / "coverage.yml", ROOT / "docs" / "coverage.md"
SAMPLE_DATE = "2026-11-20T09:00"
DOCUMENTS = {"A000": 55, "A001": 49, "A002": 44, "A003": 57, "A004": 26}
"""How many rows come from each source document."""
KINDS = {"page": "页面", "form": "表单", "review": "工作台和命令", "check": "检查规则", "indicator": "指标"}
REASONS = {"staff": "只供工作人员内部使用", "offline": "不在网上办"}
COMMANDS = {"forms-api": forms_command, "site-builder": site_command}
RULES = {rule.name for family in FAMILIES for rule in family}
TRIES = 400

Row = Mapping[str, Any]


def read_rows() -> list[Row]:
    """Return the rows as they stand in the file."""
    rows: list[Row] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))["rows"]
    return rows


def list_ids() -> list[str]:
    """Return the numbers of all rows."""
    return [f"{document}-{number:02}" for document, most in DOCUMENTS.items() for number in range(1, most + 1)]


def find_shape_faults(rows: Sequence[Row]) -> list[str]:
    """Return what is wrong with the list itself: rows missing, twice, unexplained or of an unknown kind."""
    ids = [str(row["id"]) for row in rows]
    faults = [f"{one}: 清单里没有" for one in list_ids() if one not in ids]
    faults += [f"{one}: 不认识，或者重复" for one in ids if one not in list_ids() or ids.count(one) > 1]
    for row in rows:
        evidence = [kind for kind in KINDS if kind in row]
        explained = row.get("reason") in REASONS and bool(row.get("why")) and not evidence
        if not explained and not (evidence and row.get("how") and "reason" not in row):
            faults.append(f"{row['id']}: 要么写凭据和怎么用到，要么写原因")
        faults += [f"{row['id']}: 不认识的键 {key}" for key in row if key not in {*KINDS, "id", "how", "reason", "why"}]
    return faults


@dataclass
class Service:
    """A built site, and an intake and a staff app in front of one store."""

    site: Path
    folder: Path
    references: dict[str, str] = field(default_factory=dict)
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    def __post_init__(self) -> None:
        bundle = self.site.parent / "forms-bundle"
        self.front = open_front_desk(self.folder, read_bundle(bundle))
        self.worker: Linked = link_desk(self.front)
        app: Any = create_app(self.worker.intake, Settings(data=self.folder, bundle=bundle))
        self.intake: FlaskClient = app.test_client()
        self.read_text: Callable[[str], str] = cache(self._read_text)
        self.apply: Callable[[str, tuple[tuple[str, Any], ...]], str] = cache(self._apply)
        self.indicators = {one.id for one in read_library(ROOT / "content").library.all(Indicator)}

    def _read_text(self, address: str) -> str:
        """Return the words of a page of the site without spaces; "" where there is no page."""
        path = self.site / address.strip("/")
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            return ""
        if path.suffix != ".html":
            return squeeze(path.read_text(encoding="utf-8"))
        return squeeze(str(html.document_fromstring(path.read_text(encoding="utf-8")).text_content()))

    def _apply(self, form_id: str, wanted: tuple[tuple[str, Any], ...]) -> str:
        """Hand in a sample application with answers that are wanted and return its reference; "" if it is refused."""
        form = self.front.review.office.bundle.forms.get(form_id)
        if form is None:
            return ""
        world = self.front.review.office.bundle.world(self.front.now.date())
        windows = self.front.review.office.bundle.windows.get(form_id)
        if windows and find_standing(windows, self.front.now.date()).open is None:
            return self._apply_in(windows[-1], form_id, wanted)

        def put(one: FormField) -> list[str]:
            return [self.worker.put_file(form_id, one.name)]

        self.worker.wait(minutes=2)
        for seed in range(TRIES):
            answers = make_answers(form, world, Random(seed), lambda _: ["x"])
            if all(_has(answers, name, value) for name, value in wanted):
                break
        else:
            return ""
        answers = make_answers(form, world, Random(seed), put)
        page = self.intake.get(f"/apply/{form_id}/").text
        (token,) = re.findall(r'name="token" value="([^"]+)"', page)
        self.worker.wait(minutes=1)
        sent = MultiDict([*flatten(answers), ("token", token)])
        found = re.findall(r'class="ref">([^<]+)<', self.intake.post(f"/apply/{form_id}/receipt", data=sent).text)
        return str(found[0]) if found else ""

    def _apply_in(self, window: Window, form_id: str, wanted: tuple[tuple[str, Any], ...]) -> str:
        """Hand in a sample application on the first day of a window, and go on today."""
        today, self.front.now = self.front.now, datetime.combine(window.start, time(9), CHINA)
        try:
            return self._apply(form_id, wanted)
        finally:
            self.front.now = today

    def ask_staff(self, address: str, duty: str) -> tuple[int, str]:
        """Return status and words of a staff page as somebody with a duty sees it."""
        if "<reference>" in address:
            if "aid" not in self.references:
                self.worker.now = self.front.now
                self.references["aid"] = self.worker.apply_for("hardship")
            address = address.replace("<reference>", self.references["aid"])
        if duty not in self.clients or self.clients[duty].get(address).status_code == 303:  # left alone for too long
            self.clients[duty] = self.front.sign_in(duty)
        answer = self.clients[duty].get(address)
        return answer.status_code, squeeze(answer.text)

    def close(self) -> None:
        """Close the store."""
        self.front.review.store.close()


def squeeze(text: str) -> str:
    """Return a text without spaces."""
    return re.sub(r"\s+", "", text)


def _has(answers: Mapping[str, Any], name: str, value: Any) -> bool:
    found = answers.get(name)
    return value in found if isinstance(found, list) else found == value


def find_faults(row: Row, service: Service) -> Iterator[str]:
    """Yield what of a row's evidence does not hold."""
    looks: dict[str, Callable[[Any, Service], Iterable[str]]] = {
        "page": _find_page_faults,
        "form": _find_form_faults,
        "review": _find_review_faults,
        "check": lambda one, _: () if one in RULES else ("没有这条规则",),
        "indicator": lambda one, at: () if one in at.indicators else ("没有这项指标",),
    }
    for kind, look in looks.items():
        for one in list_evidence(row, kind):
            yield from (f"{row['id']}: {KINDS[kind]} {one}：{fault}" for fault in look(one, service))


def list_evidence(row: Row, kind: str) -> list[Any]:
    """Return the pieces of evidence of a kind: one may stand alone, several in a list of lists or names."""
    given = row.get(kind)
    if given is None:
        return []
    several = isinstance(given, list) and (kind in ("check", "indicator", "form") or isinstance(given[0], list))
    return list(given) if several else [given]


def _find_page_faults(one: list[str], service: Service) -> Iterator[str]:
    text = service.read_text(one[0])
    if not text:
        yield "没有这一页"
    elif len(one) < 2:
        yield "没有写页上要有的字"
    yield from (f"页上没有“{words}”" for words in one[1:] if text and squeeze(words) not in text)


def _find_form_faults(one: str | Mapping[str, Mapping[str, Any]], service: Service) -> Iterator[str]:
    ((form, wanted),) = [(one, {})] if isinstance(one, str) else list(one.items())
    if not service.apply(form, tuple(wanted.items())):
        yield "没有收下样例"


def _find_review_faults(one: str | list[str], service: Service) -> Iterator[str]:
    if isinstance(one, str):
        program, *path = one.split()
        command: click.Command | None = COMMANDS.get(program)
        for name in path:
            command = command.commands.get(name) if isinstance(command, click.Group) else None
        if command is None or not path:
            yield "没有这个命令"
        return
    address, duty, *words = one
    if not words:
        yield "没有写页上要有的字"
    status, text = service.ask_staff(address, duty)
    if status != 200:
        yield f"{duty}打开得到 {status}"
        return
    yield from (f"页上没有“{word}”" for word in words if squeeze(word) not in text)


def draw_sheet(rows: Sequence[Row]) -> str:
    """Return the list as a page for people."""
    reached = [row for row in rows if "reason" not in row]
    lines = [
        "# 来源文件里的功能，在这里怎么用到",
        "",
        "本页由 `python -m tests.coverage` 从 `docs/coverage.yml` 生成，请不要直接改。"
        "`python -m tests.coverage --verify` 在真正建好的网站和运行的服务上逐条核对。",
        "",
        f"五份来源文件一共提到 {len(rows)} 项，用户用得到的 {len(reached)} 项，只供内部使用或者不在网上办的 "
        f"{len(rows) - len(reached)} 项。",
        "",
        "| 编号 | 怎么用到 | 凭据 |",
        "| --- | --- | --- |",
    ]
    lines += [f"| {row['id']} | {row['how']} | {_name_evidence(row)} |" for row in reached]
    lines += ["", "## 只供内部使用，或者不在网上办", "", "| 编号 | 原因 | 说明 |", "| --- | --- | --- |"]
    lines += [f"| {row['id']} | {REASONS[row['reason']]} | {row['why']} |" for row in rows if "reason" in row]
    return "\n".join(lines) + "\n"


def _name_evidence(row: Row) -> str:
    return "；".join(f"{KINDS[kind]} {_name(one)}" for kind in KINDS for one in list_evidence(row, kind))


def _name(one: Any) -> str:
    if isinstance(one, str):
        return f"`{one}`"
    if isinstance(one, list):
        return f"`{one[0]}`" + (f"（{'、'.join(one[1:])}）" if one[1:] else "")
    ((form, wanted),) = one.items()
    return f"`{form}`（{'、'.join(map(str, wanted.values()))}）"


def verify(site: Path, folder: Path) -> tuple[int, list[str]]:
    """Return how many pieces of evidence were resolved and what does not hold."""
    rows = read_rows()
    faults = find_shape_faults(rows)
    service = Service(site, folder)
    try:
        faults += [fault for row in rows for fault in find_faults(row, service)]
    finally:
        service.close()
    return sum(len(list_evidence(row, kind)) for row in rows for kind in KINDS), faults


def main(arguments: Sequence[str]) -> int:
    """Write the page, or verify the list on a site that is built for it."""
    if "--verify" not in arguments:
        SHEET.write_text(draw_sheet(read_rows()), encoding="utf-8")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        if build(ROOT / "mkdocs.yml", site, SAMPLE_DATE).failed:
            print("网站没有生成。请先运行 site-builder build。")
            return 1
        (Path(folder) / "data").mkdir()
        count, faults = verify(site, Path(folder) / "data")
    for fault in faults:
        print(fault)
    rows = read_rows()
    reached = sum("reason" not in row for row in rows)
    print(f"{len(rows)} 项，用得到的 {reached} 项；凭据 {count} 条，对不上的 {len(faults)} 条。")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
