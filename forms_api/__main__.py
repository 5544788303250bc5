"""The `forms-api` command. Exit status: 0 good, 1 faults found, 2 wrong use."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

import click
from pydantic import ValidationError

from forms_api.command_line import NAMES, Group
from forms_api.commands.auditing import audit
from forms_api.commands.backing_up import backup, backup_key, restore
from forms_api.commands.demonstrating import demo
from forms_api.commands.examining import doctor
from forms_api.commands.keys import keys
from forms_api.commands.migrating import migrate
from forms_api.commands.moving import migrate_files, migrate_store
from forms_api.commands.purging import purge
from forms_api.commands.rehearsing import backup_drill, content_mirror
from forms_api.commands.reviewing import review
from forms_api.commands.running import api_key, cases, init, intake
from forms_api.commands.sampling import sample
from forms_api.commands.staffing import staff
from forms_api.definitions import FormDefinition
from forms_api.workdays import WorkCalendar

BUNDLE_FORMAT = 1
WEEKDAYS = "一二三四五六日"
BUNDLE = click.option(
    "--bundle",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="FORMS_BUNDLE",
    default=Path("forms-bundle"),
    metavar="文件夹",
    help="网站生成的表单包；默认为环境变量 FORMS_BUNDLE，没有设就是 forms-bundle。",
)


@click.group(cls=Group, context_settings=NAMES)
@click.version_option(package_name="workers-home", message="%(prog)s %(version)s", help="显示版本。")
def main() -> None:
    """职工之家表单服务。"""


for command in (
    init,
    intake,
    api_key,
    cases,
    sample,
    keys,
    audit,
    review,
    staff,
    purge,
    backup,
    restore,
    backup_key,
    backup_drill,
    migrate,
    content_mirror,
    migrate_files,
    migrate_store,
    demo,
    doctor,
):
    main.add_command(command)


@main.command()
@BUNDLE
def forms(bundle: Path) -> None:
    """列出表单包里的各张表单：编号、版本、几步几项、标题。"""
    manifest = _read_json(bundle / "bundle.json")
    listed = manifest.get("forms") if isinstance(manifest, dict) else None
    if not isinstance(listed, dict) or manifest.get("version") != BUNDLE_FORMAT:
        _fail(f"{bundle / 'bundle.json'} 不是本程序认识的表单包。请用同一版本的 site-builder 重新生成网站。")
    faults = 0
    for form_id, version in sorted(listed.items()):
        path = bundle / "forms" / f"{form_id}.json"
        form = _read_form(path)
        if form is None or (form.id, form.version) != (form_id, version):
            click.echo(f"{path}：内容和登记的版本对不上。请重新生成网站。", err=True)
            faults += 1
        else:
            click.echo(_describe(form))
    click.echo(f"共 {len(listed) - faults} 张表单，生成于 {manifest.get('built') or '未注明的时间'}。")
    sys.exit(1 if faults else 0)


@main.command()
@click.argument("start", metavar="开始日期")
@click.argument("days", metavar="工作日数", type=click.IntRange(1, 3660))
@BUNDLE
def workdays(start: str, days: int, bundle: Path) -> None:
    """算出一段期限的最后一天：从开始日期当天起数若干个工作日，调休也算在内。"""
    try:
        first = date.fromisoformat(start)
    except ValueError:
        raise click.UsageError(f"看不懂开始日期“{start}”。请写成 2026-11-20 这样的日期。") from None
    path = bundle / "holidays.json"
    calendar = _read_calendar(path) if path.is_file() else WorkCalendar()
    try:
        last = calendar.last_day(first, days)
    except ValueError as error:
        _fail(str(error))
    click.echo(f"{last}（星期{WEEKDAYS[last.weekday()]}）")
    if unknown := [str(year) for year in range(first.year, last.year + 1) if calendar.is_estimated(year)]:
        click.echo(f"{'、'.join(unknown)}年的放假安排还没有公布，暂按周末推算。", err=True)


def _describe(form: FormDefinition) -> str:
    fields, materials = sum(1 for _ in form.fields()), len(form.materials())
    return f"{form.id}\t{form.version[:16]}\t{len(form.sections)} 步 {fields} 项，材料 {materials} 份\t{form.title}"


def _read_form(path: Path) -> FormDefinition | None:
    try:
        return FormDefinition.model_validate(_read_json(path))
    except ValidationError:
        return None


def _read_calendar(path: Path) -> WorkCalendar:
    try:
        return WorkCalendar(
            {
                int(year): (_read_days(days["holidays"]), _read_days(days["workdays"]))
                for year, days in _read_json(path).items()
            }
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        _fail(f"{path} 里的放假安排看不懂（{error}）。请重新生成网站。")


def _read_days(days: list[str]) -> frozenset[date]:
    return frozenset(datetime.strptime(day, "%Y-%m-%d").date() for day in days)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError:
        _fail(f"找不到 {path}。请先生成网站，或者用 --bundle 指出表单包在哪里。")
    except ValueError:
        _fail(f"{path} 已损坏，不是 JSON。请重新生成网站。")


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
