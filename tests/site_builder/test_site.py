"""What the built sample site holds; that every page keeps the rules of the finished site is tests/site_builder/checks/."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import html


@pytest.fixture(scope="module")
def pages(sample_site: Path) -> dict[str, html.HtmlElement]:
    """Return every page of the sample site, parsed, by its path."""
    return {
        path.relative_to(sample_site).as_posix(): html.document_fromstring(path.read_bytes())
        for path in sorted(sample_site.rglob("*.html"))
    }


def test_the_sample_is_a_whole_site(pages, sample_site):
    assert len(pages) > 150
    for name in ("index.html", "404.html", "search/index.html", "policies/index.html", "pages/about/index.html"):
        assert name in pages
    assert (sample_site / "sitemap.xml").is_file()
    assert (sample_site.parent / "forms-bundle" / "bundle.json").is_file()


def test_pages_have_titles_of_their_own(pages):
    titles = [page.findtext(".//title") for page in pages.values()]
    assert len(set(titles)) > 0.95 * len(titles)


def test_only_what_may_be_public_is_there(sample_site):
    suffixes = {path.suffix for path in sample_site.rglob("*") if path.is_file()}
    assert not suffixes & {".yml", ".yaml", ".md"}
    names = {path.name for path in sample_site.rglob("*")}
    assert not names & {"editors.yml", "allow.yml", "synonyms.yml", "bundle.json", ".schema"}
    top = {path.name for path in (sample_site / "assets").iterdir()}
    assert not top & {"javascripts", "stylesheets", "images"}, "Material's own files are not shipped"
