import pytest

from forms_api.password_rules import LONGEST, count_kinds, find_password_faults

OWN = ("zhongyun", "钟云", "职工之家", "云溪县总工会", "anju")


@pytest.mark.parametrize(
    "password",
    [
        "茶壶 搬家 7 月亮 跳绳",
        "correct horse battery staple",
        "vK9$wq2Lm#xT",
        "葡萄架下数星星的三只小猫咪咪咪咪",
        "tram-Wolke-83",
    ],
)
def test_what_is_hard_to_guess_is_taken(password: str) -> None:
    assert find_password_faults(password, OWN) == []


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short1!", "至少 12 个字符"),
        ("", "至少 12 个字符"),
        ("x" * (LONGEST + 1), "最多"),
        ("umkfpoqzrtbd", "至少两种"),
        ("629518407362", "至少两种"),
        ("zhongyun2026", "太容易猜到"),
        ("Password@123", "太容易猜到"),
        ("woaini1314520", "太容易猜到"),
        ("钟云Zhongyun123456", "太容易猜到"),
        ("aaaaaaaaaaaaaaaa1", "太容易猜到"),
        ("1qaz2wsx1qaz2wsx", "太容易猜到"),
        ("云溪县总工会2026123", "太容易猜到"),
        ("abababababababab", "太容易猜到"),
        ("Admin12345678!!", "太容易猜到"),
        ("职工之家shouli2026", "太容易猜到"),
    ],
)
def test_what_everybody_tries_first_is_refused(password: str, says: str) -> None:
    faults = find_password_faults(password, OWN)
    assert any(says in fault for fault in faults), faults
    assert all(fault.endswith("。") for fault in faults)


@pytest.mark.parametrize(("password", "kinds"), [("abc", 1), ("aB", 2), ("aB1", 3), ("aB1 ", 4), ("中文", 1), ("", 0)])
def test_kinds_of_characters(password: str, kinds: int) -> None:
    assert count_kinds(password) == kinds
