"""What a page without files posts, taken apart: the same reading as everyone's, in a third of the time, and with limits."""

from __future__ import annotations

import re
from typing import IO, Any

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


class FieldParser(FormDataParser):
    """A parser whose limits on text and on the number of fields hold for every kind of form."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, Any]]:
        """Return what was posted. Raises RequestEntityTooLarge."""
        if mimetype != "application/x-www-form-urlencoded":
            return super().parse(stream, mimetype, content_length, options)
        most = self.max_form_memory_size
        body = stream.read() if most is None else stream.read(most + 1)
        if most is not None and len(body) > most:
            raise RequestEntityTooLarge
        if self.max_form_parts is not None and body.count(b"&") >= self.max_form_parts:
            raise RequestEntityTooLarge
        return stream, self.cls(parse_fields(body)), self.cls()


def parse_fields(body: bytes) -> list[tuple[str, str]]:
    """Return (name, value) of each field of a form in application/x-www-form-urlencoded; bytes that are no UTF-8 become �.

    https://url.spec.whatwg.org/#urlencoded-parsing
    """
    pairs = body.decode("utf-8", "replace").replace("+", " ").split("&")
    return [(_read(name), _read(value)) for name, _, value in (pair.partition("=") for pair in pairs if pair)]


def _read(text: str) -> str:
    return _ESCAPES.sub(_decode, text) if "%" in text else text


def _decode(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "replace")
