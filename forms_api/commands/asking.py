"""What several commands share: the data folder as an option, passphrases from a file or a terminal, one way to give up."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

from forms_api.config import NotReady, Settings, find_bundle, open_store
from forms_api.custody import SHORTEST_PASSPHRASE
from forms_api.environment import BadSetting
from forms_api.serving import Address
from forms_api.storage import Store


class AddressType(click.ParamType[Address]):
    """An address such as 127.0.0.1:8001."""

    name = "地址"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        """Return the address."""
        try:
            return Address.parse(value)
        except ValueError:
            raise click.UsageError(f"看不懂地址“{value}”。请写成 127.0.0.1:8001 这样。") from None


DATA = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="FORMS_DATA",
    required=True,
    metavar="文件夹",
    help="数据文件夹；也可以用环境变量 FORMS_DATA。",
)
PASSPHRASE_FILE = click.option(
    "--passphrase-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="文件",
    help="口令写在这个文件的第一行。",
)
BIND = click.option(
    "--bind", type=AddressType(), required=True, metavar="地址", help="监听的地址，例如 127.0.0.1:8001。"
)
BUNDLE = click.option(
    "--bundle",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="文件夹",
    help="网站生成的表单包；默认为环境变量 FORMS_BUNDLE，没有设就是 forms-bundle。",
)
FIGURES = click.option(
    "--metrics", "figures", type=AddressType(), metavar="地址", help="Prometheus 指标的地址；不写就没有。"
)
JSON = click.option("--json", "as_json", is_flag=True, help="按 JSON 输出，供程序读取。")


def give_up(message: object) -> NoReturn:
    """Say what is wrong and end with status 1."""
    click.echo(str(message), err=True)
    sys.exit(1)


def read_settings(data: Path, bundle: Path | None = None) -> Settings:
    """Return the settings of this process's environment, or give up."""
    try:
        return Settings.from_env(os.environ, data, bundle or find_bundle(os.environ))
    except BadSetting as error:
        give_up(error)


@contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """Lend the store of a data folder that `init` made, or give up."""
    if not settings.is_made:
        give_up(f"{settings.data} 里还没有数据。请先运行 forms-api init --data {settings.data}。")
    try:
        store = open_store(settings)
    except NotReady as error:
        give_up(error)
    try:
        yield store
    finally:
        store.close()


def read_passphrase(file: Path | None) -> str:
    """Return the passphrase of a file, or ask for it."""
    if file is None:
        return str(click.prompt("口令", hide_input=True))
    try:
        return file.read_text("utf-8").splitlines()[0].strip()
    except (OSError, UnicodeDecodeError, IndexError):
        give_up(f"读不到口令文件 {file}。请检查路径，并把口令写在第一行。")


def choose_passphrase(file: Path | None) -> str:
    """Return a new passphrase of a file or of someone who types it twice; give up if it is short."""
    chosen = read_passphrase(file) if file else click.prompt("新口令", hide_input=True, confirmation_prompt="再输一次")
    if len(chosen) < SHORTEST_PASSPHRASE:
        give_up(f"口令太短，至少 {SHORTEST_PASSPHRASE} 个字符。")
    return str(chosen)
