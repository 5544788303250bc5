"""The index on its own: what goes in, what the bytes say, what must never be in them."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import zlib
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from site_builder.driver import build
from site_builder.model import Library, Site, Synonyms
from site_builder.records import Guide, Honour, Notice, Policy, Register
from site_builder.render import THEME_DIR, Theme
from site_builder.search import arrangement
from site_builder.search.entries import list_entries, split_lines, write_lines
from site_builder.search.facets import write_facets
from site_builder.search.index import build_index
from site_builder.search.normalising import list_all_folds, list_folds, normalise, normalise_all
from site_builder.search.parts import PART, TAIL, cut_parts, normalise_entries, read_text
from site_builder.search.postings import BREAK, choose_bits, hash_all, key_of, mix, write_blocks
from site_builder.search.segments import deflate, join_blocks, split_blocks, unpack
from tests.small_library import NOW, SITE

ROOT = Path(__file__).parents[2]
CASES = json.loads(Path(__file__).with_name("search_cases.json").read_text(encoding="utf-8"))
HAN = st.text(st.sampled_from("工会职工困难帮扶法的一二三十，。 \n.12勞動〔〕Ａ"), max_size=60)


def library(*records) -> Library:
    return Library(site=Site.model_validate(SITE), records={(one.folder, one.id): one for one in records})


def policy(name: str, **changes) -> Policy:
    told = {"title": "办法", "issuer": "云溪县总工会", "published": "2026-01-02", "body": "正文。", **changes}
    return Policy.model_validate({"id": name, **told})


def inflate(path: str, data: bytes) -> bytes:
    """Return what a file of the index says, its size checked."""
    pieces = [zlib.decompress(one[4:], -15) for one in (split_blocks(data) if "/keys/" in path else [data]) if one]
    assert "/keys/" in path or len(pieces[0]) == int.from_bytes(data[:4], "little")
    return b"".join(pieces)


def texts_of(theme: Theme) -> str:
    """Return everything that a reader of the index files could read."""
    files = [file for file in build_index(theme, workers=1).files if "/keys/" not in file.path]
    parts = [inflate(file.path, bytes(file.content)) for file in files if not file.path.endswith("folds.bin")]
    return "\n".join(part.decode("gb18030", "replace") for part in parts)


# --- normalising -------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "expected"), CASES["normalise"])
def test_normalising_by_the_table(text, expected):
    assert normalise(text) == expected


@given(st.lists(HAN, max_size=6))
def test_many_texts_are_normalised_as_each_alone(texts):
    assert normalise_all(texts) == [normalise(text) for text in texts] if texts else True


@given(HAN, HAN, HAN)
def test_normalising_keeps_what_stands_inside(before, inner, after):
    assert normalise(inner).strip(".") in normalise(before + inner + after)


def test_folds_are_those_of_each_text_and_all_that_may_be_typed():
    assert list_folds(["勞动乾", "工会", "乾\n乾"]) == ["乾干勞劳", "", "乾干"]
    assert list_folds([]) == []
    assert "動动" in list_all_folds()


# --- postings ----------------------------------------------------------------------------------


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def look_up(blocks: list[bytes], bits: int, key: int) -> list[int]:
    """Return the numbers of a key as the browser reads them."""
    block, low = blocks[mix(key) >> 32 - bits], mix(key) & (1 << 32 - bits) - 1
    count, at = read_varint(block, 0)
    here, start, found = 0, 0, None
    for _ in range(count):
        delta, at = read_varint(block, at)
        size, at = read_varint(block, at)
        here += delta
        if here == low:
            found = (start, size >> 1, size & 1)
        start += size >> 1
    if found is None:
        return []
    data = block[at + found[0] : at + found[0] + found[1]]
    if found[2]:
        return [number for number in range(len(data) * 8) if data[number // 8] >> number % 8 & 1]
    numbers, at, last = [], 0, -1
    while at < len(data):
        gap, at = read_varint(data, at)
        last += gap + 1
        numbers.append(last)
    return numbers


@settings(max_examples=60)
@given(st.lists(st.text(st.sampled_from("工会职困𠮷1" + BREAK), max_size=8), max_size=40))
def test_postings_say_which_texts_hold_a_pair(texts):
    blocks = write_blocks(6, texts)
    for key in ("工", "会", "工会", "会职", "困困", "1工"):
        assert look_up(blocks, 6, key_of(key)) == [at for at, text in enumerate(texts) if key in text]


def test_frequent_pairs_become_bitmaps_and_rare_ones_gaps():
    texts = ["工会" if number % 3 else "困难" for number in range(3000)] + ["劳模"]
    blocks = write_blocks(6, texts)
    assert look_up(blocks, 6, key_of("工会")) == [at for at, text in enumerate(texts) if text == "工会"]
    assert look_up(blocks, 6, key_of("劳模")) == [3000]
    assert sum(map(len, blocks)) < 3000


def test_shards_grow_with_the_text():
    assert [choose_bits(size) for size in (0, 2_000_000, 36_000_000)] == [6, 9, 13]


def test_whole_titles_are_told_by_a_hash_of_all_of_them():
    value = 0x811C9DC5
    for unit in (0x5DE5, 0x4F1A):
        value = (value ^ unit) * 0x01000193 & 0xFFFFFFFF
    assert hash_all(["a" * 40, "工会", ""])[1:] == [value, 0x811C9DC5]
    assert hash_all([]) == []


# --- parts -------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "s1", "t2"]), st.just("条"), st.text(st.sampled_from("工会，。困 "), max_size=900)
        ),
        max_size=12,
    )
)
def test_parts_hold_every_phrase_of_a_text(lines):
    whole = normalise("".join(text for _, _, text in lines))
    parts = [normalise(read_text(part)) for part in cut_parts(write_lines(lines))]
    size = min(TAIL + 1, len(whole))
    for at in range(0, len(whole) - size + 1, 7):
        assert any(whole[at : at + size] in part for part in parts)


def rows_of(part: str) -> list[list[str]]:
    return [line.split("\t") for line in part.split("\n")]


def test_a_part_begins_with_the_anchor_that_its_text_stands_under():
    parts = cut_parts(
        write_lines([("t1", "第一条", "工" * PART), ("", "", "会" * PART), ("t2", "第二条", "法" * PART)])
    )
    assert [rows_of(part)[0][:2] for part in parts] == [["t1", "第一条"], ["t1", "第一条"], ["t2", "第二条"]]


def test_a_long_line_is_cut_between_sentences():
    parts = cut_parts(write_lines([("s1", "一", "工会组织职工。" * 2000)]))
    assert len(parts) > 4
    assert all(len(read_text(part)) < 2 * PART for part in parts)
    assert all(rows_of(part)[0][2].startswith("工会组织") for part in parts)


def test_blanks_of_other_kinds_cannot_break_a_line():
    written = write_lines([("s1", "一\t二", "工\n会\t法\r人"), ("", "", "条")])
    assert written == "s1\t一 二\t工 会 法 人\n\t\t条"
    assert list(split_lines(written)) == [("s1", "一 二", "工 会 法 人"), ("", "", "条")]
    assert list(split_lines("")) == []


def test_title_number_and_names_stand_in_the_first_part_only():
    entries = list_entries(
        Theme(library(policy("a", doc_number="云工发〔2026〕1号", index_number="YX-1", body="正文" * 3000)), NOW)
    )
    units, heads = normalise_entries(entries, [cut_parts(one.write()) for one in entries])
    assert heads == [BREAK.join(["办法", "云工发20261号", "yx1"])]
    assert units[0].startswith(heads[0])
    assert not any("云工发" in unit for unit in units[1:])


# --- what may be found -------------------------------------------------------------------------


def test_entries_are_ordered_from_old_to_new():
    theme = Theme(
        library(
            policy("b", published="2026-02-01"),
            policy("a", published="2025-02-01"),
            policy("c", published="2026-02-01"),
        ),
        NOW,
    )
    assert [entry.url for entry in list_entries(theme)] == ["policies/a/", "policies/b/", "policies/c/"]


def test_what_was_not_agreed_to_cannot_be_found():
    batch = Honour.model_validate(
        {
            "id": "h", "title": "表彰", "honour": "劳模", "level": "县级", "year": 2026, "conferred_by": "县总工会",
            "recipients": [
                {"name": "沈岳宁", "key": "shen", "unit": "纺织厂", "post": "暗中岗位", "citation": "未同意之词", "deeds": "未同意之事"},
                {"name": "顾知秋", "key": "gu", "unit": "医院", "post": "护士长", "citation": "同意之词", "consent": True},
            ],
        }
    )  # fmt: skip
    text = texts_of(Theme(library(batch), NOW))
    assert "沈岳宁" in text
    assert "纺织厂" in text
    assert "同意之词" in text.replace("未同意之词", "")
    assert "护士长" in text
    for hidden in ("暗中岗位", "未同意之词", "未同意之事"):
        assert hidden not in text


def test_private_columns_and_private_registers_cannot_be_found():
    columns = [{"name": "a", "label": "公开列", "public": True}, {"name": "b", "label": "内部列"}]
    told = {"title": "台账", "columns": columns, "rows": [{"a": "看得见", "b": "看不见"}]}
    text = texts_of(
        Theme(
            library(
                Register.model_validate({"id": "r", **told}),
                Register.model_validate({"id": "s", **told, "title": "内部册", "public": False}),
            ),
            NOW,
        )
    )
    assert "看得见" in text
    assert not [word for word in ("看不见", "内部列", "内部册") if word in text]


def test_an_ended_gongshi_and_a_draft_cannot_be_found_even_in_a_preview():
    period = {"start": date(2026, 1, 1), "end": date(2026, 1, 10)}
    ended = Notice.model_validate(
        {"id": "n", "title": "公示甲某", "kind": "公示", "published": "2026-01-01", "period": period, "body": "甲某。"}
    )
    draft = policy("d", status="draft", title="草稿文件", body="没有写完。")
    text = texts_of(Theme(library(ended, draft, policy("a")), NOW, drafts=True))
    assert "正文" in text
    assert not [word for word in ("甲某", "草稿文件", "没有写完") if word in text]


def test_the_text_of_a_document_that_is_not_open_cannot_be_found():
    closed = policy("c", title="不公开的文件", disclosure="不予公开", disclosure_reason="内部", body="不能说的内容。")
    text = texts_of(Theme(library(closed), NOW))
    assert "不公开的文件" in text
    assert "不能说" not in text


def test_lines_of_a_guide_lead_to_its_sections():
    guide = Guide.model_validate(
        {"id": "g", "title": "入会", "conditions": [{"text": "在岗"}], "faq": [{"q": "难吗", "a": "不难"}]}
    )
    lines = list(list_entries(Theme(library(guide), NOW))[0].read())
    assert ("can", "申请条件", "在岗") in lines
    assert ("faq", "常见问题", "难吗　不难") in lines


def test_facets_hold_a_value_for_every_entry():
    theme = Theme(library(policy("a", topics=["帮扶", "经费"]), policy("b", topics=["经费"], validity="repealed")), NOW)
    data = write_facets(list_entries(theme))
    size = int.from_bytes(data[:4], "little")
    told = json.loads(data[4 : 4 + size].decode("gb18030"))
    assert told["entries"] == 2
    assert told["topics"] == ["经费", "帮扶"]
    assert told["names"]["topic"] == ["0", "1,0"]
    assert list(data[4 + size :]) == [1, 1, 1, 1, 1, 1, 1, 2, 2, 1] or len(data[4 + size :]) == 10


# --- the files ---------------------------------------------------------------------------------


def test_the_index_is_the_same_however_many_processes_make_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(arrangement, "SEGMENT", 3)
    theme = Theme(library(*(policy(f"p{n}", title=f"办法{n}", body=f"第{n}条　工会{n}。" * 50) for n in range(8))), NOW)
    assert build_index(theme, workers=1) == build_index(theme, workers=2)


def test_an_empty_site_has_an_index():
    index = build_index(Theme(library(), NOW))
    meta = json.loads(inflate("meta", bytes(index.files[-1].content)))
    assert meta["counts"] == ""


def test_synonyms_are_offered():
    theme = Theme(Library(site=Site.model_validate(SITE), synonyms=Synonyms(groups=(("入会", "加入工会"),))), NOW)
    near = next(file for file in build_index(theme).files if file.path.endswith("near.bin"))
    assert json.loads(inflate("near", bytes(near.content)).decode("gb18030")) == [["入会", "加入工会"]]


def test_deflate_tells_the_size():
    assert inflate("", deflate(b"abc" * 1000)) == b"abc" * 1000
    blocks = [b"abc", b"", b"d" * 300]
    assert split_blocks(join_blocks(blocks)) == blocks


def test_scripts_are_small_and_old_browsers_can_read_them():
    scripts = [(THEME_DIR / "assets" / name).read_text(encoding="utf-8") for name in ("find.js", "search.js")]
    assert sum(len(gzip.compress(text.encode(), 9)) for text in scripts) <= 12 * 1024
    for text in scripts:
        code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        assert not re.search(r"=>|\blet\b|\bconst\b|`|\?\.|\?\?|\basync\b|\bawait\b|\.\.\.|\(\?<|\bfetch\(", code)


def test_planted_words_reach_no_byte_of_the_site(tmp_path: Path):
    shutil.copytree(ROOT / "content", tmp_path / "content")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path / "mkdocs.yml")
    head = "issuer: 云溪县总工会\npublished: 2026-01-02\n"
    files = {
        "policies/2026/20260102-caogao.md": f"---\ntitle: 龘龘草稿\nstatus: draft\n{head}---\n龖龖未发布。\n",
        "policies/2026/20260103-chehui.md": f"---\ntitle: 靐靐撤回\nstatus: withdrawn\n{head}---\n龖龖已撤回。\n",
        "policies/2026/20260104-yuyue.md": f"---\ntitle: 齉齉预约\npublish_at: 2027-01-01 08:00\n{head}---\n龖龖还没到。\n",
        "notices/2026/20260102-qiman.md": "---\ntitle: 名单公示\nkind: 公示\nissuer: 云溪县总工会\npublished: 2026-01-02\n"
        "period:\n  start: 2026-01-02\n  end: 2026-01-09\nobjection:\n  unit: 县总工会\n  phone: 0000-6010001\n---\n爨爨爨龖龖。\n",
        "registers/neibu.yml": "title: 内部册\npublic: false\ncolumns:\n  - {name: a, label: 齾齾, public: true}\nrows:\n  - {a: 钃钃}\n",
        "registers/gongkai.yml": "title: 一半公开的册\ncolumns:\n  - {name: a, label: 公开列, public: true}\n"
        "  - {name: b, label: 躞躞}\nrows:\n  - {a: 看得见, b: 鱻鱻}\n",
        "honors/2026-zhichi.yml": "title: 表彰\nhonour: 劳模\nlevel: 县级\nyear: 2026\nconferred_by: 县总工会\nrecipients:\n"
        "  - {name: 沈岳宁, key: shen-yuening, unit: 纺织厂, deeds: 灥灥之事}\n",
    }  # fmt: skip
    for path, text in files.items():
        (tmp_path / "content" / path).write_text(text, encoding="utf-8")
    build(tmp_path / "mkdocs.yml", tmp_path / "site", "2026-11-20T09:00")
    planted = ("龘龘", "龖龖", "靐靐", "齉齉", "爨爨", "齾齾", "钃钃", "躞躞", "鱻鱻", "灥灥")
    assert "看得见" in (tmp_path / "site" / "registers" / "gongkai" / "index.html").read_text(encoding="utf-8")
    wanted = [word.encode(code) for word in planted for code in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")]
    wanted += [json.dumps(word)[1:-1].encode() for word in planted]
    wanted += [quote(word).encode() for word in planted]
    wanted += ["".join(f"&#{ord(one)};" for one in word).encode() for word in planted]
    found = []
    for path in sorted((tmp_path / "site").rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            data += inflate(path.as_posix(), data) if path.suffix == ".bin" else b""
            data += gzip.decompress(data) if data[:2] == b"\x1f\x8b" else b""
            found += [(str(path), word) for word in wanted if word in data]
    title = "靐靐".encode()
    told = {Path(path).relative_to(tmp_path / "site").as_posix() for path, word in found if word == title}
    assert told == {
        "policies/20260103-chehui/index.html",
        "publications/index.html",
    }  # a tombstone keeps a policy's title
    assert [word for _, word in found if word != title] == []
    data = tmp_path / "site" / "search" / "data" / "late"
    shards = [[unpack(one) for one in split_blocks(path.read_bytes())] for path in sorted(data.rglob("keys/*/*.bin"))]
    bits = len(shards).bit_length() - 1
    firsts = [shard[0] for shard in shards]
    assert look_up(firsts, bits, key_of("工会"))
    assert [
        word for word in planted if look_up(firsts, bits, key_of(word)) or look_up(firsts, bits, key_of(word[0]))
    ] == []
    assert len(list((tmp_path / "site" / "search" / "data").rglob("*.bin"))) > 300
