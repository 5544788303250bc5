from forms_api.union_tree import UnionTree

TREE = UnionTree.of(
    [
        {"id": "zong", "title": "云溪县总工会", "short": "县总工会", "kind": "county"},
        {"id": "yuntai", "title": "云台街道总工会", "kind": "township"},
        {
            "id": "anju",
            "title": "安居家政公司工会委员会",
            "short": "安居家政公司",
            "kind": "grassroots",
            "parent": "yuntai",
        },
        {"id": "ring", "title": "绕圈的", "kind": "grassroots", "parent": "ring"},
    ]
)


def test_a_scope_is_a_union_and_all_below_it() -> None:
    assert TREE.county == "zong"
    assert TREE.path("anju") == ("anju", "yuntai", "zong")
    assert TREE.covers("zong", "anju")
    assert TREE.covers("yuntai", "anju")
    assert not TREE.covers("anju", "yuntai")
    assert TREE.below("yuntai") == {"yuntai", "anju"}
    assert TREE.below("zong") == {"zong", "yuntai", "anju", "ring"}


def test_what_is_not_known_is_the_countys() -> None:
    assert TREE.path("gone") == ("zong",)
    assert TREE.covers("zong", "gone")
    assert not TREE.covers("yuntai", "gone")
    assert TREE.path("ring") == ("ring", "zong")


def test_titles_are_short_where_there_is_a_short_one() -> None:
    assert [TREE.title(one) for one in ("anju", "yuntai", "gone")] == ["安居家政公司", "云台街道总工会", "gone"]
    assert list(TREE.offices()) == ["zong", "anju", "ring", "yuntai"]
