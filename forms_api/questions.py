"""The fields of a form: their types, the keys that each type takes, and the materials among them. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from forms_api.values import Frozen, Name, ShowIf, list_one
from forms_api.vocabulary import EDUCATION, ETHNICITIES, POLITICAL_STATUS

TypeName = Literal[
    "text", "textarea", "name", "resident_id", "mobile", "phone", "credit_code", "bank_account", "money", "number",
    "date", "choice", "choices", "yes_no", "region", "address", "union", "ethnicity", "education", "political_status",
    "file", "consent", "statement", "group",
]  # fmt: skip
Sensitivity = Literal["identity", "health", "finance", "special", "minor"]
Need = Literal["必要", "容缺", "非必要"]
Medium = Literal["原件", "复印件", "电子", "原件或复印件", "照片"]
FileKind = Literal["jpg", "png", "heic", "pdf"]
Bound = int | float | date | Literal["today"]

# --- the table of types ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldType:
    """One type of field: its name, the keys it takes beyond the common ones, the keys it needs, what it holds."""

    label: str
    keys: frozenset[str]
    needs: frozenset[str]
    values: tuple[Any, ...] = ()
    sensitive: tuple[Sensitivity, ...] = ()


def _type(
    label: str, keys: str = "", needs: str = "", values: tuple[Any, ...] = (), sensitive: tuple[Sensitivity, ...] = ()
) -> FieldType:
    return FieldType(label, frozenset(f"{keys} {needs}".split()), frozenset(needs.split()), values, sensitive)


FIELD_TYPES: dict[str, FieldType] = {
    "text": _type("单行文字", "min length"),
    "textarea": _type("多行文字", "min length"),
    "name": _type("姓名"),
    "resident_id": _type("身份证件号码", "min_age", sensitive=("identity",)),
    "mobile": _type("手机号码"),
    "phone": _type("电话号码"),
    "credit_code": _type("统一社会信用代码"),
    "bank_account": _type("银行账号", sensitive=("finance",)),
    "money": _type("金额", "min max unit"),
    "number": _type("数字", "min max unit decimals"),
    "date": _type("日期", "min max"),
    "choice": _type("单选", needs="options"),
    "choices": _type("多选", "min max", needs="options"),
    "yes_no": _type("是或否", values=(True, False)),
    "region": _type("行政区划"),
    "address": _type("地址"),
    "union": _type("工会组织"),
    "ethnicity": _type("民族", values=tuple(ETHNICITIES.values())),
    "education": _type("学历", values=tuple(EDUCATION.values())),
    "political_status": _type("政治面貌", values=tuple(POLITICAL_STATUS.values())),
    "file": _type("材料", "need source copies medium when blank sample accept max max_mb"),
    "consent": _type("勾选声明", values=(True, False)),
    "statement": _type("说明文字", needs="text"),
    "group": _type("重复填写的一组", "item min max", needs="fields"),
}
COMMON_KEYS = frozenset({"name", "label", "type", "hint", "help", "example", "required", "sensitive", "show_if"})
_BOUND_WORDS = {"money": "数字", "number": "数字", "date": "日期（例如 2026-01-01）或 today（当天）"}

# --- parts of a field ------------------------------------------------------------------------


class Option(Frozen):
    """One value to choose, with a word of explanation."""

    value: str = Field(title="选项", min_length=1)
    hint: str | None = Field(None, title="说明")


class FormFile(Frozen):
    """A blank or a filled-in sample of a material, offered for download."""

    file: str = Field(title="文件", description="相对本文件所在目录，或以 assets/ 开头", pattern=r"^[^/\\][^\\]*$")
    title: str | None = Field(None, title="名称")


def _name_options(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        return value
    return [one if isinstance(one, Mapping | Option) else {"value": one} for one in value]


def _name_file(value: Any) -> Any:
    return {"file": value} if isinstance(value, str) else value


Options = Annotated[tuple[Option, ...], BeforeValidator(_name_options)]
FileLink = Annotated[FormFile, BeforeValidator(_name_file)]


@dataclass(frozen=True, slots=True)
class Material:
    """One material of the guide's list, drawn from a file field, with the same attributes as a guide's own material."""

    field: str
    name: str
    need: Need
    source: str | None
    copies: int
    medium: Medium
    when: str | None
    note: str | None
    blank: FormFile | None
    sample: FormFile | None


# --- the field -------------------------------------------------------------------------------


class FormField(Frozen):
    """One question of a form; which keys it takes is decided by its type."""

    name: Name = Field(title="名称")
    label: str = Field(title="显示名称", min_length=1)
    type: TypeName = Field(title="类型")
    hint: str | None = Field(None, title="提示", description="写在输入框上方的一句话")
    help: str | None = Field(None, title="帮助", description="点开才看的详细说明")
    example: str | None = Field(None, title="示例")
    required: bool = Field(True, title="必填")
    sensitive: tuple[Sensitivity, ...] = Field((), title="敏感信息", description="写类别；证件号码和银行账号不写也算")
    show_if: ShowIf | None = Field(None, title="何时出现")
    text: str | None = Field(None, title="说明文字")
    options: Options = Field((), title="选项")
    min: Bound | None = Field(None, title="下限")
    max: Bound | None = Field(None, title="上限")
    length: int | None = Field(None, title="最多字数", ge=1, le=20_000)
    decimals: int = Field(0, title="小数位数", ge=0, le=4)
    unit: str | None = Field(None, title="单位")
    min_age: int | None = Field(None, title="最小年龄", ge=0, le=120)
    need: Need = Field("必要", title="必要性")
    source: str | None = Field(None, title="来源")
    copies: int = Field(1, title="份数", ge=0)
    medium: Medium = Field("电子", title="形式")
    when: str | None = Field(None, title="何时需要")
    blank: FileLink | None = Field(None, title="空表")
    sample: FileLink | None = Field(None, title="样表")
    accept: tuple[FileKind, ...] = Field(("jpg", "png", "heic", "pdf"), title="文件格式", min_length=1)
    max_mb: int = Field(10, title="每份最大（兆）", ge=1, le=50)
    item: str | None = Field(None, title="每一行叫什么")
    fields: tuple[FormField, ...] = Field((), title="组内字段")

    @model_validator(mode="before")
    @classmethod
    def _spell_out_sensitive(cls, data: Any) -> Any:
        kind = FIELD_TYPES.get(str(data.get("type"))) if isinstance(data, dict) else None
        return data | {"sensitive": _sensitive(kind, data.get("sensitive"))} if kind else data

    @model_validator(mode="after")
    def _fits_type(self) -> FormField:
        kind = FIELD_TYPES[self.type]
        if strange := sorted(self.model_fields_set - COMMON_KEYS - kind.keys):
            usable = "、".join(sorted(kind.keys)) or "共有的各项"
            keys = "、".join(strange)
            raise ValueError(f"{kind.label}（{self.type}）不能写 {keys}。请删去；这一类另外可以写：{usable}。")
        if missing := sorted(key for key in kind.needs if not getattr(self, key)):
            raise ValueError(f"{kind.label}（{self.type}）缺少 {'、'.join(missing)}。请补上。")
        for check in (_check_options, _check_bounds, _check_material, _check_group):
            check(self)
        return self

    @property
    def is_required(self) -> bool:
        """Tell whether an answer must be given where the field is shown."""
        if self.type == "file":
            return self.need == "必要"
        return self.required and self.type != "statement"

    @property
    def values(self) -> tuple[Any, ...]:
        """Return every value that the answer (or one ticked value of it) can have; empty where that is open."""
        return tuple(option.value for option in self.options) or FIELD_TYPES[self.type].values

    def material(self) -> Material:
        """Return this file field as a row of the guide's list of materials."""
        return Material(
            field=self.name,
            name=self.label,
            need=self.need,
            source=self.source,
            copies=self.copies,
            medium=self.medium,
            when=self.when,
            note=self.hint,
            blank=self.blank,
            sample=self.sample,
        )


