import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms_api.definitions import FormDefinition
from forms_api.drafts import (
    LIFE,
    MOST_BYTES,
    PER_ADDRESS,
    DraftTooLarge,
    UnknownDraft,
    forget_draft,
    keep_draft,
    purge_draft,
    resume_draft,
)
from forms_api.receiving import Limits, Visitor
from forms_api.references import show_secret
from forms_api.refusals import IntakeClosed, TooMany
from forms_api.tokens import IntakeKeys
from forms_api.transit import BoxDamaged, lock_text, unlock_text
from tests.forms_api.desk import TRIP, VISITOR, Desk, open_desk
from tests.forms_api.sample_forms import CONSENT, make_form

MARK = "骆小满的秘密"
GIVEN: dict[str, Any] = {"full_name": MARK, "days": ["周五"], "kind": "", "driver": None}
OTHER = FormDefinition.model_validate(make_form(id="other"))
WITH_CONSENT = FormDefinition.model_validate(make_form(consents=(CONSENT,)))


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    opened = open_desk(tmp_path)
    yield opened
    opened.intake.store.close()


def keep(desk: Desk, given: dict[str, Any] = GIVEN, code: str = "", names: dict[str, str] | None = None) -> str:
    return keep_draft(desk.intake, TRIP, given, names or {}, code, VISITOR).code


def test_a_draft_comes_back_as_it_was_filled_in(desk: Desk) -> None:
    code = keep(desk)
    found = resume_draft(desk.intake, TRIP, show_secret(code).lower(), VISITOR)
    assert found.given == {"full_name": MARK, "days": ["周五"]}
    assert (found.version, found.lost) == (TRIP.version, 0)


def test_the_folder_tells_nothing_of_a_draft_nor_of_its_code(desk: Desk, tmp_path: Path) -> None:
    code = keep(desk)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert MARK.encode() not in kept
    assert code.encode() not in kept
    assert TRIP.version.encode() not in kept


def test_drafts_of_one_size_class_are_of_one_size(desk: Desk) -> None:
    key = bytes(32)
    assert len({len(lock_text(b"x" * size, key, "a")) for size in (0, 10, 500, 1000)}) == 1


@pytest.mark.parametrize("code", ["", "AAAA", "A" * 16, "甲乙丙丁", "\x00", "A" * 10_000])
def test_a_wrong_code_finds_nothing(desk: Desk, code: str) -> None:
    keep(desk)
    with pytest.raises(UnknownDraft):
        resume_draft(desk.intake, TRIP, code, VISITOR)


def test_a_code_opens_the_draft_of_its_own_form_only(desk: Desk) -> None:
    with pytest.raises(UnknownDraft):
        resume_draft(desk.intake, OTHER, keep(desk), VISITOR)


def test_without_the_keys_of_intake_a_code_opens_nothing(desk: Desk) -> None:
    code = keep(desk)
    other = replace(desk.intake, keys=IntakeKeys.derive(bytes(32)))
    with pytest.raises(UnknownDraft):
        resume_draft(other, TRIP, code, VISITOR)


def test_saving_again_keeps_the_code_and_begins_the_week_anew(desk: Desk) -> None:
    code = keep(desk)
    desk.now += timedelta(days=6)
    assert keep(desk, {"full_name": "张三"}, show_secret(code)) == code
    desk.now += timedelta(days=6)
    assert resume_draft(desk.intake, TRIP, code, VISITOR).given == {"full_name": "张三"}


def test_a_code_that_nothing_belongs_to_is_never_taken_over(desk: Desk) -> None:
    assert keep(desk, GIVEN, "A" * 16) != "A" * 16


def test_a_draft_ends_after_a_week_and_is_swept(desk: Desk) -> None:
    code = keep(desk)
    desk.now += LIFE
    with pytest.raises(UnknownDraft):
        resume_draft(desk.intake, TRIP, code, VISITOR)
    assert desk.intake.store.sweep(desk.now) >= 1


def test_consents_are_given_anew(desk: Desk) -> None:
    kept = keep_draft(desk.intake, WITH_CONSENT, GIVEN | {CONSENT["name"]: "yes"}, {}, "", VISITOR)
    assert CONSENT["name"] not in resume_draft(desk.intake, WITH_CONSENT, kept.code, VISITOR).given


def test_files_live_as_long_as_their_draft(desk: Desk) -> None:
    photo = desk.upload()
    code = keep(desk, GIVEN | {"photo": [photo.id]}, names={photo.id: "照片.jpg"})
    desk.now += timedelta(days=5)
    found = resume_draft(desk.intake, TRIP, code, VISITOR)
    assert (found.given["photo"], dict(found.names), found.lost) == ([photo.id], {photo.id: "照片.jpg"}, 0)
    assert desk.intake.store.list_stale_uploads(desk.now) == []


