import json
import re
import shutil
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from forms_api.config import Settings
from forms_api.fields import flatten
from forms_api.forms_bundle import Bundle
from forms_api.intake import create_app
from forms_api.samples import make_answers
from tests.forms_api.desk import Desk

DAY = date(2026, 11, 20)
FORM = "suggestion"


def post(client: FlaskClient, where: str, pairs: list[tuple[str, str]], **headers: str) -> TestResponse:
    return client.post(where, data=MultiDict(pairs), headers=headers)


def open_page(client: FlaskClient, office: Desk, form: str = FORM) -> str:
    """Return the token of a fresh page, and let a minute pass."""
    page = client.get(f"/apply/{form}/").text
    office.now += timedelta(minutes=1)
    return re.findall(r'name="token" value="([^"]+)"', page)[0]


def sample(bundle: Bundle, form: str = FORM, seed: int = 1) -> list[tuple[str, str]]:
    return list(flatten(make_answers(bundle.forms[form], bundle.world(DAY), Random(seed), lambda field: [])))


def send(client: FlaskClient, office: Desk, pairs: list[tuple[str, str]], token: str = "") -> TestResponse:
    return post(client, f"/apply/{FORM}/receipt", [*pairs, ("token", token or open_page(client, office))])


def read_receipt(page: str) -> tuple[str, str]:
    return re.findall(r'class="ref">([^<]+)<', page)[0], re.findall(r'class="key">([^<]+)<', page)[0]


def count_cases(office: Desk) -> int:
    return len(office.intake.store.list_cases())


def test_each_page_gets_a_token_of_its_own(client: FlaskClient, office: Desk) -> None:
    assert open_page(client, office) != open_page(client, office)


def test_from_form_to_receipt_to_status(client: FlaskClient, office: Desk, sample_bundle: Bundle) -> None:
    pairs, token = sample(sample_bundle), open_page(client, office)
    check = post(client, f"/apply/{FORM}/check", [*pairs, ("token", token)])
    assert "交之前，请再看一遍" in check.text
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', check.text)
    receipt = send(client, office, hidden)
    assert '2026年11月20日</span> <span class="nb">09:02' in receipt.text
    reference, secret = read_receipt(receipt.text)
    assert count_cases(office) == 1
    status = post(client, "/status/", [("reference", reference.lower()), ("secret", f" {secret} ")])
    assert "已提交" in status.text
    assert "11月20日 09:02" in status.text
    assert reference in status.text


def test_the_same_page_sent_twice_is_one_case_with_one_receipt(
    client: FlaskClient, office: Desk, sample_bundle: Bundle
) -> None:
    pairs, token = sample(sample_bundle), open_page(client, office)
    first, second = (send(client, office, pairs, token) for _ in range(2))
    assert read_receipt(first.text) == read_receipt(second.text)
    assert count_cases(office) == 1


def test_after_the_status_was_seen_a_replay_shows_no_secret(
    client: FlaskClient, office: Desk, sample_bundle: Bundle
) -> None:
    pairs, token = sample(sample_bundle), open_page(client, office)
    reference, secret = read_receipt(send(client, office, pairs, token).text)
    post(client, "/status/", [("reference", reference), ("secret", secret)])
    again = send(client, office, pairs, token).text
    assert reference in again
    assert secret not in again


def test_other_answers_under_a_used_token_show_nothing_of_the_first(
    client: FlaskClient, office: Desk, sample_bundle: Bundle
) -> None:
    token = open_page(client, office)
    reference, secret = read_receipt(send(client, office, sample(sample_bundle), token).text)
    other = send(client, office, sample(sample_bundle, seed=2), token).text
    assert "已经交过一次" in other
    assert reference not in other
    assert secret not in other
    assert count_cases(office) == 1
    office.now += timedelta(minutes=1)
    fresh = re.findall(r'name="token" value="([^"]+)"', other)[0]
    assert read_receipt(send(client, office, sample(sample_bundle, seed=2), fresh).text)[0] != reference
    assert count_cases(office) == 2


def test_an_invalid_post_comes_back_with_everything_kept(
    client: FlaskClient, office: Desk, sample_bundle: Bundle
) -> None:
    pairs = [
        ("subject", "短"),
        ("content", "站点没有水喝，\n希望想想办法。<b>"),
        ("evidence", "handle-123"),
        ("names", "handle-123 水桶.jpg"),
    ]
    page = post(client, f"/apply/{FORM}/check", [*pairs, ("token", open_page(client, office))]).text
    assert 'value="短"' in page
    assert "站点没有水喝，\n希望想想办法。&lt;b&gt;" in page
    assert 'name="evidence" value="handle-123"' in page
    assert "水桶.jpg" in page
    for name, sentence in (("kind", "请选一项：属于哪一类。"), ("subject", "写得太少，请至少写4个字。")):
        assert f'<a href="#f-{name}">{sentence}</a>' in page
        assert f'id="{name}-e">{sentence}' in page


