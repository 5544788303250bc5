"""The parts of the frame: drawn once, and whoever shows one is taken to ask what its drawing asked."""

from site_builder.asking import Notes
from site_builder.frame import Parts, find_place, list_foot_links
from site_builder.records import Page


def test_a_part_is_drawn_once_and_its_questions_are_asked_each_time():
    notes, drawn = Notes(), []

    def draw(*part: str) -> str:
        drawn.append(part)
        notes.note("record", *part)
        return "<b>" + part[1] + "</b>"

    parts = Parts(notes, draw)
    for _ in range(2):
        with notes.taking() as asked:
            assert parts.show("foot", "../") == "<b>../</b>"
        assert asked == {("record", "foot", "../")}
    with notes.taking() as asked:
        parts.show("foot", "./")
    assert asked == {("record", "foot", "./")}
    assert drawn == [("foot", "../"), ("foot", "./")]


def test_only_pages_that_the_navigation_names_are_told_apart():
    assert [find_place(url) for url in ("", "policies/", "policies/2024/", "404.html")] == ["", "policies/", "-", "-"]


def test_hand_written_pages_stand_in_the_column_of_their_class():
    pages = [
        Page(id="b", title="乙页", column="概况信息"),
        Page(id="a", title="甲页", column="信息公开指南"),
        Page(id="handbook-x", title="手册", column="概况信息"),
    ]
    columns = dict(list_foot_links(pages))
    assert columns["关于"] == [("乙页", "pages/b/")]
    assert columns["公开"][-1] == ("甲页", "pages/a/")
