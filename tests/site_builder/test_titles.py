"""Where titles break."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from site_builder.titles import split_title

TITLES = """
云溪县困难职工|帮扶实施办法|（2026年修订）
关于调整|困难职工医疗帮扶|比例的通知
一图看懂：|谁能申请、|能领多少、|怎么办
全市困难职工|建档工作规范
云溪县总工会|关于印发|《云溪县困难职工|帮扶实施办法|（2026年修订）》的通知
云溪县总工会|关于做好|2026年|金秋助学|工作的通知
关于2026年度|云溪县|五一劳动奖章|推荐对象的公示
云溪县总工会|2025年度|部门决算
关于表彰|2026年度|云溪县工匠的决定
云溪县工会经费|收支管理实施细则|（试行）
新就业形态劳动者|集中入会|专项行动方案
北岭茶场|职工代表大会|审议通过集体合同
关于开放|12个户外劳动者|服务站点的通告
“安康杯”|安全生产|竞赛活动方案
关于进一步加强|快递外卖行业|工会组织建设的|指导意见
职工医疗互助|保障办事指南
春节期间|工人文化宫|开放时间安排
关于废止《云溪县|职工疗休养|管理办法》等|3件文件的决定
云溪县|和谐劳动关系|企业创建标准
会员会籍转接|怎么办
中华人民共和国|工会法
中华人民共和国|劳动争议|调解仲裁法
2026年|“送清凉”|慰问走进8个乡镇
""".split()  # noqa: SIM905 - one title a line reads best


@pytest.mark.parametrize("title", TITLES)
def test_titles(title: str) -> None:
    assert "|".join(split_title(title.replace("|", ""))) == title


@given(st.text(alphabet="关于印发云溪县困难职工的帮扶办法通知《》（）“”、，2026年1. ab", max_size=60))
def test_nothing_is_lost_and_signs_stay_with_their_words(title: str) -> None:
    phrases = split_title(title)
    assert "".join(phrases) == title
    for before, after in pairwise(phrases):
        assert not re.match(r"[》”），、]", after)
        assert not re.search(r"[《“（]$", before)
        assert not (before[-1].isdecimal() and (after[0].isdecimal() or after.startswith("年")))
        assert not (before[-1].isascii() and before[-1].isalpha() and after[0].isascii() and after[0].isalpha())
