from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from site_builder.importers import Imported, Refused
from site_builder.records import Policy

Read = Callable[..., Imported]
PAGE = """<!doctype html><html><head><meta charset="{charset}"><title>云溪县总工会关于开展安全月活动的通知_云溪县总工会网站</title>
<meta name="PubDate" content="2026-11-10 08:30"><script>var a = "脚本里的话";</script><style>p{{}}</style></head><body>
<nav>首页 政策</nav><div class="bread-crumb">当前位置：首页</div><h1>云溪县总工会关于<br>开展安全月活动的通知</h1>
<table><tr><td>索引号</td><td>YX-GH-2026-00112</td><td>文&nbsp;号</td><td>云工办[2026]15号</td></tr>
<tr><td>发布机构</td><td>云溪县总工会办公室</td><td>有效性</td><td></td></tr></table>
<p>各基层工会&nbsp;:</p><p>&emsp;&emsp;现就安全月
活动通知如下。</p><h2>一、活动时间</h2><p>十二月。</p><ol start="3"><li>查隐患</li><li>学规章</li></ol><ul><li>横幅</li></ul>
<div hidden>藏着的</div><div style="display: none">也藏着</div><!-- 注释 --><img src="a.png" alt="海报">
<table><tr><th>日期</th><th>内容</th></tr><tr><td>1日</td><td>动员</td></tr></table>
<p style="text-align:right">云溪县总工会办公室</p><p>2026年11月9日</p>
<aside>旁边的</aside><div class="share-bar">分享到</div><noscript>请打开</noscript><footer>云溪 页脚</footer></body></html>"""


def record(imported: Imported) -> Policy:
    assert isinstance(imported.record, Policy)
    return imported.record


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("utf-8", "utf-8"), ("gb2312", "gbk"), ("gbk", "gb18030"), ("utf-8", "gbk"), ("nonsense", "utf-8")],
)
def test_page(read: Read, charset: str, encoding: str) -> None:
    imported = read(PAGE.format(charset=charset).encode(encoding), "a.html")
    found = record(imported)
    assert found.title == "云溪县总工会关于开展安全月活动的通知"
    assert (str(found.doc_number), str(found.index_number)) == ("云工办〔2026〕15号", "YX-GH-2026-00112")
    assert (found.published, found.published_time, found.issued) == (date(2026, 11, 10), "08:30", date(2026, 11, 9))
    assert found.addressee == "各基层工会"
    assert found.body.split("\n\n") == [
        "现就安全月活动通知如下。",
        "## 一、活动时间",
        "十二月。",
        "3.查隐患",
        "4.学规章",
        "- 横幅",
        "| 日期 | 内容 |\n| --- | --- |\n| 1日 | 动员 |",
    ]
    doubts = "".join(finding.message for finding in imported.doubts)
    assert "有效性" in doubts
    assert "海报" in doubts


def test_main_element_wins(read: Read) -> None:
    found = record(
        read(
            "<html><body><p>外面的话。</p><main><h1>云溪县总工会关于食堂的通知</h1><p>里面的话。</p></main></body></html>",
            "a.htm",
        )
    )
    assert found.body == "里面的话。"


def test_layout_tables_are_not_tables(read: Read) -> None:
    found = record(
        read(
            f"<table><tr><td><h1>云溪县总工会关于食堂的通知</h1></td></tr><tr><td><table><tr><td>{'正文很长。' * 150}</td><td></td></tr></table></td></tr></table>",
            "a.html",
        )
    )
    assert found.title == "云溪县总工会关于食堂的通知"
    assert "|" not in found.body


def test_deep_nesting_does_not_overflow(read: Read) -> None:
    imported = read("<html><body><h1>云溪县总工会关于食堂的通知</h1>" + "<div>" * 100_000 + "正文。", "a.html")
    assert imported.record.title == "云溪县总工会关于食堂的通知"


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<?xml version="1.0"?><!DOCTYPE html [\n<!ENTITY a "书屋">]>',
    ],
)
def test_entities_are_refused(read: Read, head: str) -> None:
    with pytest.raises(Refused, match="实体"):
        read(f"{head}<html><body><p>&x;书屋</p></body></html>", "a.html")


def test_nothing_but_scripts(read: Read) -> None:
    with pytest.raises(Refused, match="没有中文"):
        read("<html><body><script>var a = '书屋'</script></body></html>", "a.html")
