"""The Jinja environment of the pages: Jinja's own, without some of what it does over and over for each page.

The same text comes out as from a plain environment; a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, Template
from markupsafe import Markup, escape

_UNSAFE = re.compile("[&<>'\"]")


def make_environment(templates: Path, compiled: str = "") -> Environment:
    """Return an environment for a folder of templates; `compiled` is a folder where they are kept compiled, '' for none."""
    kept = FileSystemBytecodeCache(compiled) if compiled else None
    return _Environment(loader=FileSystemLoader(templates), autoescape=True, auto_reload=False, bytecode_cache=kept)


def escape_quickly(value: object) -> str:
    """Return what `escape` does as plain text, without making a Markup of each of the hundreds of values of a page."""
    if type(value) is str:
        return escape(value) if _UNSAFE.search(value) else value
    return value if type(value) is Markup else escape(value)


class _Template(Template):
    @classmethod
    def from_code(cls, environment: Environment, code: CodeType, *others: Any, **named: Any) -> Template:
        """Make a template whose code escapes by our function: what it escapes is only ever joined."""
        made = super().from_code(environment, code, *others, **named)
        made.root_render_func.__globals__["escape"] = escape_quickly
        return made


class _Environment(Environment):
    template_class = _Template

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the globals of a template as one dictionary, as Jinja asks a chain for all names at each import.

        What is put into the environment's globals after a template was loaded does not reach it.
        """
        return {**self.globals, **(d or {})}
