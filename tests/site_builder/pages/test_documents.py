"""What document pages and lists say, and that each is a whole page."""

import re
from datetime import date

import pytest
from lxml import html

from site_builder.model import Library
from site_builder.pages import documents
from site_builder.pages.catalogues import PAGE_SIZE
from site_builder.pages.documents import cite, relate, tell_standing
from site_builder.records import Interpretation, News, Policy
from site_builder.render import Theme
from tests.small_library import NOW, make_library


@pytest.fixture(scope="module")
def theme() -> Theme:
    return Theme(make_library(), NOW, file_sizes={"policies/2026/files/表.docx": 38_200})


@pytest.fixture(scope="module")
def site(theme: Theme) -> dict[str, str]:
    return build(theme)


def build(theme: Theme) -> dict[str, str]:
    files = list(documents.generate(theme))
    assert len({file.path for file in files}) == len(files)
    return {file.path: str(file.content) for file in files}


def words(site: dict[str, str], path: str, where: str = "//main") -> str:
    """Return what a reader sees, without spaces."""
    parts = html.document_fromstring(site[f"{path}index.html"]).xpath(where)
    assert parts, where
    return re.sub(r"\s+", "", "".join(part.text_content() for part in parts))


def policy(theme: Theme, name: str) -> Policy:
    record = theme.library.get("policies", name)
    assert isinstance(record, Policy)
    return record


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("new", "现行有效自2026年11月18日起施行，有效期至2031年11月17日。代替《帮扶办法》（云工发〔2021〕6号）。"),
        ("old", "已废止自2026年11月18日起不再有效。现在看《帮扶办法（2026年修订）》（云工发〔2026〕12号）。"),
        ("kept", "已被修改自2020年2月1日起施行。2024年4月1日起，部分内容被《关于调整比例的通知》修改，请对照着看。"),
        ("soon", "尚未施行自2027年1月1日起施行，现在还没有生效。在那以前，仍按《会费办法》办理。"),
        ("ending", "即将失效自2024年1月1日起施行，有效期至2026年12月31日，还有41天。"),
        ("gone", "已失效有效期到2023年12月31日为止。下面的内容只供查考。"),
        ("statute", "效力未注明这份文件没有注明效力。使用之前，请向发布机构核实。"),
    ],
)
def test_validity_is_told_before_the_title(site: dict[str, str], name: str, told: str) -> None:
    assert words(site, f"policies/{name}/", "//*[contains(@class,'valid')]/div[not(@aria-hidden)]") == told
    text = words(site, f"policies/{name}/")
    assert text.index(told) < text.index(words(site, f"policies/{name}/", "//h1"))


def test_a_document_that_will_end_still_stands(theme: Theme) -> None:
    standing = tell_standing(theme, policy(theme, "kept"))
    assert standing.phase == "amended"
    assert standing.heir is None


def test_policy_page_is_whole(site: dict[str, str]) -> None:
    text = words(site, "policies/new/")
    for part in (
        "先看两句话",
        "满六个月就能申请。",
        "索引号YX-GH-2026-00112",
        "公开方式未注明",
        "各工会：",
        "2026年11月9日",
        "（此件公开发布）",
        "抄送：清江市总工会。",
        "申请表DOCX·38KB",
        "解读一图看懂问答2026-11-16",
        "替代帮扶办法已废止云工发〔2021〕6号",
        "依据工会法第三条",
    ):
        assert part in text
    page = html.document_fromstring(site["policies/new/index.html"])
    assert page.xpath("//section[contains(@class,'note')]//a/@href") == ["../../guides/aid/"]
    assert page.xpath("//details[@class='toc']//a/@href")[0] == "#s1"


def test_a_repealed_document_offers_no_service(site: dict[str, str]) -> None:
    assert "看办事指南" not in words(site, "policies/old/")


def test_statute_shows_how_it_was_made_and_no_signature(site: dict[str, str]) -> None:
    text = words(site, "policies/statute/")
    assert "制定与修改经过2018年12月1日县人大常委会通过" in text
    assert "信息来源县人大网站" in text
    assert not html.document_fromstring(site["policies/statute/index.html"]).xpath("//*[@class='sign']")


