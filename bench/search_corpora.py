"""What the search is measured on: the statutes beside the checkout, and the policies of bench/corpus.py."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from bench.corpus import make_document, words_of
from site_builder.clock import CHINA
from site_builder.importers import run_import
from site_builder.model import Library, Site
from site_builder.records import Policy, Record

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
SITE = Site.model_validate({"name": "职工之家", "organisation": "云溪县总工会", "domain": "yunxi.example"})


LAW_QUERIES = words_of("""工会 职工 劳动合同 集体合同 职工代表大会 女职工 未成年工 劳务派遣 行政复议 行政处罚 厂务公开 带薪年休假 产假 起诉 信访 听证
    社会保险 工伤 最低工资 平等协商 工会经费 劳动争议 法律援助 职业病 安全生产 拖欠工资 农民工 妇女权益 性骚扰 哺乳 退休 失业保险
    工会主席 基层工会委员会 县级以上 用人单位 经济补偿 试用期 加班 休息日 个人信息 仲裁委员会 人民法院 本条例自 施行 第四十二条 第42条
    第10条 第一百零一条 二〇二四年 2024年 主席令 民办非企业 委员会的 职工的合 者的合法 位应当依 的规定处 保障法 （一） 罚款 五万元 法 会 龘 髹
    上海市工会条例 中华人民共和国工会法 中华人民共和国劳动法 “安全生产” 工会＿女职工 劳动＿仲裁 時效 勞動合同 ＡＢＣ 帮扶救助 救助站 尘肺""")
SYNTHETIC_QUERIES = words_of("""困难职工 生活帮扶 医疗帮扶 劳动合同 集体协商 工会经费 建会入会 农民工 金秋助学 公示期 第三条 第12条 三个工作日 县总工会 北岭镇 南渡镇工会
    职工之家建设 应当公开 按照规定 予以公示 及时受理 困难＿经费 职工 帮扶＿镇 工会 公开 的规 职工的意 会应当组 镇 县 沈 龘 资金管理 女职工休息 法律援助站
    安全培训 服务站点 快递员 外卖配送员 货车司机 集体合同 职代会 民主管理 云工发〔2019〕88号 云工发[2021]100号 云溪县总工会关于 意见 办法 通知""")


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


def make_policies(count: int) -> Library:
    """Return the generated documents as published policies."""
    records: dict[tuple[str, str], Record] = {}
    for number in range(count):
        document = make_document(number, count)
        front = {name: value for name, value in document.front.items() if name != "relations"}
        records["policies", document.id] = Policy.model_validate({"id": document.id, **front, "body": document.body})
    return Library(site=SITE, records=records)
