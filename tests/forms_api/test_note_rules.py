import pytest

from forms_api.note_rules import LONGEST, find_note_fault


@pytest.mark.parametrize(
    "text",
    [
        "",
        "请补一下第三项材料。",
        "2026年11月20日前来3号窗口，或打12351。",
        "问0000-6010012。",
        "请补充医疗费结算单，金额是38460.50元的那一张。",
    ],
)
def test_plain_notes_pass(text: str) -> None:
    assert find_note_fault(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("证件号 11010519491231002X 有误", "号码"),
        ("卡号6222 0212 3456 7890", "号码"),
        ("打13900000000找您", "号码"),
        ("打１３９００００００００找您", "号码"),
        ("您爱人的肿瘤诊断书看不清", "肿瘤"),
        ("残疾人证过期了", "残疾"),
        ("长" * (LONGEST + 1), "太长"),
    ],
)
def test_numbers_and_illness_are_refused(text: str, words: str) -> None:
    fault = find_note_fault(text)
    assert fault
    assert words in fault
    assert fault.endswith("。")
