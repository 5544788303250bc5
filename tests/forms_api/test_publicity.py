"""公示 with a real store, a real repository, its real hooks and the site built by them: what the public sees, and until when."""

from __future__ import annotations

import subprocess
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from forms_api import notice_upkeep, publicity
from forms_api.arrivals import take_in
from forms_api.casework import find_standing
from forms_api.content_clone import CannotPush, ContentClone, Make, PathTaken, PushRefused
from forms_api.honour_files import Naming
from forms_api.listings import NoSuchNotice, find_notice, list_notices, write_message
from forms_api.model import APPLICANT, NewEvent, digest_case
from forms_api.office import EntryQuery
from forms_api.publication import CannotList
from forms_api.registering.honours import list_candidates, name_candidates
from forms_api.storage import Amendment
from forms_api.workflow import StepStopped
from tests.forms_api.office_desk import STAFF, open_office
from tests.forms_api.publicity_desk import APPROVER, CLERK, PublicityDesk, open_desk, start_desk
from tests.publishing_desk import Desk, write_news


@pytest.fixture(scope="session")
def first_server(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, Path]:
    """Return the server that is copied; nobody pushes to it again."""
    return start_desk(tmp_path_factory.mktemp("publicity"))


@pytest.fixture
def desk(first_server: tuple[Desk, Path], tmp_path: Path, bundle_folder: Path) -> PublicityDesk:
    server, key = first_server
    return open_desk(open_office(tmp_path, bundle_folder), server.copy(tmp_path / "server"), key, tmp_path)


def signed(desk: PublicityDesk, references: list[str]) -> str:
    notice = publicity.propose(desk.office.office, CLERK, references)
    publicity.sign(desk.office.office, APPROVER, notice.id)
    return notice.id


def page(desk: PublicityDesk, notice_id: str) -> str:
    file = find_notice(desk.office.office, notice_id).file
    assert file
    return (desk.server.site / "notices" / file.id / "index.html").read_text(encoding="utf-8")


def kinds(desk: PublicityDesk) -> list[str]:
    return [event.kind for event in desk.office.office.store.list_events() if event.kind.startswith("publicity_")]


def test_from_a_decided_case_to_the_page_and_to_its_end(desk):
    """The whole loop: masked on the site, an objection holds one case up, the list goes when its time is over."""
    office = desk.office.office
    references = desk.clear(count=2)
    notice_id = signed(desk, references)
    done = publicity.publish(office, desk.clone, CLERK, notice_id)
    assert (set(done.moved), done.left) == (set(references), ())
    shown = page(desk, notice_id)
    assert "欧阳**" in shown
    assert "小满" not in shown
    assert all(reference in shown for reference in references)
    assert 'href="../../apply/objection/"' in shown
    assert desk.server.holding("小满") == []
    assert all(desk.office.find(reference).state == "public_notice" for reference in references)
    standing = find_standing(office, CLERK, references[0])
    assert standing.facts.notice_ends == date(2026, 12, 1)
    log = desk.server.run("git", "-C", str(desk.server.repository), "log", "-1", "--format=%an%n%B")
    assert log.splitlines()[0] == "审核系统"
    assert "Reviewed-by: reviewer\nApproved-by: approver" in log
    title = find_notice(office, notice_id).file.title
    objection = desk.office.apply_for("objection", notice=title, about=f"编号 {references[0].lower()} 的那位")
    desk.wait(days=11)
    with pytest.raises(StepStopped, match="还没有满"):
        publicity.end_notice(office, CLERK, notice_id)
    desk.wait(days=1)
    assert [one.id for one in publicity.list_over(office)] == [notice_id]
    ended = publicity.end_notice(office, CLERK, notice_id)
    assert ended.moved == tuple(one for one in done.moved if one != references[0])
    assert "异议还没有办结" in ended.left[0][1]
    desk.office.act("reviewer", objection, "accept")
    desk.office.act("reviewer", objection, "answer", note="查过了，情况属实。")
    assert publicity.end_notice(office, CLERK, notice_id).notice.state == "ended"
    assert all(desk.office.find(reference).state == "approving" for reference in references)
    assert "已发布" in desk.server.command("publish", "--live").stdout
    assert notice_upkeep.tell_outcome(office, find_notice(office, notice_id)) == "公示期满，收到异议1件，都已查清答复。"
    assert "欧阳" not in page(desk, notice_id)
    assert "名单已经撤下" in page(desk, notice_id)
    assert desk.server.holding(references[0]) == []
    assert kinds(desk) == ["publicity_proposed", "publicity_signed", "publicity_published", "publicity_ended"]


