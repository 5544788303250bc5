"""Policies for measurements, from a small grammar of our own: the same for the same number, nothing downloaded.

`python -m bench.corpus PAGES FOLDER` writes them below FOLDER/content, beside the sample's site.yml and mkdocs.yml, so
that FOLDER is a whole site. Page n of N is the same in every run; pages past N are newer than all of them.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FIRST, LAST = date(2008, 1, 7), date(2026, 11, 6)
NEWEST = date(2026, 11, 18)
"""The day of pages past the last one; the sample's today is two days later."""
LENGTH = 3060
"""Characters after which no further clause is begun; with the front matter a file comes to about 3,700."""


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text; a low line stands for a blank within one."""
    return tuple(word.replace("＿", " ") for word in text.split())


WHO = words_of(
    """各级工会 基层工会 县总工会 乡镇工会 街道工会 用人单位 职工代表大会 经费审查委员会 女职工委员会 帮扶中心 服务站点 行业工会联合会 企业
    车间班组 工会小组 财务部门 组织部门 法律援助站 劳动争议调解组织 职工服务中心 培训机构 评审小组 入户调查人员 协商代表 工会主席 职工互助会"""
)
HOW = words_of(
    """应当 可以 不得 必须 要 按照规定 按季度 每年 及时 定期 依法 主动 逐项 分批 会同有关部门 在三个工作日内 在十五日内 采取多种方式 统一
    优先 按程序 分级 逐户 如实 在本单位 通过窗口或者网上 一次性 由两人以上"""
)
DO = words_of(
    """组织 受理 审核 公开 公示 落实 督促 检查 登记 上报 调查 发放 协商 签订 培训 慰问 反馈 汇总 核实 建立 完善 评估 归档 复核 通报 宣传
    核定 拨付 推荐 聘请 走访 分析 更新 记录 保管 移交"""
)
WHAT = words_of(
    """困难职工 生活帮扶 医疗帮扶 金秋助学 劳动合同 集体合同 工资集体协商 工会经费 会员名册 建会入会 农民工权益 快递员服务 外卖配送员入会
    货车司机培训 安全培训 职业健康检查 女职工休息哺乳 法律援助 劳动争议调解 职工书屋 服务站点建设 资金管理 民主管理制度 职代会提案 技能竞赛
    劳模管理 高温津贴 心理咨询 互助保障 职工之家建设 台账资料 职工的意见 网约车司机体检 户外劳动者饮水点 会员普惠项目 职工疗休养 工匠工作室
    安康杯竞赛 厂务公开 班组长轮训 欠薪线索 求职招聘服务 子女托管班 母婴关爱室 文体活动 换届选举 工会干部联系点 创新成果 竞赛奖励 专项集体合同"""
)
END = words_of(
    """。 ，接受职工监督。 ，结果向职工公布。 ，并报上一级工会备案。 ，确保资金专款专用。 ，不得收取任何费用。 ，有关材料保存十年。 ；情况复杂的，可以延长十个工作日。
    ，做到有记录、可追溯。 ，职工有异议的，可以申请复核。 ；逾期没有答复的，由上级工会催办。 ，不得以会议代替落实。 ，所需经费在年度预算中列支。"""
)
WHEN = words_of(
    """职工提出申请以后 材料齐全的 遇到突发变故的 涉及个人信息的 经费紧张的年份 跨乡镇的事项 换届当年 新建企业开业半年内 发生群体性争议时
    年度预算批复以后 同一家庭有两名以上会员的 用人单位拒不配合的 没有建立工会的单位"""
)
TOWNS = words_of("城关镇 北岭镇 南渡镇 东塘镇 西坪镇 柳湾镇 石桥乡 青峰乡 云台街道 滨河街道")
SURNAMES = "沈顾邵闻祁赵钱孙李周吴郑王冯陈褚卫蒋韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
KINDS = words_of("意见 办法 通知 方案 规定 细则")
TOPICS = words_of("帮扶 权益保障 组织建设 经费 女职工 竞赛 民主管理 服务")
NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Document:
    """One policy: where its file stands, its front matter as plain values, its body as Markdown."""

    id: str
    day: date
    front: dict[str, Any]
    body: str

    @property
    def path(self) -> str:
        """Return the path of its file below content/."""
        return f"policies/{self.day.year}/{self.id}.md"

    @property
    def text(self) -> str:
        """Return the whole file."""
        return write_front(self.front) + "\n" + self.body


def write_front(front: dict[str, Any]) -> str:
    """Return front matter: YAML with values in JSON's form, which every peer reads as well."""
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in front.items()]
    return "---\n" + "".join(lines) + "---\n"


def make_document(number: int, pages: int) -> Document:
    """Return policy `number` of a corpus of `pages`."""
    draw = random.Random(f"workers-home/{number}")  # noqa: S311 - a corpus, not a secret
    day, name = _day(number, pages), _name(number, pages)
    what, kind = _pick(draw, WHAT, 0.09), draw.choice(KINDS)
    front: dict[str, Any] = {
        "title": f"云溪县总工会关于{draw.choice(DO)}{what}的{kind}（{number}）",
        "index_number": f"YX-GH-{day.year}-{number % 100000:05}",
        "doc_number": f"云工发〔{day.year}〕{number + 1}号",
        "issuer": draw.choices(["云溪县总工会", *[town + "总工会" for town in TOWNS]], [30, *[1] * 10])[0],
        "issued": str(day - timedelta(days=draw.randint(0, 9))),
        "published": str(day),
        "disclosure": "主动公开",
        "validity": {"state": draw.choices(["effective", "repealed"], [8, 1])[0], "effective": str(day)},
        "topics": draw.sample(TOPICS, draw.choice((1, 1, 2))),
        "summary": f"{draw.choice(WHO)}怎样{draw.choice(DO)}{what}，{draw.choice(HOW)}办到什么程度。",
        "signature": ["云溪县总工会"],
    }
    if number > 20 and draw.random() < 0.3:
        other = _name(number - draw.randint(1, 20), pages)
        front["relations"] = {draw.choice(("implements", "based_on", "interprets", "forwards")): [other]}
    return Document(name, day, front, _body(draw, kind in ("办法", "规定", "细则")))


