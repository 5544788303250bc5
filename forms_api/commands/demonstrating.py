"""`forms-api demo`: fill an empty data folder with an invented county at work."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from random import Random

import click

from forms_api import custody
from forms_api.accounts import add_staff
from forms_api.back_office import Office
from forms_api.commands.asking import BUNDLE, DATA, JSON, give_up, read_settings
from forms_api.config import NotReady, Settings, find_sealer, open_files, open_store, read_intake_keys
from forms_api.content_clone import ContentClone
from forms_api.definitions import CHINA
from forms_api.demonstration import DAYS, PEOPLE, Demonstration
from forms_api.forms_bundle import NoBundle, read_bundle
from forms_api.model import SYSTEM
from forms_api.receiving import Intake, Limits
from forms_api.reviewing import open_accounts
from forms_api.staff import DUTIES
from forms_api.storage import Store
from forms_api.vault import Vault

PATIENT = Limits(per_address=10**6, per_address_without_work=10**6, per_form=10**6)


@click.command()
@DATA
@BUNDLE
@click.option("--seed", type=int, default=1, metavar="数字", help="换一个数字，就换一批申请；默认为 1。")
@click.option(
    "--content",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    metavar="文件夹",
    help="网站的 content 文件夹；写了，公示就推送到一个由它复制出来的仓库，经过检查，同真的一样。",
)
@JSON
def demo(data: Path, bundle: Path | None, seed: int, content: Path | None, as_json: bool) -> None:
    """在空的数据文件夹里放一个虚构的县：人员、申请、办理、登记册和公示；口令和密码只显示这一次。"""
    settings = read_settings(data, bundle)
    if settings.is_made:
        give_up(f"{data} 里已经有数据。演示要用一个空的文件夹。")
    passphrase = custody.make_passphrase()
    click.echo(f"正在让一个虚构的县办 {DAYS} 天的事，大约一分钟。", err=True)
    try:
        forms = read_bundle(settings.bundle)
        custody.prepare_folder(settings.folder)
        store = open_store(settings)
        passwords = _play(settings, store, passphrase, seed, content)
    except (NoBundle, NotReady) as error:
        give_up(error)
    told = [(one, name, "、".join(DUTIES[duty] for duty in duties), passwords[one]) for one, name, _, duties in PEOPLE]
    cases = len(store.list_cases(limit=10_000))
    store.close()
    if as_json:
        people = [dict(zip(("account", "name", "duties", "password"), one, strict=True)) for one in told]
        click.echo(json.dumps({"passphrase": passphrase, "staff": people, "cases": cases}, ensure_ascii=False))
        return
    click.echo(f"{forms.site['organisation']}（虚构）已经办了 {DAYS} 天，收到 {cases} 份申请。")
    click.echo(f"私钥口令，登录受理台以后解锁用：{passphrase}")
    click.echo("各人的一次性密码，第一次登录时换成自己的：")
    for one in told:
        click.echo("  " + "\t".join(one))


def _play(settings: Settings, store: Store, passphrase: str, seed: int, content: Path | None) -> dict[str, str]:
    """Let the county work until now, and return the one-time passwords of its staff."""
    folder, until = settings.folder, datetime.now(CHINA).replace(microsecond=0)
    custody.make_keys(folder, store, passphrase, until)
    sealer = find_sealer(folder, store)
    if sealer is None:
        raise NotReady(f"{folder.public_key} 没有写好。请检查磁盘空间和权限。")
    vault, random = Vault(folder), Random(seed)  # noqa: S311 - an invented county needs no secrecy
    vault.unlock(passphrase)
    county: Demonstration

    def clock() -> datetime:
        return county.now

    bundle = read_bundle(settings.bundle)
    office = Office(store, vault, sealer, bundle, clock, random.randbytes)
    keys, windows = read_intake_keys(folder), bundle.windows
    intake = Intake(store, keys, sealer, clock, settings.prefix, PATIENT, random=random.randbytes, windows=windows)
    clone = _make_clone(folder.review, content) if content else None
    county = Demonstration(office, intake, open_files(settings), random, until, clone)
    accounts = open_accounts(folder, store, lambda: until)
    unions = [one["id"] for one in bundle.unions]
    passwords = {
        one: add_staff(accounts, one, name, union, duties, SYSTEM, unions) for one, name, union, duties in PEOPLE
    }
    county.play(until)
    return passwords


def _make_clone(folder: Path, content: Path) -> ContentClone:
    """Return a clone of a repository made from a content folder, which the site's own check looks after."""
    folder = folder.absolute()  # git runs inside the clone, where a relative address would lead elsewhere
    bare, work = folder / "demo-content.git", folder / "demo-content"
    begun = ("-c", "core.bare=false", "--git-dir", str(bare), "--work-tree", str(content.resolve().parent))
    name = ("-c", "user.name=演示", "-c", "user.email=demo@localhost")
    for words in (
        ("init", "--quiet", "--bare", "--initial-branch=main", str(bare)),
        (*begun, "add", "--", content.name),
        (*begun, *name, "commit", "--quiet", "-m", "演示用的内容"),
    ):
        done = subprocess.run(["git", *words], capture_output=True, text=True, check=False, cwd=content.parent)  # noqa: S603, S607 - git, with words of our own
        if done.returncode:
            raise NotReady(f"演示用的仓库没有建成：{done.stderr.strip()[-200:]}")
    return ContentClone(work, str(bare), (sys.executable, "-m", "site_builder"))
