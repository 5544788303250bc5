"""The `site-builder` command. Exit status: 0 good, 1 faults found, 2 wrong use."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NoReturn

import click

from forms_api.command_line import NAMES, Group
from site_builder.clock import CHINA, UnclearDate, read_moment
from site_builder.publishing.commands import COMMANDS
from site_builder.values import Problem

CONFIG = click.option(
    "-f",
    "--config-file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("mkdocs.yml"),
    metavar="文件",
    help="网站配置文件；默认为 mkdocs.yml。",
)
DATE = click.option(
    "--date", metavar="日期", help="构建日期，写成 2026-11-20 或 2026-11-20T08:30；默认为现在（北京时间）。"
)
CONTENT = click.option(
    "--content",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=Path("content"),
    metavar="文件夹",
    help="内容文件夹；默认为 content。",
)
PROFILE = click.option(
    "--profile",
    type=click.Choice(["政府子站", "独立站"]),
    metavar="政府子站|独立站",
    help="按哪一类网站的要求检查；默认照 site.yml。政府子站更严：检查要扣分的，都算错误。",
)
BUILT = click.option(
    "--site-dir",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    metavar="文件夹",
    help="查这个已经生成的网站；不写时临时生成一次。",
)


@click.group(cls=Group, context_settings=NAMES)
@click.version_option(package_name="workers-home", message="%(prog)s %(version)s", help="显示版本号。")
def main() -> None:
    """职工之家网站：检查内容、生成网站、导入文件。"""


@main.command()
@CONFIG
@click.option(
    "--site-dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="文件夹",
    help="生成到哪个文件夹；默认为 site。",
)
@DATE
@click.option("--drafts", is_flag=True, help="连草稿一起生成（只供预览，每页都有标记）。")
@click.option("--strict", is_flag=True, help="有警告也算不合格。")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="个数", help="同时用几个进程；默认与处理器核数相同，结果总是一样。"
)
@click.option("--clean", is_flag=True, help="不用上次留下的结果，从头生成。")
def build(
    config_file: Path,
    site_dir: Path | None,
    date: str | None,
    drafts: bool,
    strict: bool,
    jobs: int | None,
    clean: bool,
) -> None:
    """生成网站，没有变的不再生成。内容有错误时一处不漏地列出来，原来的网站保持不动。"""
    from site_builder.driver import CannotBuild, build

    _require(config_file)
    try:
        result = build(config_file, site_dir, date, drafts=drafts, jobs=jobs, clean=clean)
    except CannotBuild as error:
        _fail(str(error))
    _report(result.problems)
    if result.failed:
        errors = sum(problem.severity == "error" for problem in result.problems)
        _fail(f"有 {errors} 处错误，网站没有更新。请照上面的说明改好再来一次。")
    if strict and (warnings := sum(problem.severity == "warning" for problem in result.problems)):
        _fail(f"网站已生成，但有 {warnings} 处警告（--strict 不放过警告）。")
    click.echo(f"网站已生成：{result.site_dir}（{result.written} 个文件）。")


@main.command()
@CONFIG
@click.option("--address", default="127.0.0.1:8000", metavar="地址:端口", help="预览地址；默认为 127.0.0.1:8000。")
@DATE
@click.option("--drafts/--no-drafts", default=True, help="是否显示草稿；默认显示。")
def serve(config_file: Path, address: str, date: str | None, drafts: bool) -> None:
    """预览网站；内容一改，页面自动更新。按 Ctrl+C 结束。"""
    from site_builder.driver import CannotBuild, serve

    _require(config_file)
    click.echo("正在生成网站……")
    try:
        serve(config_file, address, click.echo, date, drafts=drafts)
    except CannotBuild as error:
        _fail(str(error))


@main.command()
@click.argument("paths", nargs=-1, metavar="[路径…]", type=click.Path(path_type=Path))
@CONFIG
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    metavar="text|json|sarif|github",
    help="报告的格式；默认为 text，一行一处。",
)
@PROFILE
@CONTENT
@BUILT
@click.option("--source", is_flag=True, help="只查内容文件，不生成网站。")
@DATE
@click.option("--no-memory", is_flag=True, help="不用也不存上次检查的结果，全部重查。")
def check(
    paths: tuple[Path, ...],
    config_file: Path,
    form: str,
    profile: str | None,
    content: Path,
    site_dir: Path | None,
    source: bool,
    date: str | None,
    no_memory: bool,
) -> None:
    """检查内容和网站，一次列出所有问题；写了路径的，只报这些文件的。有错误时退出码为 1。"""
    from site_builder.clock import UnclearDate
    from site_builder.gate_command import CannotCheck, Request, run_check
    from site_builder.reports import count_words, write_report

    memory = None if no_memory else content.resolve().parent / "build" / "check.memory"
    request = Request(content, config_file, paths, profile, date, site_dir, with_site=not source, memory_file=memory)
    try:
        report = run_check(request)
    except UnclearDate as unclear:
        raise click.UsageError(str(unclear)) from None
    except CannotCheck as error:
        _fail(str(error))
    if report.problems or form in ("json", "sarif"):
        click.echo(write_report(report.problems, form))
    if form == "text":
        click.echo(count_words(report.problems, saw_site=report.saw_site), err=True)
    sys.exit(1 if report.failed else 0)


@main.command("import")
@click.argument("files", nargs=-1, required=True, metavar="文件…", type=click.Path(path_type=Path))
@click.option("--type", "kind", default="policy", metavar="类型", help="导入成哪一类内容；默认为 policy（政策文件）。")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("content"),
    metavar="文件夹",
    help="放进哪个内容文件夹；默认为 content。",
)
@click.option("--dry-run", is_flag=True, help="只看结果，不写文件。")
@click.option("--accept", is_flag=True, help="直接发布，不留作草稿（只用于可信的批量文本）。")
@click.option("--diff", "differences", is_flag=True, help="逐行列出读到的文字和草稿不同的地方。")
def import_(files: tuple[Path, ...], kind: str, out: Path, dry_run: bool, accept: bool, differences: bool) -> None:
    """把 .docx .html .txt .pdf .md 文件变成一条内容草稿，并列出修补之处和疑点。"""
    from site_builder.importers import Refused, run_import
    from site_builder.importers.drafts import record_type

    try:
        record_type(kind)
    except Refused as refused:
        raise click.UsageError(str(refused)) from None
    now = datetime.now(UTC).astimezone(CHINA).replace(second=0, microsecond=0)
    report = run_import(files, kind, out, dry_run, accept, now)
    for line in report.lines(differences=differences):
        click.echo(line)
    if report.refused:
        sys.exit(1)


@main.command()
@click.argument("kind", metavar="类型")
@click.option(
    "--title", default="请填写标题", metavar="标题", help="标题；文件名（编号）由日期和标题的拼音首字母组成。"
)
@CONTENT
@DATE
def new(kind: str, title: str, content: Path, date: str | None) -> None:
    """新建一条内容的草稿，常用的各项已经写好样子，照着改就行。"""
    from site_builder.importers import Refused
    from site_builder.importers.blanks import write_blank

    try:
        now = read_moment(date, os.environ, datetime.now(UTC))
        path = write_blank(kind, title, content, now)
    except (Refused, UnclearDate) as error:
        raise click.UsageError(str(error)) from None
    click.echo(f"已新建：{path}")
    click.echo("填好以后运行 site-builder check，没有错误再提交。")


@main.command()
@CONTENT
def schema(content: Path) -> None:
    """写出各类内容的 JSON Schema（content/.schema/），编辑器据此提示和检查。"""
    from site_builder.content_files import write_schemas

    for path in write_schemas(content):
        click.echo(str(path))


@main.command()
@click.argument("old", metavar="旧文件")
@click.argument("new", metavar="新文件")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html"]),
    default="text",
    metavar="text|html",
    help="text 在终端里看；html 是一个可以单独打开的网页。",
)
@click.option("--ignore-marks", is_flag=True, help="只有标点、全半角、分行不同的，算作相同。")
@click.option(
    "--content",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("content"),
    metavar="文件夹",
    help="按编号找文件时用的内容文件夹；默认为 content。",
)
def diff(old: str, new: str, form: str, ignore_marks: bool, content: Path) -> None:
    """逐条对照两份文件的正文，写路径或本站编号都可以。相同时退出码为 0，不同时为 1。"""
    from site_builder.reading.two_bodies import NoDocument, read_body
    from site_builder.redline import compare
    from site_builder.redline_text import write_text

    try:
        before, after = read_body(old, content), read_body(new, content)
    except NoDocument as missing:
        raise click.UsageError(str(missing)) from None
    redline = compare(before.text, after.text, ignore_marks=ignore_marks)
    if form == "html":
        from site_builder.pages.redlines import draw_alone

        click.echo(draw_alone(redline, before.title, after.title))
    else:
        click.echo("\n".join(write_text(redline)))
    sys.exit(0 if redline.is_equal else 1)


@main.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    metavar="text|json|html",
    help="text 在终端里看；json 给监测程序；html 是一个可以单独打开的网页，只供内部使用。",
)
@PROFILE
@DATE
@CONFIG
@CONTENT
@BUILT
def inspect(
    form: str,
    profile: Literal["政府子站", "独立站"] | None,
    date: str | None,
    config_file: Path,
    content: Path,
    site_dir: Path | None,
) -> None:
    """照政府网站检查指标自查：单项否决、栏目更新、扣分项，每项还剩几天。有不合格的，退出码为 1。"""
    from site_builder.clock import UnclearDate, read_moment
    from site_builder.content_files import read_library
    from site_builder.gate_command import CannotCheck, Request, run_check
    from site_builder.inspection import inspect
    from site_builder.inspection_page import write_report

    memory = content.resolve().parent / "build" / "check.memory"
    try:
        now = read_moment(date, os.environ, datetime.now(UTC))
        report = run_check(Request(content, config_file, (), profile, date, site_dir, memory_file=memory))
    except UnclearDate as unclear:
        raise click.UsageError(str(unclear)) from None
    except CannotCheck as error:
        _fail(str(error))
    told = inspect(read_library(content).library, now, profile, report.problems, saw_site=report.saw_site)
    click.echo(write_report(told, form))
    sys.exit(1 if told.failed else 0)


def _require(config_file: Path) -> None:
    if not config_file.is_file():
        raise click.UsageError(f"找不到 {config_file}。请到网站所在的文件夹里运行，或者用 -f 指出配置文件。")


def _report(problems: list[Problem]) -> None:
    for problem in problems:
        click.echo(str(problem), err=problem.severity == "error")


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(1)


for command in COMMANDS:
    main.add_command(command)


if __name__ == "__main__":
    main()
