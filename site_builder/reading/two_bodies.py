"""Find a document by path or id and read no more of it than title and body, so that drafts and foreign files do too."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from site_builder.reading.record_text import NoFrontMatter, split_front_matter
from site_builder.reading.source_files import NotText, read_text
from site_builder.reading.yaml_files import load_yaml
from site_builder.values import is_id


class Body(NamedTuple):
    """Title and text of a document."""

    title: str
    text: str


class NoDocument(LookupError):
    """No document to read under a name; its text says why and what to do."""


def read_body(name: str, content: Path) -> Body:
    """Return the document that `name` means: the path of a file, or the id of a record in `content`; raise NoDocument."""
    path = _find(name, content)
    try:
        text = read_text(str(path))
    except NotText as error:
        raise NoDocument(f"{path}：{error.message}{error.fix}") from None
    if not text.lstrip().startswith("---"):
        return Body(path.stem, text)
    try:
        page = split_front_matter(text)
    except NoFrontMatter as error:
        raise NoDocument(f"{path}：{error.message}{error.fix}") from None
    data = load_yaml(page.head, page.head_line).data
    title = data.get("title") if isinstance(data, dict) else None
    return Body(str(title or path.stem), page.body)


def _find(name: str, content: Path) -> Path:
    path = Path(name)
    if path.is_file():
        return path
    if not is_id(name):
        raise NoDocument(f"找不到文件 {name}。请检查路径，或者写这份文件在网站上的编号。")
    found = sorted(content.glob(f"*/**/{name}.md"))
    if not found:
        raise NoDocument(f"{content} 里没有编号是 {name} 的文件。请检查编号，或者写文件的路径。")
    if len(found) > 1:
        places = "、".join(str(one) for one in found)
        raise NoDocument(f"编号 {name} 指的可能是 {places}。请写出其中一个的路径。")
    return found[0]
