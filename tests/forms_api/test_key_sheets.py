from datetime import date
from itertools import combinations

import pytest

from forms_api.key_sheets import BadSheets, join_sheets, split_key, write_sheet

KEY = bytes(range(32))


def test_any_two_of_three_give_the_key_back() -> None:
    sheets = split_key(KEY, 2, 3)
    for some in [*combinations(sheets, 2), tuple(sheets)]:
        typed = [f"  {sheet.upper()}\n" for sheet in some]
        assert join_sheets(typed) == KEY
    assert join_sheets([sheets[0], sheets[0], sheets[2]]) == KEY


def test_one_alone_or_two_of_different_keys_give_nothing() -> None:
    sheets, others = split_key(KEY, 2, 3), split_key(bytes(32), 2, 3)
    for some in ([], sheets[:1], [sheets[0], sheets[0]], [sheets[0], others[1]]):
        with pytest.raises(BadSheets, match="凑不成一把钥匙"):
            join_sheets(some)


def test_a_mistyped_word_is_found_and_its_sheet_named() -> None:
    sheets = split_key(KEY, 2, 3)
    words = sheets[1].split()
    for wrong in ("academic" if words[5] != "academic" else "acid", "nonsense"):
        typed = " ".join([*words[:5], wrong, *words[6:]])
        with pytest.raises(BadSheets, match="第2张"):
            join_sheets([sheets[0], typed])
    with pytest.raises(BadSheets, match="第1张"):
        join_sheets([" ".join(words[:-1])])


@pytest.mark.parametrize(("needed", "sheets"), [(1, 3), (3, 2), (2, 17), (0, 0)])
def test_other_numbers_are_refused(needed: int, sheets: int) -> None:
    with pytest.raises(ValueError, match="needed"):
        split_key(KEY, needed, sheets)


def test_a_sheet_says_all_that_is_needed_to_use_it() -> None:
    words = split_key(KEY, 2, 3)[0]
    page = write_sheet(words, 1, 2, 3, "784e-6a4d-a04d-fc38", date(2026, 11, 20))
    for part in (*words.split(), "第 1 张，共 3 张", "任意 2 张", "784e-6a4d-a04d-fc38", "2026-11-20", "keys restore"):
        assert part in page
    assert "http" not in page
    assert KEY.hex() not in page
