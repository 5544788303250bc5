"""What is checked of a built site after a change: the same errors as a check of everything finds, or no answer at all."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from lxml import html

from site_builder.checks.built_pages import read_page
from site_builder.content_files import read_library
from site_builder.gate_changes import Passed, check_changes, check_whole, load_passed, save_passed
from site_builder.gate_memory import Memory
from site_builder.model import Library
from tests.site_builder.test_planted_faults import TODAY

ROOT = Path(__file__).parents[2]


def sums_of(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def check_all(folder: Path, library: Library) -> Passed:
    return check_whole(folder, library, TODAY, Memory(), 1, sums_of(folder))


@pytest.fixture(scope="module")
def library() -> Library:
    return read_library(ROOT / "content").library


@pytest.fixture(scope="module")
def known(sample_site: Path, library: Library) -> Passed:
    return check_all(sample_site, library)


@pytest.fixture
def site(sample_site: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_site, tmp_path / "site", copy_function=shutil.copyfile))


def policies(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in (folder / "policies").glob("2*/index.html"))


def write(folder: Path, path: str, change: Callable[[str], str]) -> None:
    file = folder / path
    before = file.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    file.write_text(after, encoding="utf-8")


def into_main(words: str) -> Callable[[str], str]:
    return lambda page: page.replace("</main>", f"<p>{words}</p></main>")


FAULTS = {
    "nothing": "一句新的话。",
    "dead link": '<a href="../../nowhere/">看这里</a>',
    "dead anchor": '<a href="../../policies/#nowhere">看这里</a>',
    "identity number": "联系人的身份证号是 11010519491231002X。",
    "picture without words": '<img src="../../assets/seal.svg">',
    "another host": '<img src="https://elsewhere.example/a.png" alt="图">',
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_changed_page_is_judged_as_the_whole_check_judges_it(
    site: Path, library: Library, known: Passed, fault: str
) -> None:
    assert known.errors == ()
    write(site, policies(site)[0], into_main(FAULTS[fault]))
    found = check_changes(site, library, TODAY, known, sums_of(site))
    assert found is not None
    assert found.errors == check_all(site, library).errors
    assert bool(found.errors) is (fault != "nothing")


def test_a_new_page_is_judged_and_may_be_linked_to(site: Path, library: Library, known: Passed) -> None:
    old = policies(site)[0]
    new = "policies/29990101-new/index.html"
    (site / new).parent.mkdir()
    shutil.copyfile(site / old, site / new)
    write(site, old, into_main('<a href="../29990101-new/">新的</a>'))
    found = check_changes(site, library, TODAY, known, sums_of(site))
    assert found is not None
    assert found.errors == check_all(site, library).errors == ()
    write(site, new, into_main('<a href="../../nowhere/">看这里</a>'))
    later = check_changes(site, library, TODAY, found, sums_of(site))
    assert later is not None
    assert [(one.path, one.rule) for one in later.errors] == [(new, "dead-link")]


def test_an_anchor_that_others_lead_to_cannot_go_unseen(site: Path, library: Library, known: Passed) -> None:
    target = next(path for path in sorted(known.anchors) if path in policies(site))
    anchor = sorted(known.anchors[target])[0]
    assert anchor in read_page(target, (site / target).read_bytes()).ids
    write(site, target, lambda page: re.sub(rf'(<[^>]*\bid="){anchor}"', r'\1renamed"', page))
    assert check_changes(site, library, TODAY, known, sums_of(site)) is None
    assert "dead-anchor" in {one.rule for one in check_all(site, library).errors}


def test_an_anchor_wanted_since_the_last_check_is_remembered(site: Path, library: Library, known: Passed) -> None:
    one, other = policies(site)[:2]
    anchor = next(
        element.get("id")
        for element in html.document_fromstring((site / other).read_bytes()).xpath("//main//*[@id]")
        if element.get("id") not in known.anchors.get(other, ())
    )
    write(site, one, into_main(f'<a href="../../{other.removesuffix("index.html")}#{anchor}">那一条</a>'))
    found = check_changes(site, library, TODAY, known, sums_of(site))
    assert found is not None
    assert found.errors == ()
    write(site, other, lambda page: page.replace(f'id="{anchor}"', 'id="renamed"'))
    assert check_changes(site, library, TODAY, found, sums_of(site)) is None


def test_what_only_the_whole_check_can_tell_is_left_to_it(site: Path, library: Library, known: Passed) -> None:
    sums = sums_of(site)
    gone = {path: digest for path, digest in sums.items() if path != policies(site)[0]}
    assert check_changes(site, library, TODAY, known, gone) is None
    assert check_changes(site, library, TODAY, known, {**sums, "assets/style.css": "another"}) is None
    renamed = library.site.model_copy(update={"name": "另一个网站"})
    elsewhere = Library(**{**vars(library), "site": renamed})
    assert check_changes(site, elsewhere, TODAY, known, sums) is None


def test_an_error_that_was_let_through_stays_until_its_file_changes(
    site: Path, library: Library, known: Passed
) -> None:
    one, other = policies(site)[:2]
    write(site, one, into_main(FAULTS["identity number"]))
    let = check_all(site, library)
    assert {error.path for error in let.errors} == {one}
    write(site, other, into_main("一句新的话。"))
    kept = check_changes(site, library, TODAY, let, sums_of(site))
    assert kept is not None
    assert kept.errors == let.errors
    write(site, one, lambda page: page.replace(FAULTS["identity number"], ""))
    mended = check_changes(site, library, TODAY, kept, sums_of(site))
    assert mended is not None
    assert mended.errors == ()


def test_what_is_known_is_kept_whole_or_not_at_all(tmp_path: Path, known: Passed) -> None:
    file = tmp_path / "built.passed"
    assert load_passed(file) is None
    save_passed(file, known)
    assert load_passed(file) == known
    data = file.read_bytes()
    for broken in (data[:-1], data[:40], b"", b"\0" * 32 + data[32:], data[:200] + b"\0" + data[201:]):
        file.write_bytes(broken)
        assert load_passed(file) is None
    file.unlink()
    file.mkdir()
    save_passed(file, known)  # a place that cannot be written is no reason to hold back a site
    assert load_passed(file) is None
