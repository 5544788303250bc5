"""An invented county at work, for whoever tries the service: staff, a season of applications, decisions, registers, 公示.

Everything goes the way it goes in earnest: applications are sealed and accepted, staff take steps with their own rights, and
the clock moves on from day to day until now. Whoever is named here is invented.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from random import Random
from typing import Any

from forms_api import batches, casework, following, notice_upkeep, paying, publicity
from forms_api.arrivals import take_in_all
from forms_api.back_office import Member, Office, merge
from forms_api.casework import Standing, find_standing
from forms_api.content_clone import CannotPush, ContentClone, PushRefused
from forms_api.crypto import FILE_KEY_BYTES, FileSealer, FileSecret
from forms_api.definitions import CHINA, FormDefinition
from forms_api.model import FileRef, Upload
from forms_api.notifications import NullNotifier
from forms_api.office import WorkQuery
from forms_api.publication import CannotList
from forms_api.questions import FormField
from forms_api.receiving import Intake, Receipt, Visitor, receive
from forms_api.registering import households
from forms_api.registers.households import Plan, Stage
from forms_api.registers.payments import FUNDS
from forms_api.registers.reckoning import Item, Means
from forms_api.registers.visits import Visit
from forms_api.samples import make_answers
from forms_api.sending import send_waiting
from forms_api.spreadsheets import Cell, write_csv
from forms_api.storage.files import FileStore
from forms_api.tokens import RANDOM_BYTES, issue_token
from forms_api.windows import is_in_time
from forms_api.workflow import STATES, Offer, Step, StepStopped, list_steps

DAYS = 75
A_DAY = (0, 1, 2, 2, 4)
"""How many applications a working day brings."""
LIST_DAY = 3
WEIGHTS = {
    "membership": 6,
    "hardship": 5,
    "tuition": 3,
    "relief": 3,
    "transfer": 2,
    "suggestion": 2,
    "self-assessment": 4,
}
BEGIN, END = time(8, 40), time(17, 20)
PEOPLE: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("zhongyun", "钟云", "county", ("handler",)),
    ("ruanjing", "阮静", "county", ("reviewer",)),
    ("minshu", "闵舒", "county", ("reviewer",)),
    ("shuwen", "束文", "county", ("approver",)),
    ("bailan", "柏兰", "county", ("cashier",)),
    ("tanhua", "谈华", "county", ("auditor",)),
    ("puyan", "蒲燕", "county", ("admin",)),
    ("feiming", "费明", "yuntai", ("handler", "reviewer")),
    ("yushan", "庾珊", "anju", ("handler", "reviewer")),
)
"""Account, name, union and duties of staff."""
BATCH_OF = 2
COMING_IN = "从外地转进来"
LEVELS = {"县级工会": ("county",), "镇街和行业工会": ("township", "industry"), "基层工会": ("grassroots",)}
"""Level of a self-assessment → kinds of unions that are on it."""
SECOND_LOOK = "ruanjing"
SAMPLE_FILE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
NOTES = ("材料齐全，和工会掌握的情况一致。", "打过电话核对，本人说的和填的一样。", "同单位的人也反映情况属实。")


@dataclass
class Demonstration:
    """The county: office and intake over one store, and the clock of both."""

    office: Office
    intake: Intake
    files: FileStore
    random: Random
    now: datetime
    clone: ContentClone | None = None
    receipts: dict[str, Receipt] = field(default_factory=dict)
    staff: tuple[Member, ...] = tuple(
        Member(one, name, frozenset(duties), union) for one, name, union, duties in PEOPLE
    )

    def play(self, until: datetime, days: int = DAYS) -> None:
        """Let day after day pass up to a moment."""
        day = (until - timedelta(days=days)).astimezone(CHINA).date()
        while day <= until.date():
            if self.office.bundle.calendar.is_workday(day):
                self._pass_day(day, until)
            day += timedelta(days=1)
        self.now = until
        take_in_all(self.office)

    # --- a day ---

    def _pass_day(self, day: date, until: datetime) -> None:
        """Let applications come in through the day and the office work in the afternoon."""
        moments = sorted(self._draw_moment(day) for _ in range(self.random.choice(A_DAY)))
        for moment in moments:
            if moment <= until:
                self.now = moment
                self._apply()
        self.now = max(self.now, min(until, datetime.combine(day, END, CHINA)))
        take_in_all(self.office)
        cases, _ = self.office.store.list_work(WorkQuery(states=tuple(_OPEN), size=1000))
        for case, _ in self.random.sample(cases, len(cases)):
            if self.random.random() < 0.45:
                self.now += timedelta(seconds=self.random.randint(20, 90))
                with suppress(StepStopped):
                    self._work_on(case.reference)
        self._work_on_lists()
        self._work_on_payments()
        send_waiting(self.office, NullNotifier())

    def _draw_moment(self, day: date) -> datetime:
        begin, end = datetime.combine(day, BEGIN, CHINA), datetime.combine(day, END, CHINA)
        return begin + timedelta(seconds=self.random.randint(0, int((end - begin).total_seconds()) - 3600))

    # --- workers ---

    def _apply(self) -> None:
        bundle = self.office.bundle
        forms = [form for form in bundle.forms.values() if form.is_public(self.now) and self._is_taken(form)]
        form = self.random.choices(forms, [WEIGHTS.get(one.id, 1) for one in forms])[0]
        refs: list[FileRef] = []

        def put(one: FormField) -> list[str]:
            refs.append(FileRef(one.name, self._put_file(form, one)))
            return [refs[-1].id]

        answers = self._make_likely(form.id, make_answers(form, bundle.world(self.now.date()), self.random, put))
        token = issue_token(
            self.intake.keys, form.id, self.now - timedelta(minutes=6), self.random.randbytes(RANDOM_BYTES)
        )
        receipt = receive(self.intake, form, answers, tuple(refs), token, Visitor("192.0.2.1"))
        self.receipts[receipt.reference] = receipt

    def _is_taken(self, form: FormDefinition) -> bool:
        windows = self.intake.windows.get(form.id)
        return windows is None or is_in_time(windows, self.now)

    def _make_likely(self, form: str, answers: dict[str, Any]) -> dict[str, Any]:
        """Return random answers with what would be absurd made likely, so that the office can go on with them."""
        if form == "hardship":
            answers |= {"own_income": self.random.randint(6, 9) * 100, "other_income": 0, "houses": 1}
            for one in answers.get("members", ()):
                if "member_income" in one:
                    one["member_income"] = 0
        elif form == "transfer":
            answers |= {"from_county": False, "from_elsewhere": "临江市宏达印染厂工会", "direction": COMING_IN}
            answers |= {"to_union": self.random.choice([one["id"] for one in self.office.bundle.unions])}
            for name in ("from_union", "to_elsewhere", "keep_reason"):
                answers.pop(name, None)
        elif form == "self-assessment":
            kinds = LEVELS[answers["level"]]
            fitting = [one["id"] for one in self.office.bundle.unions if one["kind"] in kinds]
            answers |= {"year": self.now.year, "union": self.random.choice(fitting)}
        return answers

    def _put_file(self, form: FormDefinition, one: FormField) -> str:
        """Seal a sample file as intake does, and return its id."""
        identity, key = self.random.randbytes(16).hex(), secrets.token_bytes(FILE_KEY_BYTES)
        sealer = FileSealer(key)
        sealed = sealer.push(SAMPLE_FILE) + sealer.finish()
        with self.files.create(identity) as file:
            file.write(sealed)
            file.finish()
        secret = FileSecret(key, f"{one.label}.pdf", "pdf", len(SAMPLE_FILE))
        upload = Upload(identity, form.id, one.name, self.now, self.now + timedelta(days=1), len(SAMPLE_FILE))
        self.intake.store.start_upload(upload)
        told = replace(
            upload,
            size=len(sealed),
            digest=sha256(sealed).hexdigest(),
            sealed=self.office.sealer.seal_file_key(secret, identity),
            finished_at=self.now,
        )
        self.intake.store.change_upload(told)
        return identity

    def _answer_back(self, reference: str) -> None:
        """Let the worker add what was asked for, or take the application back."""
        secret = self.receipts[reference].secret or ""
        by = Visitor("192.0.2.1")
        if self.random.random() < 0.15:
            following.withdraw(self.intake, reference, secret, by)
            return
        token = issue_token(
            self.intake.keys,
            following.SUPPLY_FORM,
            self.now - timedelta(minutes=3),
            self.random.randbytes(RANDOM_BYTES),
        )
        following.supply(self.intake, reference, secret, {"more_said": "按要求补上了。"}, (), token, by)

    # --- staff ---

    def _work_on(self, reference: str) -> None:
        """Let whoever may take the next step with a case take it, as the office would."""
        standing = self._find_standing(reference, self.staff[0])
        state = standing.case.state
        if state == "needs_supply":
            self._answer_back(reference)
            return
        if state == "filed":  # it waits for the money
            return
        if state in ("visiting", "paid"):
            self._visit(standing)
        if state == "approved" and standing.workflow == "aid" and not standing.facts.has_household:
            self._open_household(standing)
            standing = self._find_standing(reference, self.staff[0])
        chance = self.random.random()
        if chance < 0.07 and self._take(reference, "ask"):
            return
        if chance > 0.98 and self._take(reference, "refuse"):
            return
        if self.random.random() < 0.2:
            casework.add_note(self.office, self.staff[0], reference, self.random.choice(NOTES))
        self._take(reference, "")

    def _take(self, reference: str, action: str) -> bool:
        """Take a step that leads on (or the one named) by somebody who may; tell whether anybody could."""
        for member in self.random.sample(self.staff, len(self.staff)):
            with suppress(casework.NoSuchCase):
                standing = self._find_standing(reference, member)
                offers = list_steps(standing.case, standing.workflow, standing.agent, standing.facts, self.now.date())
                wanted = [one for one in offers if not one.stopped and self._is_wanted(one, action, member)]
                if wanted and wanted[0].transition.action != "publish":
                    casework.decide(self.office, member, reference, self._say(standing, wanted[0].transition.action))
                    return True
        return False

    def _is_wanted(self, offer: Offer, action: str, member: Member) -> bool:
        """Tell whether a step is the one to take; one of the county's reviewers keeps out of the first look at a case."""
        if member.id == SECOND_LOOK and offer.transition.place != "county":
            return False
        return offer.transition.action == action if action else offer.leads_on

    def _say(self, standing: Standing, action: str) -> Step:
        """Return a step with what it takes along."""
        fields = tuple(one.name for one in self.office.find_definition(standing.case).uploads)[:1] or ("full_name",)
        notes = {
            "ask": "照片有点模糊，请在光线好的地方再拍一次。",
            "refuse": "不符合这项服务的条件，详细情况可以打职工热线问。",
            "answer": "已经到现场看过，和有关单位商定了整改的办法，月底前完成。",
            "forward": "这件事归县里另一个部门管，已经转过去，由他们直接答复您。",
            "finish": "手续都办完了。",
        }
        reason = "unclear" if action == "ask" else "not_eligible"
        return Step(action, reason, notes.get(action, "请按流程办理。"), fields, self.now + timedelta(days=10))

    def _visit(self, standing: Standing) -> None:
        kind = "survey" if standing.case.state == "visiting" else "return"
        found = "家里的情况和申请里写的一致，住房简单，主要开支是看病和孩子上学。"
        visit = Visit(kind=kind, day=self.now.date(), visitors=("费明", "庾珊"), found=found, result="true", staff="")
        households.visit_case(self.office, self.staff[0], standing.case.reference, visit)

    def _open_household(self, standing: Standing) -> None:
        """Make the file of a household with its plan, or bind the case to the one that is there."""
        handler, reviewer, reference = self.staff[0], self.staff[1], standing.case.reference
        if households.find_household(self.office, merge(self.office.read_sent(standing.case.id))):
            households.bind_household(self.office, handler, reference)
            return
        entry = households.open_household(self.office, handler, reference)
        today = self.now.date()
        plan = Plan(
            measure="生活帮扶",
            detail="按季度发放生活帮扶金，帮助联系公益岗位。",
            timetable=(Stage(day=today + timedelta(days=30), what="发放第一笔帮扶金"), Stage(day=today + timedelta(days=180), what="上门复核一次")),
            helper="费明",
            helper_phone="0000-6010034",
        )  # fmt: skip
        households.turn_household(self.office, reviewer, entry.id, "plan", plan=plan)
        stated = households.read_household(self.office, reviewer, entry.id).listed.record.means
        households.turn_household(self.office, reviewer, entry.id, "reckon", means=self._settle_means(stated))
        households.turn_household(self.office, handler, entry.id, "open")

    def _settle_means(self, stated: Means) -> Means:
        """Return the means of a household as the office found them when it called there."""
        wage = (Item(label="本人每月收入", amount=Decimal(self.random.randrange(600, 1200, 10))),)
        monthly = stated.monthly or wage
        return stated.model_copy(update={"monthly": monthly, "months": self.random.randint(14, 160)})

    def _work_on_lists(self) -> None:
        """Publish what waits for its 公示 every other week, and move on what was long enough on the site."""
        if self.clone is None:
            return
        handler, approver = self.staff[0], self.staff[3]
        for notice in publicity.list_over(self.office):
            publicity.end_notice(self.office, handler, notice.id)
        with suppress(PushRefused, CannotPush):
            notice_upkeep.keep_notices(self.office, self.clone)
        if self.now.weekday() != LIST_DAY or self.now.isocalendar().week % 2:
            return
        for rows in publicity.list_waiting(self.office, handler).values():
            with suppress(CannotList, StepStopped, PushRefused, CannotPush):
                notice = publicity.propose(self.office, handler, [row.case.reference for row in rows])
                publicity.sign(self.office, approver, notice.id)
                publicity.publish(self.office, self.clone, handler, notice.id)

    def _work_on_payments(self) -> None:
        """Pay what was filed, once a few cases have come together; the bank sends one line in ten back."""
        handler, cashier = self.staff[0], self.staff[4]
        waiting = (
            [(one.row.case.reference, kind, allowed.fen) for kind, allowed in one.allowed.items() if allowed.fen]
            for one in batches.list_waiting(self.office, handler)
        )
        orders = [batches.Order(*sums[0]) for sums in waiting if sums]
        if len(orders) < BATCH_OF:
            return
        with suppress(batches.CannotPay, StepStopped):
            batch = batches.make_batch(self.office, handler, orders, FUNDS[0])
            batches.confirm_batch(self.office, cashier, batch.entry.id)
            paying.export_batch(self.office, cashier, batch.entry.id, "xlsx")
            self.now += timedelta(hours=1)
            paying.read_return(self.office, cashier, batch.entry.id, self._answer_as_bank(batch))

    def _answer_as_bank(self, batch: batches.BatchFile) -> bytes:
        """Return what the bank says of a batch."""
        rows: list[tuple[Cell, ...]] = []
        for line in batch.lines:
            failed = self.random.random() < 0.1
            amount = Decimal(line.payment.fen) / 100
            rows.append((line.payment.reference, amount, "失败" if failed else "成功", "账户已冻结" if failed else ""))
        return write_csv(("受理编号", "金额", "结果", "原因"), rows)

    def _find_standing(self, reference: str, member: Member) -> Standing:
        return find_standing(self.office, member, reference)


_OPEN = sorted(name for name, state in STATES.items() if not state.closed)
