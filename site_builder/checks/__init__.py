"""Rules for content/, by their stable names: severity, what each is for, what to do, and its function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from site_builder.checks import records
from site_builder.model import Library
from site_builder.values import Problem, Severity

Check = Callable[[Library, date], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `check` is None where reading itself finds the fault. `severity` is the highest that it gives."""

    name: str
    severity: Severity
    explain: str
    fix: str
    check: Check | None = None


_RULES = (
    # found while reading
    Rule("missing-file", "error", "缺少必须有的文件。", "新建 site.yml，写明网站名称、主办单位和域名。"),
    Rule("unreadable", "error", "文件或文件夹打不开，太大，或不是普通文件。", "检查权限；内容文件只放文字。"),
    Rule("symlink", "error", "符号链接指向内容文件夹之外，会把不该公开的文件带上网站。", "删去链接，放入文件本身。"),
    Rule("encoding", "error", "文件不是 UTF-8 编码的文字。", "在编辑器里“另存为”，编码选 UTF-8。"),
    Rule("front-matter", "error", "找不到元数据，或元数据不是一行行的“键: 值”。", "元数据写在文件开头两行 --- 之间。"),
    Rule("yaml-syntax", "error", "YAML 写法有误，或用了不支持的写法。", "检查缩进、冒号、引号和括号。"),
    Rule("duplicate-key", "error", "同一个键写了两次，只有一处会起作用。", "只保留一处。"),
    Rule("unknown-key", "error", "没有这个键，写在里面的内容不会出现在网站上。", "改成最接近的键，或删去。"),
    Rule("missing-key", "error", "缺少必须写的一项。", "补上这一项。"),
    Rule("bad-value", "error", "值的类型、格式或范围不对，或几项之间互相矛盾。", "照提示改写。"),
    Rule("bad-id", "error", "文件名不能作编号和网址，或与 id 不一致。", "只用小写字母、数字和连字符。"),
    Rule("duplicate-id", "error", "同一文件夹里两个文件用了同一个编号，网址会相同。", "给其中一个改名。"),
    Rule("misplaced-file", "error", "文件放错了文件夹；年份不对只作提示。", "移到提示的位置。"),
    Rule("wrong-extension", "error", "扩展名不对，文件不会被读取。", "正文类用 .md，数据类用 .yml。"),
    Rule(
        "attachment-missing", "error", "引用的附件或图片不存在，或不能公开。", "放到文件旁边或 assets/ 下，大小写一致。"
    ),
    # found among records
    Rule(
        "dangling-reference",
        "error",
        "引用的编号在本站不存在，读者会点到空页。",
        "改成正确的编号；不在本站的文件只写标题和文号。",
        records.check_references,
    ),
    Rule(
        "relation-order",
        "error",
        "文件之间的先后不合：早的文件不能修改、废止晚的文件，已废止的文件不能再被修改。",
        "核对成文日期和关联。",
        records.check_relation_order,
    ),
    Rule(
        "validity-conflict",
        "warning",
        "写明现行有效的文件，已被本站另一份文件废止或替代。",
        "把有效性改为 repealed，并写废止日期。",
        records.check_validity,
    ),
    Rule(
        "union-tree",
        "error",
        "工会组织树只有一个根（县总工会），上下级要合规，不能成环。",
        "核对上级工会（parent）和类型（kind）。",
        records.check_union_tree,
    ),
    Rule(
        "duplicate-doc-number",
        "error",
        "两份文件用了同一个文号。",
        "核对原文，改正其中一个。",
        records.check_doc_numbers,
    ),
    Rule(
        "duplicate-index-number",
        "error",
        "两份文件用了同一个索引号。",
        "改正其中一个。",
        records.check_index_numbers,
    ),
    Rule(
        "index-pattern",
        "error",
        "索引号不合本站设置的格式。",
        "照 site.yml 中 index_pattern 的格式改写。",
        records.check_index_pattern,
    ),
    Rule(
        "guide-elements",
        "error",
        "已发布的办事指南缺少八项关键要素之一。",
        "补上缺少的要素。",
        records.check_guides,
    ),
    Rule(
        "honour-fields",
        "error",
        "荣誉名单中的个人没有写单位，分不清是谁。",
        "补上单位（unit）。",
        records.check_honours,
    ),
)

RULES: dict[str, Rule] = {rule.name: rule for rule in _RULES}


def check_records(library: Library, today: date) -> list[Problem]:
    """Return what the record rules find wrong in `library` on `today`, by file and line."""
    return sorted(problem for rule in _RULES if rule.check for problem in rule.check(library, today))
