"""No public address ever vanishes unnoticed: people keep it in letters, on posters and in WeChat."""

from __future__ import annotations

from tests.routes import list_routes, read_frozen

ADVICE = (
    "These public addresses are gone. An id is never renamed: bring the record back, or name the old "
    "address under `moved_from` of the record that took its place. If it is meant, run `.venv/bin/python -m tests.routes` and say why in the commit."
)


def gone(frozen: list[str], routes: list[str]) -> list[str]:
    return sorted(set(frozen) - set(routes))


def test_every_frozen_address_is_still_there(sample_site):
    assert gone(read_frozen(), list_routes(sample_site)) == [], ADVICE


def test_the_list_is_kept_up_to_date(sample_site):
    frozen, routes = read_frozen(), list_routes(sample_site)
    new = sorted(set(routes) - set(frozen))
    assert len(new) <= 0.1 * len(routes), (
        f"{len(new)} new addresses: run `.venv/bin/python -m tests.routes` to freeze them too"
    )


def test_the_list_is_sorted_and_has_no_address_twice():
    assert read_frozen() == sorted(set(read_frozen()))


def test_a_vanished_address_is_noticed(tmp_path):
    (tmp_path / "policies" / "a").mkdir(parents=True)
    (tmp_path / "policies" / "a" / "index.html").write_text("", encoding="utf-8")
    (tmp_path / "feed.xml").write_text("", encoding="utf-8")
    before = list_routes(tmp_path)
    assert before == ["/feed.xml", "/policies/a/"]
    (tmp_path / "feed.xml").unlink()
    assert gone(before, list_routes(tmp_path)) == ["/feed.xml"]