# --- refused ----------------------------------------------------------------------------------------


def test_the_gate_refuses_and_nothing_has_changed(desk):
    """A number in the site's own address: the check says so, the list stays signed, and goes through once that is mended."""
    office, (reference,) = desk.office.office, desk.clear()
    notice_id = signed(desk, [reference])
    spoiled = replace(office, bundle=replace(office.bundle, site={**office.bundle.site, "email": "11010519491231002X"}))
    with pytest.raises(PushRefused) as refused:
        publicity.publish(spoiled, desk.clone, CLERK, notice_id)
    assert any("身份证件号码" in line for line in refused.value.report)
    notice = find_notice(office, notice_id)
    assert (notice.state, notice.file, notice.report) == ("signed", None, refused.value.report)
    assert desk.office.find(reference).state == "cleared"
    assert "11010519491231002X" not in "\n".join(notice.report)
    assert publicity.publish(office, desk.clone, CLERK, notice_id).moved == (reference,)
    assert kinds(desk)[2:] == ["publicity_refused", "publicity_published"]


@pytest.mark.parametrize(
    ("planted", "words"),
    [("欧阳小满", "没有隐去的姓名"), ("欧阳** 11010519491231002X", "身份证件号码"), ("欧阳** | 肺癌", "疾病")],
)
def test_an_unmasked_row_is_refused_by_the_check_and_by_the_hook(desk, planted, words):
    office, references = desk.office.office, desk.clear()
    draft = publicity.preview(office, CLERK, references)
    spoiled = (
        draft.text.replace("欧阳**", planted)
        .replace("| 帮扶类别 |", "| 帮扶类别 | 备注 |")
        .replace("|---|\n", "|---|---|\n")
    )
    for clone in (desk.clone, replace(desk.clone, command=("true",))):
        with pytest.raises(PushRefused) as refused:
            clone.change(draft.path, lambda there: spoiled, "名单\n\nReviewed-by: reviewer\nApproved-by: approver\n")
        assert words in "\n".join(refused.value.report)
    assert desk.clone.read(draft.path) is None


@pytest.mark.long
def test_names_that_may_not_sign_are_refused_by_the_hook(desk):
    office, (reference,) = desk.office.office, desk.clear()
    notice_id = publicity.propose(office, CLERK, [reference]).id
    publicity.sign(office, replace(APPROVER, id="stranger"), notice_id)
    with pytest.raises(PushRefused) as refused:
        publicity.publish(office, desk.clone, CLERK, notice_id)
    assert "还缺批准（Approved-by）" in "\n".join(refused.value.report)
    assert find_notice(office, notice_id).state == "signed"


@pytest.mark.long
def test_the_key_opens_nothing_else(desk):
    with pytest.raises(PushRefused) as refused:
        desk.clone.change("content/news/2026/20261118-x.md", lambda there: write_news("消息"), "消息")
    assert "缺少“工作动态”的写稿（write）权限" in "\n".join(refused.value.report)


@pytest.mark.parametrize(
    ("who", "words"),
    [("cashier", "要由经办岗位"), ("unit", "由县总工会来办"), ("auditor", "要由经办岗位")],
)
def test_who_may_not_propose_is_told(bundle_folder, tmp_path, who, words):
    office = open_office(tmp_path, bundle_folder).office
    with pytest.raises(StepStopped, match=words):
        publicity.propose(office, STAFF[who], ["YX-7F3K-92QD-M"])
    with pytest.raises(StepStopped):
        publicity.sign(office, STAFF["clerk"], "x")
    with pytest.raises(NoSuchNotice):
        publicity.sign(office, STAFF["approver"], "x")


