from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from site_builder.importers import Imported, Refused, import_file
from site_builder.importers.characters import normalise
from site_builder.importers.common import Line, Notes, find_date, is_organisation
from site_builder.importers.files import clean
from site_builder.importers.noise import classify, resolve_page_title
from site_builder.records import News, Notice, Policy

Read = Callable[..., Imported]
LONG = "各乡镇总工会要逐户走访困难职工，做到底数清、情况明，并在每年4.5万元的经费内安排；国家宪法日（12·4）前后要集中宣传一次。"
NOTICE = """云溪县总工会文件

云工发〔2026〕12号

云溪县总工会关于印发
《云溪县职工书屋管理办法》的通知

各乡镇总工会,各基层工会:

现将《云溪县职工书屋管理办法》印发给你们,请认真执行。

                     云溪县总工会
                   2026年11月9日

(此件公开发布)

附件1

云溪县职工书屋管理办法

第一章  总 则

第一条　为了管好职工书屋,制定本办法。
第二条　《云溪县职工书屋名录》由县总工会编制。

抄送:清江市总工会,县委办公室。
云溪县总工会办公室           2026年11月9日印发
"""


def messages(imported: Imported, kind: str) -> str:
    return "\n".join(finding.message for finding in getattr(imported, kind))


# --- characters ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("职工,工会:互助;合作", "职工，工会：互助；合作"),
        ("书屋(图书角)、茶室", "书屋（图书角）、茶室"),
        ("云溪县总工会(2026年)通知", "云溪县总工会（2026年）通知"),
        ("《关于印发<读书方案>的通知》", "《关于印发〈读书方案〉的通知》"),
        ("云工发[2026]12号", "云工发〔2026〕12号"),
        ("云工发［２０２６］１２号", "云工发〔2026〕12号"),
        ("发放4.5万元,时间15:29,12·4前", "发放4.5万元，时间15:29,12·4前"),
        ("1.支持", "1.支持"),
        ("见http://yunxi.example/a,b:c 页", "见http://yunxi.example/a,b:c 页"),
        ("推进 “五好” 书屋", "推进“五好”书屋"),
        ("健康云溪· 快乐读书", "健康云溪·快乐读书"),
        ("第二条 《名录》由县总工会编制", "第二条 《名录》由县总工会编制"),
        ("读\u200b书\ufeff", "读书"),
        ("读\u00a0\u3000\u00a0书", "读 书"),
        ("①与﹒不变", "①与﹒不变"),
        ("(一)加强领导", "（一）加强领导"),
        ("(1)清点图书", "（1）清点图书"),
        ("[表格](附件(一).pdf)", "[表格](附件(一).pdf)"),
        ("f(x), g(y)", "f(x), g(y)"),
    ],
)
def test_normalise(before: str, after: str) -> None:
    assert normalise(before)[0] == after


PIECES = st.sampled_from(
    [
        *"职工会一二三四五六七八九十第条章节为各的",
        *",:;?!()<>《》“”，。：；（）〔〕[]",
        " ",
        "\u00a0",
        "\u3000",
        "1",
        "4.5",
        "12·4",
        "1.",
        "（一）",
        "一、",
        "二、",
        "第1页 共2页",
        "15:29",
        "http://a.example/,",
        "`",
        "#",
        "|",
        "《关于<",
        "２０２６",
        "e\u0301",
        "特此通知。",
        "云溪县总工会2026年1月2日",
    ]
)
LINES = st.lists(PIECES, max_size=40).map("".join)
HAN = re.compile("[^\u4e00-\u9fff]")


@given(LINES)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once, _ = normalise(text)
    twice, counts = normalise(once)
    assert twice == once
    assert not +counts


@given(
    st.lists(
        st.one_of(
            LINES,
            LINES.map(lambda line: line * 12),
            st.sampled_from(["我要反馈", "上一篇：某某", "第3页", "【摘要】职工"]),
        ),
        max_size=8,
    )
)
def test_cleaning_keeps_every_character_in_order(rows: list[str]) -> None:
    notes = Notes()
    lines = [Line(number, row) for number, row in enumerate(rows, 1)]
    kept = clean(lines, notes)
    for number, row in enumerate(rows, 1):
        text = HAN.sub("", re.sub(r"第 *\d+ *页[ ,，/]*共 *\d+ *页", "", normalise(row)[0]))
        left = HAN.sub("", "".join(line.text for line in kept if line.number == number))
        gone = [line for line in notes.removed if line.number == number]
        if gone:
            assert len(left) + sum(len(HAN.sub("", line.text)) for line in gone) >= len(text)
        else:
            assert left == text


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026年11月9日", date(2026, 11, 9)),
        ("2026-11-09 15:29", date(2026, 11, 9)),
        ("二〇二六年十一月二十九日", date(2026, 11, 29)),
        ("二○二六年元月十日", date(2026, 1, 10)),
        ("2026年13月40日", None),
        ("2026年", None),
    ],
)
def test_find_date(text: str, day: date | None) -> None:
    assert find_date(text) == day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("云溪县总工会", True),
        ("云溪县总工会办公室", True),
        ("中华人民共和国人事部", True),
        ("各基层工会", False),
        ("关于工会", False),
        ("他爱工会。", False),
    ],
)
def test_is_organisation(text: str, expected: bool) -> None:
    assert is_organisation(text) is expected


