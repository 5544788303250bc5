"""Bodies as HTML: the markup of the look, and that nothing an editor writes becomes active."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from site_builder.clauses import cut
from site_builder.prose import Image, Link, TocEntry, break_title, to_html

VOID = {"br", "hr", "img", "wbr"}
ALLOWED = {
    "a": {"href", "class", "aria-label", "rel", "title"},
    "img": {"src", "alt", "loading", "decoding", "title"},
    "p": {"class", "id"},
    "b": set(),
    "strong": set(),
    "em": set(),
    "del": set(),
    "code": set(),
    "pre": {"tabindex"},
    "span": {"class"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "table": {"class"},
    "thead": set(),
    "tbody": set(),
    "tr": set(),
    "th": {"scope", "class"},
    "td": {"class"},
    "ul": set(),
    "li": set(),
    "blockquote": set(),
    "br": set(),
    "hr": set(),
    "figure": set(),
    "figcaption": set(),
    **{f"h{level}": {"id"} for level in range(2, 7)},
}


class Reader(HTMLParser):
    """Reads HTML strictly: tags must balance, tags and attributes must be known, addresses harmless."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, f"<{tag}>"
        assert {name for name, _ in attrs} <= ALLOWED[tag], f"<{tag} {attrs}>"
        assert not (tag == "a" and "a" in self.open)
        for name, value in attrs:
            if name in ("href", "src"):
                assert value, f"empty {name}"
                assert not re.match(r"(?i)[\x00-\x20]*(?!(?:https?|mailto|tel):)[a-z][a-z0-9+.-]*:", value), value
            if name == "src":
                assert not re.match(r"(?i)[a-z]+:|//", value or ""), value
            if name == "id":
                self.ids.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"declaration {decl}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"instruction {data}")


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open
    assert len(reader.ids) == len(set(reader.ids))
    return reader


def html_of(body: str) -> str:
    html = to_html(body).html
    read(html)
    return str(html)


def test_the_markup_of_the_look() -> None:
    body = (
        "为把事办好，制定本办法。\n\n## 二、帮扶对象\n\n（一）认定条件。可以认定为困难职工：\n\n"
        "1.人均低于标准的五倍；\n\n第四十二条 单位应当支持。"
    )
    assert html_of(body).split("\n") == [
        "<p>为把事办好，制定本办法。</p>",
        '<h2 id="s2">二、帮扶对象<a class="anc" href="#s2" aria-label="第二部分的链接">§</a></h2>',
        '<p class="c" id="s2-1"><b>（一）认定条件。</b>可以认定为困难<span class="tail">职工：'
        '<a class="anc" href="#s2-1" aria-label="第二部分（一）的链接">§</a></span></p>',
        '<p class="c l3" id="s2-1-1">1. 人均低于标准的<span class="tail">五倍；<a class="anc" href="#s2-1-1" '
        'aria-label="第二部分（一）1的链接">§</a></span></p>',
        '<p class="c art" id="t42"><b>第四十二条</b>　单位应当<span class="tail">支持。<a class="anc" href="#t42" '
        'aria-label="第四十二条的链接">§</a></span></p>',
    ]


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("**重点。**支持", "<strong>重点。</strong>支持"),
        ("甲**“重点”**乙", "甲<strong>“重点”</strong>乙"),
        ("**“重点”**乙", "<strong>“重点”</strong>乙"),
        ("甲\n**“重点”**乙", "甲<strong>“重点”</strong>乙"),
        ("**半开", "**半开"),
        ("2*3*4", "2*3*4"),
        ("8:30~12:00，14:00~17:30", "8:30~12:00，14:00~17:30"),
        ("H~~2~~O", "H<del>2</del>O"),
        ("姓名____，电话____", "姓名____，电话____"),
        ("`a_b*c`", "<code>a_b*c</code>"),
        ("职工\n之家", "职工之家"),
        ("共\n12 人", "共12 人"),
        ("**职工**\n之家", "<strong>职工</strong>之家"),
        ("free text\nof words", "free text\nof words"),
        ("甲  \n乙", "甲<br>乙"),
        ("甲\\\n乙", "甲<br>乙"),
        ("A&B", "A&amp;B"),
        ("A&amp;B", "A&amp;B"),
        ("<关于>甲", "&lt;关于&gt;甲"),
        ("甲<!-- 编者注 -->乙", "甲乙"),
        ("[ref]", "[ref]"),
        ("[ref]: https://a.example", "[ref]: https://a.example"),
        ("www.a.example", "www.a.example"),
        ("甲\n=== 乙", "甲=== 乙"),
        ("甲\n+5", "甲+5"),
    ],
)
def test_inline(source: str, html: str) -> None:
    assert html_of(source) == f"<p>{html}</p>"


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("- 甲\n- 1. 乙", "<ul><li>甲</li><li>1. 乙</li></ul>"),
        ("- 甲\n  1. 乙\n  2. 丙", "<ul><li>甲<br>\n1. 乙<br>\n2. 丙</li></ul>"),
        ("> 3. 甲\n> 4. 乙", "<blockquote>\n<p>3. 甲<br>\n4. 乙</p></blockquote>"),
        ("> ## 甲", "<blockquote><p><strong>甲</strong></p></blockquote>"),
        ("---", "<hr>"),
        ("<div>甲</div>", "<p>&lt;div&gt;甲&lt;/div&gt;</p>"),
        ("<!-- 注 -->", ""),
        ("```html\n<b>\n```", '<pre tabindex="0"><code>&lt;b&gt;</code></pre>'),
        ("```\n没有结尾", '<pre tabindex="0"><code>没有结尾</code></pre>'),
        ("```", '<pre tabindex="0"><code></code></pre>'),
        ("![图](a.png)", '<figure><img src="a.png" alt="图" loading="lazy" decoding="async"></figure>'),
        (
            '![图](a.png "说\\"明")',
            '<figure><img src="a.png" alt="图" loading="lazy" decoding="async">'
            "<figcaption>说&quot;明</figcaption></figure>",
        ),
        ("![图](https://a.example/x.png)", "<p>［图片：图］</p>"),
    ],
)  # fmt: skip
def test_blocks(source: str, html: str) -> None:
    assert re.sub(r">\n(?=<(?!p>3))", ">", html_of(source)) == html


