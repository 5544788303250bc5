import re
from datetime import date
from typing import Any

import pytest

from forms_api.notice_texts import (
    BACK_OFF,
    TEMPLATES,
    TITLES,
    Condition,
    find_wait,
    list_troubles,
    write_digest,
    write_notice,
)
from forms_api.workflow import TRANSITIONS


def test_every_step_that_tells_has_words() -> None:
    assert {step.tells for step in TRANSITIONS if step.tells} | {"received", "supplied"} == TEMPLATES.keys()
    assert TITLES.keys() == TEMPLATES.keys()


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_message_names_the_case_and_nothing_private(template: str) -> None:
    text = write_notice(
        template, organisation="云溪县总工会", form="困难帮扶", reference="YX-7F3K-92QD-M", hotline="12351"
    )
    assert text.startswith("【云溪县总工会】")
    assert "YX-7F3K-92QD-M" in text
    assert text.endswith("。")
    assert len(text) <= 70
    assert not re.search(r"元|病|残|身份证|银行卡", text)


def test_tries_wait_longer_and_end() -> None:
    waits = [find_wait(tries) for tries in range(1, len(BACK_OFF) + 2)]
    assert waits[:-1] == sorted(BACK_OFF)
    assert waits[-1] is None


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"locked": True}, "还没有解锁"),
        ({"stuck": 2}, "2条消息"),
        ({"waiting_hours": 6}, "6小时"),
        ({"overdue": 3}, "3份申请已经超期"),
        ({"due_soon": 1}, "快到期"),
        ({"unassigned": 4}, "没有分派"),
        ({"drill_age": None}, "私钥演练从来没有做过"),
        ({"drill_age": 36}, "36天没有做"),
        ({"backup_age": None}, "备份从来没有做过"),
        ({"backup_age": 3}, "3天前"),
        ({"rehearsal_age": None}, "恢复演练从来没有做过"),
        ({"rehearsal_age": 11}, "11天没有做"),
        ({"rehearsal_age": 1, "rehearsal_failed": True}, "上一次恢复演练没有通过"),
        ({"certificate_days": 20}, "20天到期"),
        ({"free_megabytes": 900}, "900兆"),
    ],
)
def test_each_trouble_is_a_sentence(condition: dict[str, Any], words: str) -> None:
    (trouble,) = list_troubles(Condition(**condition))
    assert words in trouble
    assert trouble.endswith("。")


def test_no_news_is_no_digest() -> None:
    assert (
        list(
            list_troubles(Condition(waiting_hours=5, drill_age=35, backup_age=2, rehearsal_age=10, certificate_days=21))
        )
        == []
    )
    assert write_digest("云溪县总工会", date(2026, 11, 20), []) is None
    told = write_digest("云溪县总工会", date(2026, 11, 20), list_troubles(Condition(stuck=1, overdue=2)))
    assert told
    assert told.splitlines()[0] == "云溪县总工会申办服务 2026年11月20日 待处理事项"
    assert [line[:2] for line in told.splitlines()[1:]] == ["1.", "2."]
