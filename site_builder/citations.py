"""Find the documents that a text cites, 《题名》（文号）, and which records of this site they are. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from site_builder.model import Library
from site_builder.records import Interpretation, Notice, Policy, Published
from site_builder.values import DocNumber

Document = Policy | Interpretation | Notice

_DOCUMENT_END = re.compile(
    "..(?:法|法典|条例|规定|办法|细则|规则|规程|章程|通则|准则|守则|公约|通知|通告|公告|通报|决定|决议|意见|批复|函|令|解释|答复"
    "|方案|计划|规划|纲要|要点|标准|规范|制度|指引|指南|目录|清单|措施|举措|倡议书|公报|报告)(?:（[^（）]*）)?$"
)
"""How the title of an official document ends; a newspaper, a form or a book in 《》 is none, nor is a bare 《细则》."""
_SAME = str.maketrans(
    {"〈": "《", "〉": "》", "＜": "《", "＞": "》", "<": "《", ">": "》", "(": "（", ")": "）", "[": "〔", "]": "〕"}
    | dict.fromkeys(" \t\n\u3000\u00a0“”‘’\"'＂")
    | {wide: chr(ord(wide) - 0xFEE0) for wide in "０１２３４５６７８９"}
)
_VERSION = re.compile(r"（(?:(?:19|20)\d{2}年?[^（）]*|[^（）]*(?:修订|修正|修改)|[^（）]{0,8}版|试行|暂行)）$")
_DRAFT = re.compile(r"草案|征求意见|送审")
_ISSUED_BY = re.compile(r"(?:印发|发布|公布|颁布)《([^《》]+)》的(?:通知|决定|公告|令)$")
_ALIAS = re.compile(r"[^。；《》]{0,30}?以下(?:简|统)?称(?:为|作)?[“\"]?《([^《》\n]{1,20})》")
_LONGEST_TITLE = 120
_BEFORE_NUMBER = re.compile(r"\s*[（(]?\s*(?:文号)?[：:]?\s*")
_AFTER_NUMBER = re.compile(r"\s*(?:文件?)?\s*")


@dataclass(frozen=True, slots=True)
class Mention:
    """A document that a text names: where the name stands, title and number as written ('' if none), and the record."""

    start: int
    end: int
    title: str
    number: str
    record: Published | None


def compare_form(title: str) -> str:
    """Return a title as two spellings of it are equal: width, kinds of brackets, quotation marks and blanks gone."""
    return title.translate(_SAME)


def drop_version(title: str) -> str:
    """Return a title in its form for comparison without the bracket that tells its year or version."""
    return _VERSION.sub("", title)


def is_document(title: str) -> bool:
    """Tell whether a title reads like that of an official document."""
    return _DOCUMENT_END.search(compare_form(title)) is not None


def _starts(record: Document) -> date:
    effective = record.validity.effective if isinstance(record, Policy) else None
    issued = None if isinstance(record, Interpretation) else record.issued
    return issued or record.published or effective or date.min


class CitationIndex:
    """The documents of a site by number and by title, made once for all that is looked up in it."""

    def __init__(self, library: Library) -> None:
        documents: list[Document] = [*library.all(Policy), *library.all(Interpretation), *library.all(Notice)]
        self.by_number: dict[str, Document] = {}
        self.codes: set[str] = set()
        self.titles: dict[str, list[Document]] = {}
        self.bare_titles: dict[str, list[Document]] = {}
        for one in documents:
            if not isinstance(one, Interpretation) and one.doc_number:
                self.by_number.setdefault(str(one.doc_number), one)
                self.codes.add(one.doc_number.code)
            self.codes |= {ref.doc_number.code for _, ref in one.relations.pairs() if ref.doc_number}
            for title in _spellings(one):
                self.titles.setdefault(title, []).append(one)
                self.bare_titles.setdefault(drop_version(title), []).append(one)

    def find_number(self, number: str) -> Document | None:
        """Return the document of that number."""
        return self.by_number.get(number)

    def list_codes(self) -> set[str]:
        """Return the codes of all document numbers, by which a number is known in running text."""
        return self.codes

    def list_candidates(self, key: str) -> list[Document]:
        """Return every document that a title, in its form for comparison, may mean."""
        return [*self.titles.get(key, ()), *self.bare_titles.get(key, ())]

    def find_title(self, title: str, own: Published) -> Published | None:
        """Return the document of that title: of several versions the one that stood when `own` was published."""
        key = compare_form(title)
        whole = [one for one in self.titles.get(key, ()) if one is not own]
        if drop_version(key) != key or _DRAFT.search(key):
            return _choose(whole, own) or min(whole, key=_starts, default=None)
        versions = [one for one in self.bare_titles.get(key, ()) if one is not own and not _DRAFT.search(one.title)]
        return _choose([*whole, *versions], own) or min(whole, key=_starts, default=None)


def _choose(records: Iterable[Document], own: Published) -> Document | None:
    """Return the newest of some documents that stood on the day of `own`, a policy before others of that day."""
    day = own.day or date.max
    stood = [one for one in records if _starts(one) <= day]
    return max(stood, key=lambda one: (isinstance(one, Policy), _starts(one), one.id), default=None)


def _spellings(record: Document) -> set[str]:
    """Return the titles by which a document is cited: with and without its issuer, and what a 通知 brings out."""
    title, issuer = compare_form(record.title), compare_form(getattr(record, "issuer", None) or "")
    found = {title, title.removeprefix(issuer), issuer + title.removeprefix(issuer)}
    if isinstance(record, Policy) and (brought := _ISSUED_BY.search(title)):
        found.add(brought[1])
    return found - {""}


class CitationReader:
    """Read the paragraphs of one document in order and note what it cites; names given by 以下简称 hold from there on."""

    def __init__(self, index: CitationIndex, own: Published) -> None:
        self.index = index
        self.own = own
        self.mentions: list[Mention] = []
        self.aliases: dict[str, Published | None] = {}

    def read(self, text: str) -> list[Mention]:
        """Return what a paragraph of plain text cites, in its order; the document itself is no citation."""
        numbers = list(DocNumber.find(text, self.index.list_codes())) if "号" in text else []
        found: list[Mention] = []
        paired: set[int] = set()
        for start, end in _outer_titles(text):
            at = _number_of(text, start, end, numbers)
            paired |= {at} if at is not None else set()
            found += self._title(text, start, end, numbers[at][0] if at is not None else None)
        for at, (number, start, end) in enumerate(numbers):
            record = self.index.find_number(str(number))
            if at not in paired and record is not self.own and str(number) != self._own_number:
                found.append(Mention(start, end, "", str(number), record))
        found.sort(key=lambda one: one.start)
        self.mentions += found
        return found

    @property
    def _own_number(self) -> str:
        return str(getattr(self.own, "doc_number", None) or "")

    def _title(self, text: str, start: int, end: int, number: DocNumber | None) -> list[Mention]:
        title = text[start + 1 : end - 1]
        if number is None and title in self.aliases:
            known = self.aliases[title]
            return [Mention(start, end, title, "", known)] if known else []
        record = self._resolve(title, number)
        if alias := _ALIAS.match(text, end):
            self.aliases[alias[1]] = record if record is not self.own else None
        if record is self.own or self._is_own(title, number):
            return []
        if record is None and number is None and (inner := self._inner(text, start, end)):
            return inner
        if record is None and number is None and not is_document(title):
            return []
        return [Mention(start, end, title, str(number or ""), record)]

    def _resolve(self, title: str, number: DocNumber | None) -> Published | None:
        """Return the record: a number decides, and a title with another number is another document."""
        if number and (record := self.index.find_number(str(number))):
            return record
        if number and str(number) == self._own_number:
            return self.own
        found = self.index.find_title(title, self.own)
        return None if number and found and getattr(found, "doc_number", None) else found

    def _is_own(self, title: str, number: DocNumber | None) -> bool:
        return number is None and compare_form(title) in (
            compare_form(self.own.title),
            drop_version(compare_form(self.own.title)),
        )

    def _inner(self, text: str, start: int, end: int) -> list[Mention]:
        """Return the documents on this site that a title unknown here names inside of it."""
        found = []
        for match in re.finditer(r"[〈《＜<]([^〈〉《》＜＞<>]+)[〉》＞>]", text[start + 1 : end - 1]):
            record = self.index.find_title(match[1], self.own)
            if record:
                begin = start + 1 + match.start()
                found.append(Mention(begin, start + 1 + match.end(), match[1], "", record))
        if found and is_document(text[start + 1 : end - 1]):
            return [Mention(start, start, text[start + 1 : end - 1], "", None), *found]
        return found


def _outer_titles(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of every 《…》 that stands in no other."""
    position = text.find("《")
    while position >= 0:
        end = _close(text, position)
        if end:
            yield position, end
        position = text.find("《", end or position + 1)


def _close(text: str, start: int) -> int:
    depth = 0
    for at in range(start, min(len(text), start + _LONGEST_TITLE)):
        depth += (text[at] == "《") - (text[at] == "》")
        if depth == 0:
            return at + 1
    return 0


def _number_of(text: str, start: int, end: int, numbers: list[tuple[DocNumber, int, int]]) -> int | None:
    """Return which of the numbers belongs to the title: the one in the bracket behind it, or the one right before it."""
    for at, (_, first, last) in enumerate(numbers):
        if first >= end and _BEFORE_NUMBER.fullmatch(text, end, first):
            return at
        if last <= start and _AFTER_NUMBER.fullmatch(text, last, start):
            return at
    return None


def gather(mentions: Iterable[Mention]) -> list[Mention]:
    """Return each document once, in the order of the text, with the first title and number by which it is cited."""
    seen: dict[str, Mention] = {}
    for one in mentions:
        key = one.record.url if one.record else one.number or compare_form(one.title)
        seen.setdefault(key, one)
    return list(seen.values())
