"""Who may do what to content/: the people and keys of editors.yml. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, field_validator, model_validator

from site_builder.records import RECORD_TYPES
from site_builder.values import Frozen

Right = Literal["write", "review", "approve", "withdraw", "settings"]
RIGHT_WORDS: dict[Right, str] = {
    "write": "写稿",
    "review": "审核",
    "approve": "批准",
    "withdraw": "撤稿",
    "settings": "设置",
}
PUBLICITY = "公示"
"""A column of its own within notices/: a service may be let write these alone."""
COLUMNS: dict[str, str] = {
    **{model.folder: model.label for model in reversed(RECORD_TYPES.values())},
    "forms": "表单",
    "assets": "图片和素材",
    PUBLICITY: PUBLICITY,
}
"""Folder → its name in Chinese, in the words of which rights may be limited."""

_SSH_KEY = re.compile(r"(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/]+=*(?: .*)?")
_ARMOUR = "-----BEGIN PGP PUBLIC KEY BLOCK-----"


class Editor(Frozen):
    """A person or a service with rights in the repository, and what proves that a commit is theirs."""

    name: str = Field(title="姓名")
    email: str | None = Field(None, title="邮箱")
    login: str | None = Field(None, title="账号", description="代码托管服务器（Gitea、GitLab）上的登录名")
    keys: tuple[str, ...] = Field((), title="签名公钥", description="SSH 公钥一行，或者 GPG 公钥全文")
    rights: tuple[Right, ...] = Field(title="权限")
    limits: Mapping[Right, tuple[str, ...]] = Field(
        default_factory=dict, title="栏目范围", description="某项权限只管哪些栏目；没有写的，各栏目都可以"
    )
    service: bool = Field(False, title="系统", description="审核系统等程序：它签名的提交可以转述审核人和批准人")

    @field_validator("keys")
    @classmethod
    def _known_key(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            if not (_SSH_KEY.fullmatch(key) or key.startswith(_ARMOUR)):
                raise ValueError("签名公钥应当是一行 SSH 公钥（ssh-ed25519 AAAA…），或者 GPG 公钥全文")
        return keys

    @model_validator(mode="after")
    def _limits_fit(self) -> Editor:
        for right, columns in self.limits.items():
            if right not in self.rights:
                raise ValueError(f"给没有的权限“{RIGHT_WORDS[right]}（{right}）”写了栏目范围（limits）")
            if unknown := [column for column in columns if column not in COLUMNS]:
                raise ValueError(f"栏目范围（limits）里没有“{unknown[0]}”这个栏目，可以写：{'、'.join(COLUMNS)}")
        return self

    def may(self, right: Right, *columns: str) -> bool:
        """Tell whether this editor has a right over a record that lies in all of `columns` at once (notices and 公示)."""
        limit = self.limits.get(right)
        return right in self.rights and (limit is None or any(column in limit for column in columns))

    def is_called(self, text: str) -> bool:
        """Tell whether a trailer's words (“闵舒 <minshu@…>”) name this editor: by name, login or address."""
        name, _, rest = text.partition("<")
        called = {name.strip(), rest.rstrip("> \t")}
        return bool(called & {self.name, self.login, self.email} - {None, ""})


class Editors(Frozen):
    """editors.yml: who may write, review and approve. Never published."""

    editors: tuple[Editor, ...] = ()

    @model_validator(mode="after")
    def _told_apart(self) -> Editors:
        for what, values in (
            ("账号", [one.login for one in self.editors if one.login]),
            ("公钥", [" ".join(key.split()[:2]) for one in self.editors for key in one.keys]),
            ("姓名", [one.name for one in self.editors]),
        ):
            if double := next((value for value in values if values.count(value) > 1), None):
                raise ValueError(f"两个人用了同一个{what}“{double[:40]}”，分不清是谁")
        return self

    def by_login(self, login: str) -> Editor | None:
        """Return whose account `login` is."""
        return next((one for one in self.editors if one.login == login), None)

    def by_words(self, text: str) -> Editor | None:
        """Return whom the words of a trailer name."""
        return next((one for one in self.editors if one.is_called(text)), None)
