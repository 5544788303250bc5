"""`forms-api sample`: valid random answers to a form as JSON, for demonstrations and load."""

from __future__ import annotations

import json
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from random import Random

import click

from forms_api.commands.asking import give_up
from forms_api.definitions import CHINA
from forms_api.forms_bundle import NoBundle, read_bundle
from forms_api.samples import make_answers


@click.command()
@click.argument("form", metavar="表单编号")
@click.option("--seed", type=int, default=0, metavar="整数", help="同一个数总是得出同一份答案；默认 0。")
@click.option(
    "--bundle",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="FORMS_BUNDLE",
    default=Path("forms-bundle"),
    metavar="文件夹",
    help="网站生成的表单包；默认为环境变量 FORMS_BUNDLE，没有设就是 forms-bundle。",
)
def sample(form: str, seed: int, bundle: Path) -> None:
    """按一张表单随机写一份填对了的答案（JSON），用来演示和压测；材料要另外上传，不在里面。"""
    try:
        found = read_bundle(bundle)
    except NoBundle as error:
        give_up(error)
    definition = found.forms.get(form)
    if definition is None:
        near = get_close_matches(form, found.forms, n=1)
        give_up(
            f"没有编号为 {form} 的表单。{f'是不是 {near[0]}？' if near else '运行 forms-api forms 可以看到全部编号。'}"
        )
    world = found.world(datetime.now(CHINA).date())
    answers = make_answers(definition, world, Random(seed), lambda field: [])  # noqa: S311 - a sample, no secret
    click.echo(json.dumps(answers, ensure_ascii=False, indent=1))
