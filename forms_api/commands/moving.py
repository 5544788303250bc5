"""Moving house: `migrate-store` takes a county's cases into another database, `migrate-files` its sealed files to another place."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from forms_api.audit import Chain
from forms_api.commands.asking import DATA, give_up, opened_store, read_settings
from forms_api.config import Folder, NotReady, Settings, open_bucket, open_postgres, open_sqlite
from forms_api.environment import BadSetting, Bucket, read_store
from forms_api.relocating import Move, move_files
from forms_api.serving import CannotServe, hold_lock
from forms_api.storage import NotEmpty, StoreBroken, StoreOutdated, StoreTooNew
from forms_api.storage.copying import Differs, Sums
from forms_api.storage.files import FileStore, FolderFiles
from forms_api.storage.tables import Tables
from forms_api.verifying import list_faults

SQLITE = "sqlite:"
FOLDER = "folder"
SHOWN = 20


@dataclass(frozen=True)
class Place:
    """A database as the command names it: a file in a data folder, or an address."""

    text: str

    @property
    def file(self) -> Path | None:
        """Return the file; None for an address."""
        return Path(self.text.removeprefix(SQLITE)).absolute() if self.text.startswith(SQLITE) else None

    def open(self) -> Tables:
        """Return its store. Raises NotReady, StoreOutdated, StoreTooNew."""
        return open_sqlite(self.file, renew=False) if self.file else open_postgres(self.text, renew=False)


class PlaceType(click.ParamType[Place]):
    """A database: sqlite:/srv/forms/cases.db or postgresql://user@host/database."""

    name = "库"

    def convert(self, value: str | Place, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        """Return the database."""
        if isinstance(value, Place):
            return value
        if value.startswith(SQLITE) and value != SQLITE:
            return Place(value)
        if not re.match("postgres(ql)?://", value):
            raise click.UsageError(f"看不懂“{value}”。请写 sqlite:文件路径，或 postgresql://用户@主机/库名。")
        try:
            return Place(read_store(value))
        except BadSetting as error:
            raise click.UsageError(str(error).replace("FORMS_STORE ", "地址")) from None


@click.command("migrate-store")
@click.argument("source", metavar="原来的库", type=PlaceType())
@click.argument("target", metavar="新的库", type=PlaceType())
def migrate_store(source: Place, target: Place) -> None:
    """把全部申请、事件和登记搬到另一个库：先停服务；搬完逐表核对，再核对事件链；中断了可以再运行一次。"""
    if source == target:
        raise click.UsageError("两个库写成了同一个。")
    try:
        with _held(source, target), _opened(source) as old, _opened(target) as new:
            sums = _move(old, new, target)
            faults = [f"{fault.where}：{fault.words}" for fault in list_faults(new, _find_head(old), Chain())]
    except (StoreOutdated, StoreTooNew):
        give_up("有一个库不是这个版本建的。请两边用同一版本的程序；旧库先运行 forms-api migrate 升级。")
    except (NotReady, CannotServe, StoreBroken) as error:
        give_up(
            error if not isinstance(error, StoreBroken) else f"数据库读写出错（{error}）。什么也没有搬，请再运行一次。"
        )
    if faults:
        give_up(
            "\n".join(faults)
            + "\n已搬完，两个库逐行一致；上面这些和事件记录对不上的，旧库里就有。请先查明，再启动服务。"
        )
    rows, tables = sum(number for number, _ in sums.values()), sum(1 for number, _ in sums.values() if number)
    click.echo(
        f"已搬完：{tables} 张表 {rows} 行，其中申请 {sums['cases'][0]} 份、事件 {sums['event'][0]} 条，逐行一致，事件链首尾相接。"
    )
    click.echo(_say_next(target))


def _move(old: Tables, new: Tables, target: Place) -> Sums:
    if place := old.find_place():
        if place != target.text:
            give_up(f"原来的库早已搬到 {place}，不再使用。请从那里搬。")
        click.echo("上次已经搬过，现在重新核对。")
    if new.find_place():
        give_up(f"{target.text} 是搬空后停用的旧库，不能再搬进去。请建一个新库。")
    try:
        return old.move_to(new, target.text)
    except NotEmpty as error:
        give_up(f"新的库不是空的（表 {error.table} 里已有内容），和原来的库也不一样。请建一个空库，再运行一次。")
    except Differs as error:
        give_up(f"表 {error.table} 搬过去以后和原来不一样，已经全部撤回。请再运行一次；还不行就保留原样，查明原因。")


def _say_next(target: Place) -> str:
    if target.file:
        return "旧库已经停用。请在每台机器上去掉环境变量 FORMS_STORE，再启动服务。"
    return f"旧库已经停用。请在每台机器上设 FORMS_STORE={target.text}，再启动服务。"


def _find_head(store: Tables) -> str:
    last = store.find_last_event()
    return last.digest.hex() if last else ""


@contextmanager
def _opened(place: Place) -> Iterator[Tables]:
    store = place.open()
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _held(source: Place, target: Place) -> Iterator[None]:
    """Keep services from starting beside the move. Raises CannotServe where one runs, NotReady where nothing is."""
    with ExitStack() as held:
        if source.file and not source.file.exists():
            raise NotReady(f"找不到 {source.file}。请检查路径。")
        if target.file and not target.file.parent.is_dir():
            raise NotReady(f"找不到文件夹 {target.file.parent}。请先建好。")
        for file in filter(None, (source.file, target.file)):
            for role in ("intake", "review"):
                held.callback(os.close, hold_lock(Folder(file.parent).lock(role)))
        if not source.file and (others := _count_others(source.text)):
            raise CannotServe(f"原来的库还有 {others} 个别的连接。请先停掉每台机器上的服务和定时任务。")
        yield


def _count_others(address: str) -> int:
    try:
        from forms_api.storage.postgres import count_others  # only who runs many machines has psycopg
    except ImportError:
        return 0  # opening says what is missing
    return count_others(address)


# --- files ---------------------------------------------------------------------------------------------


class FilesType(click.ParamType[str | Bucket]):
    """A place of sealed files: `folder` for the data folder's, or s3://bucket/prefix as FORMS_FILES_* reach it."""

    name = "地方"

    def convert(self, value: str | Bucket, param: click.Parameter | None, ctx: click.Context | None) -> str | Bucket:
        """Return the word, or the bucket."""
        if isinstance(value, Bucket) or value == FOLDER:
            return value
        try:
            return Bucket.read(os.environ, value)
        except BadSetting as error:
            raise click.UsageError(
                str(error)
                .replace("FORMS_FILES 写成", "地方写成")
                .replace("；放在数据文件夹里就不写", "，数据文件夹写 folder")
            ) from None


@click.command("migrate-files")
@DATA
@click.argument("source", metavar="原来的地方", type=FilesType())
@click.argument("target", metavar="新的地方", type=FilesType())
def migrate_files(data: Path, source: str | Bucket, target: str | Bucket) -> None:
    """把全部密封的文件从数据文件夹（写 folder）搬到对象存储（写 s3://桶名/目录），或者搬回来：先停服务。

    每个文件搬过去再读回来，大小和摘要都对了才从原处删；中断了可以再运行一次。
    """
    if _name_files(source) == _name_files(target):
        raise click.UsageError("两个地方写成了同一个。")
    settings = read_settings(data)
    try:
        with _stopped(settings), opened_store(settings) as store:
            move = move_files(store, _open_files(settings, source), _open_files(settings, target))
    except (NotReady, CannotServe) as error:
        give_up(error)
    except (StoreBroken, FileNotFoundError) as error:
        give_up(f"搬到一半读写不了（{error}）。原处的文件一个也没有少，请检查网络和权限，再运行一次。")
    if move.faults:
        give_up(_say_faults(move))
    click.echo(
        f"已搬完：新的地方有 {move.total} 个文件（这次搬了 {move.copied} 个），逐个读回来核对过；原处删掉了 {move.removed} 个。"
    )
    if move.unknown:
        click.echo(f"原处还有 {move.unknown} 个没有登记的文件，没有动它们。")
    told = f"设 FORMS_FILES={target.address}" if isinstance(target, Bucket) else "去掉环境变量 FORMS_FILES"
    click.echo(f"请在每台机器上{told}，再启动服务。")


def _name_files(place: str | Bucket) -> str:
    return place.address if isinstance(place, Bucket) else place


def _open_files(settings: Settings, place: str | Bucket) -> FileStore:
    return open_bucket(place) if isinstance(place, Bucket) else FolderFiles(settings.folder.files)


def _say_faults(move: Move) -> str:
    shown = "\n".join(f"文件 {name} 在原处没有，或者和登记的摘要不一样。" for name in move.faults[:SHOWN])
    return f"{shown}\n一共 {len(move.faults)} 个。别的已经搬到新的地方，原处的一个也没有删。请从备份找回缺的文件，再运行一次。"


@contextmanager
def _stopped(settings: Settings) -> Iterator[None]:
    """Keep services from starting beside the move. Raises CannotServe where one runs."""
    with ExitStack() as held:
        for role in ("intake", "review"):
            held.callback(os.close, hold_lock(settings.folder.lock(role)))
        if settings.store and (others := _count_others(settings.store)):
            raise CannotServe(f"数据库还有 {others} 个别的连接。请先停掉每台机器上的服务和定时任务。")
        yield
