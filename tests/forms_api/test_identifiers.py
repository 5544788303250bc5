import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from forms_api import identifiers as ids
from forms_api.identifiers import CheckDigitWrong, IdNumber

TODAY = date(2026, 11, 20)
PROVINCES = ["11", "33", "44", "65"]


def make_id(region: str, birth: date, sequence: int) -> str:
    body = f"{region}{birth:%Y%m%d}{sequence:03}"
    return body + ids.check_character(body)


NUMBERS = st.builds(
    make_id,
    st.builds(lambda p, r: f"{p}{r:04}", st.sampled_from(PROVINCES), st.integers(1, 9999)),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)

# --- identity documents ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "birth", "sex"),
    [
        ("11010519491231002X", "resident", date(1949, 12, 31), "女"),
        ("440524188001010014", "resident", date(1880, 1, 1), "男"),
        ("810000199408230021", "hk_permit", date(1994, 8, 23), "女"),
        ("830000199201300022", "taiwan_permit", date(1992, 1, 30), "女"),
        (make_id("820000", date(1990, 2, 28), 1), "macao_permit", date(1990, 2, 28), "男"),
        ("932682198501010017", "permanent", date(1985, 1, 1), "男"),
        ("CAN110081010312", "permanent_old", None, None),
    ],
)
def test_good_numbers(text: str, kind: Any, birth: date | None, sex: Any) -> None:
    assert ids.parse_resident_id(text, TODAY) == IdNumber(text, kind, birth, sex)
    assert kind in ids.DOCUMENT_WORDS


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "１１０１０５１９４９１２３１００２ｘ",
        " 110105 19491231 002X ",
        "110105-19491231-002x",
        "110105\u200b19491231002X\u3000",
    ],
)
def test_ways_of_writing_are_made_one(text: str) -> None:
    assert ids.parse_resident_id(text, TODAY).number == "11010519491231002X"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "请输入18位身份证件号码"),
        ("  ", "请输入18位身份证件号码"),
        ("110105491231002", "15位的老身份证已经停用"),
        ("1101051949123100", "现在是16位"),
        ("11010519491231002XX", "现在是19位"),
        ("1101051949123100AX", "只有数字"),
        ("X1010519491231002X", "只有数字"),
        ("①1010519491231002Y", "只有数字"),
        ("110105194912310021", "有一位不对"),
        ("911124198108030028", "有一位不对"),
        ("000000199001010011", "开头两位"),
        (make_id("710000", date(1990, 1, 1), 1), "开头两位"),
        (make_id("160000", date(1990, 1, 1), 1), "开头两位"),
        ("810001199408230021", "开头两位"),
        ("110105199902300011", "这一天不存在"),
        ("110105199913010011", "这一天不存在"),
        ("110105000001010011", "这一天不存在"),
        (make_id("110105", date(2026, 11, 21), 1), "还没有到"),
    ],
)
def test_bad_numbers_say_what_to_do(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        ids.parse_resident_id(text, TODAY)
    assert re.search("请|可以", str(caught.value))
    assert str(caught.value).endswith("。")


def test_a_child_born_today_has_a_number() -> None:
    assert ids.parse_resident_id(make_id("330825", TODAY, 2), TODAY).birth == TODAY


@given(NUMBERS, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_single_wrong_character_is_refused(number: str, place: int, char: str) -> None:
    assume(number[place] != char)
    with pytest.raises(ValueError, match="。"):
        ids.parse_resident_id(number[:place] + char + number[place + 1 :], TODAY)


@given(NUMBERS, st.integers(0, 15))
def test_two_neighbours_swapped_are_refused(number: str, place: int) -> None:
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    with pytest.raises(ValueError, match="。"):
        ids.parse_resident_id(swapped, TODAY)


@given(NUMBERS)
def test_numbers_say_birth_and_sex(number: str) -> None:
    birth = ids.birth_of(number, TODAY)
    assert birth is not None
    assert f"{birth:%Y%m%d}" == number[6:14]
    assert ids.sex_of(number, TODAY) == ("男" if number[16] in "13579" else "女")


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2010, 11, 20), date(2026, 11, 19), 15),
        (date(2010, 11, 20), date(2026, 11, 20), 16),
        (date(2004, 2, 29), date(2026, 2, 28), 21),
        (date(2004, 2, 29), date(2026, 3, 1), 22),
        (date(2004, 2, 29), date(2028, 2, 29), 24),
        (TODAY, TODAY, 0),
    ],
)
def test_age(birth: date, day: date, age: int) -> None:
    assert ids.age_on(birth, day) == age
    assert IdNumber("", "resident", birth, None).age_on(day) == age


def test_age_is_unknown_without_a_birthday() -> None:
    assert ids.parse_resident_id("CAN110081010312", TODAY).age_on(TODAY) is None


