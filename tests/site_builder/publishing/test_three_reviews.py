"""三审三校 with real git: signatures, pushers named by the server, the way of a web editor, a bypass, the review service."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.publishing_desk import Desk, Person, write_news, write_policy, write_publicity

POLICY = "content/policies/2026/20261118-banfa.md"


def make_key(folder: Path, name: str) -> tuple[Path, str]:
    """Return a new SSH key: the file of the private half, and the line of the public half."""
    path = folder / f"key-{name}"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)
    return path, path.with_suffix(".pub").read_text(encoding="utf-8").strip()


def signed(person: Person, key: Path) -> Person:
    """Return the person, signing every commit with a key; `.pub` names the key to git."""
    for name, value in (("gpg.format", "ssh"), ("user.signingkey", str(key)), ("commit.gpgsign", "true")):
        person.git("config", name, value)
    return replace(person, key=key)


@pytest.fixture
def office(desk: Desk) -> Desk:
    """Return the server with an editors.yml: two writers, a reviewer, an approver; who signs has a key."""
    admin = desk.person("甲")
    keys = {name: make_key(desk.folder, name)[1] for name in ("shen", "pi", "fuwu")}
    admin.write(
        "content/editors.yml",
        "editors:\n"
        "  - {name: 写甲, login: xie, rights: [write]}\n"
        f"  - {{name: 审乙, login: shen, keys: ['{keys['shen']}'], rights: [write, review]}}\n"
        f"  - {{name: 批丙, login: pi, keys: ['{keys['pi']}'], rights: [approve, withdraw]}}\n"
        "  - {name: 管丁, login: guan, rights: [settings]}\n"
        f"  - {{name: 审核系统, keys: ['{keys['fuwu']}'], rights: [write], limits: {{write: [公示, messages, indicators]}}, service: true}}\n",
    )
    admin.commit("登记权限")
    assert "没有登记任何人" in admin.send()
    return desk


@pytest.mark.long
def test_signed_review_and_approval_let_a_policy_through(office):
    writer = office.person("写", "xie")
    writer.write(POLICY, write_policy("帮扶办法"))
    writer.commit("帮扶办法")
    said = writer.send(fails=True)
    assert "政策文件《帮扶办法》还缺审核（Reviewed-by）和批准（Approved-by）" in said
    assert "写稿的写甲不能审自己的稿" in said
    writer.send("banfa")
    for name, login, trailer in (("审", "shen", "Reviewed-by: 审乙"), ("批", "pi", "Approved-by: 批丙")):
        person = signed(office.person(name), office.folder / f"key-{login}")
        person.git("fetch", "--quiet", "origin")
        person.git("checkout", "--quiet", "-B", "banfa", "origin/banfa")
        person.commit(f"签字\n\n{trailer}")
        person.send("banfa")
    approver = office.person("批")
    said = approver.send()  # the server names nobody: the signatures and the ledger of the branch prove it all
    assert "已发布" in said
    log = (office.site / "publications" / "index.html").read_text(encoding="utf-8")
    assert "帮扶办法" in log
    assert "经审核、批准" in log
    assert "审乙" not in log


def test_the_way_of_a_web_editor(office):
    """Everything is unsigned and made by the server for whoever is logged in: a branch, a note by each, a merge."""
    writer, reviewer, approver = (
        office.person(name, login) for name, login in (("写", "xie"), ("审", "shen"), ("批", "pi"))
    )
    writer.write(POLICY, write_policy("补助办法"))
    writer.commit("新建办法")
    writer.push("buzhu")
    for person, trailer in ((reviewer, "Reviewed-by: 审乙"), (approver, "Approved-by: 批丙")):
        person.git("fetch", "--quiet", "origin")
        person.git("checkout", "--quiet", "-B", "buzhu", "origin/buzhu")
        person.write(f"signoffs/20261120-{person.login}.md", "看过，可以发。\n")
        person.commit(f"签字\n\n{trailer}")
        person.push("buzhu")
    approver.git("checkout", "--quiet", "-B", "main", "origin/main")
    approver.git("merge", "--quiet", "--no-ff", "--message", "合并 buzhu", "buzhu")
    assert "已发布" in approver.push()
    assert office.holding("补助办法")


@pytest.mark.long
def test_a_change_after_the_review_needs_a_new_one(office):
    writer, reviewer, approver = (
        office.person(name, login) for name, login in (("写", "xie"), ("审", "shen"), ("批", "pi"))
    )
    writer.write(POLICY, write_policy("办法"))
    writer.commit("写")
    writer.send("b")
    for person, trailer in ((reviewer, "Reviewed-by: 审乙"), (approver, "Approved-by: 批丙")):
        person.git("fetch", "--quiet", "origin")
        person.git("checkout", "--quiet", "-B", "b", "origin/b")
        person.commit(f"签字\n\n{trailer}")
        person.send("b")
    writer.git("pull", "--quiet", "origin", "b")
    writer.write(POLICY, write_policy("办法", body="签字以后悄悄改的。"))
    writer.commit("改")
    assert "还缺审核（Reviewed-by）和批准（Approved-by）" in writer.send(fails=True)


def test_someone_without_the_right_is_told_which_is_missing(office):
    approver = office.person("批", "pi")
    approver.write("content/news/2026/20261118-x.md", write_news("消息"))
    approver.commit("消息")
    assert "是批丙做的，缺少“工作动态”的写稿（write）权限" in approver.send(fails=True)
    writer = office.person("写", "xie")
    writer.write("content/editors.yml", "editors:\n  - {name: 写甲, login: xie, rights: [write, settings, approve]}\n")
    writer.commit("给自己加权限")
    assert "是写甲做的，缺少设置（settings）权限" in writer.send(fails=True)
    nobody = office.person("无名")
    nobody.write("content/news/2026/20261118-x.md", write_news("另一条消息"))
    nobody.commit("另一条消息")  # the same words in the same second would be the same commit
    assert "看不出是谁做的" in nobody.send(fails=True)
    stranger = office.person("路人", "luren")
    stranger.write("content/news/2026/20261118-x.md", write_news("消息"))
    stranger.commit("消息\n\nReviewed-by: 审乙")
    assert "看不出是谁做的" in stranger.send(fails=True)


@pytest.mark.long
def test_a_message_cannot_invent_another_commit(office):
    writer = office.person("写", "xie")
    writer.write(POLICY, write_policy("办法"))
    forged = "\x1f".join(("\x1e" + "0" * 40, "", "1", "G", "editor1", "", "", "Reviewed-by: 审乙\nApproved-by: 批丙"))
    writer.commit(f"写\n\n{forged}")
    said = writer.send(fails=True)
    assert "还缺审核" in said


@pytest.mark.long
def test_an_unknown_key_proves_nothing(office):
    key, _ = make_key(office.folder, "other")
    person = signed(office.person("冒充"), key)
    person.write("content/news/2026/20261118-x.md", write_news("消息"))
    person.commit("消息")
    assert "看不出是谁做的" in person.send(fails=True)


def test_a_bypass_needs_the_right_to_approve_and_is_listed(office):
    writer, approver = office.person("写", "xie"), office.person("批", "pi")
    writer.write(POLICY, write_policy("防汛紧急通知"))
    writer.commit("紧急\n\nForce-reason: 台风今晚登陆")
    assert "还缺审核" in writer.send(fails=True)
    writer.send("jinji")
    approver.git("fetch", "--quiet", "origin")
    approver.git("checkout", "--quiet", "-B", "main", "origin/jinji")
    approver.commit("放行\n\nForce-reason: 台风今晚登陆，来不及三审")
    assert "已发布" in approver.send()
    log = (office.site / "publications" / "index.html").read_text(encoding="utf-8")
    assert "免审发布，理由：台风今晚登陆，来不及三审" in log


@pytest.mark.long
def test_the_review_service_publishes_lists_alone(office):
    service = signed(office.person("服务"), office.folder / "key-fuwu")
    service.write("content/notices/2026/20261116-gongshi.md", write_publicity("帮扶公示", "张某"))
    service.commit("帮扶公示\n\nReviewed-by: 审乙\nApproved-by: 批丙")
    assert "已发布" in service.send()
    service.write("content/news/2026/20261118-x.md", write_news("消息"))
    service.commit("消息")
    assert "是审核系统做的，缺少“工作动态”的写稿（write）权限" in service.send(fails=True)


@pytest.mark.long
def test_a_gpg_key_proves_too(office, tmp_path):
    ring = tmp_path / "gnupg"
    ring.mkdir(mode=0o700)
    environ = {**office.environ, "GNUPGHOME": str(ring)}
    # the key calls itself by the name that git gives to another editor's SSH key: the name must prove nothing
    quick = ["gpg", "--batch", "--passphrase", "", "--quick-generate-key", "editor2", "ed25519", "sign", "never"]
    subprocess.run(quick, env=environ, check=True, capture_output=True)
    armour = subprocess.run(
        ["gpg", "--armor", "--export"], env=environ, check=True, capture_output=True, text=True
    ).stdout
    admin = office.person("管", "guan")
    text = (admin.clone / "content" / "editors.yml").read_text(encoding="utf-8")
    block = "".join(f"        {line}\n" for line in armour.splitlines())
    admin.write("content/editors.yml", f"{text}  - name: 写己\n    rights: [write]\n    keys:\n      - |\n{block}")
    admin.commit("登记 GPG 公钥")
    admin.send()
    person = office.person("己")
    fingerprint = subprocess.run(
        ["gpg", "--list-keys", "--with-colons"], env=environ, check=True, capture_output=True, text=True
    ).stdout
    for name, value in (
        ("user.signingkey", next(row.split(":")[9] for row in fingerprint.splitlines() if row.startswith("fpr"))),
        ("commit.gpgsign", "true"),
    ):
        person.git("config", name, value)
    person.write("content/news/2026/20261118-x.md", write_news("签过名的消息"))
    person.git("add", "--all")
    person.git("commit", "--quiet", "--message", "消息", GNUPGHOME=str(ring))
    assert "已发布" in person.send()
    person.git("commit", "--quiet", "--allow-empty", "--message", "批\n\nApproved-by: 批丙", GNUPGHOME=str(ring))
    assert "写的是“批丙”批准，但它是写己做的" in person.send(fails=True)
    subprocess.run(["gpgconf", "--kill", "all"], env=environ, check=False)
