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
