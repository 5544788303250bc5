"""The private key on paper: m of n sheets of words (SLIP-0039), each of which alone tells nothing, ready to print.

SLIP-0039 is a published standard with a checksum in every sheet: a mistyped word is found, and other programs can read
the sheets when this one is long gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from html import escape

from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.share import Share

MOST_SHEETS = 16


class BadSheets(ValueError):
    """Sheets that do not give back a key; the sentence says what is wrong with them."""


def split_key(private: bytes, needed: int, sheets: int) -> list[str]:
    """Return the words of each sheet; any `needed` of them give the key back. Raises ValueError for other numbers."""
    if not 2 <= needed <= sheets <= MOST_SHEETS:
        raise ValueError("2 <= needed <= sheets <= 16")
    words: list[str] = generate_mnemonics(1, [(needed, sheets)], private)[0]
    return words


def join_sheets(sheets: Iterable[str]) -> bytes:
    """Return the private key that sheets give back. Raises BadSheets, which names the sheet with the mistake."""
    words = [" ".join(sheet.lower().split()) for sheet in sheets]
    needed = 0
    for number, sheet in enumerate(words, 1):
        try:
            needed = Share.from_mnemonic(sheet).member_threshold
        except (MnemonicError, ValueError):
            raise BadSheets(f"第{number}张分管纸有写错或漏掉的词。请逐词核对。") from None
    try:
        private: bytes = combine_mnemonics([*dict.fromkeys(words)][:needed])  # the library takes no more than that
    except MnemonicError:
        raise BadSheets(
            "这些分管纸凑不成一把钥匙：张数不够，或者不是同一次分出来的。请核对纸上的指纹和张数。"
        ) from None
    return private


def write_sheet(words: str, number: int, needed: int, sheets: int, fingerprint: str, day: date) -> str:
    """Return a page to print: what it is, what to do with it, the words with their numbers."""
    rows = "".join(f"<li>{escape(word)}</li>" for word in words.split())
    return _PAGE.format(
        words=rows, number=number, needed=needed, sheets=sheets, fingerprint=escape(fingerprint), day=day.isoformat()
    )


_PAGE = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<title>私钥分管纸 {number}/{sheets}</title>
<style>
@page {{ size: A4; margin: 20mm }}
body {{ font: 12pt/1.6 "Noto Serif CJK SC", "Songti SC", SimSun, serif; color: #111; max-width: 170mm; margin: 2em auto }}
h1 {{ font-size: 20pt; margin: 0 0 .3em }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .1em 1em; border: solid #111; border-width: 1px 0; padding: .6em 0 }}
dt {{ font-weight: bold }}
dd {{ margin: 0 }}
dd, ol {{ font-family: "Noto Sans Mono", Consolas, monospace }}
ol {{ columns: 3; padding-left: 2.5em; margin: 1.2em 0; font-size: 14pt; line-height: 1.9 }}
p {{ margin: .5em 0 }}
.sign {{ margin-top: 2.5em; display: flex; justify-content: space-between }}
</style>
<h1>私钥分管纸 第 {number} 张，共 {sheets} 张</h1>
<dl>
<dt>钥匙指纹</dt><dd>{fingerprint}</dd>
<dt>分出日期</dt><dd>{day}</dd>
<dt>找回要凑齐</dt><dd>任意 {needed} 张</dd>
</dl>
<ol>{words}</ol>
<p>这张纸是打开全部申请材料的钥匙的一部分。单独一张打不开任何东西，也看不出钥匙。</p>
<p>请装进信封，封好签字，由一个人单独保管；不要拍照、复印、录入电脑，不要把两张放在一处。</p>
<p>口令忘了、保管私钥的机器坏了时，凑齐 {needed} 张，运行 <b>forms-api keys restore</b>，按顺序输入上面的词。</p>
<div class="sign"><span>保管人：＿＿＿＿＿＿＿＿</span><span>监督人：＿＿＿＿＿＿＿＿</span><span>日期：＿＿＿＿＿＿＿＿</span></div>
</html>
"""
