"""The log of publications and the tombstones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from site_builder.pages.records_of_change import generate
from site_builder.publications import Publication, Publications, Published
from site_builder.records import Notice
from site_builder.render import Theme
from site_builder.sitemap import list_addresses
from site_builder.withdrawals import Withdrawal, Withdrawals, may_tell_title
from tests.small_library import NOW, make_library

GONE = Withdrawal(folder="news", id="visit", at=NOW, reason="人数有误", title="冬季走访")
SECRET = Withdrawal(folder="notices", id="open-list", at=NOW, reason="名单有误")
PUSHED = Publication(
    at=NOW - timedelta(days=1),
    records=(
        Published(folder="policies", id="new", action="发布"),
        Published(folder="news", id="visit", action="发布"),
        Published(folder="news", id="older", action="撤下"),
        Published(folder="cases", id="never-shown", action="发布"),
    ),
    more=7,
    written=("康叶青",),
    reviewed=("闵舒",),
    approved=("阮静仪",),
)
LATER = Publication(at=NOW + timedelta(hours=1), records=(Published(folder="policies", id="old", action="修改"),))


def pages(**site: object) -> tuple[Theme, dict[str, str]]:
    library = replace(
        make_library(**site),
        withdrawals=Withdrawals(withdrawals=(GONE, SECRET)),
        publications=Publications(publications=(LATER, PUSHED)),
    )
    theme = Theme(library, NOW)
    return theme, {file.path: str(file.content) for file in generate(theme)}


def test_a_withdrawn_record_is_a_tombstone_and_nothing_else():
    theme, found = pages()
    page = found["news/visit/index.html"]
    assert ('content="noindex"' in page, "人数有误" in page, "冬季走访" in page) == (True, True, True)
    assert theme.library.get("news", "visit") is None
    assert "news/visit/" not in list_addresses(theme, found)
    secret = found["notices/open-list/index.html"]
    assert "拟帮扶名单公示" not in secret
    assert "不再显示" in secret


def bury_pages(publications: Publications, **status: object) -> dict[str, str]:
    """Return the pages of a site where a news item and a 公示 are withdrawn by their own files."""
    library = make_library()
    gone = {
        key: library.records[key].model_copy(update={"status": "withdrawn", **status})
        for key in (("news", "visit"), ("notices", "open-list"))
    }
    library = replace(library, records={**library.records, **gone}, publications=publications)
    theme = Theme(library, NOW)
    assert theme.library.get("news", "visit") is None
    found = {file.path: str(file.content) for file in generate(theme)}
    assert {"news/visit/", "notices/open-list/"}.isdisjoint(list_addresses(theme, found))
    return found


def test_a_record_that_says_so_itself_leaves_a_tombstone_too():
    title = make_library().records[("news", "visit")].title
    given = {"withdrawn_on": NOW.date(), "withdrawn_reason": "人数有误，重新统计"}
    found = bury_pages(Publications(), **given)
    page, secret = found["news/visit/index.html"], found["notices/open-list/index.html"]
    day = f"{NOW.year}年{NOW.month}月{NOW.day}日"
    assert all(word in page for word in (title, "人数有误，重新统计", day, 'content="noindex"'))
    assert "拟帮扶名单公示" not in secret
    assert "不再显示" in secret
    log = found["publications/index.html"]
    assert all(word in log for word in (title, "人数有误，重新统计", day, "notices/open-list/"))


def test_without_reason_and_date_the_tombstone_says_what_is_known():
    found = bury_pages(Publications())
    assert "撤下时间" not in found["news/visit/index.html"]
    assert "理由" not in found["news/visit/index.html"]
    assert "日期未注明" in found["publications/index.html"]


def test_a_push_that_withdrew_leads_to_the_tombstone_once():
    pushed = PUSHED.model_copy(update={"records": (Published(folder="news", id="visit", action="撤下"),)})
    log = bury_pages(Publications(publications=(pushed,)), withdrawn_reason="人数有误")["publications/index.html"]
    assert log.count('news/visit/"') == 1
    assert log.count("日期未注明") == 1, "the 公示, which no push tells of"


def test_what_never_had_its_time_leaves_nothing():
    found = bury_pages(Publications(), publish_at=NOW + timedelta(days=1))
    assert list(found) == ["publications/index.html"]


def test_the_log_tells_what_is_public_and_on_whose_word():
    log = pages()[1]["publications/index.html"]
    assert "帮扶办法（2026年修订）" in log
    assert "经审核、批准" in log
    assert "另有 7 条" in log
    assert "康叶青" not in log
    assert "never-shown" not in log
    assert "会费办法" not in log, "what lies in the future is not told"
    assert log.count("冬季走访") == 1, "a withdrawn title stands where it was withdrawn, if it may be told"


def test_the_log_names_people_where_the_site_says_so():
    log = pages(log_names=True)[1]["publications/index.html"]
    assert "写稿：康叶青；审核：闵舒；批准：阮静仪" in log


def test_an_empty_log_says_so():
    library = make_library()
    found = {file.path: str(file.content) for file in generate(Theme(library, NOW))}
    assert list(found) == ["publications/index.html"]
    assert "还没有发布记录" in found["publications/index.html"]


def test_titles_that_hold_names_are_not_told():
    library = make_library()
    by_id = {record.id: may_tell_title(record) for record in library.records.values()}
    assert (by_id["open-list"], by_id["signup"], by_id["new"], by_id["wage"], by_id["medal-2026"]) == (
        False, True, True, False, False,
    )  # fmt: skip
    assert isinstance(library.get("notices", "open-list"), Notice)


def test_of_two_withdrawals_of_one_record_the_first_holds():
    again = GONE.model_copy(update={"at": NOW + timedelta(days=1), "reason": "又撤一次"})
    assert Withdrawals(withdrawals=(again,)).joined([GONE, SECRET]).withdrawals == (GONE, SECRET)