def paper_desk(tmp_path: Path, bundle_folder: Path) -> PublicityDesk:
    """Return an office whose server is never asked, but takes everything where it is."""
    desk = open_office(tmp_path, bundle_folder)
    bare = tmp_path / "plain.git"
    for line in (
        ("init", "--quiet", "--bare", "--initial-branch=main", str(bare)),
        ("clone", "--quiet", str(bare), str(tmp_path / "a")),
    ):
        subprocess.run(["git", *line], check=True, capture_output=True)
    own = ["git", "-C", str(tmp_path / "a"), "-c", "user.name=a", "-c", "user.email=a@yunxi.example"]
    for line in (
        ("commit", "--quiet", "--allow-empty", "--message", "开始"),
        ("push", "--quiet", "origin", "HEAD:main"),
    ):
        subprocess.run([*own, *line], check=True, capture_output=True)
    return PublicityDesk(desk, None, ContentClone(tmp_path / "content", str(bare), ("true",)))


class Lost(ContentClone):
    """A clone whose pushes arrive, while the answer to them is lost."""

    def change(self, path: str, make: Make, message: str) -> str:
        """Change the file and say that the server could not be reached."""
        super().change(path, make, message)
        raise CannotPush("连不上发布服务器。")


def test_who_had_a_hand_in_it_does_not_sign(bundle_folder, tmp_path):
    desk = paper_desk(tmp_path, bundle_folder)
    office, references = desk.office.office, desk.clear()
    both = frozenset({"handler", "reviewer", "approver"})
    notice = publicity.propose(office, replace(CLERK, duties=both), references)
    for member in (replace(CLERK, duties=both), replace(STAFF["reviewer"], duties=both)):
        with pytest.raises(StepStopped, match="要由另一个人来做"):
            publicity.sign(office, member, notice.id)
    assert publicity.sign(office, APPROVER, notice.id).signer == "approver"
    with pytest.raises(StepStopped, match="现在是“待发布”"):
        publicity.sign(office, APPROVER, notice.id)


def test_a_case_stands_in_one_list_and_waits_again_when_it_is_dropped(bundle_folder, tmp_path):
    desk = paper_desk(tmp_path, bundle_folder)
    office, references = desk.office.office, desk.clear(count=2)
    assert {row.case.reference for row in publicity.list_waiting(office, CLERK)["hardship"]} == set(references)
    notice = publicity.propose(office, CLERK, references[:1])
    assert [row.case.reference for row in publicity.list_waiting(office, CLERK)["hardship"]] == references[1:]
    with pytest.raises(CannotList, match="已经在另一份拟好的名单里"):
        publicity.propose(office, CLERK, references)
    publicity.drop(office, APPROVER, notice.id)
    assert set(publicity.propose(office, CLERK, references).references) == set(references)
    assert {one.state for one in list_notices(office, "dropped", "proposed")[0]} == {"proposed", "dropped"}


def test_only_what_waits_for_its_list_is_listed(bundle_folder, tmp_path):
    desk = paper_desk(tmp_path, bundle_folder)
    office, reference = desk.office.office, desk.office.apply_for("hardship")
    for chosen, words in (([reference], "现在是“已提交”"), ([], "还没有选")):
        with pytest.raises(CannotList, match=words):
            publicity.propose(office, CLERK, chosen)
    (cleared,) = desk.clear()
    notice_id = signed(desk, [cleared])
    desk.office.act("reviewer", cleared, "resume_review", note="再核对一下收入。")
    with pytest.raises(CannotList, match="现在是“审核中”"):
        publicity.publish(office, desk.clone, CLERK, notice_id)
    no_figures = replace(office, bundle=replace(office.bundle, rules={}))
    with pytest.raises(CannotList, match="还没有写明公示要几个工作日"):
        publicity.preview(no_figures, CLERK, desk.clear())


