"""Valid random answers to any form, for demonstrations, load and tests. Pure; the numbers belong to nobody.

Identity numbers begin with 110000, which names no county; mobile numbers with 1390000, which is given to nobody; bank
cards with nine zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from forms_api.conditions import holds
from forms_api.definitions import FormDefinition
from forms_api.field_rules import ELSEWHERE, MAX_LENGTH, World, least_rows, most_rows
from forms_api.identifiers import check_character
from forms_api.questions import FormField

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN = ("长青", "小满", "立春", "志远", "秀兰", "建国", "海燕", "文静", "永明", "桂花")
SENTENCES = (
    "妻子八月做了手术，我请假陪护两个月。",
    "站点夏天没有地方喝水休息，希望想想办法。",
    "在工地做木工，最后两个月的钱还没有结。",
    "车间东门的安全通道堆了货，叉车过不去。",
)
PLACES = ("文昌路18号3单元201室", "滨河东路6号", "老街42号后院", "工业园二路9号宿舍")
UNITS = ("云溪纺织厂", "安居家政公司", "顺达货运站", "清风茶厂")
WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("银行", ("云溪农商行城关支行",)),
    ("学校", ("云溪县第一中学", "云溪县城关小学", "云溪职业技术学院")),
    ("岗位", ("装配工", "保育员", "配送员", "电工", "仓库管理员")),
    ("集体名称", ("装配二班", "城关站配送组", "夜班护理组")),
    ("队名", ("溪畔队", "红帽子队")),
    ("题目", ("给流水线加一块挡板", "一次夜班里的小事", "换班交接的六句话")),
    ("用一句话介绍", ("二十年没有出过一次差错。", "带出了十一个徒弟。", "改进了装配线的夹具，一天多出四十件。")),
    ("用一句话说", ("饮水点太少", "夜班没有热饭", "更衣室的柜子不够")),
    ("具体位置", ("二车间东门", "四号仓库北侧通道")),
    ("公示的标题", ("拟帮扶困难职工名单公示",)),
    ("要什么", ("补发加班费", "结清工资")),
    ("做什么", ("职工羽毛球比赛", "新会员见面会")),
    ("医院", ("云溪县人民医院",)),
    ("哪一场", ("全县职工技能大赛",)),
    ("竞赛", ("全县职工技能大赛",)),
    ("征集", ("身边的好工友征文",)),
    ("找谁谈", ("人事部",)),
    ("称呼", ("小李", "陈师傅")),
    ("照顾", ("不吃辣",)),
    ("哪些信息", ("手机号码和住址",)),
)
"""Part of a label → what somebody would write there; everywhere else a unit."""
USUAL: tuple[tuple[str, int, int], ...] = (
    ("套住房", 0, 1), ("几口人", 1, 5), ("孩子有几个", 1, 2), ("面积", 45, 110), ("年度", 0, 2026), ("哪一年", 0, 2026),
    ("满意率", 70, 100), ("班组", 2, 20), ("女职工", 3, 40), ("职工", 40, 260), ("几个人", 2, 30), ("人", 3, 90),
)  # fmt: skip
"""Part of a label → the least and most that somebody would usually write, within what the field takes."""


def make_answers(
    form: FormDefinition, world: World, random: Random, files: Callable[[FormField], list[str]]
) -> dict[str, Any]:
    """Return answers to a form that pass every check; `files` returns the handles for a file field."""
    answers: dict[str, Any] = {}
    for section in form.sections:
        _answer(section.fields, answers, {}, world, random, files)
    for consent in form.privacy.consents:
        if not consent.show_if or holds(consent.show_if, answers):
            answers[consent.name] = consent.required or random.random() < 0.5
    return answers


def _answer(
    fields: Iterable[FormField],
    answers: dict[str, Any],
    around: Mapping[str, Any],
    world: World,
    random: Random,
    files: Callable[[FormField], list[str]],
    *,
    leave: float = 0.4,
) -> None:
    """Put answers to `fields` into `answers`, leaving out that share of those that may be left out."""
    for one in fields:
        if one.type == "statement" or (one.show_if and not holds(one.show_if, {**around, **answers})):
            continue
        if not one.is_required and random.random() < leave:
            continue
        if one.type == "group":
            rows: list[dict[str, Any]] = [{} for _ in range(max(least_rows(one), 1) + random.randrange(2))]
            for row in rows:
                _answer(one.fields, row, answers, world, random, files)
            for row in rows[: least_rows(one)]:
                if not row:  # a row that must be there needs one answer at least
                    _answer(one.fields, row, answers, world, random, files, leave=0)
            if filled := [row for row in rows if row][: most_rows(one)]:
                answers[one.name] = filled
        elif one.type == "file":
            if handles := files(one):
                answers[one.name] = handles
        else:
            answers[one.name] = make_answer(one, world, random)


def make_answer(one: FormField, world: World, random: Random) -> Any:
    """Return one answer that passes the rule of its field."""
    return _MAKERS[one.type](one, world, random)


NUMBERS = ("resident_id", "mobile", "credit_code", "bank_account")
"""Field types whose answers nobody can make up at will."""


def list_numbers(form: FormDefinition, world: World) -> list[tuple[str, str]]:
    """Return (label, number) for whoever tries a form out: one of each kind that it asks for, the same every time."""
    found = {one.type: one for one in reversed(form.fields()) if one.type in NUMBERS}
    return [(found[kind].label, str(make_answer(found[kind], world, Random(1)))) for kind in NUMBERS if kind in found]  # noqa: S311 - belongs to nobody


def _text(one: FormField, world: World, random: Random) -> str:
    return _fit(random.choice(next((words for part, words in WORDS if part in one.label), UNITS)), one)


def _lines(one: FormField, world: World, random: Random) -> str:
    return _fit("\n".join(random.sample(SENTENCES, 2)), one)


def _fit(text: str, one: FormField) -> str:
    """Return text made as long, and as short, as the field wants it."""
    least = one.min if isinstance(one.min, int) else 1
    return (text * (least // len(text) + 1))[: one.length or MAX_LENGTH[one.type]].strip()


def _name(one: FormField, world: World, random: Random) -> str:
    return random.choice(SURNAMES) + random.choice(GIVEN)


def _resident_id(one: FormField, world: World, random: Random) -> str:
    oldest, youngest = world.today - timedelta(days=365 * 60), world.today - timedelta(days=365 * 20)
    birth = oldest + timedelta(days=random.randrange((youngest - oldest).days))
    body = f"110000{birth:%Y%m%d}{random.randrange(1000):03d}"
    return body + check_character(body)


def _mobile(one: FormField, world: World, random: Random) -> str:
    return f"1390000{random.randrange(10_000):04d}"


def _phone(one: FormField, world: World, random: Random) -> str:
    return f"0000-601{random.randrange(10_000):04d}"


def _credit_code(one: FormField, world: World, random: Random) -> str:
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = "91110000" + "".join(random.choice(letters) for _ in range(9))
    total = sum(letters.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return body + letters[-total % 31]


def _bank_account(one: FormField, world: World, random: Random) -> str:
    body = f"622000000{random.randrange(1_000_000):06d}"
    doubled = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(body)))
    return f"{body}{-doubled % 10}"


def _number(one: FormField, world: World, random: Random) -> int:
    low = one.min if isinstance(one.min, int | float) else 0
    high = one.max if isinstance(one.max, int | float) else max(low * 2, 5000 if one.type == "money" else 60)
    least, most = -int(-low // 1), int(high)
    if one.type == "number":
        usual = next(((few, many) for part, few, many in USUAL if part in one.label), (least, most))
        least, most = min(max(least, usual[0]), most), max(min(most, usual[1]), least)
    return random.randint(least, most)


def _date(one: FormField, world: World, random: Random) -> str:
    low, high = (world.today if bound == "today" else bound for bound in (one.min, one.max))
    first = low if isinstance(low, date) else (high if isinstance(high, date) else world.today) - timedelta(days=300)
    last = high if isinstance(high, date) else first + timedelta(days=300)
    return (first + timedelta(days=random.randrange((last - first).days + 1))).isoformat()


def _choice(one: FormField, world: World, random: Random) -> str:
    return str(random.choice(one.values))


def _choices(one: FormField, world: World, random: Random) -> list[str]:
    least = max(1, one.min if isinstance(one.min, int) else 1)
    most = one.max if isinstance(one.max, int) else len(one.options)
    chosen = random.sample(one.values, random.randint(least, min(most, len(one.options))))
    return [value for value in one.values if value in chosen]


def _yes_no(one: FormField, world: World, random: Random) -> bool:
    return random.random() < 0.5


def _region(one: FormField, world: World, random: Random) -> str:
    return random.choice((*world.regions, ELSEWHERE))


def _address(one: FormField, world: World, random: Random) -> str:
    return random.choice(PLACES)


def _union(one: FormField, world: World, random: Random) -> str:
    return random.choice(tuple(world.unions))


def _consent(one: FormField, world: World, random: Random) -> bool:
    return True


_MAKERS: dict[str, Callable[[FormField, World, Random], Any]] = {
    "text": _text,
    "textarea": _lines,
    "name": _name,
    "resident_id": _resident_id,
    "mobile": _mobile,
    "phone": _phone,
    "credit_code": _credit_code,
    "bank_account": _bank_account,
    "money": _number,
    "number": _number,
    "date": _date,
    "choice": _choice,
    "choices": _choices,
    "yes_no": _yes_no,
    "region": _region,
    "address": _address,
    "union": _union,
    "ethnicity": _choice,
    "education": _choice,
    "political_status": _choice,
    "consent": _consent,
}
