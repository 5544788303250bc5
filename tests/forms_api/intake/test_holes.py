from datetime import date

from forms_api.intake.holes import CutPage, CutPages, mark

DAY = date(2026, 11, 20)


def test_each_hole_gets_its_value_wherever_it_stands() -> None:
    page = CutPage(f"{mark('b')}一{mark('a')}{mark('b')}二@@C@@".encode(), ("a", "b"))
    assert page.fill(a="甲", b="@@A@@").decode() == "@@A@@一甲@@A@@二@@C@@"
    assert page.fill(a="", b="").decode() == "一二@@C@@"


def test_a_page_is_drawn_once_and_old_ones_are_dropped() -> None:
    pages, drawn = CutPages(2), []

    def draw() -> bytes:
        drawn.append(1)
        return b"page"

    for version in ("1", "1", "2", "1"):
        pages.find_or_draw((version, DAY, "blank"), (), draw)
    assert len(drawn) == 2
    pages.find_or_draw(("3", DAY, "blank"), (), draw)
    assert pages.find(("1", DAY, "blank")) is None
    assert pages.find(("3", DAY, "blank")) is not None
