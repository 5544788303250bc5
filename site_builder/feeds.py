"""What machines read: the site map and the rules for robots."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from site_builder.records import Record, Register
from site_builder.render import Theme
from site_builder.values import GeneratedFile


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield sitemap.xml and robots.txt."""
    base = f"https://{theme.site.domain}/"
    entries = [(base, None), *((base + record.url, record.day) for record in _listed(theme))]
    lines = [
        f"<url><loc>{escape(address)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>"
        for address, day in entries
    ]
    yield GeneratedFile(
        "sitemap.xml",
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "\n".join(lines)
        + "\n</urlset>\n",
    )
    yield GeneratedFile("robots.txt", f"User-agent: *\nAllow: /\nSitemap: {base}sitemap.xml\n")


def _listed(theme: Theme) -> list[Record]:
    records = [r for r in theme.library.records.values() if not (isinstance(r, Register) and not r.public)]
    return sorted(records, key=lambda record: record.url)
