"""What document pages and lists say, and that each is a whole page."""

import re
from datetime import date

import pytest
from lxml import html

from site_builder.checks.built_pages import read_page
from site_builder.history import Change, History
from site_builder.model import Library
from site_builder.pages import documents
from site_builder.pages.catalogues import LEAST, PAGE_SIZE
from site_builder.pages.relations import cite, relate
from site_builder.pages.standings import tell_standing, tell_turns
from site_builder.records import Interpretation, News, Notice, Policy
from site_builder.render import Theme
from site_builder.values import RELATION_WORDS
from tests.small_library import NOW, make_library


@pytest.fixture(scope="module")
def theme() -> Theme:
    return Theme(make_library(), NOW, file_sizes={"policies/2026/files/表.docx": 38_200})


@pytest.fixture(scope="module")
def site(theme: Theme) -> dict[str, str]:
    return build(theme)


VERBS = {name: name.replace("_", "-") for name in RELATION_WORDS}


def build(theme: Theme) -> dict[str, str]:
    files = [*documents.generate(theme), *documents.generate_lists(theme)]
    assert len({file.path for file in files}) == len(files)
    return {file.path: str(file.content) for file in files}


def words(site: dict[str, str], path: str, where: str = "//main") -> str:
    """Return what a reader sees, without spaces."""
    page = html.document_fromstring(site[f"{path}index.html"])
    for waiting in page.xpath("//template"):
        waiting.getparent().remove(waiting)
    parts = page.xpath(where)
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
        (
            "old",
            "已废止自2026年11月18日起不再有效。现在看《帮扶办法（2026年修订）》（云工发〔2026〕12号）。改了哪里，看新旧对照。",
        ),
        (
            "kept",
            "已被修改自2020年2月1日起施行。2024年4月1日起，部分内容被《关于调整比例的通知》修改，请对照着看。"
            "自2027年1月1日起，由《竞赛办法》代替。",
        ),
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
        "内容概述放宽了条件。",
        "手机扫一扫，带走这份文件",
        "依据工会法第三条",
    ):
        assert part in text
    page = html.document_fromstring(site["policies/new/index.html"])
    assert page.xpath("//section[contains(@class,'note')]//a/@href") == ["../../guides/aid/"]
    assert page.xpath("//details[@class='toc']//a/@href")[0] == "#s1"


def test_what_a_shared_link_shows(site: dict[str, str]) -> None:
    page = html.document_fromstring(site["policies/new/index.html"])
    told = {one.get("property"): one.get("content") for one in page.xpath("//meta[@property]")}
    assert told == {
        "og:type": "article",
        "og:title": "帮扶办法（2026年修订）",
        "og:description": "放宽了条件。",
        "og:url": "https://yunxi.example/policies/new/",
        "og:site_name": "职工之家",
    }


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


def test_every_verb_is_told_from_both_sides() -> None:
    others = [Policy(id=f"to-{key}", title=key, source="甲", published=date(2020, 1, 1)) for key in VERBS.values()]
    one = Policy.model_validate(
        {
            "id": "one",
            "title": "一件",
            "doc_number": "云工发〔2026〕30号",
            "source": "甲",
            "published": "2026-01-01",
            "relations": {name: [f"to-{key}"] for name, key in VERBS.items()},
        }
    )
    theme = Theme(make_library(one, *others), NOW)
    assert [(row.word, row.url) for row in relate(theme, one)] == [
        (RELATION_WORDS[name][0], f"policies/to-{key}/") for name, key in VERBS.items()
    ]
    for name, other in zip(VERBS, others, strict=True):
        assert [(row.word, row.title, row.said) for row in relate(theme, other)] == [
            (RELATION_WORDS[name][1], "一件", ("云工发〔2026〕30号",))
        ]


def test_two_verbs_between_two_documents_share_a_row() -> None:
    one = Policy.model_validate(
        {
            "id": "one",
            "title": "一件",
            "source": "甲",
            "published": "2026-01-01",
            "relations": {"amends": ["kept"], "based_on": ["kept"]},
        }
    )
    assert [row.word for row in relate(Theme(make_library(one), NOW), one)] == ["依据、修改"]


def test_turns_tell_each_coming_change_of_standing(theme: Theme) -> None:
    assert [(str(day), s.phase) for day, s in tell_turns(theme, policy(theme, "soon"))] == [("2027-01-01", "effective")]
    assert [(str(day), s.phase) for day, s in tell_turns(theme, policy(theme, "kept"))] == [("2027-01-01", "repealed")]
    assert [(str(day), s.phase) for day, s in tell_turns(theme, policy(theme, "ending"))] == [("2027-01-01", "expired")]
    assert tell_turns(theme, policy(theme, "gone")) == []


def test_the_page_carries_its_coming_sentences(site: dict[str, str]) -> None:
    page = html.document_fromstring(site["policies/new/index.html"])
    turns = [(one.get("data-turn"), one.text_content()) for one in page.xpath("//template")]
    assert [day for day, _ in turns] == ["2031-09-18", "2031-11-18"]
    assert "还有 60 天" in turns[0][1]
    assert "已失效" in turns[1][1]


def test_cited_documents_are_linked_and_listed() -> None:
    body = "按照《会费办法》和《工会法》（主席令）执行，参照云工发〔2021〕6号、市工发〔2020〕3号。"
    citing = Policy.model_validate(
        {
            "id": "citing",
            "title": "某通知",
            "source": "甲",
            "published": "2026-05-01",
            "body": body,
            "relations": {"based_on": [{"title": "工会法"}]},
        }
    )
    files = build(Theme(make_library(citing), NOW))
    page = html.document_fromstring(files["policies/citing/index.html"])
    links = [(a.text_content(), a.get("href")) for a in page.xpath("//article//a")]
    assert links == [("《会费办法》", "../../policies/kept/"), ("云工发〔2021〕6号", "../../policies/old/")]
    assert (
        "文中提到的其他文件会费办法已被修改2020-01-02帮扶办法已废止云工发〔2021〕6号市工发〔2020〕3号本站没有收录"
        in words(files, "policies/citing/")
    )


