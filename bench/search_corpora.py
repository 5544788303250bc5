"""What the search is measured on: the statutes beside the checkout, and policies that are generated from a small grammar."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path

from site_builder.clock import CHINA
from site_builder.importers import run_import
from site_builder.model import Library, Site
from site_builder.records import Policy, Record

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
SITE = Site.model_validate({"name": "职工之家", "organisation": "云溪县总工会", "domain": "yunxi.example"})


def _words(text: str) -> tuple[str, ...]:
    """Return the words of a text; a low line stands for a blank within one."""
    return tuple(word.replace("＿", " ") for word in text.split())


LAW_QUERIES = _words("""工会 职工 劳动合同 集体合同 职工代表大会 女职工 未成年工 劳务派遣 行政复议 行政处罚 厂务公开 带薪年休假 产假 起诉 信访 听证
    社会保险 工伤 最低工资 平等协商 工会经费 劳动争议 法律援助 职业病 安全生产 拖欠工资 农民工 妇女权益 性骚扰 哺乳 退休 失业保险
    工会主席 基层工会委员会 县级以上 用人单位 经济补偿 试用期 加班 休息日 个人信息 仲裁委员会 人民法院 本条例自 施行 第四十二条 第42条
    第10条 第一百零一条 二〇二四年 2024年 主席令 民办非企业 委员会的 职工的合 者的合法 位应当依 的规定处 保障法 （一） 罚款 五万元 法 会 龘 髹
    上海市工会条例 中华人民共和国工会法 中华人民共和国劳动法 “安全生产” 工会＿女职工 劳动＿仲裁 時效 勞動合同 ＡＢＣ 帮扶救助 救助站 尘肺""")
SYNTHETIC_QUERIES = _words("""困难职工 生活帮扶 医疗帮扶 劳动合同 集体协商 工会经费 建会入会 农民工 金秋助学 公示期 第三条 第12条 三个工作日 县总工会 北岭镇 南渡镇工会
    职工之家建设 应当公开 按照规定 予以公示 及时受理 困难＿经费 职工 帮扶＿镇 工会 公开 的规 职工的意 会应当组 镇 县 沈 龘 资金管理 女职工休息 法律援助站
    安全培训 服务站点 快递员 外卖配送员 货车司机 集体合同 职代会 民主管理 云工发〔2019〕88号 云工发[2021]100号 云溪县总工会关于 意见 办法 通知""")

_WHO = _words(
    "各级工会 基层工会 县总工会 乡镇工会 街道工会 用人单位 职工代表大会 经费审查委员会 女职工委员会 帮扶中心 服务站点 行业工会联合会 企业 车间班组 工会小组 财务部门 组织部门 法律援助站"
)
_HOW = _words(
    "应当 可以 不得 必须 要 按照规定 按季度 每年 及时 定期 依法 主动 逐项 分批 会同有关部门 在三个工作日内 在十五日内 采取多种方式"
)
_DO = _words(
    "组织 受理 审核 公开 公示 落实 督促 检查 登记 上报 调查 发放 协商 签订 培训 慰问 反馈 汇总 核实 建立 完善 评估"
)
_WHAT = _words(
    "困难职工 生活帮扶 医疗帮扶 金秋助学 劳动合同 集体合同 工资集体协商 工会经费 会员名册 建会入会 农民工权益 快递员服务 外卖配送员入会 货车司机培训 安全培训 职业健康检查 女职工休息哺乳 法律援助 劳动争议调解 职工书屋 服务站点建设 资金管理 民主管理制度 职代会提案 技能竞赛 劳模管理 高温津贴 心理咨询 互助保障 职工之家建设 台账资料 职工的意见"
)
_END = _words(
    "。 ，接受职工监督。 ，结果向职工公布。 ，并报上一级工会备案。 ，确保资金专款专用。 ，不得收取任何费用。 ，有关材料保存十年。 ；情况复杂的，可以延长十个工作日。"
)
_TOWNS = _words("城关镇 北岭镇 南渡镇 东塘镇 西坪镇 柳湾镇 石桥乡 青峰乡 云台街道 滨河街道")
_SURNAMES = "沈顾邵闻祁赵钱孙李周吴郑王冯陈褚卫蒋韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_KINDS = ("意见", "办法", "通知", "方案", "规定", "细则")
_TOPICS = ("帮扶", "权益保障", "组织建设", "经费", "女职工", "竞赛", "民主管理", "服务")


def read_laws(folder: Path) -> Library:
    """Return the statutes of a folder as published policies, read by our own importer."""
    report = run_import(sorted(folder.glob("*.md")), "policy", Path("/nowhere"), True, True, NOW)
    records: dict[tuple[str, str], Record] = {}
    for number, result in enumerate(report.results):
        if result.imported is not None:
            day = result.imported.record.day or date(2000, 1, 1)
            changes = {"id": f"law{number:03}", "status": "published", "published": day}
            records["policies", f"law{number:03}"] = result.imported.record.model_copy(update=changes)
    return Library(site=SITE, records=records)


def make_policies(count: int, seed: int = 7) -> Library:
    """Return `count` policies of about 3,700 characters: a skewed vocabulary, names, sums and dates; the same for a seed."""
    draw = random.Random(seed)  # noqa: S311 - a corpus, not a secret
    given = [chr(0x4E00 + draw.randrange(0x51A5)) for _ in range(900)]
    records: dict[tuple[str, str], Record] = {}
    for number in range(count):
        day = date(2006, 1, 2) + timedelta(days=number * 7600 // count)
        name = f"p{number:05}"
        records["policies", name] = _make_policy(draw, given, number, name, day)
    return Library(site=SITE, records=records)


def _make_policy(draw: random.Random, given: list[str], number: int, name: str, day: date) -> Policy:
    what, kind = draw.choice(_WHAT), draw.choice(_KINDS)
    return Policy.model_validate(
        {
            "id": name,
            "title": f"云溪县总工会关于{draw.choice(_DO)}{what}的{kind}（{number}）",
            "doc_number": f"云工发〔{day.year}〕{number + 1}号",
            "index_number": f"YX-GH-{day.year}-{number + 1:05}",
            "issuer": draw.choices(["云溪县总工会", *[town + "总工会" for town in _TOWNS]], [30, *[1] * 10])[0],
            "published": day,
            "topics": draw.sample(_TOPICS, draw.choice((1, 1, 2))),
            "validity": {"state": draw.choices(["effective", "repealed"], [8, 1])[0]},
            "body": _make_body(draw, given),
        }
    )


def _make_body(draw: random.Random, given: list[str]) -> str:
    lines, size, article = [], 0, 0
    while size < 3600:
        if article % 8 == 0:
            lines.append(f"## {'一二三四五六七八九十'[article // 8 % 10]}、{draw.choice(_WHAT)}")
        article += 1
        text = f"第{article}条　" if draw.random() < 0.2 else f"{article}. "
        text += "".join(_sentence(draw, given) for _ in range(draw.randint(2, 5)))
        lines.append(text)
        size += len(text)
    return "\n\n".join(lines)


def _sentence(draw: random.Random, given: list[str]) -> str:
    pick = min(int(draw.expovariate(0.12)), len(_WHAT) - 1)
    text = draw.choice(_WHO) + draw.choice(_HOW) + draw.choice(_DO) + _WHAT[pick]
    if draw.random() < 0.15:
        person = draw.choice(_SURNAMES) + "".join(draw.choices(given, k=draw.choice((1, 2))))
        text = f"{draw.choice(_TOWNS)}{person}等{draw.randint(2, 90)}人，{text}"
    if draw.random() < 0.2:
        text += f"，标准为每人{draw.randint(1, 99) * 100}元"
    return text + draw.choice(_END)
