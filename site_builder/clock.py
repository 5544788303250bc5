"""The one clock of a build: a moment in Chinese time, given by hand, by SOURCE_DATE_EPOCH or by the machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China Standard Time: one offset for the whole country and no summer time since 1991, so no zone database is needed."""


class UnclearDate(ValueError):
    """A build date that cannot be read; its text is a sentence for the person who gave it."""


def read_moment(text: str | None, environ: Mapping[str, str], machine: datetime) -> datetime:
    """Return the build's moment: `text` (YYYY-MM-DD or YYYY-MM-DDTHH:MM), else SOURCE_DATE_EPOCH, else `machine`.

    Seconds are dropped, as the site says minutes at most. Raises UnclearDate.
    """
    if text:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise UnclearDate(f"看不懂构建日期“{text}”。请写成 2026-11-20 或 2026-11-20T08:30。") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=CHINA)).astimezone(CHINA)
    if epoch := environ.get("SOURCE_DATE_EPOCH"):
        if not epoch.isdigit():
            raise UnclearDate(f"环境变量 SOURCE_DATE_EPOCH 的值“{epoch}”不是整数秒。请改为整数，或者不设这个变量。")
        return datetime.fromtimestamp(int(epoch), CHINA).replace(second=0)
    return machine.astimezone(CHINA).replace(second=0, microsecond=0)
