from datetime import timedelta

import pytest

from forms_api import custody
from forms_api.config import NotReady
from forms_api.custody import KeyFault
from forms_api.reviewing import open_accounts
from forms_api.staff import Staff
from forms_api.vault import Locked, Vault
from tests.forms_api.desk import START
from tests.forms_api.front_desk import CHEAP, PASSPHRASE, FrontDesk


def test_the_key_is_unlocked_by_the_page_and_locked_again(desk: FrontDesk) -> None:
    client = desk.sign_in("handler")
    assert "私钥还锁着" in client.get("/account").text
    done = desk.post(client, "/unlock", {"passphrase": f" {PASSPHRASE}\n", "to": "/account"})
    assert done.location == "/account?said=unlocked"
    assert desk.review.vault.is_open
    sealed = desk.review.office.sealer.seal(b"answers", "case:1")
    assert desk.review.vault.opener.open(sealed, "case:1") == b"answers"
    assert desk.post(client, "/lock", {}).location == "/unlock?said=locked"
    assert not desk.review.vault.is_open
    assert desk.kinds()[-2:] == ["vault_opened", "vault_locked"]


def test_wrong_passphrases_are_limited_and_told(desk: FrontDesk) -> None:
    client = desk.sign_in("handler")
    for _ in range(5):
        refused = desk.post(client, "/unlock", {"passphrase": "wrong"})
        assert refused.status_code == 422
        assert "口令不对" in refused.text
    assert desk.post(client, "/unlock", {"passphrase": PASSPHRASE}).status_code == 429
    assert desk.kinds().count("vault_refused") == 5
    desk.now += timedelta(minutes=15)
    assert desk.post(client, "/unlock", {"passphrase": PASSPHRASE}).status_code == 303


def test_who_audits_does_not_unlock(desk: FrontDesk) -> None:
    client = desk.sign_in("auditor")
    assert client.get("/unlock").status_code == 403
    assert "私钥还锁着" not in client.get("/account").text


def test_what_is_locked_says_so(desk: FrontDesk) -> None:
    with pytest.raises(Locked):
        _ = desk.review.vault.opener
    with pytest.raises(Locked):
        desk.review.vault.blind("name", "钟云")


def test_the_key_of_the_index_stays_the_same_over_restarts_and_new_keys(desk: FrontDesk) -> None:
    folder = desk.folder
    desk.review.vault.unlock(PASSPHRASE)
    digest = desk.review.vault.blind("name", "钟云")
    assert digest != desk.review.vault.blind("mobile", "钟云")
    assert digest != desk.review.vault.blind("name", "钟雨")
    place = custody.Folder(folder)
    custody.make_keys(place, desk.review.store, "another passphrase", START + timedelta(days=1), CHEAP)
    fresh = Vault(place)
    with pytest.raises(KeyFault, match="以前那把私钥"):
        fresh.unlock("another passphrase")
    assert not fresh.is_open
    with pytest.raises(KeyFault, match="以前的私钥"):
        Vault(place).unlock(PASSPHRASE)
    with pytest.raises(KeyFault, match="以前的私钥，已经记住"):
        Vault(place).unlock(PASSPHRASE)
    assert fresh.unlock(PASSPHRASE).keys == 2
    assert fresh.blind("name", "钟云") == digest
    again = Vault(place)
    assert again.unlock("another passphrase").keys == 1  # sealed anew to the key in use
    assert again.blind("name", "钟云") == digest


def test_a_damaged_key_of_the_index_is_told(desk: FrontDesk) -> None:
    place = custody.Folder(desk.folder)
    desk.review.vault.unlock(PASSPHRASE)
    place.blind_key.write_bytes(place.blind_key.read_bytes()[:-1] + b"x")
    with pytest.raises(KeyFault, match="已损坏"):
        Vault(place).unlock(PASSPHRASE)


def test_accounts_without_their_key_are_not_opened(desk: FrontDesk) -> None:
    place, store = custody.Folder(desk.folder), desk.review.store
    place.staff_key.unlink()
    open_accounts(place, store, desk.review.clock)  # there is nobody yet, so a key is made
    assert place.staff_key.stat().st_mode & 0o777 == 0o600
    desk.review.accounts.keep(_make_staff())
    place.staff_key.unlink()
    with pytest.raises(NotReady, match=r"staff\.key"):
        open_accounts(place, store, desk.review.clock)


def _make_staff() -> Staff:
    return Staff("zhong", "钟云", "county", frozenset({"handler"}), START)
