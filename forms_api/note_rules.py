"""What staff may write to a worker: a note that intake can read, so no number of a person and no illness. Pure.

After the protection of sensitive personal information (PIPL art. 28): the sealed answers hold such things, a note must not.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 500
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}-\d{7,8}(?!\d)")
_NUMBER = re.compile(r"\d(?:[ \-]?\d){9,}[xX]?")
_CONDITIONS = (
    "癌", "肿瘤", "白血病", "尿毒症", "透析", "化疗", "放疗", "精神病", "精神分裂", "抑郁", "艾滋", "肝炎", "肺结核", "糖尿病",
    "高血压", "心脏病", "冠心病", "脑梗", "脑卒中", "中风", "瘫痪", "癫痫", "残疾", "智障", "怀孕", "流产", "不孕", "性病", "梅毒",
)  # fmt: skip


def find_note_fault(text: str) -> str | None:
    """Return what is wrong with a note to a worker and what to do, or None."""
    plain = unicodedata.normalize("NFKC", text)
    if len(plain) > LONGEST:
        return f"说明太长了，最多{LONGEST}字。请只写申请人要做什么。"
    if _NUMBER.search(_LANDLINE.sub("", plain)):
        return "说明里有证件、银行卡或手机这样的号码。请删去号码，改成“您的证件号码”这样的说法。"
    if found := next((word for word in _CONDITIONS if word in plain), None):
        return f"说明里写到了“{found}”。病情和残疾不能写进说明，请改成“第几项材料”这样的说法。"
    return None
