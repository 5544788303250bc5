"""After its last day a 公示 is gone from every byte that a build writes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from site_builder.driver import build
from tests.trees import read_tree

ROOT = Path(__file__).parents[2]
NAME = "郗若冰"
NOTICE = f"""---
title: 拟帮扶职工名单公示
kind: 公示
doc_number: 云工示〔2026〕99号
issuer: 云溪县总工会
source: 云溪县总工会
published: 2026-11-16
summary: {NAME}等三名职工
keywords: [{NAME}, 帮扶]
topics: [帮扶]
period: {{start: 2026-11-16, working_days: 5}}
objection: {{unit: 权益保障部, phone: 0000-6010002}}
attachments: [{{file: files/{NAME}.csv, title: {NAME}的材料}}]
guide: hardship-aid
---
{NAME}，云溪纺织厂。见[名单](files/{NAME}.csv)。

![{NAME}](files/{NAME}.png)
"""
SECRET = "蔺疏桐"
WITHHELD = f"""---
title: 关于一件事的批复
doc_number: 云工函〔2026〕NUMBER号
issuer: 云溪县总工会
issued: 2026-11-16
published: 2026-11-16
summary: {SECRET}的事
gist: [{SECRET}的事已经答复]
keywords: [{SECRET}]
topics: [帮扶]
disclosure: DISCLOSURE
disclosure_reason: 涉及个人隐私
attachments: [{{file: files/{SECRET}.csv, title: {SECRET}的材料}}]
---
关于{SECRET}的事，批复如下。
"""


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """Build the sample with a planted name on the last day of its 公示 and on the day after."""
    folder = tmp_path_factory.mktemp("takedown")
    shutil.copytree(ROOT / "content", folder / "content")
    shutil.copy(ROOT / "mkdocs.yml", folder)
    notices = folder / "content" / "notices" / "2026"
    (notices / "20261116-planted.md").write_text(NOTICE, encoding="utf-8")
    (notices / "files").mkdir(exist_ok=True)
    (notices / "files" / f"{NAME}.csv").write_text(NAME, encoding="utf-8")
    (notices / "files" / f"{NAME}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + NAME.encode())
    policies = folder / "content" / "policies" / "2026"
    (policies / "files").mkdir(exist_ok=True)
    (policies / "files" / f"{SECRET}.csv").write_text(SECRET, encoding="utf-8")
    for number, disclosure in (("98", "依申请公开"), ("99", "不予公开")):
        text = WITHHELD.replace("NUMBER", number).replace("DISCLOSURE", disclosure)
        (policies / f"20261116-withheld-{number}.md").write_text(text, encoding="utf-8")
    made = {}
    for day in ("2026-11-20", "2026-11-21"):
        result = build(folder / "mkdocs.yml", folder / day / "site", f"{day}T09:00")
        assert not result.failed, result.problems
        made[day] = {
            path: data for path, data in read_tree(folder / day).items() if not path.startswith(".site-cache/")
        }
    return made


def holding(site: dict[str, bytes], word: str) -> list[str]:
    """Return every file whose path or bytes hold a word, as text, percent-encoded or escaped in JSON."""
    forms = [word.encode(), word.encode("utf-16-le"), word.encode("gb18030")]
    forms += ["".join(f"%{byte:02X}" for byte in word.encode()).encode(), ascii(word)[1:-1].encode()]
    return [path for path, data in site.items() if word in path or any(form.lower() in data.lower() for form in forms)]


def test_the_name_is_public_on_the_last_day(sites: dict[str, dict[str, bytes]]) -> None:
    found = holding(sites["2026-11-20"], NAME)
    assert "site/notices/20261116-planted/index.html" in found
    assert any(path.endswith(f"{NAME}.csv") for path in found)


def test_no_byte_holds_the_name_on_the_day_after(sites: dict[str, dict[str, bytes]]) -> None:
    assert holding(sites["2026-11-21"], NAME) == []


def test_a_tombstone_stays(sites: dict[str, dict[str, bytes]]) -> None:
    page = sites["2026-11-21"]["site/notices/20261116-planted/index.html"].decode()
    assert "名单已经撤下" in page
    assert "拟帮扶职工名单公示" in page
    assert "名单已经撤下" in sites["2026-11-21"]["site/notices/index.html"].decode()


def test_only_pages_lead_to_the_tombstone(sites: dict[str, dict[str, bytes]]) -> None:
    before, after = (
        [path for path in holding(sites[day], "20261116-planted") if not path.endswith(".html")]
        for day in ("2026-11-20", "2026-11-21")
    )
    assert {"site/sitemap.xml", "site/notices/feed.xml"} <= set(before)
    assert after == []


def test_of_a_document_that_is_not_open_only_the_catalogue_entry_is_told(sites: dict[str, dict[str, bytes]]) -> None:
    site = sites["2026-11-20"]
    assert holding(site, SECRET) == []
    asked = site["site/policies/20261116-withheld-98/index.html"].decode()
    closed = site["site/policies/20261116-withheld-99/index.html"].decode()
    assert "依申请公开，正文不登在网上" in asked
    assert "公开指南</a>写一份申请" in asked
    assert "理由：涉及个人隐私。" in closed
