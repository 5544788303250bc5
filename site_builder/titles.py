"""Part official titles into phrases, so that a browser breaks them where a reader would. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

LONGEST = 8
SHORTEST = 4

# Words that stay whole; what stands between two of them is one unknown word.
_WORDS = frozenset(
    """
    关于 印发 转发 批转 公布 发布 修改 修订 修正 废止 调整 开展 组织 组织开展 做好 加强 进一步 进一步加强 推进
    深入 推动 深化 建立 健全 完善 规范 落实 贯彻 贯彻落实 支持 保障 征集 公开 申报 推荐 评选 表彰 命名 授予
    撤销 举办 召开 启动 设立 成立 同意 聘任 招聘 招募 选树 公示 实施 办法 实施办法 管理办法 暂行办法 试行办法
    规定 暂行规定 若干规定 条例 细则 实施细则 规则 规程 章程 方案 工作方案 实施方案 计划 规划 意见 实施意见
    指导意见 通知 通告 公告 通报 决定 决议 批复 函 请示 报告 纪要 令 答复 解释 标准 指南 办事指南 清单 目录
    名单 工作 管理 使用 服务 建设 改革 发展 监督 考核 评价 检查 审计 审查 监管 执行 情况 有关 相关 事项 问题
    事宜 活动 项目 制度 机制 体系 平台 困难 职工 困难职工 农民工 会员 工会 总工会 县总工会 市总工会 省总工会
    中华人民共和国 中华全国总工会 全国总工会 县级工会 基层工会 基层 企业 单位 企事业单位 社会组织 乡镇 街道 工会主席 工会干部 工会经费 经费
    工会组织 组织建设 新就业形态 劳动者 新就业形态劳动者 新就业群体 货车司机 网约车司机 快递员 外卖配送员
    户外劳动者 女职工 青年职工 劳模 劳动模范 先进工作者 先进集体 先进个人 五一劳动奖章 五一劳动奖状 五一
    工人先锋号 工匠 县级工匠 劳模精神 劳动精神 工匠精神 帮扶 帮扶资金 救助 慰问 送温暖 送清凉 金秋助学 助学
    医疗 医疗互助 医疗帮扶 生活帮扶 互助 互助保障 劳动 劳动竞赛 技能竞赛 职业技能 技能 技能大赛 劳动关系 和谐
    和谐劳动关系 劳动争议 争议 调解 仲裁 法律援助 法律 法律服务 法律监督 集体协商 集体合同 工资 拖欠工资
    职工代表大会 民主管理 厂务公开 安全生产 安全 职业病 防治 劳动保护 劳动保障 高温 防暑降温 疗休养 职工疗休养
    体检 培训 文化 文体 文艺 运动会 书屋 职工书屋 志愿服务 困难职工家庭 家庭 子女 建档 档案 认定 审核 申请
    办理 流程 资金 财务 预算 决算 收支 年度 上半年 下半年 季度 第一 第二 结果 信息公开 政府信息公开 年度报告
    工作报告 工作动态 政策 解读 政策解读 一图看懂 谁能申请 怎么办 能领多少 典型案例 案例 比例 范围 条件 对象
    期限 程序 申报工作 推荐工作 评选工作 评选表彰 表彰大会 动员会 推进会 现场会 座谈会 联席会议 全委会
    全体会议 会议 人员 岗位 服务站点 服务站 服务中心 职工服务中心 文化宫 工人文化宫 驿站 爱心驿站 阵地 开放
    时间 安排 春节 元旦 国庆 期间 冬季 夏季 春季 秋季 四季 四季帮扶 春送岗位 夏送清凉 冬送温暖 县级工会加强年
    加强年 专项 专项行动 行动 专题 职工之家 入会 建会 集中 集中入会 集中建会 会籍 转接 会籍转接 会费 产业
    国家宪法日 普法 普法宣传 产业工人 产业工人队伍建设 队伍 队伍建设 试点 示范 创建 达标
    """.split()  # noqa: SIM905 - a table of words reads best as running text
)
_LENGTHS = {
    first: sorted({len(word) for word in _WORDS if word[0] == first and len(word) > 1}, reverse=True)
    for first in {word[0] for word in _WORDS}
}
"""First character → lengths of the words of two and more that begin with it, the longest first."""
_PLACE = re.compile(r"[\u4e00-\u9fff]{2,3}?(?:省|市|县|区|镇|乡|街道)(?!级|区|总工会的|委|长|场)")
_UNITS = "年月日号届期次项个名批万亿元人条款%％"
_ATOM = re.compile(
    r"（[^（）]*）|〔[^〔〕]*〕|\([^()]*\)|[“‘][^”’]{1,10}[”’]"
    rf"|\d(?:[\d.,:：/·\-–—~]*\d)?(?:年度|[{_UNITS}](?!度))?|[A-Za-z][\w.+\-]*|.",
    re.DOTALL,
)
_CLOSING = "》〉”’）〕，。、；：！？·…—,.;:!?"
_OPENING = "《〈“‘（〔"


class _Token(NamedTuple):
    text: str
    known: bool


def _tokens(title: str) -> list[_Token]:
    """Return the words of a title; signs go with the word that they belong to."""
    tokens: list[_Token] = []
    position = 0
    prefix = ""
    while position < len(title):
        word = _word_at(title, position)
        position += len(word)
        if word in _OPENING:
            prefix += word
        elif tokens and not prefix and _leans(word, tokens[-1].text):
            tokens[-1] = _Token(tokens[-1].text + word, tokens[-1].known)
        else:
            tokens.append(_Token(prefix + word, word in _WORDS or len(word) > 1))
            prefix = ""
    if prefix:
        tokens.append(_Token(prefix, True))
    return _merge_unknown(tokens)


def _word_at(title: str, position: int) -> str:
    for length in _LENGTHS.get(title[position], ()):
        if title[position : position + length] in _WORDS:
            return title[position : position + length]
    if place := _PLACE.match(title, position):
        return place[0]
    match = _ATOM.match(title, position)
    return match[0] if match else title[position]


def _leans(word: str, before: str) -> bool:
    """Tell whether a word goes with the one before it: a closing sign, a 的, the unit of a number."""
    if word[0] in _CLOSING or word in ("的", "等", "中", "上", "下", "内", "们", "者", "级", "化", "性"):
        return True
    if word[0] in _UNITS and len(word) == 1 and before[-1].isdecimal():
        return True
    return word[0].isspace() or before[-1].isspace() or (word.isascii() and before[-1].isascii())


def _merge_unknown(tokens: list[_Token]) -> list[_Token]:
    merged: list[_Token] = []
    for token in tokens:
        last = merged[-1] if merged else None
        loose = not token.known and token.text not in "和与及或并"
        if last and not last.known and loose and last.text[-1] not in _CLOSING + "的" and token.text[0] not in _OPENING:
            merged[-1] = _Token(last.text + token.text, False)
        else:
            merged.append(token)
    return merged


def _cost(phrase: str, before: str) -> float:
    """Return how ill a phrase reads after another: its length beyond 4-8, and a break in an unhappy place."""
    length = len(phrase)
    cost = 2.0 * (length - LONGEST) ** 2 if length > LONGEST else 0.8 * max(SHORTEST - length, 0)
    if phrase[0] in "（〔(":
        cost = 0.0
    if not before:
        return cost
    if before[-1] in "，、：；！？":
        return cost - 1.0
    if phrase.startswith("关于") or phrase[0] in "《（〔(" or before[-1] in "的》":
        return cost
    return cost + (0.4 if before.endswith(("县", "市", "省", "总工会")) else 1.0)


class _Way(NamedTuple):
    """The best way to part the beginning of a title: its cost, its last phrase, and where that begins."""

    cost: float
    phrase: str
    start: int


@lru_cache(maxsize=1 << 16)  # more than there are titles on a site: each stands in several lists
def split_title(title: str) -> tuple[str, ...]:
    """Return the phrases of a title, 4-8 characters where its words allow; joined they are the title."""
    ends = [0, *accumulate(len(token.text) for token in _tokens(title))]
    best = [_Way(0.0, "", 0)]
    for end in range(1, len(ends)):
        best.append(_find_best(title, ends, end, best))
    phrases = []
    end = len(ends) - 1
    while end:
        phrases.append(best[end].phrase)
        end = best[end].start
    return tuple(reversed(phrases))


def _find_best(title: str, ends: list[int], end: int, best: list[_Way]) -> _Way:
    """Return the best way to part a title up to a word; of two that are as good, the one with the longer last phrase."""
    chosen: _Way | None = None
    for start in range(end - 1, max(-1, end - 10), -1):
        phrase = title[ends[start] : ends[end]]
        if start < end - 1 and (len(phrase) > 2 * LONGEST or "关于" in phrase[1:] or "（" in phrase[1:]):
            break  # all that begin earlier hold the same
        cost = best[start].cost + _cost(phrase, best[start].phrase)
        if chosen is None or cost <= chosen.cost:
            chosen = _Way(cost, phrase, start)
    return chosen or best[0]