def test_tables() -> None:
    html = html_of("| 项目 | 金额 |\n|---|--:|\n| **甲** | 1. 2 |").replace("\n", "")
    assert html == (
        '<div class="tb-x" tabindex="0" role="group" aria-label="表格"><table class="tb"><thead><tr>'
        '<th scope="col">项目</th><th scope="col" class="r">金额</th></tr></thead><tbody><tr>'
        '<td><strong>甲</strong></td><td class="r">1. 2</td></tr></tbody></table></div>'
    )


def test_numbered_lines_are_never_lists() -> None:
    html = html_of("1. 甲\n2. 乙\n\n4) 丙\n\n3、丁")
    assert "<ol" not in html
    assert read(html).text.split("§") == ["1. 甲", "\n2. 乙", "\n4)丙", "\n3、丁", ""]


@pytest.mark.parametrize(
    ("source", "end"),
    [
        ("第一条 应当**支持。**", "<strong>支持。</strong><a class="),
        ("第一条 应当[支持](x)。", '</a><span class="tail">。<a'),
        ("第一条 应当A&B", '应当A<span class="tail">&amp;B<a'),
        ("第一条 甲乙丙&lt;丁", '<span class="tail">&lt;丁<a'),
        ("第一条 你好👨‍👩‍👧", '你好<span class="tail">👨‍👩‍👧<a'),
        ("第一条 甲cafe\u0301一", '<span class="tail">e\u0301一<a'),
        ("① 甲", '<span class="tail">①甲<a'),
        ("第一条", '<b>第一条</b><a class="anc"'),
    ],
)
def test_the_tail_never_cuts_markup_or_characters(source: str, end: str) -> None:
    assert end in html_of(source)


def test_links_and_images_are_resolved_and_noted() -> None:
    body = "# 甲\n\n见[办法](../2026/a_b.md#s2)和\n[附件](文件.pdf)、[外](https://a.example/?x=1&y=2)。\n\n![图](p.png)"
    seen = {"../2026/a_b.md#s2": "../a-b/#s2", "p.png": "../../policies/p.png"}
    prose = to_html(body, seen.get)
    assert '<a href="../a-b/#s2">办法</a>' in prose.html
    assert '<a href="%E6%96%87%E4%BB%B6.pdf">附件</a>' in prose.html
    assert '<a href="https://a.example/?x=1&amp;y=2" rel="noopener external">外</a>' in prose.html
    assert '<img src="../../policies/p.png" alt="图"' in prose.html
    assert prose.links == (Link("../2026/a_b.md#s2", 3), Link("文件.pdf", 4), Link("https://a.example/?x=1&y=2", 4))
    assert prose.images == (Image("p.png", "图", 6),)


