from typing import Any

import pytest
from pydantic import ValidationError

from forms_api.privacy import Consent, Privacy, Retention
from tests.forms_api.sample_forms import CONSENT

NOTICE: dict[str, Any] = {"purpose": "甲", "basis": "乙", "retention": {"approved": "membership+5y", "refused": "1y"}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1y", "办结后1年"),
        ("case+6m", "办结后6个月"),
        ("30d", "办结后30天"),
        ("membership+5y", "会籍终止后5年"),
        (" file+10y ", "困难职工档案退出后10年"),
    ],
)
def test_retention_in_words(text: str, words: str) -> None:
    notice = Privacy.model_validate(NOTICE | {"retention": {"approved": text, "refused": "1y"}})
    period = notice.retention_for("approved")
    assert period.words == words
    assert str(period) == text.strip().removeprefix("case+")
    assert Privacy.model_validate(notice.model_dump(mode="json")) == notice


@pytest.mark.parametrize("text", ["", "0y", "5", "5 年", "forever", "job+1y", "1000d", 5, None])
def test_bad_retention_is_refused(text: Any) -> None:
    with pytest.raises(ValidationError, match="请写成 1y"):
        Privacy.model_validate(NOTICE | {"retention": {"approved": text, "refused": "1y"}})


def test_both_outcomes_are_stated() -> None:
    with pytest.raises(ValidationError, match="没有写 refused"):
        Privacy.model_validate(NOTICE | {"retention": {"approved": "1y"}})


def test_withdrawn_is_kept_as_refused_unless_stated() -> None:
    assert Privacy.model_validate(NOTICE).retention_for("withdrawn") == Retention("case", 1, "y")
    stated = NOTICE["retention"] | {"withdrawn": "90d"}
    assert Privacy.model_validate(NOTICE | {"retention": stated}).retention_for("withdrawn") == Retention(
        "case", 90, "d"
    )


def test_basis_is_one_or_several() -> None:
    assert Privacy.model_validate(NOTICE).basis == ("乙",)
    assert Privacy.model_validate(NOTICE | {"basis": ["乙", "丙"]}).basis == ("乙", "丙")


def test_a_retention_may_be_given_as_a_value() -> None:
    period = Retention("file", 10, "y")
    assert (
        Privacy.model_validate(NOTICE | {"retention": {"approved": period, "refused": period}}).retention_for("refused")
        is period
    )


def test_passing_on_names_the_receiver() -> None:
    third = CONSENT | {"kind": "third_party"}
    with pytest.raises(ValidationError, match="请补上 receiver"):
        Consent.model_validate(third)
    assert Consent.model_validate(third | {"receiver": "县民政局"}).required


def test_a_consent_cannot_be_ticked_beforehand() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Consent.model_validate(CONSENT | {"checked": True})
