"""Records to complete HTML pages: the theme's Jinja environment, its filters, and what every page's frame needs."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from forms_api.qr import QrCode, draw_code
from site_builder import frame, metatags, structured
from site_builder.asking import Answers, AskedCitations, AskedMapping, kept
from site_builder.citations import CitationReader, Mention, gather
from site_builder.clauses import Outline, cut
from site_builder.frame import Crumb
from site_builder.history import History
from site_builder.json_ld import write_json_ld
from site_builder.later import Later
from site_builder.model import Library
from site_builder.prose import Prose, to_html
from site_builder.public_site import PublicSite
from site_builder.records import Page, Policy, Published, Recipient, Record
from site_builder.rows import draw_phase, draw_row
from site_builder.security import write_policy
from site_builder.templates import make_environment
from site_builder.values import PHASE_WORDS, GeneratedFile
from site_builder.wording import FILTERS

THEME_DIR = Path(__file__).with_name("theme")
GENERATOR = "mkdocs-1.6.1, mkdocs-material-9.8.1"
"""Value of <meta name="generator">, the same on pages that MkDocs renders and pages that it does not."""

# --- addresses ---------------------------------------------------------------------------------


def recipient_url(recipient: Recipient) -> str:
    """Return the address of the page that gathers all honours of a person or a unit."""
    return f"honors/{'units' if recipient.kind == '集体' else 'people'}/{recipient.key}/"


def year_url(folder: str, year: int) -> str:
    """Return the address of the list of one year."""
    return f"{folder}/{year}/"


# --- the theme ---------------------------------------------------------------------------------


class Theme(PublicSite):
    """What every generator draws with: the public library on one day, and the templates.

    `file_sizes` maps the path of a published file below the site root to its size in bytes.
    """

    def __init__(
        self,
        library: Library,
        now: datetime,
        drafts: bool = False,
        *,
        generator: str = GENERATOR,
        file_sizes: Mapping[str, int] | None = None,
        history: History | None = None,
    ) -> None:
        super().__init__(library, now, drafts, history)
        self.compiled = ""
        """Folder for compiled templates, '' for none; it may be shared by builds of the same program only."""
        self.generator = generator
        self._file_sizes = file_sizes or {}
        self.read_body: Callable[[Record, Outline], str] | None = None
        """Where everything is made anew: what the search wants of each body that a page has cut, put into `bodies`."""
        self.bodies: dict[str, str] = {}
        self.search_version = ""
        """Version of the search index, '' before it is made; no question, as only the search page tells it."""

    @property
    def file_sizes(self) -> Mapping[str, int]:
        """Return the size of each published file by its path."""
        return AskedMapping("size", self._file_sizes, self.notes)

    @file_sizes.setter
    def file_sizes(self, sizes: Mapping[str, int]) -> None:
        self._file_sizes = sizes

    @cached_property
    def answers(self) -> Answers:
        """Return what today's site answers to the questions that its pages ask."""
        titles, history = self._citations, self.history.changes
        given: dict[str, Callable[..., str]] = {
            "day": lambda: str(self._today),
            "moment": self._now.isoformat,
            "size": lambda path: str(self._file_sizes.get(path)),
            "changes": lambda path: repr(history.get(path)),
            "path": lambda path: self._by_path[path].url if path in self._by_path else "",
            "number": lambda number: answers.join(filter(None, [titles.by_number.get(number)])),
            "codes": lambda: " ".join(sorted(titles.codes)),
            "title": lambda key: answers.join(titles.list_candidates(key)),
        }
        answers = Answers(self.plain, self.redacted, given)
        return answers

    def later(self, url: str, make: Callable[..., GeneratedFile], *given: object) -> GeneratedFile:
        """Return a page that `make(theme, *given)` makes when its content is asked for, if at all.

        `make` is a function of a module and depends on nothing but the theme and what is `given`: records, None, plain
        values and tuples of them.
        """
        return Later(_path_of(url), make, (self, *given))

    @cached_property
    def env(self) -> Environment:
        """Return the Jinja environment of the theme, made on first use."""
        env = make_environment(THEME_DIR, self.compiled)
        dress(env, self)
        return env

    @cached_property
    def version(self) -> str:
        """Return a short digest of the stylesheet and the scripts, which makes their addresses change when they do."""
        digest = sha256()
        for path in sorted((THEME_DIR / "assets").iterdir()):
            if path.suffix in (".js", ".css"):
                digest.update(path.read_bytes())
        return digest.hexdigest()[:8]

    def page(
        self,
        url: str,
        template: str,
        *,
        title: str,
        current: str = "",
        crumbs: Sequence[Crumb] = (),
        column: str = "",
        record: Record | None = None,
        **context: Any,
    ) -> GeneratedFile:
        """Render one page; `url` is '' for the home page, ends with '/' (its index.html) or names a .html file."""
        shell = self.shell(url, title=title, current=current, crumbs=crumbs, column=column, record=record)
        html = self.env.get_template(template).render({**shell, **context})
        return GeneratedFile(_path_of(url), html)

    def shell(
        self,
        url: str,
        *,
        title: str,
        current: str = "",
        crumbs: Sequence[Crumb] = (),
        column: str = "",
        record: Record | None = None,
    ) -> dict[str, Any]:
        """Return the variables that the frame of every page needs."""
        return {
            "url": url,
            "root": root_of(url),
            "title": title,
            "current": current,
            "crumbs": tuple(crumbs),
            "record": record,
            "metas": self.metas(url, title, column or url.partition("/")[0], record),
            "feeds": metatags.list_feeds(self.site, url),
            "structured": structured.describe_page(self.scope, url, crumbs, record),
        }

    @kept
    def foot_links(self) -> list[tuple[str, list[Crumb]]]:
        """Return the link columns of the footer: disclosure, services, about; hand-written pages by their class."""
        return frame.list_foot_links(self.library.all(Page))

    def part(self, name: str, *given: str) -> Markup:
        """Return a part of the frame, which is drawn once for all pages that give it the same."""
        return self._parts.show(name, *given)

    def phase_mark(self, policy: Policy) -> Markup:
        """Return whether a policy is in force today, as a mark."""
        return draw_phase(self, policy)

    def row(self, root: str, record: Published, status: Markup) -> Markup:
        """Return the row of a document in a list; `status` is the mark that stands first in it."""
        return draw_row(self, root, record, status)

    @cached_property
    def _parts(self) -> frame.Parts:
        macros = self.env.get_template(frame.PARTS).module
        return frame.Parts(self.notes, lambda name, *given: getattr(macros, name)(*given))

    # --- META tags, JSON-LD and what they are made of ---

    @kept
    def scope(self) -> structured.Scope:
        """Return what the JSON-LD of a page may look up."""
        return structured.Scope(self.library, self.today, self.address(""))

    def metas(self, url: str, title: str, column: str, record: Record | None) -> list[tuple[str, str]]:
        """Return the META tags of a page as (name, content)."""
        tags = metatags.tell_site(self.site) + metatags.tell_column(self.site, column, record)
        summary = self.summary(record) if record else metatags.column_of(self.site, column).description
        if record and (day := metatags.find_day(record, self.today)):
            tags += metatags.tell_content(record, day, self.source(record), self.address(url))
        return [*tags, ("Description", summary or f"{title}，{self.site.name}")]

    # --- bodies and files ---

    def prose(self, record: Record, url: str = "") -> Prose:
        """Return the body of a written record as HTML, its links fit for the page at `url` (default: its own)."""
        return self.annotate(record, url)[0]

    def annotate(self, record: Record, url: str = "") -> tuple[Prose, list[Mention]]:
        """Return the body of a written record as HTML, and the documents that it cites; those on this site are links."""
        root, body = root_of(url or record.url), cut(getattr(record, "body", ""))
        if self.read_body:
            self.bodies[record.url] = self.read_body(record, body)
        if not isinstance(record, Published):
            return to_html(body, self.resolver(record, root)), []
        reader = CitationReader(self._citations, record)

        def link_text(words: str) -> list[tuple[int, int, str]]:
            return [(one.start, one.end, root + one.record.url) for one in reader.read(words) if one.record]

        prose = to_html(body, self.resolver(record, root), link_text)
        return prose, gather(reader.mentions)

    @cached_property
    def _citations(self) -> AskedCitations:
        return AskedCitations(self.plain, self.notes)

    def code(self, url: str) -> QrCode:
        """Return the QR code of a page's whole address."""
        return draw_code(self.address(url))

    def file_path(self, record: Record, file: str) -> str:
        """Return the path of a record's attachment or image below the site root."""
        if file.startswith("assets/"):
            return file
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.library.origin(record).path), file))

    @cached_property
    def _by_path(self) -> dict[str, Record]:
        return {self.library.origin(record).path: record for record in self.plain.records.values()}

    def resolver(self, record: Record, root: str) -> Callable[[str], str]:
        """Return a function that turns a link as written in a body into one that works on a page below `root`."""

        def resolve(href: str) -> str:
            if href.startswith(("#", "/")) or ":" in href.partition("/")[0]:
                return href
            path, mark, anchor = href.partition("#")
            path = self.file_path(record, path)
            self.notes.note("path", path)
            target = self._by_path.get(path)
            return root + quote(target.url if target else path) + mark + quote(anchor)

        return resolve


def root_of(url: str) -> str:
    """Return the relative way from a page back to the site root; the error page may stand anywhere, so it is '/'."""
    if url == "404.html":
        return "/"
    return "../" * url.count("/") or "./"


def _path_of(url: str) -> str:
    return url if url.endswith(".html") else f"{url}index.html"


def dress(env: Environment, theme: Theme) -> None:
    """Give an environment (the theme's own, or that of MkDocs) the filters and globals of our templates."""
    env.autoescape = env.trim_blocks = env.lstrip_blocks = True
    env.undefined = StrictUndefined
    env.filters.update(FILTERS)
    env.filters.update(json_ld=write_json_ld, tags=metatags.write_tags)
    env.globals.update(
        site=theme.site,
        library=theme.library,
        drafts=theme.drafts,
        content_policy=write_policy(),
        theme=theme,
        generator=theme.generator,
        version=theme.version,
        place_of=frame.find_place,
        recipient_url=recipient_url,
        year_url=year_url,
        PHASE_WORDS=PHASE_WORDS,
    )