# --- crashes, and two at once -------------------------------------------------------------------------


@pytest.mark.long
def test_a_run_that_was_killed_is_taken_up_again(desk):
    """Before the push was answered: the list is on the server, no case has moved. The next run finds that, a day later."""
    office, references = desk.office.office, desk.clear(count=2)
    notice_id = signed(desk, references)
    lost = Lost(**{name: getattr(desk.clone, name) for name in desk.clone.__dataclass_fields__})
    with pytest.raises(CannotPush):
        publicity.publish(office, lost, CLERK, notice_id)
    assert find_notice(office, notice_id).state == "publishing"
    assert {desk.office.find(one).state for one in references} == {"cleared"}
    desk.wait(days=1)
    done = publicity.publish(office, desk.clone, CLERK, notice_id)
    assert set(done.moved) == set(references)
    assert done.notice.file.id == "20261120-kunnan-1"
    assert (
        desk.server.run("git", "-C", str(desk.server.repository), "ls-tree", "-r", "--name-only", "main").count(
            "kunnan"
        )
        == 1
    )
    again = publicity.publish(office, desk.clone, CLERK, notice_id)
    assert (again.moved, again.left) == ((), ())


@pytest.mark.long
def test_what_never_reached_the_server_is_dated_anew(desk):
    office, references = desk.office.office, desk.clear()
    notice_id = signed(desk, references)
    with pytest.raises(CannotPush, match="FORMS_SITE_BUILDER"):
        publicity.publish(office, replace(desk.clone, command=("/nowhere",)), CLERK, notice_id)
    desk.wait(days=4)
    done = publicity.publish(office, desk.clone, CLERK, notice_id)
    assert done.notice.file.id == "20261124-kunnan-1"


@pytest.mark.long
def test_a_case_that_was_withdrawn_meanwhile_stays_behind(desk):
    office, references = desk.office.office, desk.clear(count=2)
    notice_id = signed(desk, references)
    lost = Lost(**{name: getattr(desk.clone, name) for name in desk.clone.__dataclass_fields__})
    with pytest.raises(CannotPush):
        publicity.publish(office, lost, CLERK, notice_id)
    desk.office.act("reviewer", references[0], "resume_review", note="再核对一下收入。")
    done = publicity.publish(office, desk.clone, CLERK, notice_id)
    assert done.moved == tuple(one for one in done.notice.references if one != references[0])
    assert "撤下" in done.left[0][1]


