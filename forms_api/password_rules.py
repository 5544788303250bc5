"""What a password of staff must be: long, and not what everybody tries first. Pure.

GB/T 22239 wants "复杂度" and says no more. Length and the absence of well-known words are what makes a password hard to
guess; a demand for four kinds of characters yields Abc@123456. So the only rule about kinds is for the shortest ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

SHORTEST = 12
LONGEST = 200
PLAIN_FROM = 16
"""From this length on one kind of characters is enough, so that a sentence can be a password."""
LEAST_OWN = 6
"""How many characters must be left once what everybody knows is taken away."""
LEAST_DISTINCT = 5

KNOWN = (
    "password", "passw0rd", "p@ssw0rd", "p@ssword", "admin", "administrator", "root", "user", "login", "welcome", "letmein",
    "qwertyuiop", "qwerty", "asdfghjkl", "asdf", "zxcvbnm", "1qaz2wsx", "qazwsx", "1q2w3e4r", "abcdefg", "abcd", "abc",
    "0123456789", "123456789", "987654321", "12345678", "1234567", "123456", "654321", "12345", "1234", "123",
    "woaini", "woaini1314", "5201314", "1314520", "520", "1314", "iloveyou", "zhongguo", "beijing", "mima", "nihao",
    "gonghui", "zonggonghui", "zhigong", "zhigongzhijia", "zhijia", "shouli", "xitong", "guanliyuan", "ceshi", "test",
    "a123456", "aa123456", "asd123", "qq123456", "888888", "666666", "112233", "147258369", "147258", "159357", "741852963",
    "职工之家", "总工会", "工会", "职工", "密码", "管理员", "口令", "我爱你", "你好", "中国", "测试", "系统",
)  # fmt: skip
"""Beginnings and middles of the most used Chinese and international passwords, and the words of this service."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_RUN = re.compile(r"(.)\1{2,}")


def find_password_faults(password: str, own: Iterable[str]) -> list[str]:
    """Return what is wrong with a new password; `own` are words that belong to the account: its name, its union, the site."""
    if len(password) < SHORTEST:
        return [f"密码至少 {SHORTEST} 个字符。可以用几个不相干的词连起来，好记又难猜。"]
    if len(password) > LONGEST:
        return [f"密码最多 {LONGEST} 个字符。"]
    faults = []
    if len(password) < PLAIN_FROM and count_kinds(password) < 2:
        faults.append(f"{PLAIN_FROM} 个字符以下的密码，请混用字母、数字、汉字或符号中的至少两种。")
    if len(set(password)) < LEAST_DISTINCT or len(_take_away_known(password, own)) < LEAST_OWN:
        faults.append("这个密码太容易猜到。请不要用账号、姓名、单位名、常见密码或连号来凑。")
    return faults


def count_kinds(password: str) -> int:
    """Return how many kinds of characters a password has: small letters, capitals, digits, anything else."""
    kinds = {"a" if one.islower() else "A" if one.isupper() else "0" if one.isdecimal() else "." for one in password}
    return len(kinds)


def _take_away_known(password: str, own: Iterable[str]) -> str:
    left = password.casefold()
    words = {word.casefold() for word in (*own, *KNOWN) if len(word) > 1}
    for word in sorted(words, key=lambda one: (-len(one), one)):
        left = left.replace(word, "")
    return _RUN.sub("", _YEAR.sub("", left))
