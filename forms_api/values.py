"""What all parts of a form definition share: the frozen base, names of answers, conditions as a field of a model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from forms_api.conditions import WORDS, check_shape


class Frozen(BaseModel):
    """Base of all parts of a definition: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, defer_build=True)


_NAME = re.compile(r"[a-z_][a-z0-9_]{0,39}")


PAGE_NAMES = frozenset(
    {
        "token",
        "proof",
        "version",
        "website",
        "next",
        "more",
        "less",
        "edit",
        "drop",
        "names",
        "confirm",
        "draft",
        "keep",
        "reference",
        "secret",
        "sure",
    }
)
"""What the pages of the forms service send beside the answers, which no field may have as its name."""


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"名称“{name}”不合规则。请用小写英文字母、数字和下划线，以字母或下划线开头，最多 40 个，例如 full_name。"
        )
    if name in PAGE_NAMES:
        raise ValueError(f"名称“{name}”是表单页面自己要用的。请换一个名称，例如 {name}_1。")
    if name in WORDS:
        raise ValueError(f"名称“{name}”是条件里的用词。请换一个名称。")
    return name


def _check_condition(value: Any) -> Any:
    check_shape(value)
    return value


Name = Annotated[str, AfterValidator(_check_name)]
"""The name of an answer, unique in its form."""

ShowIf = Annotated[Mapping[str, Any], BeforeValidator(_check_condition)]
"""A condition in the language of conditions.py."""


def list_one(value: Any) -> Any:
    """Return a lone text as a list of one, so that an editor need not write the brackets."""
    return [value] if isinstance(value, str) else value