# --- noise -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "首页 > 政策公开 > 政策文件",
        "当前位置：首页 > 通知",
        "您的位置: 首页 政策 正文",
        "浏览次数：132次",
        "第7页 共7页",
        "1 / 8",
        "— 3 —",
        "【打印】 【关闭】",
        "分享到：微信 微博",
        "上一篇：读书活动开始了",
        "相关阅读：更多通知",
        "免责声明：以上内容来自网络",
        "云ICP备00000000号-1",
        "客服QQ：000000000",
        "QQ群: 0000000",
        "我要反馈",
        "本文档由某某用户上传",
        "立即下载",
        "关键词：书屋 读书",
        "Copyright © 2026 某网",
    ],
)
def test_noise_is_known(line: str) -> None:
    assert classify(line)


@pytest.mark.parametrize(
    "line",
    [
        "一、总体要求",
        "1.支持基层工会",
        "各基层工会：",
        "云溪县总工会",
        "2026年11月9日",
        "第一条 为了管好职工书屋，制定本办法。",
        "要在首页设置专栏，方便职工查询。",
        "反馈情况要及时，不得拖延。",
        "版面不够的，可以下一期再登。",
        "4.5万名职工参加。",
        "微信群要有专人管理，做到有问必答。",
    ],
)
def test_text_is_not_noise(line: str) -> None:
    assert classify(line) is None


@pytest.mark.parametrize(
    ("seo", "title"),
    [
        ("专题_云溪县职工书屋工作的几点体会_某某文库", "云溪县职工书屋工作的几点体会"),
        ("云溪县总工会关于开展读书活动的通知_云溪县总工会网站", "云溪县总工会关于开展读书活动的通知"),
        ("云溪县总工会关于开展读书活动的通知", None),
        ("填写：____年__月", None),
    ],
)
def test_resolve_page_title(seo: str, title: str | None) -> None:
    assert resolve_page_title(seo) == title


def test_abstract_that_repeats_the_body_goes(read: Read) -> None:
    text = f"云溪县职工书屋工作总结\n摘要：今年新建书屋三家，效果很好。\n一、情况\n今年新建书屋三家，效果很好。{LONG}"
    assert read(text).record.model_dump()["title"] == "云溪县职工书屋工作总结"
    assert "摘要" not in body(read(text))


def test_abstract_of_its_own_stays(read: Read) -> None:
    imported = read(f"云溪县职工书屋工作总结\n摘要：茶场书屋明年开放借阅服务。\n一、情况\n{LONG}")
    assert "茶场书屋明年开放" in body(imported)
    assert "像是摘要" in messages(imported, "doubts")


def body(imported: Imported) -> str:
    record = imported.record
    assert isinstance(record, Policy | Notice | News)
    return record.body


# --- documents -------------------------------------------------------------------------------


def test_notice_with_an_attached_document(read: Read) -> None:
    imported = read(NOTICE)
    record = imported.record
    assert isinstance(record, Policy)
    assert record.title == "云溪县总工会关于印发《云溪县职工书屋管理办法》的通知"
    assert (str(record.doc_number), record.issuer, record.genre) == ("云工发〔2026〕12号", "云溪县总工会", "通知")
    assert (record.issued, record.signature, record.note) == (date(2026, 11, 9), ("云溪县总工会",), "（此件公开发布）")
    assert record.addressee == "各乡镇总工会，各基层工会"
    assert record.copies_to == ("清江市总工会", "县委办公室")
    assert record.body.split("\n\n") == [
        "现将《云溪县职工书屋管理办法》印发给你们，请认真执行。",
        "## 云溪县职工书屋管理办法",
        "## 第一章 总则",
        "第一条 为了管好职工书屋，制定本办法。",
        "第二条 《云溪县职工书屋名录》由县总工会编制。",
    ]
    assert "题名写成二级标题" in messages(imported, "repairs")


