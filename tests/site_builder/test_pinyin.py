"""Names and titles in pinyin."""

import pytest

from site_builder.pinyin import spell, spell_name, write_initials


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("沈岳宁", ("shen", "yue", "ning")),
        ("曾志", ("zeng", "zhi")),
        ("单雄", ("shan", "xiong")),
        ("尉迟明", ("yu", "chi", "ming")),
    ],
)
def test_names(name: str, spelling: tuple[str, ...]) -> None:
    assert spell_name(name) == spelling


def test_other_writing_stays() -> None:
    assert spell("5路A班") == ("5", "lu", "a", "ban")
    assert write_initials("关于（2026年）A类 帮扶") == "gy2026nalbf"