def _day(number: int, pages: int) -> date:
    if number >= pages:
        return NEWEST
    return FIRST + timedelta(days=number * (LAST - FIRST).days // max(pages - 1, 1))


def _name(number: int, pages: int) -> str:
    return f"{_day(number, pages):%Y%m%d}-p{number:06}"


# --- bodies ------------------------------------------------------------------------------------


def _body(draw: random.Random, in_articles: bool) -> str:
    lines: list[str] = ["为了做好有关工作，根据上级工会的部署，结合本县实际，现将有关事项明确如下。"]
    size, section, article = len(lines[0]), 0, 0
    table_at = draw.randint(1, 6) if draw.random() < 0.15 else 0
    while size < LENGTH:
        section += 1
        added = [f"## {_numeral(section)}、{draw.choice(DO)}{_pick(draw, WHAT, 0.05)}"]
        if in_articles:
            count = draw.randint(2, 4)
            added += [_article(draw, article + at) for at in range(1, count + 1)]
            article += count
        else:
            added += _items(draw)
        if section == table_at:
            added.append(_table(draw))
        lines += added
        size += sum(map(len, added))
    return "\n\n".join(lines) + "\n"


def _article(draw: random.Random, number: int) -> str:
    paragraphs = [_sentences(draw, 2, 4) for _ in range(draw.choice((1, 1, 2)))]
    return f"第{_numeral(number)}条　" + "\n\n".join(paragraphs)


def _items(draw: random.Random) -> list[str]:
    lines = [_sentences(draw, 1, 2)] if draw.random() < 0.4 else []
    for at in range(1, draw.randint(2, 4)):
        lines.append(f"（{_numeral(at)}）{draw.choice(DO)}{_pick(draw, WHAT, 0.05)}。{_sentences(draw, 2, 3)}")
        if draw.random() < 0.35:
            lines += [f"{own}. {_sentences(draw, 1, 2)}" for own in range(1, draw.randint(3, 5))]
    return lines


def _table(draw: random.Random) -> str:
    rows = [f"| {draw.choice(TOWNS)} | {_pick(draw, WHAT, 0.05)} | {draw.randint(2, 60) * 100} |" for _ in range(6)]
    return "\n".join(["| 乡镇街道 | 项目 | 标准（元） |", "|---|---|---|", *rows])


def _sentences(draw: random.Random, least: int, most: int) -> str:
    return "".join([_sentence(draw) for _ in range(draw.randint(least, most))])


def _sentence(draw: random.Random) -> str:
    text = draw.choice(WHO) + draw.choice(HOW) + draw.choice(DO) + _pick(draw, WHAT, 0.1)
    chance = draw.random()
    if chance < 0.15:
        person = draw.choice(SURNAMES) + "".join(draw.choices(_given(), k=draw.choice((1, 2))))
        text = f"{draw.choice(TOWNS)}{person}等{draw.randint(2, 90)}人，{text}"
    elif chance < 0.35:
        text = f"{draw.choice(WHEN)}，{text}"
    elif chance < 0.45:
        text += f"，标准为每人{draw.randint(1, 99) * 100}元"
    elif chance < 0.55:
        text += f"、{draw.choice(DO)}{_pick(draw, WHAT, 0.05)}"
    return text + draw.choice(END)


def _pick(draw: random.Random, words: tuple[str, ...], slope: float) -> str:
    """Return a word: the first ones often, the last ones seldom, as in real texts."""
    return draw.choices(words, cum_weights=_weights(len(words), slope))[0]


@cache
def _weights(count: int, slope: float) -> list[float]:
    return list(accumulate((1 - slope) ** at for at in range(count)))


@cache
def _given() -> list[str]:
    """Return characters of given names, rare ones among them: the long tail of every real index."""
    draw = random.Random("workers-home/given")  # noqa: S311 - a corpus, not a secret
    return [chr(0x4E00 + draw.randrange(0x51A5)) for _ in range(900)]


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    return (("" if tens == 1 else NUMERALS[tens - 1]) + "十" if tens else "") + (NUMERALS[ones - 1] if ones else "")


# --- files -------------------------------------------------------------------------------------


def write_site(folder: Path, pages: int) -> Path:
    """Write a whole site of generated policies and return the path of its mkdocs.yml."""
    content = folder / "content"
    content.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "content" / "site.yml", content / "site.yml")
    shutil.copy(ROOT / "mkdocs.yml", folder / "mkdocs.yml")
    for number in range(pages):
        write_document(content, make_document(number, pages))
    return folder / "mkdocs.yml"


def write_document(content: Path, document: Document) -> Path:
    """Write one policy below content/ and return its path."""
    path = content / document.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document.text, encoding="utf-8")
    return path


if __name__ == "__main__":
    write_site(Path(sys.argv[2]), int(sys.argv[1]))
