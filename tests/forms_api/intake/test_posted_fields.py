from io import BytesIO
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import RequestEntityTooLarge

from forms_api.intake.posted_fields import FieldParser, parse_fields

KIND = "application/x-www-form-urlencoded"


@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.text(alphabet="a中+%&= \r\n\0€𠮷"))))
def test_what_is_written_is_read(pairs: list[tuple[str, str]]) -> None:
    assert parse_fields(urlencode(pairs).encode()) == pairs


@given(st.text(alphabet="a=&+%4eE中g;").map(str.encode))
def test_any_bytes_are_read_as_everyone_reads_them(body: bytes) -> None:
    assert parse_fields(body) == parse_qsl(body.decode(), keep_blank_values=True, errors="replace")


@pytest.mark.parametrize("body", [b"a=%ff", b"a=\xff"])
def test_bytes_that_are_no_text_do_no_harm(body: bytes) -> None:
    assert parse_fields(body) == [("a", "�")]


@pytest.mark.parametrize(("body", "fits"), [(b"a=1&b=2", True), (b"a=1&b=2&c=3", False), (b"a=" + b"x" * 50, False)])
def test_limits_hold_without_files_too(body: bytes, fits: bool) -> None:
    parser = FieldParser(max_form_memory_size=20, max_form_parts=2)
    if fits:
        assert parser.parse(BytesIO(body), KIND, len(body))[1].to_dict() == {"a": "1", "b": "2"}
    else:
        with pytest.raises(RequestEntityTooLarge):
            parser.parse(BytesIO(body), KIND, len(body))


def test_without_limits_all_is_read() -> None:
    assert len(FieldParser().parse(BytesIO(b"a=1&" * 3000), KIND, None)[1].getlist("a")) == 3000
