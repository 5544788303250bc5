"""Lines that a web page or a document-sharing site added to a document, found and taken out; each one is reported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from site_builder.importers.common import GENRE, HAN, Line, Notes, close_up

_LIMIT = 200
"""A longer line is text: no noise pattern may take it out (abstracts are compared with the body instead)."""

_PATTERNS: tuple[tuple[str, str], ...] = (
    (
        "面包屑导航",
        r"(?:首页|主页)(?: *[>›»/|] *| ).{1,120}|(?:当前|您的?|您现在的?|现在的?)(?:当前)?位置[：:].{1,120}",
    ),
    ("面包屑导航", r"[^。；]{1,20}(?: *[>›»] *[^。；>›»]{1,30}){2,}"),
    ("浏览计数", r"(?:浏览(?:次数|量)?|点击(?:次数|数|量|率)?|阅读(?:次数|数|量)|访问(?:次数|量))[：: ]*\d*次?"),
    ("页码", r"第 *\d+ *页[ ,，/]*共 *\d+ *页|\d+ */ *\d+|[-—–] *\d+ *[-—–]|第 *\d+ *页"),
    (
        "分享与打印按钮",
        r"(?:[【\[]? *(?:字体|字号|打印(?:本页|文章)?|关闭(?:窗口|本页)?|收藏(?:本页)?|分享(?:到|至)?|返回(?:顶部|首页|列表)?|大|中|小|微信|微博|新浪微博|QQ空间|朋友圈|纠错|扫一扫)[】\]]?[：: |]*){2,}",
    ),
    (
        "分享与打印按钮",
        r"(?:分享(?:到|至)[：: ]?.{0,40}|打印本页|关闭窗口|【(?:打印|关闭|收藏)】|扫一扫.{0,30}|返回(?:顶部|首页|列表))",
    ),
    (
        "前后篇链接",
        r"(?:上|下)一(?:篇|条|页)[：: ]?.{0,60}|(?:相关|推荐|热门|猜你喜欢|延伸)(?:阅读|文章|文档|推荐|资料|内容)[：: ]?.{0,80}",
    ),
    (
        "免责与版权声明",
        r"(?:免责声明|版权声明|版权所有|版权归|特别声明|声明[：:]本).*|.*(?:版权归原作者所有|内容源自网络|侵犯您的.{0,12}权益?请).*|(?:copyright|©).*",
    ),
    ("备案与技术支持", r".*(?:ICP备?\s*\d{5,}|[公网]安备|网站标识码).*|技术支持[：: ].{0,40}"),
    (
        "客服与联系方式",
        r"(?:客服|在线客服|客服QQ|QQ群?|加微信|微信号)[：: ]*[\w-]{0,20}.{0,30}(?:QQ|客服|微信|\d{5,}).{0,40}|(?:客服)?QQ群?[：: ]*\d{5,11}|.{0,12}QQ[：: ]?\d{5,11}.{0,20}",
    ),
    ("反馈链接", r"(?:我要)?(?:意见|版权|错误|内容)?(?:反馈|举报|纠错|投诉本文)"),
    (
        "下载提示",
        r".*(?:下载(?:本|此|该)(?:文档|文件|文章)|(?:本|此)文档(?:由|来自|为).{0,30}(?:上传|分享|整理|收集)|立即下载|免费下载|文档下载|下载积分|VIP.{0,6}下载|点击下载).*|\[?下载\]?",
    ),
    ("关键词行", r"(?:[【\[]?(?:关键词|关键字|标签|tags?|keywords?)[】\]]?)[：: ].*"),
)
_COMPILED = tuple((what, re.compile(pattern, re.IGNORECASE)) for what, pattern in _PATTERNS)
_ABSTRACT = re.compile(r"[【\[]?(?:摘要|内容摘要|内容提要|导读|核心提示)[】\]]?[：: ]?(?=.)(?<=[】\]：: ])")
_ABSTRACTS = 5
"""More lines that look like an abstract are text."""
_SHARED = re.compile(
    r"百科知识|版权反馈|文库|道客|豆丁|原创力|我要反馈|内容源自网络|下载本文|下载积分|(?:本|此)文档由|人人文档|范文网"
)
_SEO = re.compile(r"[^_。]{2,60}(?:_[^_。]{2,60}){1,5}")
_SITE_WORDS = re.compile(r"(?:网|网站|文库|论坛|百科|频道|平台|客户端|在线)$")


def classify(text: str) -> str | None:
    """Return what kind of noise a whole line is, or None if it is text."""
    if len(text) > _LIMIT:
        return None
    return next((what for what, pattern in _COMPILED if pattern.fullmatch(text)), None)


def drop_noise(lines: Sequence[Line], notes: Notes) -> list[Line]:
    """Return the lines without what the page around the document added; report each removal."""
    kept = []
    for line in lines:
        if _SHARED.search(line.text) and (len(line.text) <= _LIMIT):
            notes.shared = notes.shared or classify(line.text) is not None or "百科知识" in line.text
        if line.raw:
            kept.append(line)
            continue
        if what := classify(line.text):
            notes.remove(line, what, what)
        else:
            kept.append(line)
    return _drop_abstracts(kept, notes)


def _drop_abstracts(lines: list[Line], notes: Notes) -> list[Line]:
    """Take out an abstract whose sentences stand in the body as well; keep any other and say so."""
    found = [(line, match.end()) for line in lines if (match := _ABSTRACT.match(line.text))][:_ABSTRACTS]
    dropped: set[int] = set()
    everything = _plain("".join(line.text for line in lines)) if found else ""
    for line, start in found:
        sentences = [part for part in re.split("[。！？]", line.text[start:]) if len(part) > 5][:20]
        known = sum(everything.count(_plain(sentence)) > 1 for sentence in sentences)
        if "【摘要】" in line.text or 2 * known >= len(sentences):
            notes.remove(line, "网页摘要", "网页拼接的摘要")
            dropped.add(id(line))
        else:
            notes.doubt(line.number, "这一段像是摘要，内容又不在正文里，已留在正文，请核对。")
    return [line for line in lines if id(line) not in dropped]


def _plain(text: str) -> str:
    return re.sub(rf"[^{HAN}\w]", "", text)


# --- titles made for search engines ----------------------------------------------------------


def resolve_page_title(text: str) -> str | None:
    """Return the document's title out of a page title cut together with underscores, or None if it is not one."""
    if not _SEO.fullmatch(text):
        return None
    parts = [part.strip() for part in text.split("_")]
    return max(parts, key=_title_score)


def _title_score(part: str) -> tuple[int, int]:
    score = 4 * bool(re.search(f"{GENRE}$", part)) + 2 * bool(re.search("关于|^对.+的", part))
    score -= 4 * bool(_SITE_WORDS.search(part)) + 2 * (len(part) < 8)
    return score, len(part)


def take_page_title(lines: Sequence[Line], notes: Notes, is_metadata: Iterable[bool]) -> tuple[str | None, list[Line]]:
    """Return the title that a search-engine title line holds, and the lines without it and the page furniture above it."""
    flags = list(is_metadata)
    for position, line in enumerate(lines[:12]):
        title = None if line.raw or flags[position] else resolve_page_title(line.text)
        if title is None:
            continue
        kept = []
        for above, flag in zip(lines[:position], flags, strict=False):
            if flag:
                kept.append(above)
            else:
                notes.remove(above, "网页标题", "机器截取的网页标题")
        notes.removed.append(line)
        notes.repair(line.number, "网页标题", f"从带下划线的网页标题里取出标题：{title}")
        notes.doubt(line.number, f"标题“{title}”取自网页标题，请与原文核对。")
        return close_up(title), [*kept, *lines[position + 1 :]]
    return None, list(lines)
