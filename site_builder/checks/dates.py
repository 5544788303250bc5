"""Rules about days and periods: 公示, reviews that are due, what should have ended, holidays that are not known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from forms_api.windows import write_windows
from forms_api.workdays import WorkCalendar
from site_builder.accepting import list_signups, list_windows
from site_builder.checks.rules import Rule, problem_of
from site_builder.duties import count_turns
from site_builder.model import Library
from site_builder.records import Campaign, Consultation, Event, Guide, Notice, Published
from site_builder.values import Period, Problem, Severity

LEAST_DAYS = 5
"""Working days of a 公示 of aid or honours (domain rules of both)."""
SOON = timedelta(days=30)
ARRANGED_BY = (11, 15)
"""By this day the State Council has told next year's holidays in every recent year."""


def _calendar(library: Library) -> WorkCalendar:
    try:
        return WorkCalendar(
            {number: (frozenset(year.holidays), frozenset(year.workdays)) for number, year in library.holidays.items()}
        )
    except ValueError:  # a day that is both off and on; holidays-known says so
        return WorkCalendar()


def check_periods(library: Library, today: date) -> Iterator[Problem]:
    """Find 公示 without a period or a way to object, too short, or whose last day and working days disagree."""
    calendar = _calendar(library)
    for notice in library.all(Notice):
        if notice.kind == "公示" and notice.status == "published":
            for key, message, fix, severity in _period_faults(notice, calendar, today):
                yield problem_of(library, notice, key, "notice-period", message, fix, severity)


def _period_faults(notice: Notice, calendar: WorkCalendar, today: date) -> Iterator[tuple[str, str, str, Severity]]:
    contact, period = notice.objection, notice.period
    if contact is None or not (contact.phone or contact.email or contact.address):
        fix = "请写 objection，至少有单位（unit）和电话（phone）。"
        ended = period is not None and _last_day(period, calendar) < today  # nobody can object any more
        yield "objection", "公示没有写异议受理的单位和电话。", fix, "warning" if ended else "error"
    if period is None:
        yield (
            "title",
            "公示没有写公示期。",
            f"请写 period: start 和 working_days，一般不少于 {LEAST_DAYS} 个工作日。",
            "error",
        )
        return
    days = period.working_days or calendar.count(period.start, period.end or period.start)
    if days < LEAST_DAYS:
        message = f"公示期只有 {days} 个工作日。"
        yield "period", message, f"一般不少于 {LEAST_DAYS} 个工作日，请核对放假和调休。", "warning"
    if period.end and period.working_days:
        last = calendar.last_day(period.start, period.working_days)
        if last != period.end:
            message = f"{period.working_days} 个工作日应到 {last} 为止，写的是 {period.end}。"
            yield "period", message, "请只写工作日数，或改正结束日期。", "warning"
    if notice.published and period.start < notice.published:
        message = f"公示期从 {period.start} 开始，早于公开日期 {notice.published}。"
        yield "period", message, "公示期应从公开当天或以后算起。", "warning"


def _last_day(period: Period, calendar: WorkCalendar) -> date:
    return period.end or calendar.last_day(period.start, period.working_days or 1)


def check_reviews(library: Library, today: date) -> Iterator[Problem]:
    """Find records whose review is due, or will be within thirty days."""
    for record in library.records.values():
        due = record.review_due
        if due is None or record.status != "published" or due > today + SOON:
            continue
        fix = "请核对内容是否仍然准确，再把 review_due 改到下一次。"
        late = due <= today
        message = f"复核期限 {due} {'已到' if late else '将到'}。"
        yield problem_of(library, record, "review_due", "review-due", message, fix, "warning" if late else "hint")


def check_ends(library: Library, today: date) -> Iterator[Problem]:
    """Find campaigns and consultations that ended and were left as they were."""
    for campaign in library.all(Campaign):
        end = campaign.period.end
        if end and end + SOON < today and not campaign.archived and campaign.status == "published":
            message = f"专题已于 {end} 结束，还没有归档。"
            yield problem_of(library, campaign, "period", "ended", message, "请写 archived: true。", "warning")
    for one in library.all(Consultation):
        end = one.period.end
        if end and end + SOON < today and not (one.result or one.received is not None):
            message = f"意见征集已于 {end} 结束，还没有公布结果。"
            fix = "请写收到和采纳的意见数（received、adopted）和结果（result）。"
            yield problem_of(library, one, "period", "ended", message, fix, "warning")


def check_future(library: Library, today: date) -> Iterator[Problem]:
    """Find published records that say they are published later, without being scheduled."""
    for record in library.records.values():
        if not isinstance(record, Published) or record.status != "published" or record.publish_at:
            continue
        if record.published and record.published > today:
            message = f"公开日期 {record.published} 还没有到，内容却已经公开。"
            fix = "请核对日期；要到时再公开的，写 publish_at。"
            yield problem_of(library, record, "published", "future-date", message, fix, "warning")