def test_a_resolver_cannot_make_a_link_active() -> None:
    assert "javascript" not in to_html("[甲](x) ![乙](y)", lambda href: f"javascript:{href}").html


def test_contents_take_headings_and_the_first_run_in_heads() -> None:
    body = "## 一、甲\n\n（一）乙。丙\n\n1. 丁。戊\n\n# 第二章　己\n\n第一条 庚。辛\n\n## 三、壬\n\n4.癸。子"
    assert to_html(body).toc == (
        TocEntry("s1", "一、甲", 1), TocEntry("s1-1", "（一）乙", 2), TocEntry("c2", "第二章　己", 1),
        TocEntry("s3", "三、壬", 2), TocEntry("s3-4", "4.癸", 3),
    )  # fmt: skip


def test_an_outline_may_be_given_for_a_body() -> None:
    body = "## 一、甲\n\n（一）乙。丙"
    assert to_html(cut(body)) == to_html(body)


HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<body onload=alert(1)>",
    "<style>*{}</style>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](<java script:alert(1)>)",
    "[x](&#x6A;ava&Tab;script&colon;alert(1))",
    "[x](%6Aavascript:alert(1))",
    "[x](\u0001javascript:alert(1))",
    "[x](vbscript:x)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "![x](data:image/png;base64,AAAA)",
    '!["onerror=alert(1) x="](a.png)',
    '![x](a.png"onerror=alert(1))',
    '![x](a.png "\\" onerror=alert(1)")',
    '[x](a "\\" onclick=alert(1)")',
    '[x]("onclick=alert(1))',
    "[x](//evil.example)",
    "![x](//evil.example/x.png)",
    "![x](\\\\evil.example/x.png)",
    "<javascript:alert(1)>",
    '<https://a.example/"onclick=alert(1)>',
    '```"><script>\nx\n```',
    "```js onload=alert(1)\n</code></pre><script>\n```",
    "`<script>`",
    "**<b onclick=x>**",
    "<!-- --><script>x</script>",
    "<!--><script>x</script>",
    "<!-- <script>x</script>",
    "<![CDATA[<script>]]>",
    "<?php x ?>",
    "<!DOCTYPE html>",
    "| <script> | [x](javascript:x) |\n|---|---|\n| <b onx> | ![x](data:x) |",
    "- <script>x</script>\n- [x](javascript:x)",
    "> <script>x</script>",
    "# <img src=x onerror=x>",
    "## 一、<script>x</script>",
    "（一）<b>。</b>x",
    '（一）"onx="。x',
    "第一条 <script>",
    "[ref]\n\n[ref]: javascript:alert(1)",
    "[![x](javascript:x)](javascript:x)",
    "[a[b](javascript:x)](javascript:y)",
    "&lt;script&gt;",
    "\0<script>",
    "〾<script>",
    "〾- a",
    '<p id="s1">',
    '[x](#s1"><script>)',
    "\u202e<script>",
    "1. <x y=z>",
    "</p></article><script>",
    "[x](https:javascript:alert(1))",
    "<a\nhref=javascript:x>",
    "\\<script>",
    "&#60;script&#62;",
    "&colon;",
]
PLACES = ("{}", "职工{}之家", "（一）标题。{}", "第一条 {}", "## {}", "- {}", "甲\n{}\n乙")


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_text_stays_inert(source: str) -> None:
    for place in PLACES:
        prose = to_html(place.format(source))
        read(prose.html)
        for entry in prose.toc:
            assert isinstance(entry.label, str)
            assert not isinstance(entry.label, Markup)


