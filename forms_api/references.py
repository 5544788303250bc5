"""Reference numbers (YX-7F3K-92QD-M) and access secrets: letters that are not taken for one another, and a check character.

The alphabet leaves out 0, 1, I, L and O. It has 31 characters, a prime, so that the weighted sum finds every single wrong
character and every swap of two.
"""

from __future__ import annotations

import unicodedata

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
BODY = 8
SECRET = 12
_VALUES = {letter: number for number, letter in enumerate(ALPHABET)}


class BadReference(ValueError):
    """What was typed is no reference number: too short, too long, or with a mistake in it."""


def make_reference(prefix: str, random: bytes) -> str:
    """Return a reference number from the county's letters and at least 8 random bytes."""
    body = spell(random, BODY)
    return f"{prefix}-{body[:4]}-{body[4:]}-{_check(body)}"


def parse_reference(text: str, prefix: str) -> str:
    """Return a typed reference as it was given out; small letters, spaces, full width and lost hyphens are forgiven.

    Raises BadReference.
    """
    letters = _letters(text)
    body = letters.removeprefix(prefix) if len(letters) > BODY + 1 else letters
    if len(body) != BODY + 1 or not set(body) <= set(ALPHABET) or _check(body[:BODY]) != body[BODY]:
        raise BadReference
    return f"{prefix}-{body[:4]}-{body[4:BODY]}-{body[BODY]}"


def spell(random: bytes, length: int) -> str:
    """Return as many letters of the alphabet as asked for; the bytes should hold well over 5 bits for each."""
    number, letters = int.from_bytes(random, "big"), []
    for _ in range(length):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)


def show_secret(secret: str) -> str:
    """Return a secret as it is printed: in groups of four."""
    return "-".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def parse_secret(text: str) -> str:
    """Return a typed secret without spaces, hyphens and differences of width or case."""
    return _letters(text)


def _letters(text: str) -> str:
    wide = unicodedata.normalize("NFKC", text[:64]).upper()
    return "".join(letter for letter in wide if letter.isalnum())


def _check(body: str) -> str:
    return ALPHABET[sum(weight * _VALUES[letter] for weight, letter in enumerate(body, 1)) % len(ALPHABET)]