def test_rows_are_added_and_taken_away_without_script(client: FlaskClient, office: Desk) -> None:
    token, row = open_page(client, office, "hardship"), [("lives_alone", "no"), ("members-0-member_name", "张三")]
    more = post(client, "/apply/hardship/check", [*row, ("more", "members"), ("token", token)]).text
    assert 'name="members-1-member_name"' in more
    assert 'value="张三"' in more
    two = [*row, ("members-1-member_name", "李四")]
    less = post(client, "/apply/hardship/check", [*two, ("less", "members-0"), ("token", token)]).text
    assert 'value="李四"' in less
    assert 'value="张三"' not in less


def test_edit_opens_the_part_again(client: FlaskClient, office: Desk, sample_bundle: Bundle) -> None:
    page = post(client, f"/apply/{FORM}/check", [*sample(sample_bundle), ("edit", "1")]).text
    assert 'data-step="1"' in page


def test_a_changed_form_asks_to_look_again(client: FlaskClient, office: Desk, sample_bundle: Bundle) -> None:
    page = send(client, office, [*sample(sample_bundle), ("version", "0" * 64)]).text
    assert "这张表刚刚更新过" in page
    assert count_cases(office) == 0


def rebuild(bundle_folder: Path, folder: Path) -> Path:
    """Return a bundle in which the form has lost one question, gained another, and kept its id."""
    shutil.copytree(bundle_folder, folder)
    path = folder / "forms" / f"{FORM}.json"
    form = json.loads(path.read_text("utf-8"))
    form["sections"][0]["fields"] = [
        {"name": "shift", "label": "哪个班", "type": "choice", "options": ["早班", "晚班"]},
        *(one for one in form["sections"][0]["fields"] if one["name"] != "subject"),
    ]
    path.write_text(json.dumps(form, ensure_ascii=False), "utf-8")
    return folder


def test_a_page_opened_before_its_form_changed_is_handed_in_as_it_was(
    client: FlaskClient, office: Desk, sample_bundle: Bundle, bundle_folder: Path, tmp_path: Path
) -> None:
    before = sample_bundle.forms[FORM]
    pairs, token = [*sample(sample_bundle), ("version", before.version)], open_page(client, office)
    app: Any = create_app(office.intake, Settings(data=tmp_path, bundle=rebuild(bundle_folder, tmp_path / "new")))
    later: FlaskClient = app.test_client()
    assert "哪个班" in later.get(f"/apply/{FORM}/").text
    assert "哪个班" in post(later, f"/apply/{FORM}/check", [("version", before.version), ("edit", "0")]).text
    faulty = post(later, f"/apply/{FORM}/check", [*pairs, ("token", token), ("subject", "短")]).text
    assert "还有 1 处要改" in faulty
    assert "哪个班" not in faulty
    check = post(later, f"/apply/{FORM}/check", [*pairs, ("token", token)]).text
    assert f'name="version" value="{before.version}"' in check
    receipt = read_receipt(send(later, office, pairs, token).text)
    assert read_receipt(send(later, office, pairs, token).text) == receipt
    (case,) = office.intake.store.list_cases()
    assert case.version == before.version
    assert office.intake.store.find_definition(case.version) == before.canonical()


def test_a_retry_finds_its_receipt_when_the_page_is_old_and_the_form_another(
    client: FlaskClient, office: Desk, sample_bundle: Bundle, bundle_folder: Path, tmp_path: Path
) -> None:
    pairs, token = [*sample(sample_bundle), ("version", sample_bundle.forms[FORM].version)], open_page(client, office)
    receipt = read_receipt(send(client, office, pairs, token).text)
    app: Any = create_app(office.intake, Settings(data=tmp_path, bundle=rebuild(bundle_folder, tmp_path / "new")))
    office.now += timedelta(days=30)
    assert read_receipt(send(app.test_client(), office, pairs, token).text) == receipt
    other = send(app.test_client(), office, [*pairs, ("subject", "完全是另外一件事")], token).text
    assert "已经交过一次" in other
    assert receipt[0] not in other
    assert count_cases(office) == 1


