"""公示 as staff meet it: a list chosen, previewed, signed, published, ended, taken down; and what stops each."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from tests.forms_api.front_desk import FrontDesk
from tests.forms_api.review.aid import clear, link_desk, open_paper_clone, read, with_clone


def test_a_list_goes_from_the_desk_to_the_site(desk: FrontDesk, tmp_path: Path) -> None:
    with_clone(desk, open_paper_clone(tmp_path))
    worker = link_desk(desk)
    references = [clear(worker), clear(worker)]
    handler, approver = desk.sign_in("handler"), desk.sign_in("approver")
    assert "没有拟好或正在公示的名单" in read(handler, "/publicity/")
    preview = desk.post(handler, "/publicity/preview", {"case": references})
    shown = read(handler, "", preview)
    assert "欧阳**" in shown
    assert "小满" not in shown
    assert "公示期从2026年11月23日到2026年12月1日" in re.sub(r"<[^>]+>|\s", "", shown)
    proposed = desk.post(handler, "/publicity/propose", {"case": references})
    where = proposed.headers["Location"].partition("?")[0]
    assert "签发" not in re.findall(r"<button[^>]*>(.*?)</button>", read(handler, "", proposed))
    assert "要由" not in read(approver, "", desk.post(approver, f"{where}/sign", {}))
    assert "<button" in read(handler, where)
    public = read(handler, "", desk.post(handler, f"{where}/publish", {}))
    assert "发布好了" in public
    assert all(worker.find(one).state == "public_notice" for one in references)
    assert "还有 11 天" in read(handler, "/publicity/")
    early = desk.post(handler, f"{where}/end", {})
    assert early.status_code == 422
    assert "还没有满" in read(handler, "", early)
    desk.now += timedelta(days=12)
    handler = desk.sign_in("handler")
    assert "期满，待报审批" in read(handler, "/publicity/")
    assert "报审批了" in read(handler, "", desk.post(handler, f"{where}/end", {}))
    assert all(worker.find(one).state == "approving" for one in references)


def test_a_list_is_taken_down_from_its_page(desk: FrontDesk, tmp_path: Path) -> None:
    with_clone(desk, open_paper_clone(tmp_path))
    reference = clear(link_desk(desk))
    handler, approver = desk.sign_in("handler"), desk.sign_in("approver")
    where = desk.post(handler, "/publicity/propose", {"case": reference}).headers["Location"].partition("?")[0]
    desk.post(approver, f"{where}/sign", {})
    desk.post(handler, f"{where}/publish", {})
    refused = desk.post(handler, f"{where}/withdraw", {"reason": " "})
    assert "写一句撤下的理由" in read(handler, "", refused)
    assert "撤下了" in read(handler, "", desk.post(handler, f"{where}/withdraw", {"reason": "名单有误"}))


def test_a_refusal_of_the_site_is_shown_with_its_report(desk: FrontDesk, tmp_path: Path) -> None:
    check = tmp_path / "check"
    check.write_text("#!/bin/sh\necho '第 3 行：这里有身份证件号码。请删去。'\nexit 1\n", encoding="utf-8")
    check.chmod(0o755)
    with_clone(desk, open_paper_clone(tmp_path, str(check)))
    worker = link_desk(desk)
    reference = clear(worker)
    handler, approver = desk.sign_in("handler"), desk.sign_in("approver")
    where = desk.post(handler, "/publicity/propose", {"case": reference}).headers["Location"].partition("?")[0]
    desk.post(approver, f"{where}/sign", {})
    shown = read(handler, "", desk.post(handler, f"{where}/publish", {}))
    assert "网站没有收下" in shown
    assert "这里有身份证件号码" in shown
    assert worker.find(reference).state == "cleared"
    assert "作废了" in read(handler, "", desk.post(handler, f"{where}/drop", {}))


def test_without_a_server_lists_can_be_prepared(desk: FrontDesk) -> None:
    reference = clear(link_desk(desk))
    handler, approver = desk.sign_in("handler"), desk.sign_in("approver")
    assert "还没有选要公示的申请" in read(handler, "", desk.post(handler, "/publicity/preview", {}))
    assert "还没有选要公示的申请" in read(handler, "", desk.post(handler, "/publicity/propose", {}))
    assert "已经不在了" in read(handler, "", desk.post(handler, "/publicity/propose", {"case": "YX-0000-0000-0"}))
    where = desk.post(handler, "/publicity/propose", {"case": reference}).headers["Location"].partition("?")[0]
    desk.post(approver, f"{where}/sign", {})
    assert "FORMS_CONTENT_REMOTE" in read(handler, where)
    assert "FORMS_CONTENT_REMOTE" in read(handler, "", desk.post(handler, f"{where}/publish", {}))
    assert handler.get("/publicity/nothing").status_code == 404
