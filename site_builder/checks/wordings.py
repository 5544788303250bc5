"""Rules about words: one pass over a text finds every phrase of the tables; a few rules look for patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import repeat
from typing import NamedTuple

from site_builder.checks.mistakes import ETHNIC, OFFICIAL, ORGANISATIONS, SERIOUS, TRADITIONAL, read_mistakes
from site_builder.checks.phrases import PhraseTable, find_echoes, make_table, pairs_in
from site_builder.checks.source_text import HAN, Found, SourceText, count_by_line
from site_builder.checks.substitutions import read_table
from site_builder.values import Severity

ENOUGH_PAIRS = 3
"""From so many different pairs on a text counts as machine-substituted; one or two may be a slip of a person."""
SHOWN = 5


class _Tables(NamedTuple):
    phrases: PhraseTable
    words: dict[str, tuple[str, str, Severity]]
    pairs: dict[str, tuple[str, str]]


@cache
def _tables() -> _Tables:
    words: dict[str, tuple[str, str, Severity]] = {}
    kinds: tuple[tuple[str, str, Severity], ...] = (
        (OFFICIAL, "official-wording", "warning"),
        (ORGANISATIONS, "organisation-names", "warning"),
        (ETHNIC, "ethnic-names", "error"),
        (SERIOUS, "serious-wording", "error"),
    )
    for table, rule, severity in kinds:
        words |= {wrong: (rule, right, severity) for wrong, right in read_mistakes(table).items()}
    pairs = read_table()
    return _Tables(make_table([*words, *pairs]), words, pairs)


_THEN = re.compile("[原准规细法守总附通]那么|(?<!是)否那么")
_BAD_QUOTE = "\u301e"
_YEARLY = re.compile(r"202\d0(?<![\d.]\d{5})(?=余?[人名户家])")
"""A head count that a change of all years went through: 20 became 2023, and 200人 20230人."""


def find_words(source: SourceText) -> Iterator[Found]:
    """Find every phrase of the tables of mistakes, and texts that a synonym replacer has gone through."""
    tables = _tables()
    swaps: list[tuple[int, str, str, tuple[str, str]]] = []
    for start, phrase in tables.phrases.find(source.text, source.pairs):
        if known := tables.words.get(phrase):
            rule, right, severity = known
            yield Found(start, rule, f"“{phrase}”有误。", f"请改为“{right}”。", severity)
        else:
            wrong, right = pair = tables.pairs[phrase]
            swaps.append((start, phrase, phrase.replace(wrong, right, 1), pair))
    if "那么" in source.text:
        for match in _THEN.finditer(source.text):
            swaps.append((match.start(), match[0], match[0].replace("那么", "则"), ("那么", "则")))
    if _BAD_QUOTE in source.text and "“" in source.text:
        swaps.append((source.text.index(_BAD_QUOTE), _BAD_QUOTE, "”", (_BAD_QUOTE, "”")))
    for match in _YEARLY.finditer(source.text):
        swaps.append((match.start(), match[0], f"{match[0][:2]}{match[0][4:]}", ("年份", "数字")))
    yield from _judge_swaps(sorted(swaps), source)


def _judge_swaps(swaps: list[tuple[int, str, str, tuple[str, str]]], source: SourceText) -> Iterator[Found]:
    firsts = sorted({pair: (start, phrase, right) for start, phrase, right, pair in reversed(swaps)}.values())
    if len(firsts) >= ENOUGH_PAIRS:
        shown = "，".join(
            f"第 {source.line(start)} 行“{phrase}”应为“{right}”" for start, phrase, right in firsts[:SHOWN]
        )
        more = "等" if len(firsts) > SHOWN else ""
        message = f"疑似机器替换文本：有 {len(firsts)} 组词被换成了近义词（{shown}{more}）。"
        fix = "请找到原件重新录入；确认是原文的，在 allow.yml 中写明理由和批准人。"
        yield Found(firsts[0][0], "text-substituted", message, fix, "error")
        return
    for start, phrase, right, _ in swaps:
        fix = f"请改为“{right}”，并核对全文是不是从别处下载的改写稿。"
        yield Found(start, "text-substituted", f"“{phrase}”不像原文。", fix, "warning")


# --- placeholders, repetitions, traditional characters -------------------------------------------

_PLACEHOLDER_KINDS = tuple(
    (pairs_in(pairs), re.compile(pattern))
    for pairs, pattern in (
        ([one * 2 for one in "xX×Ⅹ"], "[xX×Ⅹ]{2,}(?=[省市县区镇乡村年月日号人元级届次局委办])"),
        (["待补", "待填", "待完"], r"待(?:补充|填写|完善)(?=[。；，）】\n]|\Z)"),
        (["处填", "此填", "请在", "处插", "击输", "请输"], "[此在][处此]填写|请在此|此处插入|点击输入|请输入内容"),
        (["TO", "FI", "TB", "Lo", "lo"], "TODO|FIXME|TBD|[Ll]orem ipsum"),
        (
            [a + b for a in "【[（(" for b in "填请插标姓日单待"],
            r"[【\[（(](?:填写|请填|插入|标题|姓名|日期|单位名称|待定)[^】\]）)\n]{0,12}[】\]）)]",
        ),
        (["__"], "_{4,}(?=[年月日人元号])"),
    )
)
"""Each kind with the pairs of which one must be there; most texts hold none."""
_PLACEHOLDER = re.compile("|".join(pattern.pattern for _, pattern in _PLACEHOLDER_KINDS))


def find_placeholders(source: SourceText) -> Iterator[Found]:
    """Find what a template or an anonymised copy left to be filled in."""
    if not any(
        not pairs.isdisjoint(source.pairs) and pattern.search(source.text) for pairs, pattern in _PLACEHOLDER_KINDS
    ):
        return
    for start, text, _ in count_by_line(source, _PLACEHOLDER):
        around = source.text[start : start + len(text) + 2].split("\n")[0]
        message = f"“{around}”还没有填写。"
        yield Found(start, "placeholder", message, "请填上内容，或删去这一处。", "error")


_TWICE = re.compile(
    r"(?<!目)的的(?!确)|了了(?![解结])|是是(?!非)|(?<!实)在在|和和(?![睦气谐平])|与与|及及|为为|将将|把把|被被|从从|于于|并并|或或|但但|而而(?!已)|等等等|本本(?![人单])(?!主义)"
    rf"|([{HAN}]{{2,4}})\1"
)
_WORD_TWICE = re.compile(rf"([{HAN}]{{2,4}})\1")
_TWICE_PAIRS = pairs_in(one * 2 for one in "的了是在和与及为将把被从于并或但而等本")
_OFTEN_TWICE = re.compile(
    r"研究研究|商量商量|考虑考虑|讨论讨论|学习学习|锻炼锻炼|了解了解|介绍介绍|打听打听|休息休息|认识认识|一个一个|一步一步|一件一件|一点一点|一家一家"
    r"|一户一户|一条一条|一项一项|一遍一遍|一次一次|很多很多|非常非常|许多许多|大干大干|加油加油|恭喜恭喜|谢谢谢谢|好好好好|哈哈哈哈|会委员会委员"
)
_MAY_FOLLOW = ("人人", "事事", "天天", "层层", "级级", "处处", "时时", "年年", "月月", "代代", "家家", "户户")


def find_repetitions(source: SourceText) -> Iterator[Found]:
    """Find characters and words written twice."""
    if _TWICE_PAIRS.isdisjoint(source.pairs) and not any(
        map(_WORD_TWICE.match, repeat(source.text), find_echoes(source.text))
    ):
        return
    for match in _TWICE.finditer(source.text):
        text = match[0]
        if match[1] and (
            _OFTEN_TWICE.match(text)
            or text[:2] in _MAY_FOLLOW
            or not {"一", "几", "多"}.isdisjoint(text[:4])
            or len(set(text)) == 1
        ):
            continue
        half = match[1] or text[: len(text) // 2]
        around = source.text[max(0, match.start() - 3) : match.end() + 3].replace("\n", " ").strip()
        yield Found(match.start(), "repeated-characters", f"“{around}”中的“{half}”重复了。", "请删去一个。")


_OLD_CHARACTER = re.compile(f"[{TRADITIONAL}]+")


def find_traditional(source: SourceText) -> Iterator[Found]:
    """Find traditional characters in simplified text."""
    for start, text, count in count_by_line(source, _OLD_CHARACTER):
        more = f"，本行共 {count} 处" if count > 1 else ""
        fix = "网站用规范汉字，请改为简体；人名、店名确实如此的可以保留。"
        yield Found(start, "traditional-characters", f"“{text}”是繁体字{more}。", fix)


RULES = (find_words, find_placeholders, find_repetitions, find_traditional)