def test_a_page_left_open_too_long_is_looked_at_again_with_what_was_written(
    client: FlaskClient, office: Desk, sample_bundle: Bundle, bundle_folder: Path, tmp_path: Path
) -> None:
    pairs, token = sample(sample_bundle), open_page(client, office)
    app: Any = create_app(office.intake, Settings(data=tmp_path, bundle=rebuild(bundle_folder, tmp_path / "new")))
    office.now += timedelta(days=8)
    page = send(app.test_client(), office, [*pairs, ("version", sample_bundle.forms[FORM].version)], token).text
    assert "这张表刚刚更新过" in page
    assert "哪个班" in page
    assert escape(dict(pairs)["content"]) in page
    assert count_cases(office) == 0


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "😀", "' or 1=1 --"])
def test_a_forged_token_asks_to_check_again(
    client: FlaskClient, office: Desk, sample_bundle: Bundle, token: str
) -> None:
    page = send(client, office, sample(sample_bundle), token or "-")
    assert page.status_code == 200
    assert "请再核对一遍" in page.text
    assert count_cases(office) == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_posts_of_other_sites_are_refused(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    assert post(client, f"/apply/{FORM}/check", [], **headers).status_code == status


@pytest.mark.parametrize("where", ["check", "receipt"])
def test_the_honeypot_stops_robots(client: FlaskClient, office: Desk, sample_bundle: Bundle, where: str) -> None:
    page = post(
        client,
        f"/apply/{FORM}/{where}",
        [*sample(sample_bundle), ("website", "http://x"), ("token", open_page(client, office))],
    )
    assert page.status_code == 400
    assert "12351" in page.text
    assert count_cases(office) == 0


@pytest.mark.parametrize("address", [f"/apply/{FORM}/", "/status/", "/apply/nothing/", f"/apply/{FORM}/check"])
def test_every_answer_is_kept_out_of_caches(client: FlaskClient, address: str) -> None:
    headers = client.get(address).headers
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/apply/nothing/", 404, "没有这一页"),
        ("/apply/../etc/", 404, "没有这一页"),
        (f"/apply/{FORM}/check", 303, ""),
        (f"/apply/{FORM}/receipt", 303, ""),
        ("/status/withdraw", 303, ""),
        ("/apply/", 303, ""),
    ],
)
def test_addresses_that_lead_elsewhere(client: FlaskClient, address: str, status: int, words: str) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert words in answer.text


def test_a_wrong_secret_gives_nothing_away_and_is_counted(
    client: FlaskClient, office: Desk, sample_bundle: Bundle
) -> None:
    reference, _ = read_receipt(send(client, office, sample(sample_bundle)).text)
    wrong = [
        post(client, "/status/", [("reference", one), ("secret", "AAAA")]) for one in (reference, "YX-2222-2222-2")
    ]
    assert [page.status_code for page in wrong] == [404, 404]
    assert wrong[0].text.replace(reference, "") == wrong[1].text.replace("YX-2222-2222-2", "")
    pages = [post(client, "/status/", [("reference", reference), ("secret", "AAAA")]) for _ in range(60)]
    assert pages[-1].status_code == 429


def test_withdrawing_needs_a_tick(client: FlaskClient, office: Desk, sample_bundle: Bundle) -> None:
    reference, secret = read_receipt(send(client, office, sample(sample_bundle)).text)
    keys = [("reference", reference), ("secret", secret)]
    assert "还没有撤回" in post(client, "/status/withdraw", keys).text
    assert "已撤回" in post(client, "/status/withdraw", [*keys, ("sure", "yes")]).text
    assert [case.state for case in office.intake.store.list_cases()] == ["withdrawn"]


def test_a_file_that_is_gone_is_asked_for_again_with_the_rest_kept(
    client: FlaskClient, office: Desk, sample_bundle: Bundle
) -> None:
    there = office.upload("evidence", FORM)
    pairs = [*sample(sample_bundle), ("evidence", there.id), ("evidence", "a" * 32), ("names", f"{there.id} 甲.jpg")]
    page = send(client, office, pairs).text
    assert "放得太久，已经清掉" in page
    assert f'name="evidence" value="{there.id}"' in page
    assert "a" * 32 not in page
    assert escape(dict(pairs)["content"]) in page
    assert count_cases(office) == 0


def test_a_limit_that_is_reached_keeps_everything_on_the_page(
    client: FlaskClient, office: Desk, sample_bundle: Bundle
) -> None:
    for _ in range(20):
        last = send(client, office, sample(sample_bundle))
        office.now -= timedelta(minutes=1)
    assert last.status_code == 200
    refused = send(client, office, sample(sample_bundle))
    assert (refused.status_code, "填的都还在" in refused.text) == (429, True)
    assert escape(dict(sample(sample_bundle))["content"]) in refused.text
    assert count_cases(office) == 20


def test_a_store_that_fails_at_the_end_says_so(client: FlaskClient, office: Desk, sample_bundle: Bundle) -> None:
    token = open_page(client, office)
    office.intake.store.close()
    page = send(client, office, sample(sample_bundle), token)
    assert (page.status_code, "12351" in page.text) == (503, True)
    faulty = send(client, office, [("version", "0" * 64)], token)
    assert "这张表刚刚更新过" in faulty.text


def test_a_service_that_starts_with_a_broken_store_says_so_and_still_shows_pages(
    office: Desk, bundle_folder: Path, tmp_path: Path
) -> None:
    office.intake.store.close()
    app: Any = create_app(office.intake, Settings(data=tmp_path, bundle=bundle_folder))
    assert app.test_client().get(f"/apply/{FORM}/").status_code == 200
