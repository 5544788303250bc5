"""The build's clock."""

from datetime import UTC, datetime

import pytest

from site_builder.clock import CHINA, UnclearDate, read_moment

MACHINE = datetime(2026, 11, 20, 16, 30, 59, 123, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        (None, {}, datetime(2026, 11, 21, 0, 30, tzinfo=CHINA)),
        ("2026-11-20", {}, datetime(2026, 11, 20, tzinfo=CHINA)),
        ("2026-11-20T08:30", {}, datetime(2026, 11, 20, 8, 30, tzinfo=CHINA)),
        ("2026-11-20T16:30:00+00:00", {}, datetime(2026, 11, 21, 0, 30, tzinfo=CHINA)),
        (None, {"SOURCE_DATE_EPOCH": "1795192245"}, datetime(2026, 11, 21, 0, 30, tzinfo=CHINA)),
        ("2026-11-20", {"SOURCE_DATE_EPOCH": "0"}, datetime(2026, 11, 20, tzinfo=CHINA)),
    ],
)
def test_moment(text, environ, expected):
    moment = read_moment(text, environ, MACHINE)
    assert moment == expected
    assert moment.utcoffset() == expected.utcoffset()


@pytest.mark.parametrize(("text", "environ"), [("昨天", {}), (None, {"SOURCE_DATE_EPOCH": "now"})])
def test_unclear_dates_are_told_in_chinese(text, environ):
    with pytest.raises(UnclearDate, match="请"):
        read_moment(text, environ, MACHINE)