def _sensitive(kind: FieldType, given: Any) -> Any:
    """Return the kinds in full: those of the type and those written; true stands for those of the type."""
    if given is False and kind.sensitive:
        raise ValueError(f"{kind.label}依法属于敏感个人信息。请删去 sensitive: false。")
    if given is True and not kind.sensitive:
        raise ValueError(f"要写明是哪一类敏感信息。请把 true 改成下列之一：{'、'.join(get_args(Sensitivity))}。")
    if given is None or isinstance(given, bool):
        return list(kind.sensitive)
    written = list_one(given)
    if isinstance(written, list | tuple) and all(isinstance(one, str) for one in written):
        return sorted({*kind.sensitive, *written})
    return given


def _check_options(field: FormField) -> None:
    values = [option.value for option in field.options]
    if twice := sorted({value for value in values if values.count(value) > 1}):
        raise ValueError(f"选项“{'、'.join(twice)}”写了不止一次。请删去重复的。")
    if len(values) == 1:
        raise ValueError("只有一个选项，没有可选的。请再补一个选项，或改用 consent（勾选声明）。")


def _check_bounds(field: FormField) -> None:
    for key, bound in (("min", field.min), ("max", field.max)):
        if bound is not None and not _bound_fits(field.type, bound):
            words = _BOUND_WORDS.get(field.type, "不小于 0 的整数")
            raise ValueError(f"{key} 写成“{bound}”不合适。请改成{words}。")
    low, high = field.min, field.length if field.type in ("text", "textarea") else field.max
    both_dates = isinstance(low, date) and isinstance(high, date)
    both_numbers = isinstance(low, int | float) and isinstance(high, int | float)
    if (both_dates or both_numbers) and low > high:  # type: ignore[operator]  # both are of one kind here
        raise ValueError(f"下限 {low} 大于上限 {high}。请对调或改正。")
    wanted = [bound for bound in (low, high) if isinstance(bound, int)]
    if field.type == "choices" and wanted and max(wanted) > len(field.options):
        raise ValueError(f"只有 {len(field.options)} 个选项，要选的个数却更多。请改小 min 或 max。")


def _bound_fits(kind: str, bound: Any) -> bool:
    if kind == "date":
        return isinstance(bound, date) or bound == "today"
    if kind in ("money", "number"):
        return isinstance(bound, int | float)
    return isinstance(bound, int) and bound >= 0


def _check_material(field: FormField) -> None:
    if field.type != "file":
        return
    if "required" in field.model_fields_set:
        raise ValueError("材料是否必须交，用 need 说明。请删去 required，写 need: 必要、容缺或非必要。")
    if field.show_if and not field.when:
        raise ValueError("这份材料不是人人要交，要用文字说明谁要交。请补上 when，例如 when: 因病申请时。")


def _check_group(field: FormField) -> None:
    for inner in field.fields:
        if inner.type in ("group", "file", "statement"):
            label = FIELD_TYPES[inner.type].label
            raise ValueError(f"组内字段 {inner.name} 不能是{label}（{inner.type}）。请把它移到这一组外面。")