@pytest.mark.long
def test_two_lists_at_once_are_both_published(desk):
    """From two machines, each with a clone of its own: whoever comes second begins anew on what came first."""
    office, references = desk.office.office, desk.clear(count=2)
    lists = [signed(desk, [one]) for one in references]
    clones = [desk.clone, replace(desk.clone, folder=desk.clone.folder.with_name("other"))]
    failed: list[BaseException] = []

    def run(clone, notice_id):
        try:
            publicity.publish(office, clone, CLERK, notice_id)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in zip(clones, lists, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert {find_notice(office, one).file.id for one in lists} == {"20261120-kunnan-1", "20261120-kunnan-2"}
    assert all(len(desk.server.holding(reference)) for reference in references)


@pytest.mark.long
def test_a_push_that_comes_second_begins_anew(desk):
    """An editor pushes while the text is being checked."""
    office, references = desk.office.office, desk.clear()
    script = desk.clone.folder.with_name("slow-check")
    editor = desk.editor()
    editor.write("content/news/2026/20261118-y.md", write_news("抢先的消息"))
    editor.commit("抢先")
    once, bare = desk.clone.folder.with_name("once"), desk.server.repository
    script.write_text(
        f"#!/bin/sh\nif mkdir {once} 2>/dev/null; then git -C {bare} fetch -q {editor.clone} HEAD:refs/heads/main; fi\n"
        f'exec {desk.server.command_file} "$@"\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
    done = publicity.publish(office, replace(desk.clone, command=(str(script),)), CLERK, signed(desk, references))
    assert done.moved == tuple(references)
    log = desk.server.run("git", "-C", str(bare), "log", "--format=%s", "-2")
    assert log.splitlines() == [done.notice.file.title, "抢先"]


# --- taking down ------------------------------------------------------------------------------------------


@pytest.mark.long
def test_a_list_is_taken_down_at_once_and_its_cases_are_reviewed_anew(desk):
    office, references = desk.office.office, desk.clear()
    notice_id = signed(desk, references)
    publicity.publish(office, desk.clone, CLERK, notice_id)
    for reason, words in (("  ", "写一句撤下的理由"), ("张某的电话13900000001不对", "号码")):
        with pytest.raises(StepStopped, match=words):
            publicity.withdraw(office, desk.clone, CLERK, notice_id, reason)
    down = publicity.withdraw(office, desk.clone, STAFF["reviewer"], notice_id, "名单有误，重新核对")
    assert down.state == "withdrawn"
    shown = page(desk, notice_id)
    assert "欧阳" not in shown
    assert "名单有误，重新核对" in shown
    assert desk.server.holding(references[0]) == []
    listings = office.store.list_entries(EntryQuery("publicity", owner=desk.office.find(references[0]).id))[0]
    assert [one.state for one in listings] == ["withdrawn"]
    desk.wait(days=30)
    with pytest.raises(StepStopped, match="公示期还没有满"):
        desk.office.act("clerk", references[0], "end_notice")
    desk.office.act("reviewer", references[0], "resume_review", note="名单有误，重新核对。")


@pytest.mark.long
def test_a_list_that_an_editor_took_down_ends_in_the_office_too(desk):
    office, references = desk.office.office, desk.clear()
    notice_id = signed(desk, references)
    done = publicity.publish(office, desk.clone, CLERK, notice_id)
    editor = desk.editor()
    editor.git("rm", "--quiet", done.notice.file.path)
    bare = str(desk.server.repository)
    editor.commit("删去")
    desk.server.run("git", "-C", bare, "fetch", "-q", str(editor.clone), "HEAD:refs/heads/main")
    assert publicity.withdraw(office, desk.clone, CLERK, notice_id, "名单有误").commit == done.notice.commit


# --- what the service does by itself -----------------------------------------------------------------------


def take_back(desk, reference):
    """Let the worker take an application back, as the status page does."""
    case = desk.office.find(reference)
    after = replace(case, state="withdrawn", updated_at=desk.office.now)
    data = {"action": "withdraw", "state": "withdrawn", "reason": None, "note": None, "case": digest_case(after)}
    desk.office.office.store.amend(Amendment(case, after, NewEvent("moved", desk.office.now, APPLICANT, data, case.id)))
    take_in(desk.office.office)


def test_who_withdraws_comes_off_the_list_at_once_and_its_outcome_is_told(desk):
    office, (gone, stays) = desk.office.office, desk.clear(count=2)
    notice_id = signed(desk, [gone, stays])
    publicity.publish(office, desk.clone, CLERK, notice_id)
    before = find_notice(office, notice_id).file
    assert notice_upkeep.keep_notices(office, desk.clone) == 0
    desk.wait(hours=2)
    take_back(desk, gone)
    assert [notice.id for notice, _ in notice_upkeep.list_left(office)] == [notice_id]
    assert notice_upkeep.keep_notices(office, desk.clone) == 1
    shown, notice = page(desk, notice_id), find_notice(office, notice_id)
    assert gone not in shown
    assert stays in shown
    assert "下列1名对象" in shown
    assert desk.server.holding(gone) == []
    assert (notice.references, notice.due, notice.file.id) == ((stays,), before.due, before.id)
    assert notice_upkeep.list_left(office) == []
    assert notice_upkeep.keep_notices(office, desk.clone) == 0
    desk.wait(days=15)
    assert publicity.end_notice(office, CLERK, notice_id).moved == (stays,)
    assert notice_upkeep.keep_notices(office, desk.clone) == 1
    assert "公示期满，无异议。" in page(desk, notice_id)
    assert find_notice(office, notice_id).result == "公示期满，无异议。"
    assert notice_upkeep.keep_notices(office, desk.clone) == 0
    assert kinds(desk)[2:] == ["publicity_published", "publicity_struck", "publicity_ended", "publicity_told"]


@pytest.mark.long
def test_a_list_that_nobody_is_left_in_is_taken_down(desk):
    office, (reference,) = desk.office.office, desk.clear()
    notice_id = signed(desk, [reference])
    publicity.publish(office, desk.clone, CLERK, notice_id)
    take_back(desk, reference)
    assert notice_upkeep.keep_notices(office, desk.clone) == 1
    assert find_notice(office, notice_id).state == "withdrawn"
    assert notice_upkeep.ALL_LEFT in page(desk, notice_id)
    assert desk.server.holding(reference) == []
    assert notice_upkeep.keep_notices(office, desk.clone) == 0


@pytest.mark.long
def test_a_list_that_an_editor_changed_is_left_to_staff(desk):
    office, references = desk.office.office, desk.clear(count=2)
    notice_id = signed(desk, references)
    done = publicity.publish(office, desk.clone, CLERK, notice_id)
    desk.clone.change(
        done.notice.file.path,
        lambda there: there.replace("五个工作日内", "5个工作日内"),
        write_message("改一处", done.notice),
    )
    take_back(desk, references[0])
    with pytest.raises(PathTaken, match="重新公示"):
        notice_upkeep.keep_notices(office, desk.clone)
    assert [notice.id for notice, _ in notice_upkeep.list_left(office)] == [notice_id]


# --- honours ----------------------------------------------------------------------------------------------


@pytest.mark.long
def test_an_honour_goes_from_its_recommendation_over_the_list_to_the_roll(desk):
    office, act = desk.office.office, desk.office.act
    person = {"kind": "个人", "full_name": "钟立松", "employer": "云溪机械厂", "post": "铣工", "honour": "云溪工匠"}
    reference = desk.office.apply_for(
        "recommendation", **person, citation="十年没有出过一件废品。", agree_publication=True, signers=[]
    )
    with pytest.raises(CannotList, match="不能公示"):
        publicity.propose(office, CLERK, [reference])
    act("unit", reference, "endorse")
    act("reviewer", reference, "review")
    notice_id = signed(desk, [reference])
    publicity.publish(office, desk.clone, CLERK, notice_id)
    assert "钟立松" in page(desk, notice_id)
    naming = Naming("关于命名云溪工匠的决定", "云工发〔2026〕21号", date(2026, 12, 8), "云溪县总工会")
    assert list_candidates(office, CLERK) == ([], 0)
    desk.wait(days=18)
    publicity.end_notice(office, CLERK, notice_id)
    act("approver", reference, "approve")
    (candidate,) = list_candidates(office, CLERK, "shown")[0]
    for ids, told, words in (
        ([], naming, "至少选一名"),
        ([candidate.entry.id], replace(naming, doc_number=" "), "文号"),
    ):
        with pytest.raises(StepStopped, match=words):
            name_candidates(office, desk.clone, CLERK, ids, told)
    with pytest.raises(StepStopped, match="县总工会"):
        name_candidates(office, desk.clone, STAFF["unit"], [candidate.entry.id], naming)
    path = name_candidates(office, desk.clone, CLERK, [candidate.entry.id], naming)
    assert path == "content/honors/20261208-mingming-1.yml"
    roll = (desk.server.site / "honors" / "20261208-mingming-1" / "index.html").read_text("utf-8")
    assert all(word in roll for word in ("钟立松", "云溪机械厂", "云工发〔2026〕21号"))
    assert list_candidates(office, CLERK, "named")[1] == 1
    with pytest.raises(StepStopped, match="已命名"):
        name_candidates(office, desk.clone, CLERK, [candidate.entry.id], naming)


# --- objections -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "notice", "bound"),
    [
        ("编号{reference}", "不记得了", "case"),
        ("某个人", "《{title}》", "notice"),
        ("某个人", "{id}", "notice"),
        ("某个人", "困难职工名单公示", "notice"),
        ("某个人", "公示", None),
        ("YX-AAAA-AAAA-A", "劳模公示的名单", None),
    ],
)
def test_an_objection_is_bound_to_what_it_names(bundle_folder, tmp_path, about, notice, bound):
    desk = paper_desk(tmp_path, bundle_folder)
    office, (reference,) = desk.office.office, desk.clear()
    running = publicity.publish(office, desk.clone, CLERK, signed(desk, [reference])).notice
    told = {"reference": reference, "title": running.file.title, "id": running.file.id}
    objection = desk.office.apply_for(
        "objection", about=about.format(**told), notice=notice.format(**told), story="具体情况具体情况"
    )
    work = office.store.find_work(desk.office.find(objection).id)
    assert work.about == {"case": desk.office.find(reference).id, "notice": running.id, None: None}[bound]
    events = [event.kind for event in office.store.list_events(desk.office.find(objection).id)]
    assert events == ["submitted", "routed"] + ["bound"] * bool(bound)
    assert find_standing(office, CLERK, reference).facts.objections == bool(bound)


# --- the clone alone --------------------------------------------------------------------------------------


def test_a_lost_answer_is_made_up_for_without_a_second_page(bundle_folder, tmp_path):
    desk = paper_desk(tmp_path, bundle_folder)
    office, references = desk.office.office, desk.clear(count=2)
    notice_id = signed(desk, references)
    lost = Lost(**{name: getattr(desk.clone, name) for name in desk.clone.__dataclass_fields__})
    with pytest.raises(CannotPush):
        publicity.publish(office, lost, CLERK, notice_id)
    desk.office.act("reviewer", references[0], "resume_review", note="再核对一下收入。")
    desk.office.wait(days=1)
    done = publicity.publish(office, desk.clone, CLERK, notice_id)
    assert (done.moved, done.notice.file.id) == ((references[1],), "20261120-kunnan-1")
    assert "撤下" in done.left[0][1]


def test_a_second_list_of_a_day_has_the_next_number(bundle_folder, tmp_path):
    desk = paper_desk(tmp_path, bundle_folder)
    office = desk.office.office
    lists = [signed(desk, [one]) for one in desk.clear(count=2)]
    done = [publicity.publish(office, desk.clone, CLERK, one).notice.file for one in lists]
    assert [one.id for one in done] == ["20261120-kunnan-1", "20261120-kunnan-2"]
    assert done[1].title.endswith("第2批）")
    down = publicity.withdraw(office, desk.clone, CLERK, lists[0], "名单有误")
    assert "撤下" in desk.clone.read(done[0].path)
    assert down.commit != find_notice(office, lists[1]).commit


def test_a_server_that_refuses_or_cannot_be_reached_is_told(bundle_folder, tmp_path):
    desk = paper_desk(tmp_path, bundle_folder)
    hook = tmp_path / "plain.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho '第一行不对。' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    with pytest.raises(PushRefused, match="第一行不对"):
        desk.clone.change("content/a.md", lambda there: "a\n", "一")
    assert desk.clone.read("content/a.md") is None
    with pytest.raises(CannotPush, match="检查发布服务器的地址和密钥"):
        replace(desk.clone, remote=str(tmp_path / "nowhere.git")).read("content/a.md")
    hook.unlink()
    script = tmp_path / "late"  # somebody else pushes each time while this one checks
    script.write_text(
        f"#!/bin/sh\ncd {tmp_path}/a && git -c user.name=b -c user.email=b@yunxi.example commit -q --allow-empty -m b"
        " && git push -q origin HEAD:main\n",
        encoding="utf-8",
    )
    script.chmod(0o755)
    with pytest.raises(CannotPush, match="轮不到这一次"):
        replace(desk.clone, command=(str(script),)).change("content/a.md", lambda there: "a\n", "一")
