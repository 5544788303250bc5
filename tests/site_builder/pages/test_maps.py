"""The geometry of the drawn map."""

from itertools import combinations
from math import hypot

from hypothesis import given
from hypothesis import strategies as st

from site_builder.pages.maps import MARGIN, TALLEST, WIDTH, Map, draw_map, spread

PLACES = {"north": (118.90, 29.10), "south": (118.90, 29.00), "east": (118.98, 29.05), "west": (118.82, 29.05)}


def draw(places: dict[str, tuple[float, float]], areas: dict[str, list[str]] | None = None) -> Map:
    found = draw_map(places, areas or {})
    assert found is not None
    return found


def test_north_is_up_and_east_is_right() -> None:
    spots = {spot.id: spot for spot in draw(PLACES).spots}
    assert spots["north"].y < spots["west"].y < spots["south"].y
    assert spots["west"].x < spots["north"].x < spots["east"].x
    assert spots["west"].true_x == MARGIN
    assert spots["east"].true_x == WIDTH - MARGIN


def test_a_kilometre_is_as_long_east_as_north() -> None:
    spots = {spot.id: spot for spot in draw(PLACES).spots}
    height = spots["south"].true_y - spots["north"].true_y
    width = spots["east"].true_x - spots["west"].true_x
    assert abs(width / height - (0.16 * 0.874) / 0.10) < 0.01


def test_the_bar_is_a_round_length_of_at_most_a_quarter() -> None:
    found = draw(PLACES)
    assert found.bar_km == "2"
    assert 0 < found.bar <= WIDTH / 4


def test_places_on_one_spot_are_parted_and_tied_to_it() -> None:
    found = draw({**PLACES, "twin": PLACES["north"], "third": PLACES["north"]})
    heap = [spot for spot in found.spots if spot.id in ("north", "twin", "third")]
    assert all(hypot(a.x - b.x, a.y - b.y) > 20 for a, b in combinations(heap, 2))
    assert any(spot.moved for spot in heap)


def test_one_place_and_none() -> None:
    assert draw_map({}, {}) is None
    only = draw({"a": (118.9, 29.0)})
    assert (only.spots[0].x, only.height) == (WIDTH / 2, 200.0)


def test_names_stand_in_the_drawing_clear_of_marks() -> None:
    found = draw(PLACES, {"城关镇": ["north", "south"], "东塘镇": ["east"], "无": []})
    assert [name.text for name in found.names] == ["城关镇", "东塘镇"]
    for name in found.names:
        assert 7 * len(name.text) <= name.x <= WIDTH - 7 * len(name.text)
        assert all(abs(spot.y - name.y) > 8 or abs(spot.x - name.x) > 20 for spot in found.spots)


@given(st.lists(st.tuples(st.floats(20, 340), st.floats(20, 280)), min_size=1, max_size=14))
def test_marks_stay_in_the_drawing_and_the_same_places_give_the_same_drawing(points: list[tuple[float, float]]) -> None:
    first = spread(points, 23, 300)
    assert first == spread(points, 23, 300)
    assert all(0 < x < WIDTH and 0 < y < 300 for x, y in first)


@given(
    st.dictionaries(
        st.text("abc", min_size=1), st.tuples(st.floats(118, 119), st.floats(28, 30)), min_size=1, max_size=12
    )
)
def test_every_place_is_drawn(places: dict[str, tuple[float, float]]) -> None:
    found = draw(places, {"镇": list(places)})
    assert {spot.id for spot in found.spots} == set(places)
    assert found.height <= TALLEST + 0.1