def test_files_that_are_gone_are_counted(desk: Desk) -> None:
    photo, unfinished, foreign = desk.upload(), desk.upload(finished=False), desk.upload(form="other")
    handles = [photo.id, unfinished.id, foreign.id, "nobodys-handle"]
    code = keep(desk, GIVEN | {"photo": handles}, names={photo.id: "照片.jpg", "nobodys-handle": "x"})
    found = resume_draft(desk.intake, TRIP, code, VISITOR)
    assert (found.given["photo"], found.lost) == ([photo.id], 3)
    desk.receive(files=(photo,))
    found = resume_draft(desk.intake, TRIP, code, VISITOR)
    assert (found.given["photo"], dict(found.names), found.lost) == ([], {}, 4)


def test_a_forgotten_draft_takes_its_files_along(desk: Desk) -> None:
    photo = desk.upload()
    code = keep(desk, GIVEN | {"photo": [photo.id]})
    forget_draft(desk.intake, TRIP, code, VISITOR)
    assert [upload.id for upload in desk.intake.store.list_stale_uploads(desk.now)] == [photo.id]
    with pytest.raises(UnknownDraft):
        forget_draft(desk.intake, TRIP, code, VISITOR)


def test_what_was_handed_in_is_purged(desk: Desk) -> None:
    code = keep(desk)
    purge_draft(desk.intake, TRIP, "A" * 16)
    resume_draft(desk.intake, TRIP, code, VISITOR)
    purge_draft(desk.intake, TRIP, show_secret(code))
    with pytest.raises(UnknownDraft):
        resume_draft(desk.intake, TRIP, code, VISITOR)


def test_keeping_is_limited_by_address(desk: Desk) -> None:
    for _ in range(PER_ADDRESS):
        keep(desk)
    with pytest.raises(TooMany):
        keep(desk)
    keep_draft(desk.intake, TRIP, GIVEN, {}, "", Visitor("192.0.2.99"))


def test_guessing_is_counted(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, Limits(guesses_per_address=3))
    code = keep(desk)
    for _ in range(3):
        with pytest.raises(UnknownDraft):
            resume_draft(desk.intake, TRIP, "AAAA", VISITOR)
    with pytest.raises(TooMany):
        resume_draft(desk.intake, TRIP, code, VISITOR)
    desk.intake.store.close()


def test_too_much_is_refused(desk: Desk) -> None:
    with pytest.raises(DraftTooLarge):
        keep(desk, {"full_name": "长" * MOST_BYTES})


def test_a_closed_intake_keeps_nothing(desk: Desk) -> None:
    code = keep(desk)
    with pytest.raises(IntakeClosed):
        keep_draft(replace(desk.intake, guard=lambda: "disk"), TRIP, GIVEN, {}, "", VISITOR)
    desk.intake.store.close()
    for act in (resume_draft, forget_draft):
        with pytest.raises(IntakeClosed):
            act(desk.intake, TRIP, code, VISITOR)
    with pytest.raises(IntakeClosed):
        keep(desk)
    purge_draft(desk.intake, TRIP, code)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.binary(max_size=5000), key=st.binary(min_size=32, max_size=32), context=st.text(max_size=20))
def test_a_box_opens_with_its_key_and_context_only(text: bytes, key: bytes, context: str) -> None:
    context = context.encode("utf-8", "replace").decode()
    box = lock_text(text, key, context)
    assert unlock_text(box, key, context) == text
    for wrong in (
        (box[:-1], key, context),
        (box, bytes(31) + b"!", context),
        (box, key, context + "x"),
        (b"", key, ""),
    ):
        with pytest.raises(BoxDamaged):
            unlock_text(*wrong)


def test_a_box_under_the_right_name_that_does_not_open_is_no_draft(desk: Desk, tmp_path: Path) -> None:
    code = keep(desk)
    connection = sqlite3.connect(tmp_path / "cases.db")
    connection.execute("update drafts set sealed = x'00'")
    connection.commit()
    connection.close()
    with pytest.raises(UnknownDraft):
        resume_draft(desk.intake, TRIP, code, VISITOR)


def test_a_store_that_loses_its_uploads_is_said(desk: Desk, tmp_path: Path) -> None:
    code = keep(desk, GIVEN | {"photo": [desk.upload().id]})
    connection = sqlite3.connect(tmp_path / "cases.db")
    connection.execute("alter table uploads rename to elsewhere")
    connection.commit()
    connection.close()
    for act in (resume_draft, forget_draft):
        with pytest.raises(IntakeClosed):
            act(desk.intake, TRIP, code, VISITOR)
