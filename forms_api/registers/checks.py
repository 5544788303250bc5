"""Spot checks and cross checks of hardship files, and the six rates that follow from them. Pure.

Domain brief B5.3: at least 30 % of the files a year are checked; A003-07 … A003-12: 错评率, 漏评率, 错退率, 漏退率,
结对帮扶覆盖率, 帮扶方式精准率 come from recorded checks and are told as n of N, never as a bare percentage.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import ceil
from random import Random

from forms_api.values import Frozen
from forms_api.workflow import StepStopped

REGISTER = "check"
STATES: dict[str, str] = {"drawn": "待核查", "judged": "已核查"}
SHARE = 30
"""Per cent of the files in force that are to be checked in a year."""
CHECK_DAYS = 30
"""Days within which a drawn file is to be checked."""
KINDS: dict[str, str] = {"spot": "抽查", "cross": "交叉检查"}
TARGETS: dict[str, str] = {"file": "在册档案", "exit": "已退出的档案", "outside": "档案以外的职工家庭"}


class Finding(Frozen):
    """What whoever checked found; what does not belong to the target is None."""

    fitted: bool | None = None
    """A file in force: by the rules it was right to take the household in."""
    fits_still: bool | None = None
    """A file in force: the household meets the rules today. One that was left: it met them when it was left. Outside: it does."""
    has_helper: bool | None = None
    """A file in force: a helper with a way to reach them is named, and the household knows them."""
    aid_fits: bool | None = None
    """A file in force that was aided: the kinds of aid fit the causes; None where nothing was given yet."""
    words: str = ""


class Check(Frozen):
    """What is kept of a check: the file (empty for a household outside), who drew it, who judged it."""

    kind: str
    target: str
    household: str = ""
    number: str = ""
    """The number of the file, for people."""
    drawn_on: date
    drawn_by: str
    judged_on: date | None = None
    judged_by: str = ""
    finding: Finding | None = None


def draw(ids: Iterable[str], wanted: int, seed: int) -> tuple[str, ...]:
    """Return a random sample, the same for the same seed, so that the audit committee can draw it again."""
    known = sorted(ids)
    return tuple(sorted(Random(seed).sample(known, min(wanted, len(known)))))  # noqa: S311 - repeatable on purpose


def count_wanted(files: int, checked: int) -> int:
    """Return how many files are still to be checked this year to reach the share."""
    return max(0, ceil(files * SHARE / 100) - checked)


def judge(check: Check, finding: Finding, day: date, staff: str, involved: frozenset[str]) -> Check:
    """Return a check with its finding. Raises StepStopped: who had a hand in the file does not check it."""
    if staff in involved:
        raise StepStopped("need", "这份档案您办过，核查要由另一个人来做。请转给没有经手的同事。")
    if check.finding is not None:
        raise StepStopped("state", "这一份已经核查过了，不能改。确有错误的，请另抽一次，两次都留着。")
    _check_whole(check.target, finding)
    return check.model_copy(update={"finding": finding, "judged_on": day, "judged_by": staff})


def _check_whole(target: str, finding: Finding) -> None:
    needed = {"file": ("fitted", "fits_still", "has_helper"), "exit": ("fits_still",), "outside": ("fits_still",)}
    if any(getattr(finding, name) is None for name in needed[target]):
        raise StepStopped("missing", "还有没有判断的项目。请逐项选“是”或“否”。")
    wrong = finding.fitted is False or finding.has_helper is False or finding.aid_fits is False
    wrong = wrong or finding.fits_still is (target != "file")
    if wrong and len(finding.words.strip()) < 6:
        raise StepStopped("missing", "查出了问题，请写明是什么问题、依据是什么。")


# --- the six rates ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate: n of N, in words what it means, the goal in per cent and whether more is better."""

    id: str
    title: str
    n: int
    of: int
    definition: str
    goal: int
    at_least: bool

    @property
    def reached(self) -> bool | None:
        """Tell whether the goal is reached; None where nothing was checked."""
        if not self.of:
            return None
        share = self.n * 100
        return share >= self.goal * self.of if self.at_least else share <= self.goal * self.of


def count_rates(checks: Iterable[Check], helped: tuple[int, int]) -> tuple[Rate, ...]:
    """Return the six rates, as domain brief part A defines them: five of judged checks, one of the register itself.

    `helped` is how many files in force name a helper with a way to reach them, of how many.

    错评率 = files that should not have been taken in ÷ files checked. 漏评率 = households outside that meet the rules ÷
    households called at. 错退率 = left files that still met the rules ÷ left files checked. 漏退率 = files that no longer meet
    the rules ÷ files checked. 结对帮扶覆盖率 = files in force with a helper ÷ all files in force, since all can be counted. 帮扶方式精准率 = files whose aid fits the
    causes ÷ aided files checked.
    """
    found = [(one.target, one.finding) for one in checks if one.finding]
    files = [one for target, one in found if target == "file"]
    exits = [one for target, one in found if target == "exit"]
    outside = [one for target, one in found if target == "outside"]
    aided = [one for one in files if one.aid_fits is not None]
    return (
        Rate("cuopinglv", "错评率", sum(one.fitted is False for one in files), len(files),
             "抽查的在册档案中，按标准不该认定却认定了的档案数，除以抽查的在册档案数。", 2, at_least=False),
        Rate("loupinglv", "漏评率", sum(one.fits_still is True for one in outside), len(outside),
             "在册档案之外抽访的职工家庭中，符合标准却没有建档的户数，除以抽访户数。", 2, at_least=False),
        Rate("cuotuilv", "错退率", sum(one.fits_still is True for one in exits), len(exits),
             "抽查的已退出档案中，退出时仍然符合标准的档案数，除以抽查的已退出档案数。", 3, at_least=False),
        Rate("loutuilv", "漏退率", sum(one.fits_still is False for one in files), len(files),
             "抽查的在册档案中，已经脱困却没有退出的档案数，除以抽查的在册档案数。", 2, at_least=False),
        Rate("jiedui-fugailv", "结对帮扶覆盖率", *helped,
             "写明了帮扶责任人姓名和联系方式的在册档案数，除以全部在册档案数。", 100, at_least=True),
        Rate("fangshi-jingzhunlv", "帮扶方式精准率", sum(one.aid_fits is True for one in aided), len(aided),
             "给过的帮扶和致困原因相符的档案数，除以抽查的、已经得到帮扶的档案数。", 95, at_least=True),
    )  # fmt: skip