def test_relations_name_each_document_once(theme: Theme) -> None:
    rows = relate(theme, policy(theme, "old"))
    assert [(row.word, row.title) for row in rows] == [("被替代", "帮扶办法（2026年修订）")]
    kept = relate(theme, policy(theme, "kept"))
    assert [(row.word, row.url) for row in kept] == [("被修改", "policies/amender/"), ("被废止", "policies/soon/")]


def test_cite() -> None:
    assert cite(Policy(id="a", title="甲", issuer="乙", published=date(2026, 1, 1))) == "《甲》"


def test_notice_in_its_period(site: dict[str, str]) -> None:
    text = words(site, "notices/open-list/")
    assert "公示期：2026年11月18日至2026年11月24日（5个工作日），还有4天。" in text
    assert "有不同意见，这样反映权益部电话0000-6010002写明理由" in text
    assert "张某，纺织厂。" in text


def test_ended_list_is_taken_down(site: dict[str, str]) -> None:
    text = words(site, "notices/closed-list/")
    assert "公示期满公示期：2026年11月2日至2026年11月10日。结果：无异议。" in text
    assert "李某" not in site["notices/closed-list/index.html"]
    assert "名单.xlsx" not in site["notices/closed-list/index.html"]


def test_interpretation_leads_to_its_document(site: dict[str, str]) -> None:
    page = html.document_fromstring(site["policies/reading/index.html"])
    assert page.xpath("//*[contains(@class,'about')]//a/@href") == ["../../policies/new/"]
    assert page.xpath("//meta[@name='ColumnType']/@content") == ["政策解读"]


def test_articles(site: dict[str, str]) -> None:
    assert "处理结果七天付清。" in words(site, "cases/wage/")
    assert "年度：2026年" in words(site, "finance/budget/")
    assert "前一篇夏季走访" in words(site, "news/visit/")
    assert "来源：办公室" in words(site, "news/visit/")


def test_lists(site: dict[str, str]) -> None:
    assert "共9件" in words(site, "policies/")
    assert "共3件" in words(site, "policies/2026/")
    assert "已由云工发〔2026〕12号替代，仅供查考。" in words(site, "policies/ended/")
    assert "帮扶办法（2026年修订）" not in words(site, "policies/ended/")
    assert "一图看懂" in words(site, "policies/readings/")
    assert "帮扶" in words(site, "policies/topics/", "//section//h2")
    assert "冬季走访" not in words(site, "news/2025/")


def test_an_empty_list_says_so_and_where_to_turn() -> None:
    theme = Theme(Library(site=make_library().site), NOW)
    assert "这里还没有内容。可以搜一搜，或者打12351。" in words(build(theme), "cases/")


def test_long_lists_are_cut_into_pages() -> None:
    more = [News(id=f"n{n}", title=f"消息{n}", published=date(2024, 1, 1)) for n in range(2 * PAGE_SIZE)]
    files = build(Theme(make_library(*more), NOW))
    shown = [
        title
        for path in ("news/index.html", "news/page/2/index.html", "news/page/3/index.html")
        for title in html.document_fromstring(files[path]).xpath("//article//h2//text()")
    ]
    assert len(shown) == len(set(shown)) == 2 * PAGE_SIZE + 2
    assert "news/page/4/index.html" not in files
    assert "news/2024/page/2/index.html" in files
    pager = html.document_fromstring(files["news/page/2/index.html"]).xpath("//nav[@class='pager']/a")
    assert [a.get("href") for a in pager] == ["../../../news/", "../../../news/page/2/", "../../../news/page/3/"]
    assert [a.get("aria-current") for a in pager] == [None, "page", None]
    facets = html.document_fromstring(files["news/page/2/index.html"]).xpath("//aside[@class='facets']//a/@href")
    assert facets[:2] == ["../../../news/", "../../../news/2026/"]


def test_missing_source_of_an_interpretation_breaks_nothing() -> None:
    lost = Interpretation(id="lost", title="解读", policy="nowhere", published=date(2026, 1, 1))
    assert "policies/lost/index.html" in build(Theme(make_library(lost), NOW))
