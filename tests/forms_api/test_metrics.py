import pytest

from forms_api.metrics import find_area


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("/apply/membership/", "apply"),
        ("/status/", "status"),
        ("/api/v1/forms/x/cases", "api"),
        ("/healthz", "healthz"),
        ("/", "other"),
        ("", "other"),
        ("/11010519491231002X", "other"),
    ],
)
def test_areas_are_a_fixed_few(path: str, area: str) -> None:
    assert find_area(path) == area