def test_history_shows_days_and_subjects_but_not_on_a_tombstone() -> None:
    change = Change(date(2026, 11, 16), "公布 <帮扶办法>", "发布")
    paths = [f"{name}.md" for name in ("policies/2026/new", "notices/2026/closed-list", "notices/2026/open-list")]
    site = build(Theme(make_library(), NOW, history=History(dict.fromkeys(paths, (change,)))))
    assert "本页更新记录1次，最近2026年11月16日2026-11-16发布公布<帮扶办法>" in words(site, "policies/new/")
    assert "本页更新记录" in words(site, "notices/open-list/")
    assert "本页更新记录" not in words(site, "notices/closed-list/")
    assert "本页更新记录" not in words(site, "policies/old/")


def test_a_wide_head_is_drawn_smaller_on_paper() -> None:
    names = {
        "one": "云溪县总工会",
        "two": "云溪县快递外卖行业工会",
        "three": "云溪县总工会和云溪县人力资源和社会保障局",
    }
    made = [
        Policy.model_validate(
            {"id": key, "title": key, "issuer": name, "doc_number": f"云发〔2026〕{at}号", "published": "2026-01-01"}
        )
        for at, (key, name) in enumerate(names.items(), 1)
    ]
    site = build(Theme(make_library(*made), NOW))
    sizes = [html.document_fromstring(site[f"policies/{key}/index.html"]).xpath("//@data-size") for key in names]
    assert sizes == [["1"], ["2"], ["3"]]
    assert not html.document_fromstring(site["policies/statute/index.html"]).xpath("//@data-mark")


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


def test_a_period_that_runs_carries_its_end(site: dict[str, str]) -> None:
    page = html.document_fromstring(site["notices/open-list/index.html"])
    turns = [(one.get("data-turn"), one.get("data-place")) for one in page.xpath("//template")]
    assert turns == [("2026-11-25", place) for place in ("standing", "names", "files", "cited", "guide")]
    assert "张某" not in "".join(one.text_content() for one in page.xpath("//template"))


def test_a_period_of_a_year_without_calendar_says_that_it_is_estimated() -> None:
    notice = Notice.model_validate(
        {
            "id": "far",
            "title": "名单公示",
            "kind": "公示",
            "source": "甲",
            "published": "2026-11-01",
            "period": {"start": "2098-06-02", "working_days": 5},
        }
    )
    assert "（5个工作日，暂按周末推算）" in words(build(Theme(make_library(notice), NOW)), "notices/far/")


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


def test_long_lists_are_cut_into_pages_numbered_from_the_oldest() -> None:
    count = 2 * PAGE_SIZE + LEAST
    more = [News(id=f"n{n}", title=f"消息{n}", published=date(2024, 1, 1)) for n in range(count)]
    files = build(Theme(make_library(*more), NOW))
    shown = [
        title
        for path in ("news/index.html", "news/page/2/index.html", "news/page/1/index.html")
        for title in html.document_fromstring(files[path]).xpath("//*[contains(@class, 'doc')]/h2//text()")
    ]
    assert len(shown) == len(set(shown)) == count + 2
    assert "news/page/3/index.html" not in files
    assert "news/2024/page/2/index.html" in files
    pager = html.document_fromstring(files["news/page/1/index.html"]).xpath("//nav[@class='pager']/a")
    assert [a.get("href") for a in pager] == ["../../../news/", "../../../news/page/2/", "../../../news/page/1/"]
    assert [a.get("aria-current") for a in pager] == [None, None, "page"]
    facets = html.document_fromstring(files["news/page/1/index.html"]).xpath("//aside[@class='facets']//a/@href")
    assert facets[:2] == ["../../../news/", "../../../news/2026/"]


def test_a_list_of_any_length_stays_within_the_weight_of_a_page() -> None:
    title, said = (
        "关于进一步做好全县困难职工生活帮扶医疗帮扶和金秋助学工作的意见",
        "哪些人可以申请、怎样申请、多久办结，逐项说明；" * 3,
    )
    more = [
        News(
            id=f"20240101-n{n}", title=title, summary=said, published=date(2000 + n % 25, 1, 1), topics=("帮扶", "助学")
        )
        for n in range(PAGE_SIZE + LEAST - 1)
    ]
    page = build(Theme(make_library(*more[:-2]), NOW))["news/index.html"].encode()
    assert page.count(b'class="doc"') == PAGE_SIZE + LEAST - 1
    assert read_page("news/index.html", page).faults == ()


def test_something_new_leaves_the_older_pages_of_a_list_as_they_are() -> None:
    more = [News(id=f"n{n}", title=f"消息{n}", published=date(2024, 1, 1)) for n in range(3 * PAGE_SIZE)]
    before = build(Theme(make_library(*more), NOW))
    after = build(Theme(make_library(*more, News(id="z", title="最新消息", published=date(2026, 11, 1))), NOW))
    assert before["news/page/1/index.html"] == after["news/page/1/index.html"]
    assert before["news/page/2/index.html"] == after["news/page/2/index.html"]
    assert before["news/index.html"] != after["news/index.html"]


def test_missing_source_of_an_interpretation_breaks_nothing() -> None:
    lost = Interpretation(id="lost", title="解读", policy="nowhere", published=date(2026, 1, 1))
    assert "policies/lost/index.html" in build(Theme(make_library(lost), NOW))
