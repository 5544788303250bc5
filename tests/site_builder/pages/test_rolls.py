"""Lists of honours to choose from: which exist, what they are called, and what a reader can choose next."""

import pytest

from site_builder.awards import Award, list_awards
from site_builder.pages.rolls import Pick, find_same, list_facets, own_picks, roll_title, roll_url, sort_rolls
from site_builder.records import Honour


def batch(name: str, year: int, level: str, people: list[tuple[str, str]]) -> Honour:
    return Honour.model_validate({
        "id": name, "title": name, "honour": f"{level}奖", "level": level, "year": year, "conferred_by": "总工会",
        "recipients": [{"name": key, "key": key, "unit": "一厂", "industry": trade, "consent": True} for key, trade in people],
        "revocations": [{"key": "c", "date": "2026-05-01", "reason": "弄虚作假"}] if name == "first" else [],
    })  # fmt: skip


BATCHES = [
    batch("first", 2026, "县级", [("a", "纺织"), ("b", "茶业"), ("c", "茶业")]),
    batch("second", 2026, "市级", [("d", "纺织")]),
    batch("third", 2025, "市级", [("e", "电力")]),
]
YEAR: Pick = (("years", "2026"),)
CITY: Pick = (("levels", "市级"),)
BOTH: Pick = (*YEAR, *CITY)


@pytest.fixture(scope="module")
def rolls() -> dict[Pick, list[Award]]:
    return sort_rolls(award for one in BATCHES for award in list_awards(one))


def test_a_pair_has_a_page_only_if_it_holds_less_than_its_parts(rolls: dict[Pick, list[Award]]) -> None:
    own = own_picks(rolls)
    assert BOTH in own
    assert (*YEAR, ("levels", "县级")) not in own
    assert find_same(rolls, (*YEAR, ("levels", "县级"))) == (("levels", "县级"),)
    assert () not in own


def test_facets_count_what_stands_and_lead_to_pages_that_exist(rolls: dict[Pick, list[Award]]) -> None:
    facets = {name: (links, said) for name, links, said in list_facets(rolls, YEAR)}
    assert facets["级别"] == (
        [("市级", "honors/years/2026/levels/city/", 1, False), ("县级", "honors/levels/county/", 2, False)],
        "",
    )
    assert facets["年度"] == (
        [
            ("全部", "honors/", 4, False),
            ("2026年", "honors/years/2026/", 3, True),
            ("2025年", "honors/years/2025/", 1, False),
        ],
        "2026年",
    )
    assert "称号" not in facets, "a year and a title make a batch, which has its own page"
    pages = {roll_url(*pick) for pick in own_picks(rolls)} | {"honors/"}
    for pick in [(), *own_picks(rolls)]:
        assert {url for _, links, _ in list_facets(rolls, pick) for _, url, _, _ in links} <= pages


def test_everything_can_be_chosen_from_the_hall(rolls: dict[Pick, list[Award]]) -> None:
    assert [name for name, _, _ in list_facets(rolls)] == ["年度", "级别", "称号", "行业"]  # one unit is no choice
    trades = next(links for name, links, _ in list_facets(rolls) if name == "行业")
    assert [(label, count) for label, _, count, _ in trades] == [("纺织", 2), ("电力", 1), ("茶业", 1)]


@pytest.mark.parametrize(
    ("pick", "title"),
    [
        (YEAR, "2026年荣誉"),
        (CITY, "市级荣誉"),
        (BOTH, "2026年市级荣誉"),
        ((("titles", "工匠"),), "工匠"),
        ((("employers", "一厂"),), "荣誉名单：一厂"),
        ((*YEAR, ("industries", "纺织")), "荣誉名单：2026年 · 纺织"),
    ],
)
def test_titles(pick: Pick, title: str) -> None:
    assert roll_title(pick) == title


def test_an_address_depends_on_the_value_only() -> None:
    assert roll_url(("titles", "云溪县五一劳动奖章")) == "honors/titles/fd79485f/"
    assert roll_url(*BOTH) == "honors/years/2026/levels/city/"