MARKS = st.lists(
    st.sampled_from(
        [
            "*",
            "**",
            "~~",
            "~",
            "_",
            "__",
            "`",
            "[",
            "]",
            "(",
            ")",
            "![",
            "](",
            "<",
            ">",
            "&",
            "\\",
            "\n",
            "\n\n",
            "  \n",
            "|",
            "\n|-|-|\n",
            "# ",
            "## ",
            "- ",
            "> ",
            "1. ",
            "2)",
            "（一）",
            "一、",
            "第一条 ",
            "职工",
            "“",
            "”",
            "。",
            "a",
            "1",
            "https://a.example",
            "javascript:",
            "<b>",
            "<!--",
            "-->",
            "```",
            "〾",
            "\t",
            "\u3000",
            '"',
            "'",
            "\r",
            "&#10;",
            "&nbsp;",
            "===",
            "---",
            "+ ",
            "    ",
            "é",
            "👩\u200d👧",
            "\x0b",
            "\u2028",
            "\x85",
        ]
    ),
    max_size=40,
).map("".join)


@settings(max_examples=600, deadline=None)
@given(st.one_of(MARKS, st.text(max_size=100)))
@example("|```\n|-|-|\n1. *")  # a table row that begins like code
def test_html_is_well_formed_and_harmless(body: str) -> None:
    prose = to_html(body)
    reader = read(prose.html)
    assert to_html(body) == prose
    outline = cut(body)
    assert reader.ids == [block.anchor for block in outline.blocks if block.anchor]
    assert {entry.anchor for entry in prose.toc} <= set(reader.ids)
    assert "\0" not in prose.html
    assert "〾" in body or "〾" not in prose.html


def test_titles_become_markup() -> None:
    assert break_title("云溪县总工会2025年度部门决算") == Markup("云溪县总工会<wbr>2025年度<wbr>部门决算")
    assert break_title("关于<b>的通知") == Markup("关于&lt;b&gt;的通知")


# --- links that are found in the words ---------------------------------------------------------------


def find_titles(words: str) -> list[tuple[int, int, str]]:
    return [(match.start(), match.end(), "../甲/?a=1&b=2") for match in re.finditer("《[^》]*》", words)]


def linked(body: str) -> str:
    return str(to_html(body, link_text=find_titles).html)


LINK = '<a href="../甲/?a=1&amp;b=2">《办法》</a>'


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("按照《办法》办理", f"<p>按照{LINK}办理</p>"),
        ("按照**《办法》**办理", f"<p>按照<strong>{LINK}</strong>办理</p>"),
        ("A & B < 《办法》 > C", f"<p>A &amp; B &lt; {LINK} &gt; C</p>"),
        ("[看《办法》](x.md)", '<p><a href="x.md">看《办法》</a></p>'),
        ("`《办法》`", "<p><code>《办法》</code></p>"),
        ("- 《办法》", f"<ul><li>{LINK}</li></ul>"),
        ("## 《办法》", "《办法》"),
        ("![《办法》](a.png)", 'alt="《办法》"'),
        (
            "《<script>alert(1)</script>》",
            '<p><a href="../甲/?a=1&amp;b=2">《&lt;script&gt;alert(1)&lt;/script&gt;》</a></p>',
        ),
    ],
)
def test_words_become_links(body: str, html: str) -> None:
    made = linked(body)
    assert html in made
    assert made.count("?a=1") == html.count("?a=1")


def test_found_links_follow_the_rules_of_all_links() -> None:
    for target, expected in (
        ("javascript:alert(1)", "<p>《甲》</p>"),
        ("https://a.example/", '<p><a href="https://a.example/" rel="noopener external">《甲》</a></p>'),
    ):
        assert str(to_html("《甲》", link_text=lambda words, to=target: [(0, 3, to)]).html) == expected


def test_found_links_that_overlap_or_lie_outside_are_left_out() -> None:
    html = to_html("《甲》《乙》", link_text=lambda words: [(0, 3, "a"), (2, 5, "b"), (4, 4, "c"), (5, 99, "d")]).html
    assert html == '<p><a href="a">《甲》</a>《乙》</p>'


@given(st.text(alphabet="《》<>&\"'*_[]()`号甲\n", max_size=60))
def test_the_words_stay_the_same_with_links(body: str) -> None:
    plain, made = str(to_html(body).html), linked(body)
    bare = re.sub(r'<a href="../甲/\?a=1&amp;b=2">(.*?)</a>', r"\1", made, flags=re.DOTALL)
    assert bare.replace("&#39;", "'").replace("&#34;", "&quot;") == plain.replace("&#39;", "'")
