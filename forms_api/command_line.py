"""Click with Chinese help and Chinese messages for wrong use."""

from __future__ import annotations

import re
import sys
from typing import Any

import click

NAMES = {"help_option_names": ["-h", "--help"]}


class Command(click.Command):
    """A command whose help is in Chinese."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take what click.Command takes."""
        super().__init__(*args, **({"options_metavar": "[选项]"} | options))

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line that shows how the command is written."""
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="用法：")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under a Chinese heading."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        rows = [row for option in options if (row := option.get_help_record(ctx))]
        with formatter.section("选项"):
            formatter.write_dl(rows)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the help option with a Chinese explanation."""
        option = super().get_help_option(ctx)
        if option:
            option.help = "显示这段说明。"
        return option


class Group(Command, click.Group):
    """A group of such commands, which also says in Chinese what is wrong with a call."""

    command_class = Command

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take what click.Group takes."""
        super().__init__(*args, **({"subcommand_metavar": "命令 [参数]…"} | options))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, then the commands."""
        super().format_options(ctx, formatter)
        shown = [(name, self.commands[name]) for name in self.list_commands(ctx)]
        rows = [(name, command.get_short_help_str(80)) for name, command in shown if not command.hidden]
        with formatter.section("命令"):
            formatter.write_dl(rows)

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the command; wrong use ends with status 2 and a sentence that says what to write."""
        try:
            return super().main(*args, **(options | {"standalone_mode": False}))
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.message, err=True)
        except click.UsageError as error:
            command = error.ctx.command_path if error.ctx else "forms-api"
            click.echo(f"{_say(error)}可以先看 {command} -h。", err=True)
        except click.Abort:
            click.echo("已中断。", err=True)
            sys.exit(1)
        sys.exit(2)


def _say(error: click.UsageError) -> str:
    if isinstance(error, click.MissingParameter):
        return f"缺少{_name(error.param)}。"
    if isinstance(error, click.BadParameter):
        return f"{_name(error.param)}写得不对。"
    if isinstance(error, click.NoSuchOption):
        near = f"是不是要写 {error.possibilities[0]}？" if error.possibilities else ""
        return f"没有 {error.option_name} 这个选项。{near}"
    if re.search("[\u4e00-\u9fff]", error.message) and not re.match("[A-Z]", error.message):
        return error.message
    return "没有这个命令，或者多写了参数。"


def _name(param: click.Parameter | None) -> str:
    return str(param.metavar or param.human_readable_name) if param else "参数"
