"""The pages that stand for all others: the fewest that show every kind of page and every part that any page shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from lxml import html


def read_pages(site: Path) -> dict[str, html.HtmlElement]:
    """Return every page of a built site, parsed, by its address below the site's root."""
    return {
        path.relative_to(site).as_posix().removesuffix("index.html"): html.document_fromstring(path.read_bytes())
        for path in sorted(site.rglob("*.html"))
    }


def choose_pages(pages: Mapping[str, html.HtmlElement]) -> list[str]:
    """Return addresses that together hold every part of the site: greedy set cover, the same choice for the same site."""
    parts = {address: _parts(address, page) for address, page in pages.items() if not leads_on(page)}
    missing = set().union(*parts.values())
    chosen = []
    while missing:
        best = max(sorted(parts), key=lambda address: len(parts[address] & missing))
        chosen.append(best)
        missing -= parts[best]
    return sorted(chosen)


def leads_on(page: html.HtmlElement) -> bool:
    """Tell whether a page only leads from an old address to the new one."""
    return bool(page.xpath("//meta[@http-equiv='refresh']"))


def _parts(address: str, page: html.HtmlElement) -> set[str]:
    found = {f"page {_kind(address)}"}
    for node in page.iter():
        if isinstance(node.tag, str):
            found.add(node.tag)
            found |= {f"{node.tag}.{name}" for name in (node.get("class") or "").split()}
            found |= {f"{node.tag}[{name}={node.get(name)}]" for name in ("type", "role") if node.get(name)}
    return found


def _kind(address: str) -> str:
    """Return an address without the part that names one record."""
    folders = address.strip("/").split("/")
    if len(folders) > 1 or not address.endswith("/"):
        folders = [*folders[:-1], "*"]
    return "/".join("#" if re.fullmatch(r"\d{4}|[a-z]*\d[a-z0-9-]*", folder) else folder for folder in folders)
