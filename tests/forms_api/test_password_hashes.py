import threading

import pytest
from nacl.pwhash import argon2id

from forms_api.password_hashes import AT_ONCE, Busy, Hasher
from tests.forms_api.front_desk import CHEAP

HASHER = Hasher(b"p" * 32, *CHEAP)


def test_a_hash_fits_its_password_and_pepper_only() -> None:
    hashed = HASHER.hash("茶壶")
    assert hashed.startswith("$argon2id$")
    assert HASHER.verify(hashed, "茶壶")
    assert not HASHER.verify(hashed, "茶杯")
    assert not Hasher(b"q" * 32, *CHEAP).verify(hashed, "茶壶")
    assert HASHER.hash("茶壶") != hashed


@pytest.mark.parametrize("hashed", ["", "nonsense", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"])
def test_what_is_no_hash_fits_nothing(hashed: str) -> None:
    assert not HASHER.verify(hashed, "")


def test_a_password_may_hold_anything() -> None:
    odd = "\0\ud800 " + "长" * 500
    assert HASHER.verify(HASHER.hash(odd), odd)


def test_the_usual_cost_is_that_of_the_setting() -> None:
    assert "$m=65536,t=3,p=1$" in Hasher(b"p" * 32).hash("x")
    assert argon2id.MEMLIMIT_MIN < 64 * 1024 * 1024


def test_a_crowd_waits_at_the_door_and_is_sent_away() -> None:
    hasher = Hasher(b"p" * 32, *CHEAP)
    hasher.wait = 0.01
    inside = [hasher._enter() for _ in range(AT_ONCE)]
    for one in inside:
        one.__enter__()
    with pytest.raises(Busy):
        hasher.hash("x")
    for one in inside:
        one.__exit__(None, None, None)
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(hasher.hash("x")))
    thread.start()
    thread.join(30)
    assert answers
