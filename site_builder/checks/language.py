"""The family of rules about language: their sentences, and one pass over a source text for all of them."""

from __future__ import annotations

from collections.abc import Iterator

from site_builder.checks import punctuation, quantities, wordings
from site_builder.checks.mistakes import SHORT_ISSUERS
from site_builder.checks.rules import Rule
from site_builder.checks.source_text import SourceText
from site_builder.checks.sums import find_sums
from site_builder.checks.table_sums import find_table_sums
from site_builder.model import Origin
from site_builder.records import Indicator, Record
from site_builder.values import Problem

_UNREAD = ("editors.yml", "allow.yml", "synonyms.yml", ".provenance.yml")
_TEXT_RULES = (*punctuation.RULES, *quantities.RULES, find_sums, find_table_sums, *wordings.RULES)


def check_language(path: str, text: str) -> Iterator[Problem]:
    """Find faults of language in one source file that readers will see."""
    if path.endswith(_UNREAD) or "/holidays/" in path:
        return
    source = SourceText(path, text)
    for find in _TEXT_RULES:
        for found in find(source):
            line = source.line(found.start)
            yield Problem(path, line, found.rule, found.message, found.fix, found.severity)


def check_issuers(record: Record, origin: Origin, path: str) -> Iterator[Problem]:
    """Find short names of organisations where a document must name them in full."""
    for key in ("issuer", "source", "conferred_by", "organiser"):
        if full := SHORT_ISSUERS.get(str(getattr(record, key, None) or "")):
            message = f"单位名称“{getattr(record, key)}”是简称。"
            fix = f"请写全称，例如“{full}”，前面加上地名。"
            yield Problem(path, origin.line(key), "organisation-short", message, fix, "warning")


def check_units(record: Record, origin: Origin, path: str) -> Iterator[Problem]:
    """Find indicators that say persons in the name and visits in the unit, or the other way round."""
    if not isinstance(record, Indicator):
        return
    named = "人次" if "人次" in record.title else "人数" if "人数" in record.title else ""
    counted = "人次" if "人次" in record.unit else "人数" if record.unit.endswith("人") else ""
    if named and counted and named != counted:
        message = f"指标“{record.title}”的单位写的是“{record.unit}”，一处是人，一处是人次。"
        fix = "请核对统计口径，改成一致：一个人来三次，是 1 人、3 人次。"
        yield Problem(path, origin.line("unit"), "persons-or-visits", message, fix, "warning")


def _text_rule(name: str, severity: str, explain: str, fix: str) -> Rule:
    return Rule(name, severity, explain, fix, "language", text=check_language)  # type: ignore[arg-type] # one of three words


RULES = (
    _text_rule("punctuation-width", "warning", "汉字之间用了半角的逗号、冒号、括号等标点。", "改为全角标点。"),
    _text_rule(
        "punctuation-doubled", "warning", "标点重复、连用，或者省略号写法不对。", "只保留一个；省略号写成“……”。"
    ),
    _text_rule("punctuation-pairs", "warning", "引号、书名号或括号没有成对。", "补上缺的一半，或删去多余的一半。"),
    _text_rule("quotes", "warning", "用了直引号，或样子像引号的别的符号。", "改为“ ”；引号里再用引号时用‘ ’。"),
    _text_rule("title-marks", "warning", "书名号里面的书名号没有用〈 〉。", "里面一层改为〈 〉。"),
    _text_rule(
        "doc-number-form",
        "warning",
        "正文里的文号不合国家标准：括号不是〔 〕，有“第”字，序号前有 0，缺“号”字。",
        "写成“代字〔年份〕序号号”，例如 云工发〔2026〕12号。",
    ),
    _text_rule(
        "strange-characters",
        "warning",
        "有丢失的字、看不见的字符、全角的数字字母，或形似的符号。",
        "重新输入；数字和字母用半角。",
    ),
    _text_rule("blanks", "hint", "汉字之间或标点旁边有多余的空格。", "删去空格。"),
    _text_rule("dunhao", "hint", "并列的引号之间、书名号之间通常不用顿号。", "删去顿号。"),
    _text_rule("date-form", "warning", "日期写法不规范：月日前加 0、年份只写两位、用圆点隔开。", "写成 2026年3月1日。"),
    _text_rule("impossible-date", "error", "日期不存在，或与写明的星期不符。", "核对日期和星期。"),
    _text_rule(
        "number-form", "warning", "约数词重复、比率超过 100%、数字和汉字数位混用、范围缺百分号。", "照提示改写。"
    ),
    _text_rule("period-order", "error", "一段时间的结束在开始之前，或跨年没有写年份（警告）。", "核对日期，补上年份。"),
    _text_rule("deadline-year", "warning", "文件里的期限没有写年份，过了年就说不清。", "写明是哪一年。"),
    _text_rule("sum-of-parts", "warning", "各项相加与写的合计不符，句子和表格都查。", "核对各项和合计。"),
    Rule(
        "persons-or-visits",
        "warning",
        "同一个数一处是人、一处是人次，或者该数人的写成了人次。",
        "核对统计口径，改成一致。",
        "language",
        text=check_language,
        record=check_units,
    ),
    _text_rule(
        "serious-wording",
        "error",
        "国名、党和国家机关名称、领导职务、重要论述或涉港澳台用语写错，属于检查中的严重表述错误。",
        "照提示改正，并通读全文。",
    ),
    _text_rule("official-wording", "warning", "公文里常见的错字、错词和重复的说法。", "照提示改写。"),
    _text_rule("organisation-names", "warning", "机关、团体的名称写错，或已经改名。", "改为现在的全称。"),
    _text_rule("ethnic-names", "error", "民族名称写错，或用了旧称、简称。", "用国家公布的 56 个民族的名称。"),
    _text_rule(
        "text-substituted",
        "error",
        "文中的固定搭配被换成了近义词，是文档网站逃避查重的改写稿；不同的词有三组以上是错误，不足三组是警告。",
        "找到原件重新录入；确认是原文的，在 allow.yml 中写明理由和批准人。",
    ),
    _text_rule("placeholder", "error", "模板里要填的地方还没有填，例如 ××县、XX年、待补充。", "填上内容，或删去。"),
    _text_rule("repeated-characters", "warning", "字或词写了两遍。", "删去一个。"),
    _text_rule("traditional-characters", "warning", "简体文字里混入了繁体字。", "改为规范汉字。"),
    Rule(
        "organisation-short",
        "warning",
        "发布机构、信息来源等处用了单位简称。",
        "写单位全称。",
        "language",
        record=check_issuers,
    ),
)
