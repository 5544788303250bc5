"""What robots are told: the site map, robots.txt, and security.txt for whoever finds a hole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date as Day
from xml.sax.saxutils import escape

from site_builder.metatags import find_day
from site_builder.records import Page
from site_builder.render import Theme
from site_builder.security import write_security_txt
from site_builder.values import GeneratedFile

NOT_FOUND_BY_SEARCH = ("404.html", "search/", "status/", "apply/")
"""Pages that a search engine should not lead to: an error, a search of our own, and the ways into the forms."""
PRIVATE_WAYS = ("/api/", "/apply/", "/status/", "/uploads/")


def generate(theme: Theme, paths: Iterable[str]) -> Iterator[GeneratedFile]:
    """Yield sitemap.xml, robots.txt and security.txt; `paths` are the files that all generators made."""
    yield from generate_map(theme, paths)
    yield from generate_rules(theme)


def generate_map(theme: Theme, paths: Iterable[str]) -> Iterator[GeneratedFile]:
    """Yield sitemap.xml."""
    base = theme.address("")
    days = list_days(theme)
    lines = [
        f"<url><loc>{escape(base + url)}</loc>{f'<lastmod>{days[url]}</lastmod>' if url in days else ''}</url>"
        for url in list_addresses(theme, paths)
    ]
    yield GeneratedFile(
        "sitemap.xml",
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "\n".join(lines)
        + "\n</urlset>\n",
    )


def generate_rules(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield robots.txt, and security.txt, which tells the moment of the build."""
    base = theme.address("")
    rules = "".join(f"Disallow: {way}\n" for way in PRIVATE_WAYS)
    yield GeneratedFile("robots.txt", f"User-agent: *\n{rules}\nSitemap: {base}sitemap.xml\n")
    if contact := find_contact(theme):
        yield GeneratedFile(".well-known/security.txt", write_security_txt(contact, base, theme.now))


def list_addresses(theme: Theme, paths: Iterable[str]) -> list[str]:
    """Return the addresses of the pages that should be found: no drafts, no ended 公示, no old address, no tombstone."""
    released = {record.url for record in theme.released}
    hidden = {record.url for record in theme.library.records.values()} - released | set(theme.library.moves)
    hidden |= {one.url for one in theme.library.tombstones.values()}
    made = {path.removesuffix("index.html") for path in paths if path.endswith(".html")}
    by_hand = {page.url for page in theme.library.all(Page)}
    return sorted(url for url in made | by_hand if not url.startswith(NOT_FOUND_BY_SEARCH) and url not in hidden)


def list_days(theme: Theme) -> dict[str, Day]:
    """Return the day of the last change of each record's page, and of each column's as that of its newest record."""
    days: dict[str, Day] = {}
    for record in theme.released:
        if (day := find_day(record, theme.today)) and day <= theme.today:
            days[record.url] = day
            for column in (f"{record.folder}/", ""):
                days[column] = max(day, days.get(column, day))
    return days


def find_contact(theme: Theme) -> str | None:
    """Return the address for reports about security: as site.yml says, else the office's phone, else nothing."""
    site = theme.site
    if site.security_contact:
        return site.security_contact
    return f"tel:{site.phone}" if site.phone else None
