"""`forms-api doctor`: look at everything about an installation and say what to do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import click

from forms_api.commands.asking import BUNDLE, DATA, JSON, opened_store, read_settings
from forms_api.definitions import CHINA
from forms_api.findings import Finding, Subject, examine

PATIENCE = 20
NGINX = Path("/etc/nginx/conf.d/workers-home.conf")
LEVELS = {"good": "好", "note": "注意", "bad": "坏"}


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
            settings, store, datetime.now(CHINA), ask, fetch, home, certificates or find_certificates(NGINX), figures
        )
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
    """Yield a row for each finding of a check, or the one that says that all is well."""
    rows: list[tuple[str, str, str]] = [(one.level, one.words, one.remedy) for one in found]
    for level, words, remedy in rows or [("good", "", "")]:
        yield {"check": name, "label": label, "level": level, "words": words, "remedy": remedy}


def ask(command: list[str]) -> str | None:
    """Run a program of the system and return what it said; None where it is not there or fails without a word."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)  # noqa: S603 - names of our own
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 or done.stdout else None


def fetch(address: str) -> str | None:
    """Return the text at an address of this machine; None where nobody answers."""
    if not address.startswith(("http://127.0.0.1:", "http://localhost:")):
        return None
    try:
        with urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310 - this machine alone, see above
            return str(answer.read().decode())
    except (URLError, OSError):
        return None


def find_certificates(path: Path) -> tuple[Path, ...]:
    """Return the certificates that a configuration of nginx names."""
    if not os.access(path, os.R_OK):
        return ()
    named = re.findall(r"^\s*ssl_certificate\s+([^;]+);", path.read_text("utf-8"), re.MULTILINE)
    return tuple(Path(one) for one in dict.fromkeys(named))
