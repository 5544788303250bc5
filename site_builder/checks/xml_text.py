"""The words of an XML file, read so that no entity, no DTD and no depth of nesting can harm. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.parsers import expat

DEEPEST = 400


class BadXml(ValueError):
    """XML that is not well formed, declares a DTD, or nests without end."""


Start = Callable[[str, Mapping[str, str]], None]
End = Callable[[str], None]


def read_xml(data: bytes, start: Start, end: End, words: Callable[[str], None]) -> None:
    """Call `start`, `end` and `words` along the elements, by their names without prefix; raise BadXml."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = 0

    def refuse(*_: object) -> None:
        raise BadXml("DTD")

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise BadXml("depth")
        start(name.rpartition(":")[2], {key.rpartition(":")[2]: value for key, value in attributes.items()})

    def finish(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name.rpartition(":")[2])

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = begin
    parser.EndElementHandler = finish
    parser.CharacterDataHandler = words
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise BadXml(str(error)) from error


_CELLS = frozenset({"tc", "table-cell", "covered-table-cell"})
_ROWS = frozenset({"tr", "table-row"})
_LINES = frozenset({"p", "h", "si", "TextObject", "definedName", "comment", "property", "text", "pt"})
_BREAKS = frozenset({"br", "cr", "line-break"})
_BLANKS = frozenset({"tab", "s"})
_TOLD = frozenset({"descr", "title", "author", "Target", "href", "creator", "userId", "displayName", "lastModifiedBy"})


def tell_words(data: bytes, told: frozenset[str] = _TOLD) -> tuple[str, frozenset[str]]:
    """Return the words of an office document's part, cells parted by tabs, and the names of all its elements."""
    pieces: list[str] = []
    names: set[str] = set()
    cells = 0

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal cells
        names.add(name)
        if name in _CELLS:
            cells += 1
        elif name in _BREAKS or name in _BLANKS:
            pieces.append(" ")
        extra.extend(value for key, value in attributes.items() if key in told)

    def end(name: str) -> None:
        nonlocal cells
        if name in _CELLS:
            cells -= 1
            pieces.append("\t" if not cells else " ")
        elif name in _ROWS:
            pieces.append("\n" if not cells else " ")
        elif name in _LINES:
            pieces.append(" " if cells else "\n")

    extra: list[str] = []
    read_xml(data, start, end, pieces.append)
    return "\n".join(["".join(pieces), *extra]), frozenset(names)