@pytest.mark.parametrize(
    ("kind", "text", "number"),
    [
        ("home_return", "h12345678", "H12345678"),
        ("home_return", "M1234567801", "M1234567801"),
        ("taiwan_pass", "１２３４５６７８", "12345678"),
        ("passport", "E 1234 5678", "E12345678"),
        ("passport", "EA1234567", "EA1234567"),
    ],
)
def test_travel_documents(kind: Any, text: str, number: str) -> None:
    assert ids.parse_travel_document(kind, text) == number


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("home_return", "A12345678"),
        ("home_return", "H123456789"),
        ("taiwan_pass", "1234567"),
        ("passport", "ABCDEF"),
        ("passport", ""),
    ],
)
def test_travel_documents_of_the_wrong_form(kind: Any, text: str) -> None:
    with pytest.raises(ValueError, match="请对照证件"):
        ids.parse_travel_document(kind, text)


# --- organisations -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["91350100M000100Y43", "91110000802100433B", "91350100m000100y43", " 9135 0100 M000 100Y 43"]
)
def test_good_credit_codes(text: str) -> None:
    code = ids.parse_credit_code(text)
    assert code.number == ids.tidy(text)
    assert code.organisation_ok
    assert code.union_kind is None


def test_village_collectives_have_a_letter_in_front() -> None:
    # stdnum takes digits only in the first two places
    body = "N2330825MF1234567"
    number = next(body + char for char in "0123456789ABCDEFGHJKLMNPQRTUWXY" if _is_credit_code(body + char))
    assert ids.parse_credit_code(number).number == number


def _is_credit_code(number: str) -> bool:
    try:
        ids.parse_credit_code(number)
    except CheckDigitWrong:
        return False
    return True


@pytest.mark.parametrize(("first", "kind"), [("81", "基层工会"), ("82", "非法人工会"), ("89", "工会"), ("13", None)])
def test_unions_are_known_by_their_code(first: str, kind: str | None) -> None:
    body = f"{first}3308250000000"[:15] + "01"
    number = next(body + char for char in "0123456789ABCDEFGHJKLMNPQRTUWXY" if _is_credit_code(body + char))
    assert ids.parse_credit_code(number).union_kind == kind


@pytest.mark.parametrize("number", ["91350100M0001TGQXM", "91350211M0000XUF46", "91350203M0001FUE2P"])
def test_codes_issued_with_a_wrong_check_digit_can_be_insisted_on(number: str) -> None:
    with pytest.raises(CheckDigitWrong, match="仍要提交") as caught:
        ids.parse_credit_code(number)
    assert caught.value.number == number


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "现在是0位"),
        ("91350100M000100Y4", "现在是17位"),
        ("9135O100M000100Y43", "没有 I、O、S、V、Z"),
        ("91350100M000100Z43", "没有 I、O、S、V、Z"),
    ],
)
def test_credit_codes_of_the_wrong_form(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        ids.parse_credit_code(text)
    assert not isinstance(caught.value, CheckDigitWrong)


@pytest.mark.parametrize("number", ["802100433", "M000100Y4", "00000000X", "M0001000X", "a12345676"])
def test_organisation_codes(number: str) -> None:
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    body = number[:8].upper()
    rest = 11 - sum(int(char, 36) * weight for char, weight in zip(body, weights, strict=True)) % 11
    right = body + ("X" if rest == 10 else "0" if rest == 11 else str(rest))
    assert ids.parse_organisation_code(right.lower()) == right


@pytest.mark.parametrize(("text", "words"), [("12345678", "9位"), ("802100434", "有一位不对"), ("8021004A3B", "9位")])
def test_bad_organisation_codes(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ids.parse_organisation_code(text)


# --- telephones and cards ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "13800001234",
        "138 0000 1234",
        "138-0000-1234",
        "+86 13800001234",
        "86-13800001234",
        "008613800001234",
        "１３８００００１２３４",
    ],
)
def test_mobiles(text: str) -> None:
    assert ids.parse_mobile(text) == "13800001234"


@pytest.mark.parametrize(
    "text", ["", "12800001234", "1380000123", "138000012345", "23800001234", "1380000123a", "+113800001234"]
)
def test_bad_mobiles(text: str) -> None:
    with pytest.raises(ValueError, match="11位手机号码"):
        ids.parse_mobile(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0000-6010001", "0000-6010001"),
        ("00006010001", "0000-6010001"),
        ("（0571）88880000", "0571-88880000"),
        ("010 8888 0000", "010-88880000"),
        ("021-88880000-12", "021-88880000-12"),
        ("0571-88880000 转 8001", "0571-88880000-8001"),
        ("12351", "12351"),
        ("400-800-0000", "4008000000"),
        ("+86 138 0000 1234", "13800001234"),
    ],
)
def test_phones(text: str, number: str) -> None:
    assert ids.parse_phone(text) == number


@pytest.mark.parametrize("text", ["", "6010001", "0571-888", "12", "打我电话", "13800001234-12"])
def test_bad_phones(text: str) -> None:
    with pytest.raises(ValueError, match="座机要带区号"):
        ids.parse_phone(text)