def test_glued_text_without_spaces(read: Read) -> None:
    text = (
        f"云溪县总工会关于做好送温暖工作的通知各乡镇总工会、街道总工会:现就有关事项通知如下。一、总体要求{LONG}"
        f"二、主要任务1.摸清底数。{LONG}2.筹集资金。计划筹集4.5万元。3、公开公示。{LONG}第1页 共2页"
        f"三、工作要求（一）加强领导。{LONG}（二）严守纪律。{LONG}特此通知。云溪县总工会2026年11月9日（此件公开发布）"
    )
    imported = read(text)
    record = imported.record
    assert isinstance(record, Policy)
    assert record.title == "云溪县总工会关于做好送温暖工作的通知"
    assert record.addressee == "各乡镇总工会、街道总工会"
    assert (record.signature, record.issued, record.note) == (("云溪县总工会",), date(2026, 11, 9), "（此件公开发布）")
    starts = [block[:5] for block in record.body.split("\n\n")]
    assert starts == [
        "现就有关事",
        "一、总体要",
        "## 二、",
        "1.摸清底",
        "2.筹集资",
        "3.公开公",
        "## 三、",
        "（一）加强",
        "（二）严守",
        "特此通知。",
    ]
    assert "4.5万元" in record.body
    assert "12·4" in record.body
    assert "页" not in record.body
    assert "序号“3、”改成“3.”" in messages(imported, "repairs")
    assert "分不清标题到哪里为止" in messages(imported, "doubts")


def test_paragraphs_parted_by_single_spaces(read: Read) -> None:
    text = f"云溪县总工会关于开展读书活动的通知 各基层工会： 现通知如下： 一、活动时间 2026年12月。 二、有关要求 {LONG} {LONG} {LONG} {LONG} {LONG} 云溪县总工会办公室 2026年11月18日"
    imported = read(text)
    assert body(imported).split("\n\n")[:5] == [
        "现通知如下：",
        "## 一、活动时间",
        "2026年12月。",
        "## 二、有关要求",
        LONG,
    ]
    assert body(imported).count(LONG) == 5
    assert isinstance(imported.record, Policy)
    assert imported.record.signature == ("云溪县总工会办公室",)


def test_wrapped_lines_are_joined(read: Read) -> None:
    lines = [
        "云溪县总工会关于清点图书的通知",
        "各基层工会：",
        "    请各单位在十二月底以前把职工书屋的图",
        "书清点一遍，缺少的登记造册，损坏的及时",
        "修补，并把清点结果报给县总工会办公室。",
        "    清点以后要把结果张贴在书屋门口，请职",
        "工监督。",
    ]
    assert body(read("\n".join(lines))).split("\n\n") == [
        "请各单位在十二月底以前把职工书屋的图书清点一遍，缺少的登记造册，损坏的及时修补，并把清点结果报给县总工会办公室。",
        "清点以后要把结果张贴在书屋门口，请职工监督。",
    ]


def test_head_with_two_items_on_a_line_and_dates_that_differ(read: Read) -> None:
    imported = read(
        "文号：云工办[2026]3号\u00a0\u00a0\u00a0公开日期：2026-11-10\n发布单位：县总 时效性：已废止\n云溪县总工会关于借书的通知\n"
        "作者：某某 来源：云溪县总工会\n各基层工会：\n请按时还书。\n云溪县总工会            2026年11月9日"
    )
    record = imported.record
    assert isinstance(record, Policy)
    assert (str(record.doc_number), record.published, record.issued) == (
        "云工办〔2026〕3号",
        date(2026, 11, 10),
        date(2026, 11, 9),
    )
    assert (record.validity.state, record.source, record.author) == ("repealed", "云溪县总工会", "某某")
    assert record.issuer == "云溪县总工会"
    assert record.body == "请按时还书。"
    assert "不一致" in messages(imported, "doubts")
    assert "县总" in messages(imported, "repairs")


def test_labels_inside_a_body_stay(read: Read) -> None:
    imported = read(
        "云溪县总工会关于培训的通知\n各基层工会：\n现将培训安排通知如下。\n时间：2026年12月1日\n来源：各单位报名\n云溪县总工会\n2026年11月9日"
    )
    assert "时间：2026年12月1日" in body(imported)
    assert "来源：各单位报名" in body(imported)


def test_issued_after_published_is_a_doubt(read: Read) -> None:
    imported = read("发布时间：2026-11-01 09:05\n云溪县总工会关于借书的通知\n请还书。\n云溪县总工会\n2026年11月9日")
    record = imported.record
    assert isinstance(record, Policy)
    assert (record.issued, record.published, record.published_time) == (date(2026, 11, 9), date(2026, 11, 9), None)
    assert "晚于公开日期" in messages(imported, "doubts")


