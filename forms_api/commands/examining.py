"""`forms-api doctor`: look at everything about an installation and say what to do."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from forms_api.certificates import find_certificates
from forms_api.commands.asking import BUNDLE, DATA, JSON, opened_store, read_settings
from forms_api.definitions import CHINA
from forms_api.findings import LEVELS, Finding, Subject, examine


@click.command()
@DATA
@BUNDLE
@JSON
@click.option(
    "--certificate", "certificates", type=click.Path(path_type=Path), multiple=True, metavar="文件",
    help="要查有效期的证书；不写就查 nginx 用的。",
)  # fmt: skip
@click.option(
    "--site-home", type=click.Path(path_type=Path), envvar="WORKERS_HOME", metavar="文件夹", help="发布文件夹。"
)
@click.option("--figures", default="http://127.0.0.1:9102/metrics", metavar="地址", help="受理台的指标在哪里。")
def doctor(
    data: Path,
    bundle: Path | None,
    as_json: bool,
    certificates: tuple[Path, ...],
    site_home: Path | None,
    figures: str,
) -> None:
    """全部检查一遍：密钥、权限、时钟、磁盘、数据库、证书、钩子、定时任务……每一样说好不好、怎么办；有坏的返回 1。"""
    settings = read_settings(data, bundle)
    home = site_home if site_home and site_home.is_dir() else None
    with opened_store(settings) as store:
        subject = Subject(
            settings, store, datetime.now(CHINA), site_home=home, certificates=certificates or find_certificates(),
            figures=figures,
        )  # fmt: skip
        told = [row for name, label, found in examine(subject) for row in _tell(name, label, found)]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        for row in told:
            click.echo(
                f"{LEVELS[row['level']]}\t{row['label']}{'：' if row['words'] else ''}{row['words']}{row['remedy']}"
            )
    sys.exit(1 if any(row["level"] == "bad" for row in told) else 0)


def _tell(name: str, label: str, found: list[Finding]) -> Iterator[dict[str, str]]:
    """Yield a row for each fault that a check found, or the one that says that all is well, and how it stands."""
    faults = [one for one in found if one.level != "good"]
    well = Finding("good", "".join(one.words for one in found))
    for one in faults or [well]:
        yield {"check": name, "label": label, "level": one.level, "words": one.words, "remedy": one.remedy}
