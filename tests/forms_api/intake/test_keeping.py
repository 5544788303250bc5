import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from forms_api.drafts import Resumed
from forms_api.forms_bundle import Bundle
from forms_api.intake.keeping import _greet
from tests.forms_api.desk import Desk
from tests.forms_api.intake.test_views import count_cases, open_page, post, read_receipt, sample
from tests.forms_api.sample_files import make_photo

FORM = "suggestion"
MARK = "请在车间门口装一台饮水机，天热的时候排队太久。"


def keep(client: FlaskClient, office: Desk, pairs: list[tuple[str, str]]) -> str:
    """Have a draft kept and return its code as the page shows it."""
    page = post(client, f"/apply/{FORM}/draft", [*pairs, ("token", open_page(client, office))])
    assert "草稿存好了" in page.text
    return re.findall(r'class="key">([^<]+)<', page.text)[0]


def resume(client: FlaskClient, code: str, form: str = FORM, act: str = "resume") -> Any:
    return post(client, f"/apply/{form}/{act}", [("code", code)])


def test_from_draft_to_receipt_and_then_it_is_gone(client: FlaskClient, office: Desk, sample_bundle: Bundle) -> None:
    pairs = [("content", MARK), ("kind", "建言献策")]
    code = keep(client, office, pairs)
    page = resume(client, code.lower().replace("-", " ")).text
    assert MARK in page
    assert "草稿取回来了" in page
    assert re.findall(r'name="draft" value="([^"]+)"', page)
    office.now += timedelta(minutes=1)
    fresh = re.findall(r'name="token" value="([^"]+)"', page)[0]
    sent = [*sample(sample_bundle), ("token", fresh), ("draft", code)]
    check = post(client, f"/apply/{FORM}/check", sent).text
    assert f'name="draft" value="{code}"' in check
    read_receipt(post(client, f"/apply/{FORM}/receipt", sent).text)
    assert count_cases(office) == 1
    assert resume(client, code).status_code == 404


def test_the_code_stands_in_no_address_and_in_no_later_page(client: FlaskClient, office: Desk) -> None:
    code = keep(client, office, [("content", MARK)])
    entry = client.get(f"/apply/{FORM}/draft")
    assert entry.status_code == 200
    assert code not in entry.text
    assert f'action="/apply/{FORM}/resume"' in entry.text


def test_saving_again_keeps_the_code(client: FlaskClient, office: Desk) -> None:
    code = keep(client, office, [("content", "先写一点")])
    assert keep(client, office, [("content", MARK), ("draft", code)]) == code
    assert MARK in resume(client, code).text


def test_files_of_a_page_without_script_come_along(client: FlaskClient, office: Desk) -> None:
    data = {
        "token": open_page(client, office),
        "content": MARK,
        "up-evidence": (io.BytesIO(make_photo()), "水桶.jpg", "image/jpeg"),
    }
    page = client.post(f"/apply/{FORM}/draft", data=data)
    code = re.findall(r'class="key">([^<]+)<', page.text)[0]
    office.now += timedelta(days=3)
    assert "水桶.jpg" in resume(client, code).text


def test_a_draft_is_thrown_away_at_once(client: FlaskClient, office: Desk) -> None:
    code = keep(client, office, [("content", MARK)])
    assert "草稿删掉了" in resume(client, code, act="forget").text
    again = resume(client, code, act="forget")
    assert (again.status_code, "没有这份草稿" in again.text) == (404, True)


def test_a_code_of_another_form_finds_nothing(client: FlaskClient, office: Desk) -> None:
    code = keep(client, office, [("content", MARK)])
    found = resume(client, code, form="hazard")
    assert found.status_code == 404
    assert MARK not in found.text


def test_guessing_ends(client: FlaskClient, office: Desk) -> None:
    pages = [resume(client, "AAAA") for _ in range(31)]
    assert [pages[0].status_code, pages[-1].status_code] == [404, 429]
    assert "试的次数太多了" in pages[-1].text


def test_too_much_and_too_often_come_back_with_everything(client: FlaskClient, office: Desk) -> None:
    long = post(client, f"/apply/{FORM}/draft", [("content", "长" * 100_000)])
    assert "草稿存不下" in long.text
    assert "长" * 100_000 in long.text
    for _ in range(30):
        last = post(client, f"/apply/{FORM}/draft", [("content", MARK)])
    assert "存得太频繁" not in last.text
    last = post(client, f"/apply/{FORM}/draft", [("content", MARK)])
    assert "存得太频繁" in last.text
    assert MARK in last.text


def test_robots_and_strangers_keep_nothing(client: FlaskClient, office: Desk) -> None:
    assert post(client, f"/apply/{FORM}/draft", [("website", "http://x")]).status_code == 400
    foreign = {"Origin": "http://evil.example"}
    for act in ("draft", "resume", "forget"):
        assert post(client, f"/apply/{FORM}/{act}", [], **foreign).status_code == 403


@pytest.mark.parametrize("act", ["draft", "resume", "forget"])
def test_a_closed_intake_says_so(client: FlaskClient, office: Desk, act: str) -> None:
    office.intake.store.close()
    page = post(client, f"/apply/{FORM}/{act}", [("code", "AAAA")])
    assert page.status_code == 503
    assert "12351" in page.text


@pytest.mark.parametrize("act", ["resume", "forget"])
def test_reloading_leads_to_the_entry(client: FlaskClient, act: str) -> None:
    answer = client.get(f"/apply/{FORM}/{act}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/apply/{FORM}/draft")


def test_what_has_changed_meanwhile_is_said(sample_bundle: Bundle, tmp_path: Path) -> None:
    form = sample_bundle.forms[FORM]
    assert "更新过" not in _greet(form, Resumed({}, {}, form.version, 0), None)
    told = _greet(form, Resumed({}, {}, "0" * 64, 2), None)
    assert "有 2 份文件已经清掉" in told
    assert "更新过" in told
