"""发放 as staff meet it: lines chosen, a batch confirmed by another, the bank's file and its answer, sums for audit."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from forms_api.spreadsheets import read_lines
from tests.forms_api.front_desk import FrontDesk
from tests.forms_api.payment_desk import bring_to_file, write_return
from tests.forms_api.review.aid import TOLD, link_desk, read


@pytest.fixture
def filed(desk: FrontDesk) -> tuple[str, ...]:
    """Return two cases with files."""
    worker = link_desk(desk)
    return tuple(bring_to_file(worker, **TOLD)[0] for _ in range(2))


def lines(**sums: str) -> dict[str, Any]:
    told: dict[str, Any] = {"case": list(sums), "fund": "本级工会经费"}
    for reference, amount in sums.items():
        told |= {f"kind-{reference}": "living", f"sum-{reference}": amount}
    return told


def upload(desk: FrontDesk, client: FlaskClient, where: str, data: bytes) -> str:
    answer = desk.post(client, f"{where}/return", {"file": (io.BytesIO(data), "return.csv")})
    return read(client, "", answer)


def test_a_batch_goes_to_the_bank_and_back(desk: FrontDesk, filed: tuple[str, ...]) -> None:
    handler, cashier = desk.sign_in("handler"), desk.sign_in("cashier")
    assert all(one in read(handler, "/payments/") for one in filed)
    assert "最高 4,000.00" in read(handler, "/payments/")
    made = desk.post(handler, "/payments/make", lines(**{filed[0]: "1,000.50", filed[1]: "800"}))
    where = made.headers["Location"].partition("?")[0]
    shown = read(handler, "", made)
    assert "合计 1,800.50 元" in shown
    assert TOLD["bank_card"] not in shown
    assert desk.post(handler, f"{where}/confirm", {}).status_code == 403
    assert "复核好了" in read(cashier, "", desk.post(cashier, f"{where}/confirm", {}))
    for form in ("xlsx", "csv"):
        file = desk.post(cashier, f"{where}/file", {"as": form})
        assert file.headers["Content-Disposition"].endswith(f'.{form}"')
        assert file.headers["Cache-Control"] == "no-store"
        assert [line["账号"] for line in read_lines(file.data, ("受理编号", "账号"))] == [TOLD["bank_card"]] * 2
    wrong = upload(desk, cashier, where, write_return({filed[0]: (1, "成功")}))
    assert "第 2 行" in wrong
    assert "什么都没有改" in wrong
    told = {filed[0]: (100_050, "成功"), filed[1]: (80_000, "失败：账户已销户")}
    done = upload(desk, cashier, where, write_return(told))
    assert "成功 1 笔，未成功 1 笔" in done
    assert "以前对过的 2 笔" in upload(desk, cashier, where, write_return(told))
    index = read(handler, "/payments/")
    assert "上次未成功：账户已销户、冻结或挂失" in index
    assert "1,000.50" in index


def test_what_was_typed_comes_back_with_what_is_wrong(desk: FrontDesk, filed: tuple[str, ...]) -> None:
    handler = desk.sign_in("handler")
    for amount, words in (("很多", "不是金额"), ("9000", "最多4000.00元")):
        refused = desk.post(handler, "/payments/make", lines(**{filed[0]: amount}))
        assert refused.status_code == 422
        shown = read(handler, "", refused)
        assert words in shown
        assert f'value="{amount}"' in shown
    assert "至少选一份" in read(handler, "", desk.post(handler, "/payments/make", {"fund": "本级工会经费"}))
    gone = desk.post(handler, "/payments/make", lines(**{"YX-0000-0000-0": "1"}))
    assert gone.status_code == 422


def test_a_batch_is_given_up(desk: FrontDesk, filed: tuple[str, ...]) -> None:
    handler, cashier = desk.sign_in("handler"), desk.sign_in("cashier")
    where = desk.post(handler, "/payments/make", lines(**{filed[0]: "1"})).headers["Location"].partition("?")[0]
    assert "现在是“待复核”" in read(cashier, "", desk.post(cashier, f"{where}/file", {"as": "csv"}))
    assert "作废了" in read(handler, "", desk.post(handler, f"{where}/drop", {}))
    assert "现在是“已作废”" in read(cashier, "", desk.post(cashier, f"{where}/confirm", {}))
    assert handler.get("/payments/nothing").status_code == 404


def test_whoever_audits_sees_sums_and_no_case(desk: FrontDesk, filed: tuple[str, ...]) -> None:
    auditor = desk.sign_in("auditor")
    shown = read(auditor, "/payments/")
    assert not any(one in shown for one in filed)
    file = desk.post(auditor, "/payments/export", {"as": "csv"}, page="/payments/")
    assert file.status_code == 200
    assert "受理编号" in file.data.decode("utf-8-sig")