def check_holidays(library: Library, today: date) -> Iterator[Problem]:
    """Find a year whose holidays nobody has entered although they have been told, and days that are both off and on."""
    for number, year in library.holidays.items():
        if both := sorted(set(year.holidays) & set(year.workdays)):
            origin = library.origins["holidays", str(number)]
            message = f"{'、'.join(map(str, both))} 既写成放假，又写成上班。"
            path = f"{library.root}/{origin.path}"
            yield Problem(path, origin.line("workdays"), "holidays-known", message, "请按放假通知只留一处。")
    wanted = [today.year] + [today.year + 1] * ((today.month, today.day) >= ARRANGED_BY)
    calendar = _calendar(library)
    for number in wanted:
        if calendar.is_estimated(number):
            message = f"还没有 {number} 年的放假安排，这一年的工作日只能暂按周末推算。"
            fix = f"请新建 {library.root}/holidays/{number}.yml，照国务院办公厅的通知写 holidays 和 workdays。"
            yield Problem(f"{library.root}/site.yml", 1, "holidays-known", message, fix, "warning")


def check_duties(library: Library, today: date) -> Iterator[Problem]:
    """Find what must be held so often and is neither held nor announced shortly before its time is over."""
    for duty in library.site.duties:
        turn = count_turns(duty, library.all(Event), today)
        if turn.missing and today + timedelta(duty.days_before) > turn.last:
            message = (
                f"{turn.words}“{duty.title}”要办 {duty.at_least} 次，已办和已排的只有 {turn.held + turn.planned} 次。"
            )
            fix = f"请在 {turn.last} 以前排上，在 {library.root}/events/ 里写一条日程。"
            yield Problem(f"{library.root}/site.yml", 1, "duty-due", message, fix, "warning")


def check_windows(library: Library, today: date) -> Iterator[Problem]:
    """Find windows of guides that overlap, and campaigns and events that promise other days than the guide they name."""
    calendar = _calendar(library)
    for guide in library.all(Guide):
        ordered = sorted((one.start, one.end or one.start, index) for index, one in enumerate(guide.windows))
        for (_, end, _), (start, _, index) in pairwise(ordered):
            if start <= end:
                message = f"受理期从 {start} 开始，前一个到 {end} 才截止，重在一起了。"
                fix = "请改正日期，或者并成一个。"
                yield problem_of(library, guide, f"windows.{index}", "guide-window", message, fix)
        if guide.by_events and guide.status == "published" and not list_signups(library, guide):
            message = "写了随活动报名（by_events），却没有一个日程写了本指南和报名的起止日，网上一直不收。"
            fix = f"请在日程里写 guide: {guide.id} 和 signup；全年都收的，删去 by_events。"
            yield problem_of(library, guide, "by_events", "guide-window", message, fix, "warning")
    for record, key, named, period in _list_promises(library):
        found = library.get("guides", named)
        if isinstance(found, Guide) and (fault := _tell_promise(library, found, record, period, calendar)):
            fix = f"请让两处的日期一样：指南的受理期写在 {library.root}/{library.origin(found).path} 里。"
            yield problem_of(library, record, key, "guide-window", fault, fix)


def _list_promises(library: Library) -> Iterator[tuple[Campaign | Event, str, str, Period]]:
    """Yield (record, key, guide, period) of each place that says when a service can be applied for."""
    for campaign in library.all(Campaign):
        for index, one in enumerate(campaign.windows):
            if one.guide:
                yield campaign, f"windows.{index}.period", one.guide, one.period
    for event in library.all(Event):
        if event.guide and event.signup and event.is_on:
            yield event, "signup", event.guide, event.signup


def _tell_promise(
    library: Library, guide: Guide, record: Campaign | Event, period: Period, calendar: WorkCalendar
) -> str | None:
    """Return what is wrong where a guide takes nothing on some of the days that another record promises."""
    windows = list_windows(library, guide)
    if windows is None or (guide.by_events and isinstance(record, Event) and period.end):
        return None
    last = _last_day(period, calendar)
    if any(one.holds(period.start) and one.holds(last) for one in windows):
        return None
    taken = f"只在{write_windows(windows)}收" if windows else "现在没有可以报名的活动"
    return f"这里写的是 {period.start} 到 {last}，办事指南“{guide.title}”{taken}。"


RULES = (
    Rule(
        "notice-period",
        "error",
        "公示没有公示期或异议受理方式（错误；期满的缺受理方式只警告），公示期太短或起止与工作日数不合（警告；政府子站为错误）。",
        "写 period 和 objection；一般不少于 5 个工作日。",
        "records",
        check_periods,
    ),
    Rule(
        "guide-window",
        "error",
        "办事指南的受理期重在一起，或者专题的窗口期、日程的报名时间和它不一样（错误）；随活动报名却没有活动（警告）。",
        "受理期只在指南里写准，别处的日期照它写。",
        "records",
        check_windows,
    ),
    Rule(
        "review-due",
        "warning",
        "复核期限已到，或三十天内将到（提示）。",
        "核对内容，改写 review_due。",
        "records",
        check_reviews,
    ),
    Rule(
        "ended",
        "warning",
        "专题结束没有归档，或征集结束没有公布结果。",
        "写 archived: true，或写结果。",
        "records",
        check_ends,
    ),
    Rule(
        "future-date",
        "warning",
        "公开日期在将来，内容却已经公开。",
        "核对日期，或写 publish_at。",
        "records",
        check_future,
    ),
    Rule(
        "holidays-known",
        "error",
        "十一月十五日以后还没有下一年的放假安排（警告），或同一天既放假又上班（错误）。",
        "新建 holidays/年份.yml，照国务院办公厅的通知写。",
        "records",
        check_holidays,
    ),
    Rule(
        "duty-due",
        "warning",
        "按期要办的事（site.yml 里的 duties，例如每年一次的联席会议）快到期限了还没有排上日程。",
        "排定时间，写进 events/。",
        "records",
        check_duties,
    ),
)