def test_nothing_known_takes_the_day_of_import_and_the_file_name(read: Read) -> None:
    imported = read(
        "今天职工书屋开门了，来的人很多，大家都很高兴，借走了三十本书，还有人问起明年的安排。", "书屋开门.txt"
    )
    record = imported.record
    assert isinstance(record, Policy)
    assert (record.published, record.issued, record.source) == (date(2026, 11, 21), None, "书屋开门.txt")
    assert "导入当天" in messages(imported, "doubts")


@pytest.mark.parametrize("kind", ["notice", "news"])
def test_other_types(read: Read, kind: str) -> None:
    imported = read(NOTICE, kind=kind)
    assert isinstance(imported.record, Notice | News)
    assert imported.record.title == "云溪县总工会关于印发《云溪县职工书屋管理办法》的通知"
    assert ("没有这些项" in messages(imported, "doubts")) is (kind == "news")


@pytest.mark.parametrize("kind", ["union", "interpretation", "nothing"])
def test_types_that_a_document_cannot_be(read: Read, kind: str) -> None:
    with pytest.raises(Refused, match=r"请用 --type 指定其中一类：.*policy.*。$"):
        read(NOTICE, kind=kind)


def test_markup_in_plain_text_is_text(read: Read) -> None:
    text = body(
        read("云溪县总工会关于书屋的通知\n请看<script>警告</script>和*星号*，[点我](x)。\n# 不是标题\n> 不是引用\n")
    )
    assert "\\<script>" in text
    assert "\\*星号\\*" in text
    assert "]\\(" in text
    assert "\n\\# 不是标题" in text
    assert "\n\\> 不是引用" in text


# --- encodings and refusals ------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(read: Read, encoding: str) -> None:
    assert read(NOTICE.encode(encoding)).record.title == "云溪县总工会关于印发《云溪县职工书屋管理办法》的通知"


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.txt", "空的"),
        (b" \n ", "a.txt", "空的"),
        (b"plain english only", "a.txt", "没有中文"),
        ("云溪縣總工會關於職工書屋的通知".encode("big5") * 9, "a.txt", "编码"),
        (bytes(range(256)) * 8, "a.txt", "编码"),
        ("书屋\x00\x01\x02通知".encode(), "a.txt", "编码"),
        (b"\xff\xfe\x00", "a.txt", "编码"),
        (b"<html><p>\xe4\xb9\xa6</p></html>", "a.txt", ".html"),
        (b"%PDF-1.7", "a.txt", ".pdf"),
        (b"PK\x03\x04", "a.html", ".docx"),
        (b"\x89PNG\r\n", "a.md", "图片"),
        ("书屋".encode(), "a.pdf", "扩展名"),
        ("书屋".encode(), "a.docx", "扩展名"),
        ("书屋".encode(), "a.doc", "另存为 .docx"),
        ("书屋".encode(), "a.xyz", "不认识"),
        ("书屋".encode(), "a", "不认识"),
        ("书屋".encode(), "a.html", ".txt"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.docx", "密码"),
    ],
)
def test_refusals_are_one_sentence(read: Read, tmp_path: Path, content: bytes, name: str, said: str) -> None:
    with pytest.raises(Refused) as caught:
        read(content, name)
    message = str(caught.value)
    assert said in message
    assert message.endswith("。")
    assert message.count("。") == 1
    assert "请" in message or "检查" in message
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_missing_file(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(Refused, match="找不到"):
        import_file(tmp_path / "没有.txt", now=now)


def test_too_long(read: Read) -> None:
    with pytest.raises(Refused, match="200 万字"):
        read("书屋管理。\n" * 450_000)


def test_too_large(tmp_path: Path, read: Read) -> None:
    with pytest.raises(Refused, match="50 MB"):
        read(b" " * (50 * 1024 * 1024 + 1))


@pytest.mark.parametrize(
    "hostile",
    ["(" * 60_000 + "工" + ")" * 60_000, "《关于<" * 20_000, "1.工" * 40_000, "一、" * 50_000, " 工" * 60_000, "摘要：工" * 20_000,
     "摘要：工会工作。\n" * 15_000, "文号：" * 40_000, "_工会" * 40_000, "第一条 " * 30_000, "2026年1月1日" * 12_000, "首页 > " * 20_000],
)  # fmt: skip
def test_hostile_text_is_read_in_linear_time(read: Read, hostile: str) -> None:
    started = time.process_time()
    read(f"云溪县总工会关于书屋的通知\n{hostile}\n")
    assert time.process_time() - started < 10
