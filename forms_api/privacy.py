"""The privacy notice of a form: purpose, legal basis, retention by outcome, and each separate consent. No I/O.

PIPL: art. 17 (notice), 19 (shortest retention), 23 (passing on), 25 (publication), 28-30 (sensitive information).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, field_validator, model_validator

from forms_api.values import Frozen, Name, ShowIf, list_one

Outcome = Literal["approved", "refused", "withdrawn"]
Unit = Literal["y", "m", "d"]
Start = Literal["membership", "file", "case"]
ConsentKind = Literal["identity", "health", "finance", "special", "minor", "third_party", "publication"]

KIND_WORDS: dict[str, str] = {
    "identity": "身份证件信息",
    "health": "健康和病情",
    "finance": "收入和银行账户",
    "special": "特定身份（如残疾、低保、困难职工）",
    "minor": "未成年人的信息",
    "third_party": "向其他单位核对或提供",
    "publication": "公示或公开",
}
"""What a separate consent can be about: the kinds of sensitive information, passing on, publishing."""

_RETENTION = re.compile(r"(?:(membership|file|case)\+)?([1-9]\d{0,2})([ymd])")
_START_WORDS: dict[Start, str] = {"membership": "会籍终止后", "file": "困难职工档案退出后", "case": "办结后"}
_UNIT_WORDS: dict[Unit, str] = {"y": "年", "m": "个月", "d": "天"}


@dataclass(frozen=True, slots=True)
class Retention:
    """How long an application is kept: a number of years, months or days after an event."""

    start: Start
    count: int
    unit: Unit

    @property
    def words(self) -> str:
        """Return the period as the notice says it, such as 会籍终止后5年."""
        return f"{_START_WORDS[self.start]}{self.count}{_UNIT_WORDS[self.unit]}"

    def __str__(self) -> str:
        return f"{'' if self.start == 'case' else f'{self.start}+'}{self.count}{self.unit}"


def _parse_retention(value: Any) -> Any:
    if isinstance(value, Retention):
        return value
    match = _RETENTION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            f"保存期限“{value}”看不懂。"
            "请写成 1y（办结后1年）、6m、30d，或 membership+5y（会籍终止后5年）、file+10y（档案退出后10年）。"
        )
    start: Any = match[1] or "case"
    unit: Any = match[3]
    return Retention(start, int(match[2]), unit)


RetentionField = Annotated[
    Retention,
    BeforeValidator(_parse_retention),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": f"^{_RETENTION.pattern}$", "examples": ["1y", "membership+5y"]}),
]


class Consent(Frozen):
    """One separate consent (单独同意, PIPL art. 29): its own box, never ticked beforehand."""

    name: Name = Field(title="名称")
    kind: ConsentKind = Field(title="同意什么")
    label: str = Field(title="同意的内容", min_length=1)
    why: str = Field(title="为什么需要", min_length=1)
    otherwise: str = Field(title="不同意会怎样", min_length=1)
    receiver: str | None = Field(None, title="提供给谁")
    required: bool = Field(True, title="必须勾选")
    show_if: ShowIf | None = Field(None, title="何时出现")

    @model_validator(mode="after")
    def _names_receiver(self) -> Consent:
        if self.kind == "third_party" and not self.receiver:
            raise ValueError("向其他单位核对或提供信息，要写明提供给谁。请补上 receiver，写接收单位的名称。")
        return self


class Privacy(Frozen):
    """What the worker is told before filling in."""

    purpose: str = Field(title="用途", min_length=1)
    basis: Annotated[tuple[str, ...], BeforeValidator(list_one)] = Field(title="法律依据", min_length=1)
    retention: Mapping[Outcome, RetentionField] = Field(title="保存期限", description="approved、refused 必写")
    consents: tuple[Consent, ...] = Field((), title="单独同意")

    @field_validator("retention")
    @classmethod
    def _is_whole(cls, value: Mapping[Outcome, Retention]) -> Mapping[Outcome, Retention]:
        if missing := [outcome for outcome in ("approved", "refused") if outcome not in value]:
            written = "、".join(missing)
            raise ValueError(f"保存期限没有写 {written}。请写明办成（approved）和没办成（refused）各保存多久。")
        return value

    def retention_for(self, outcome: Outcome) -> Retention:
        """Return how long a case with that outcome is kept; a withdrawn one as long as a refused one unless stated."""
        return self.retention.get(outcome) or self.retention["refused"]
