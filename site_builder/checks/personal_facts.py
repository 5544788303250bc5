"""An illness, a disability or an age under 18 told of a person: in one sentence, or in one row of a table. Pure.

And a whole name in a list of aid, which a table with references is.

A text comes as lines, the cells of a table row parted by tabs; the first row of a table is its heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from site_builder.checks.personal_numbers import Finding

ILLNESS = re.compile(
    "癌|肿瘤|白血病|尿毒症|肾(?:衰竭|功能衰竭|病)|肝(?:硬化|炎|衰竭|腹水)|糖尿病|高血压|心脏病|冠心病|心肌梗|心梗|脑梗|脑溢血|脑出血"
    "|脑瘫|脑瘤|中风|偏瘫|截瘫|瘫痪|癫痫|精神(?:病|分裂|障碍)|抑郁症|双相|自闭症|孤独症|艾滋|HIV|乙肝|丙肝|肺结核|尘肺|矽肺|血友病|再生障碍"
    "|地中海贫血|红斑狼疮|强直性|帕金森|阿尔茨海默|老年痴呆|类风湿|股骨头坏死|椎间盘突出|透析|化疗|放疗|器官移植|肾移植|骨髓移植|梅毒|淋巴瘤"
    "|先天性|罕见病|重症|重大疾病|大病|患病|身患|患有"
)
DISABILITY = re.compile(
    r"残疾(?!人)|[一二三四1-4]级(?:肢体|视力|听力|言语|智力|精神|多重)?残|智障|聋哑|失明|伤残|致残|残障|双目失明|截肢"
)
_UNDER_18 = re.compile(r"(?<![\d.])(?:1[0-7]|[1-9])\s*(?:周?岁|个月大)(?!以[上下内])(?!及以)")
_CONDITIONS = (("illness", ILLNESS, "疾病"), ("disability", DISABILITY, "残疾"), ("minor", _UNDER_18, "未满18岁"))

_LABEL = "姓名|申请人|申报人|户主|学生|患者|受助人|救助对象|帮扶对象|慰问对象|困难职工|本人|被救助人|被帮扶人|儿童|孩子|子女|联系人|当事人|患儿"
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严魏陶姜戚谢邹喻柏章苏潘葛奚范彭郎鲁韦马苗俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬"
    "康伍余顾孟黄穆萧尹姚邵湛汪祁毛狄臧戴谈宋庞熊纪舒屈祝董梁杜阮蓝闵席季贾娄颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫房裘缪丁邓郁单"
    "杭洪包诸左崔龚程邢裴陆荣翁荀甄曲封储靳焦牧侯宓蓬全班仇宫甘厉祖武符刘景詹束龙叶幸司黎薄印宿白怀蒲邰鄂索赖卓屠蒙池乔阴闻莘党翟谭贡劳姬申扶"
    "冉宰雍桑桂濮牛寿通边扈燕冀浦尚温庄晏柴瞿阎连茹习艾鱼容向古易慎廖庾终居衡耿匡寇禄东欧沃利蔚越隆师巩聂晁勾敖融冷訾辛阚那饶曾沙养鞠丰巢关蒯"
    "江童石吉肖游涂付代闫邝岳齐"
)
_MASK = "[*＊×某]"
_MASKED = re.compile(_MASK)
_TWO = "欧阳|司马|上官|诸葛|夏侯|皇甫|尉迟|公孙|令狐|慕容|长孙|宇文|司徒|司空|轩辕|南宫|呼延|端木|独孤|拓跋"
_NAME = rf"(?:(?:{_TWO})(?:{_MASK}{{1,2}}|[\u4e00-\u9fff]{{1,2}})|[{_SURNAMES}](?:{_MASK}{{1,2}}|{_MASK}?[\u4e00-\u9fff])|[{_SURNAMES}][\u4e00-\u9fff]{{1,2}})"
_NAMED = re.compile(
    rf"(?:{_LABEL})(?:姓名)?\s*(?:[:：]\s*{_NAME}|[{_SURNAMES}]{_MASK}{{1,2}}|[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}(?=[，、（(\s]|患|因|身患|的))"
)
_ENDS = "。；！？\n"
_SENTENCE = re.compile(r"[^。；！？\n]+")
_HEAD_PERSON = re.compile(
    r"姓\s*名|申请人|户主|学生|患者|受助人|救助对象|帮扶对象|慰问对象|困难职工|被救助人|儿童|子女"
)
_LONGEST_HEAD = 12
_HEAD_REFERENCE = re.compile("受理编号")
"""A list that tells references is one of aid: its rows name nobody whole."""
_HEAD_CONDITION = re.compile(r"病种|疾病|患病|病情|诊断|残疾|健康状况|身体状况|伤残")
_HEAD_AGE = re.compile(r"年\s*龄|周岁|岁数")
_HEAD_BIRTH = re.compile(r"出生")
_WHOLE_NAME = re.compile(rf"\s*{_NAME}\s*")
_EMPTY = re.compile(r"\s*(?:|无|否|没有|健康|良好|正常|一般|[-—/\\.]+|0|□.*|.*□.*)\s*")
_YEARS = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def find_personal_facts(text: str) -> Iterator[tuple[Finding, bool]]:
    """Yield each fact of body or age told of a named person, and whether a table tells it.

    Ages are reckoned for the newest year that the text itself names, so that nothing depends on the day.
    """
    yield from ((found, False) for found in _search_sentences(text))
    if "\t" in text and _HEAD_PERSON.search(text):
        year = max((int(one) for one in _YEARS.findall(text)), default=0)
        yield from ((found, True) for found in _search_rows(text, year))


def _search_sentences(text: str) -> Iterator[Finding]:
    for person in _NAMED.finditer(text):
        start = max(text.rfind(mark, 0, person.start()) for mark in _ENDS) + 1
        sentence = _SENTENCE.match(text, start)
        if sentence is None or "\t" in sentence[0]:
            continue
        for rule, pattern, word in _CONDITIONS:
            if pattern.search(sentence[0]):
                yield Finding(f"person-{rule}", person.start(), word)


def _search_rows(text: str, year: int) -> Iterator[Finding]:
    """Find rows that tell a fact of the person whom the heading above them names; a line without cells ends a table."""
    head: list[str] = []
    at = 0
    for line in text.split("\n"):
        row = line.split("\t")
        if len(row) == 1:
            head = [] if line.strip() else head
        elif any(_HEAD_PERSON.search(cell) and len(cell) < _LONGEST_HEAD for cell in row):
            head = row
        elif any(
            _HEAD_PERSON.search(title) and _WHOLE_NAME.fullmatch(cell) for title, cell in zip(head, row, strict=False)
        ):
            for rule, word in dict.fromkeys(_facts_of(head, row, year)):
                yield Finding(f"person-{rule}", at, word)
        at += len(line) + 1


def _facts_of(head: Sequence[str], row: Sequence[str], year: int) -> Iterator[tuple[str, str]]:
    is_aid_list = any(_HEAD_REFERENCE.search(title) for title in head)
    for at, cell in enumerate(row):
        title = head[at] if at < len(head) else ""
        if is_aid_list and _HEAD_PERSON.search(title) and _WHOLE_NAME.fullmatch(cell) and not _MASKED.search(cell):
            yield "unmasked", "没有隐去的姓名"
        for rule, pattern, word in _CONDITIONS:
            if pattern.search(cell):
                yield rule, word
        if _HEAD_CONDITION.search(title) and not _EMPTY.fullmatch(cell):
            yield ("disability", "残疾") if "残" in title else ("illness", "疾病")
        if _HEAD_AGE.search(title) and re.fullmatch(r"\s*(?:1[0-7]|\d)\s*岁?\s*", cell):
            yield "minor", "未满18岁"
        if _HEAD_BIRTH.search(title) and _is_minor(cell, year):
            yield "minor", "未满18岁"


def _is_minor(cell: str, year: int) -> bool:
    found = _YEARS.search(cell)
    return found is not None and year - int(found[0]) < 18