def test_bank_cards() -> None:
    assert ids.parse_bank_card("6225 7688 8888 8888") == "6225768888888888"
    with pytest.raises(CheckDigitWrong, match="仍要提交") as caught:
        ids.parse_bank_card("6222021234567890123")
    assert caught.value.number == "6222021234567890123"


@pytest.mark.parametrize("text", ["", "622576888888888", "62257688888888888888", "6225768888888a88"])
def test_bank_cards_of_the_wrong_form(text: str) -> None:
    with pytest.raises(ValueError, match="16到19位") as caught:
        ids.parse_bank_card(text)
    assert not isinstance(caught.value, CheckDigitWrong)


# --- masking -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳修", "欧阳*"),
        ("司马相如", "司马**"),
        ("上官婉儿", "上官**"),
        ("诸葛亮", "诸葛*"),
        ("欧阳", "欧*"),
        ("张", "*"),
        ("", ""),
        (" 张三 ", "张*"),
        ("阿依古丽·买买提", "阿***·***"),
        ("阿依古丽•买买提", "阿***·***"),
        ("东方·红", "东*·*"),
        ("John Smith", "J*** *****"),
    ],
)
def test_names(name: str, masked: str) -> None:
    assert ids.mask_name(name) == masked


@pytest.mark.parametrize(
    ("mask", "text", "masked"),
    [
        (ids.mask_id, "11010519491231002x", "*" * 14 + "002X"),
        (ids.mask_id, "E12345678", "*****5678"),
        (ids.mask_id, "1234567", "*******"),
        (ids.mask_id, "", ""),
        (ids.mask_card, "6225 7688 8888 8888", "*" * 12 + "8888"),
        (ids.mask_phone, "13800001234", "138****1234"),
        (ids.mask_phone, "+86 138 0000 1234", "138****1234"),
        (ids.mask_phone, "0000-6010001", "0000-*******"),
        (ids.mask_phone, "(010)88880000", "010-********"),
        (ids.mask_phone, "00006010001", "***********"),
        (ids.mask_phone, "12351", "*****"),
        (ids.mask_phone, "", ""),
    ],
)
def test_numbers(mask: Callable[[str], str], text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("江原省清江市云溪县城关镇文昌路18号", "江原省清江市云溪县城关镇***"),
        ("云溪县石桥乡大湾村3组", "云溪县石桥乡***"),
        ("云溪县滨河街道滨河社区5号楼", "云溪县滨河街道***"),
        ("城关镇文昌路城市花园3栋", "城关镇***"),
        ("云溪县文昌路18号", "云溪县***"),
        ("景德镇市昌江区竟成镇某路3号", "景德镇市昌江区竟成镇***"),
        ("河南省新乡市新乡县七里营镇刘庄村", "河南省新乡市新乡县七里营镇***"),
        ("浙江省宁波市镇海区招宝山街道3号", "浙江省宁波市镇海区招宝山街道***"),
        ("湖南省长沙市宁乡市花明楼镇", "湖南省长沙市宁乡市花明楼镇"),
        ("内蒙古自治区锡林郭勒盟东乌珠穆沁旗乌里雅斯太镇12号", "内蒙古自治区锡林郭勒盟东乌珠穆沁旗乌里雅斯太镇***"),
        ("云溪县阳光花园西乡路3号", "云溪县***"),
        ("文昌小区3栋2单元", "***"),
        ("幸福花园东区3栋", "***"),
        ("3号楼", "***"),
        ("云溪县 城关镇 文昌路", "云溪县城关镇***"),
        ("", ""),
    ],
)
def test_addresses(address: str, masked: str) -> None:
    assert ids.mask_address(address) == masked


HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=6)


@given(HAN)
def test_a_mask_of_a_name_keeps_its_length_and_at_most_the_surname(name: str) -> None:
    masked = ids.mask_name(name)
    assert len(masked) == len(name)
    kept = masked.rstrip("*")
    assert len(kept) <= min(2, len(name) - 1)
    assert name.startswith(kept)


@given(st.text(st.sampled_from("0123456789ABCDEFGX -"), max_size=24))
def test_a_mask_of_a_number_shows_four_characters_at_most(number: str) -> None:
    for mask in (ids.mask_id, ids.mask_card):
        shown = mask(number).replace("*", "")
        assert len(shown) <= 4
        assert len(shown) * 2 <= max(len(ids.tidy(number)), 0)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_mask_of_a_mobile_hides_the_middle(number: str) -> None:
    assert ids.mask_phone(number) == number[:3] + "****" + number[7:]


@given(HAN, st.integers(1, 999), st.sampled_from(["路", "街", "巷"]))
def test_a_mask_of_an_address_never_shows_a_house_number(road: str, number: int, kind: str) -> None:
    masked = ids.mask_address(f"云溪县城关镇{road}{kind}{number}号")
    assert not re.search(r"\d", masked)
    assert masked.endswith("***")
    assert masked.startswith("云溪县")
