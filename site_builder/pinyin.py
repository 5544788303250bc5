"""Chinese words in pinyin: for ids of imported records and for the order of names. Pure; the owner of pypinyin."""

from __future__ import annotations

import re
from functools import lru_cache

SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "查": "zha", "区": "ou", "朴": "piao", "翟": "zhai",
    "任": "ren", "缪": "miao", "逄": "pang", "乐": "yue", "覃": "qin", "盖": "ge", "种": "chong", "黑": "he",
    "员": "yun", "召": "shao", "繁": "po", "折": "she", "尹": "yin", "洗": "xian", "纪": "ji", "华": "hua",
}  # fmt: skip
"""Characters that are read otherwise in a surname than in most words."""


@lru_cache(maxsize=4096)
def spell_name(name: str) -> tuple[str, ...]:
    """Return the pinyin of a person's name, its surname read as one."""
    syllables = spell(name)
    return (SURNAMES.get(name[:1], syllables[0]), *syllables[1:])


@lru_cache(maxsize=4096)
def spell(text: str) -> tuple[str, ...]:
    """Return the pinyin of a text without tones: one item for each character, a run of other signs as it is."""
    from pypinyin import lazy_pinyin  # it loads its dictionary when imported, and few commands need it

    return tuple(syllable.lower() for syllable in lazy_pinyin(text))


def write_initials(text: str) -> str:
    """Return the first letter of each character, letters and digits as they are, everything else left out."""
    from pypinyin import Style, lazy_pinyin

    letters = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER, errors=lambda other: other))
    return re.sub("[^a-z0-9]", "", letters.lower())
