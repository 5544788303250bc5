from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter

from site_builder.importers import Imported, Refused
from site_builder.records import Policy

Read = Callable[..., Imported]
PAGES = [
    [
        "夏送清凉简报",
        "云溪县总工会关于做好夏送清凉工作的通知",
        "各基层工会:",
        "现将今年夏送清凉工作的有关事项通知如下，请各单位结合",
        "实际抓好落实，不得走过场。",
        "一、时间安排",
        "从6月到9月，每月走访4.5万名一线职工中的代表，并把",
        "— 1 —",
    ],
    ["夏送清凉简报", "情况报县总工会。", "二、纪律要求", "不得收取任何费用。", "— 2 —"],
    ["夏送清凉简报", "特此通知。", "云溪县总工会", "2026年6月1日", "— 3 —"],
]


def test_text_layer(read: Read, make: Any) -> None:
    imported = read(make.pdf(PAGES), "a.pdf")
    record = imported.record
    assert isinstance(record, Policy)
    assert record.title == "云溪县总工会关于做好夏送清凉工作的通知"
    assert (record.addressee, record.signature, record.issued) == ("各基层工会", ("云溪县总工会",), date(2026, 6, 1))
    assert record.body.split("\n\n") == [
        "现将今年夏送清凉工作的有关事项通知如下，请各单位结合实际抓好落实，不得走过场。",
        "## 一、时间安排",
        "从6月到9月，每月走访4.5万名一线职工中的代表，并把情况报县总工会。",
        "## 二、纪律要求",
        "不得收取任何费用。",
        "特此通知。",
    ]
    repairs = "".join(finding.message for finding in imported.repairs)
    assert all(word in repairs for word in ("页眉页脚", "页码", "接成整段"))


def test_page_without_text_is_a_doubt(read: Read, make: Any) -> None:
    imported = read(make.pdf([*PAGES, []]), "a.pdf")
    assert any("第 4 页没有文字层" in finding.message for finding in imported.doubts)


def encrypted(content: bytes, password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.encrypt(password, algorithm="RC4-128")
    packed = io.BytesIO()
    writer.write(packed)
    return packed.getvalue()


@pytest.mark.parametrize("password", ["abc", ""])
def test_encrypted(read: Read, make: Any, password: str) -> None:
    with pytest.raises(Refused, match="密码"):
        read(encrypted(make.pdf(PAGES), password), "a.pdf")


def test_scanned(read: Read, make: Any) -> None:
    with pytest.raises(Refused, match=r"扫描件，请先.*。$"):
        read(make.pdf([[], []]), "a.pdf")


@pytest.mark.parametrize("cut", [9, 300, 2_000])
def test_cut_short(read: Read, make: Any, cut: int) -> None:
    with pytest.raises(Refused) as caught:
        read(make.pdf(PAGES)[:cut], "a.pdf")
    assert str(caught.value).count("。") == 1
