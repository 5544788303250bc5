"""Things as JSON-LD that may stand in a page. No I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

Node = dict[str, Any]
"""One thing: its type and what is said of it; empty values are left out when it is written."""

_ROWS = (list, tuple)
CONTEXT = "https://schema.org"
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_UNSAFE = re.compile("[<>&\u2028\u2029]")


def prune(value: Any) -> Any:
    """Return a value without its empty parts: None, '', and lists and things in which nothing is left."""
    if isinstance(value, dict):
        kept = {key: prune(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one not in (None, "", [], {})}
    if isinstance(value, _ROWS):
        return [one for one in map(prune, value) if one not in (None, "", [], {})]
    return value


def write_json_ld(nodes: Sequence[Node]) -> Markup:
    """Return nodes as the text of a <script type="application/ld+json">, which no content can close or open."""
    whole = [{"@context": CONTEXT, **prune(node)} for node in nodes]
    text = json.dumps(whole[0] if len(whole) == 1 else whole, ensure_ascii=False, separators=(",", ":"))
    return Markup(_UNSAFE.sub(lambda unsafe: _ESCAPES[unsafe[0]], text))  # noqa: S704 - no markup is left in it
