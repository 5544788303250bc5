"""Everything about an installation that can be looked at without a passphrase, one function per check; nothing is changed.

A check yields what is wrong, and what to do; where all is well it may say how it stands. `CHECKS` is the table, which `doctor`
goes through; what staff see of it in the staff app is `standing`'s.
"""

from __future__ import annotations

import os
import pwd
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from shutil import disk_usage
from typing import Literal

from forms_api import custody, errands, machine
from forms_api.audit import Chain, follow_chain
from forms_api.certificates import count_days, make_command
from forms_api.config import MEGABYTE, Settings, find_site_address
from forms_api.definitions import CHINA
from forms_api.file_places import find_fault
from forms_api.forms_bundle import NoBundle, read_built, read_bundle
from forms_api.notice_texts import BACKUP_DAYS, CERTIFICATE_DAYS, DRILL_DAYS, REHEARSAL_DAYS, WAITING_HOURS
from forms_api.storage import Store
from forms_api.storage.sqlite import find_damage
from forms_api.wording import moment_cn

Level = Literal["good", "unseen", "note", "bad"]
LEVELS: dict[str, str] = {"good": "好", "unseen": "看不到", "note": "注意", "bad": "坏"}
"""Level → its word; the later, the more there is to do."""
BUNDLE_DAYS = 2
"""A timer builds the site each night, so an older bundle means that it does not run."""
HOOKS = ("pre-receive", "post-receive")
SKEW_SECONDS = 45
"""A one-time password is good for half a minute around its own."""
OF_REVIEW = ("FORMS_CONTENT_KEY", "FORMS_NOTIFY_TOKEN_FILE", "FORMS_DIGEST_FILE", "FORMS_BACKUP_KEY_FILE")
"""Settings whose files belong to the user of the staff app."""
SELF_SIGNED = "self-signed"
_WAL = b"\x02\x02"
_DEPLOY = (Path(sys.prefix) / "deploy", Path(__file__).parents[1] / "deploy")


@dataclass(frozen=True, slots=True)
class Finding:
    """How something stands: well, not to be seen from here, not as it should be (`note` may wait, `bad` may not)."""

    level: Level
    words: str
    remedy: str = ""


@dataclass(frozen=True)
class Subject:
    """What is looked at, and the ways to look."""

    settings: Settings
    store: Store
    now: datetime
    ask: Callable[[list[str]], str | None] = machine.ask
    """Run a program of the system and return what it said; None where it is not there or fails."""
    fetch: Callable[[str], str | None] = machine.fetch
    """Return the text at an address of this machine; None where nobody answers."""
    site_home: Path | None = None
    """The publishing folder, if it is on this machine."""
    certificates: tuple[Path, ...] = ()
    figures: str = "http://127.0.0.1:9102/metrics"
    """Where the staff app gives its figures."""
    owners: tuple[str, str] = field(default=("forms-intake", "forms-review"))
    measure_skew: Callable[[str], float | None] = machine.measure_skew
    """Return by how many seconds the clock of a web server is ahead; None where it cannot be asked."""


Found = Iterator[Finding]


def check_keys(subject: Subject) -> Found:
    """Look at the files of the keys, whether they fit, and whether others can read them."""
    for fault in custody.check_keys(subject.settings.folder, subject.store):
        words, _, remedy = fault.partition("。")
        yield Finding("bad", f"{words}。", remedy)
    key = subject.settings.folder.intake_key
    if not key.exists():
        yield Finding("bad", f"没有 {key}，受理启动不了。", "请从备份恢复这个文件。")


def check_drill(subject: Subject) -> Found:
    """Look when somebody last proved that the private key opens what is received."""
    last = subject.store.find_last_of("key_drilled")
    if last is None:
        yield Finding("note", "私钥从来没有演练过。", "请运行 forms-api keys drill，输入口令。")
    elif last.data.get("result") != "opened":
        yield Finding("bad", "上一次私钥演练没有通过。", "请立即停止受理，查明原因。")
    elif (days := (subject.now - last.at).days) > DRILL_DAYS:
        yield Finding("note", f"私钥已经 {days} 天没有演练。", "请运行 forms-api keys drill，输入口令。")
    else:
        yield Finding("good", f"上一次 {tell_moment(last.at)}。")


def check_permissions(subject: Subject) -> Found:
    """Compare modes and owners with the table in docs/operations.md."""
    folder = subject.settings.folder
    rows = (
        (folder.root, 0o007, ""),
        (folder.database, 0o007, ""),
        (folder.files, 0o007, ""),
        (folder.public_key.parent, 0o027, subject.owners[0]),
        (folder.intake_key, 0o037, subject.owners[0]),
        (folder.review, 0o077, subject.owners[1]),
        (folder.staff_key, 0o077, subject.owners[1]),
        (folder.blind_key, 0o077, subject.owners[1]),
    )
    for path, forbidden, owner in rows:
        try:
            stat = path.stat()
        except OSError:
            continue
        if stat.st_mode & forbidden:
            mode = f"{stat.st_mode & 0o7777 & ~forbidden:o}"
            yield Finding(
                "bad",
                f"{path} 的权限是 {stat.st_mode & 0o7777:o}，不该动它的用户也动得了。",
                f"请运行 chmod {mode} {path}。",
            )
        if _knows(owner) and stat.st_uid != pwd.getpwnam(owner).pw_uid:
            yield Finding("bad", f"{path} 的属主不是 {owner}。", f"请运行 chown {owner} {path}。")


def check_clock(subject: Subject) -> Found:
    """Look whether the clock is kept right, and that it does not run behind the events."""
    last = subject.store.find_last_event()
    if last and last.at > subject.now:
        yield Finding(
            "bad", f"钟慢了：最后一条事件记在 {last.at.astimezone(CHINA):%Y-%m-%d %H:%M}，比现在还晚。", "请校准时间。"
        )
    told = subject.ask(["timedatectl", "show", "--property=NTPSynchronized", "--value"])
    if told is None:
        tracking = subject.ask(["chronyc", "-n", "tracking"])
        told = "" if tracking is None else "no" if "Not synchronised" in tracking else "yes"
    if told.strip() == "no":
        yield Finding(
            "note",
            "时间没有和时间服务器对上，期限和验证码会算错。",
            "请运行 timedatectl set-ntp true，或者装上 chrony；内网没有时间服务器的，请定期核对。",
        )
    elif not told.strip():
        yield Finding("unseen", "看不出时间准不准。", "请装上 systemd-timesyncd 或 chrony。")
    else:
        yield Finding("good", "和时间服务器对得上。")


def check_site_clock(subject: Subject) -> Found:
    """Hold the clock against the one of the site, which may be on another machine."""
    try:
        address = find_site_address(subject.settings, read_bundle(subject.settings.bundle))
    except NoBundle:
        address = subject.settings.site_address
    skew = subject.measure_skew(address) if address else None
    if skew is None:
        where = f"连不上网站 {address}" if address else "不知道网站的地址"
        yield Finding("unseen", f"{where}，不能和它对时间。", "网站在别的机器上、这里又连不到时，请人工核对一次。")
    elif abs(skew) > SKEW_SECONDS:
        way = "慢" if skew > 0 else "快"
        words = f"这台机器的钟比网站 {address} 的{way} {abs(skew):.0f} 秒，动态码和期限会算错。"
        yield Finding("note", words, "请看哪一台不准，在那台上运行 timedatectl set-ntp true，或者装上 chrony。")
    else:
        yield Finding("good", f"和网站 {address} 的时间一致。")


def check_disk(subject: Subject) -> Found:
    """Look how much room is left."""
    free, least = disk_usage(subject.settings.folder.root).free // MEGABYTE, subject.settings.free_megabytes
    if free < 2 * least:
        stops = free < least
        words = f"磁盘只剩 {free} 兆，{'已经停止受理' if stops else f'少于 {least} 兆时就停止受理'}。"
        yield Finding("bad" if stops else "note", words, "请清理或扩容。")
    else:
        yield Finding("good", f"还有 {free / 1000:,.1f} GB。")


def check_files(subject: Subject) -> Found:
    """Look whether sealed files can be kept, and whether some that must be there are."""
    if fault := find_fault(subject.settings, subject.store):
        words, _, remedy = fault.partition("。")
        yield Finding("bad", f"{words}。", remedy)


def check_database(subject: Subject) -> Found:
    """Let SQLite look at its pages, and look whether it writes ahead."""
    path = subject.settings.folder.database
    if subject.settings.store:
        return
    if damage := find_damage(path):
        yield Finding("bad", f"数据库损坏（{damage}）。", "请停止受理，保留原样，从备份恢复。")
        return
    with path.open("rb") as file:
        file.seek(18)
        if file.read(2) != _WAL:
            yield Finding("bad", "数据库不是先写日志（WAL）的方式。", "请重新启动受理，再查一次。")


def check_bundle(subject: Subject) -> Found:
    """Look whether the forms can be read, and whether the nightly build still makes them."""
    try:
        read_bundle(subject.settings.bundle)
    except NoBundle as fault:
        yield Finding("bad", f"{str(fault).partition('。')[0]}。", "请先生成并发布网站，再启动受理。")
        return
    built = read_built(subject.settings.bundle)
    if built is None:
        return
    if (days := (subject.now - built).days) >= BUNDLE_DAYS:
        yield Finding(
            "note",
            f"网站和表单是 {days} 天前生成的，夜间的生成没有做。",
            "请运行 systemctl status publish.timer publish.service。",
        )
    else:
        yield Finding("good", f"网站和表单生成于 {tell_moment(built)}。")


def check_certificates(subject: Subject) -> Found:
    """Look how long the certificates of the web server are good for."""
    if not subject.certificates:
        yield Finding("unseen", "不知道网站用的是哪张证书。", "请在网站那台机器上看，或者写明 TLS_CERTIFICATE。")
    for path in subject.certificates:
        days = count_days(subject.ask(make_command(path)), subject.now)
        if days is None:
            yield Finding("bad", f"读不出证书 {path}。", "请检查路径和内容，再运行 deploy/install.sh。")
            continue
        if days < CERTIFICATE_DAYS:
            words = f"证书 {path} {'已经过期' if days < 0 else f'还有 {days} 天到期'}。"
            yield Finding("bad" if days < 0 else "note", words, "请续期，再运行 systemctl reload nginx。")
        elif SELF_SIGNED in path.name:
            yield Finding(
                "note", "网站还在用自制的证书，浏览器会警告。", "请把正式证书写进 /etc/workers-home/settings.env。"
            )
        else:
            yield Finding("good", f"{path.name} 还有 {days} 天。")


def check_hooks(subject: Subject) -> Found:
    """Look whether the content repository judges pushes by this program's hooks."""
    ours = next((path / "hooks" for path in _DEPLOY if (path / "hooks").is_dir()), None)
    if subject.site_home is None or ours is None:
        yield Finding("good", "内容仓库不在这台机器上，这里不用查。")
        return
    for name in HOOKS:
        hook = subject.site_home / "site.git" / "hooks" / name
        if not hook.is_file():
            yield Finding("bad", f"没有钩子 {hook}，推送不经检查。", "请运行 deploy/install.sh。")
        elif not os.access(hook, os.X_OK):
            yield Finding("bad", f"钩子 {hook} 不能执行，推送不经检查。", f"请运行 chmod +x {hook}。")
        elif hook.read_bytes() != (ours / name).read_bytes():
            yield Finding("bad", f"钩子 {hook} 和程序自带的不一样。", "请查明是谁改的，再运行 deploy/install.sh。")


def check_timers(subject: Subject) -> Found:
    """Look whether the timers run, and how what they start went the last time."""
    told = subject.ask(errands.make_command())
    if told is None:
        words = "问不到 systemd，看不出定时任务在不在。"
        yield Finding("unseen", words, "请自己确认夜间生成、删除、备份都在定时做。")
        return
    for one in errands.read_errands(told):
        if not one.timer:
            timer = f"{one.unit}.timer"
            yield Finding("bad", f"定时任务 {timer} 没有在运行。", f"请运行 systemctl enable --now {timer}。")
        when = f"上一次 {tell_moment(one.ended)}" if one.ended else "正在做" if one.running else "开机以后还没有轮到"
        yield Finding("good", f"{errands.LABELS[one.unit]}：{when}。")
    for unit in (subject.ask(["systemctl", "list-units", "--failed", "--plain", "--no-legend"]) or "").splitlines():
        name = unit.partition(" ")[0]
        if name.startswith(("forms-", "publish", "workers-home", "content-mirror", "nginx")):
            yield Finding("bad", f"{name} 失败了。", f"请运行 journalctl -u {name} -n 30 看原因。")


def check_outbox(subject: Subject) -> Found:
    """Look whether messages to workers get through."""
    if stuck := len(subject.store.list_stuck()):
        yield Finding("note", f"有 {stuck} 条消息多次发不出去。", "请在受理台看原因，改用电话告诉申请人。")
    waiting, since = subject.store.count_waiting()
    hours = int((subject.now - since).total_seconds() // 3600) if waiting and since else 0
    if hours >= WAITING_HOURS:
        yield Finding("note", f"最早的一条消息已经等了 {hours} 小时。", "请登录受理台解锁私钥，并检查短信网关。")
    else:
        yield Finding("good", f"有 {waiting} 条等着发。" if waiting else "没有等着发的。")


def check_chain(subject: Subject) -> Found:
    """Follow the whole chain of events."""
    for fault in follow_chain(subject.store.list_events(), "", Chain()):
        yield Finding("bad", f"{fault.where}：{fault.words}", "请不要再写数据文件夹，运行 forms-api audit verify。")


def check_backup(subject: Subject) -> Found:
    """Look when the last backup was made."""
    last = subject.store.find_last_of("backed_up")
    if last is None:
        yield Finding("bad", "从来没有备份过。", "请照 docs/operations.md 设好备份的定时任务。")
    elif (days := (subject.now - last.at).days) > BACKUP_DAYS:
        yield Finding("bad", f"最近一次备份是 {days} 天前。", "请检查备份的定时任务。")
    else:
        yield Finding("good", f"上一次备份 {tell_moment(last.at)}。")
    rehearsed = subject.store.find_last_of("backup_drilled")
    if rehearsed is None:
        yield Finding("note", "备份从来没有试着恢复过。", "请运行 systemctl start forms-drill。")
    elif rehearsed.data.get("result") != "passed":
        yield Finding(
            "bad", "上一次恢复演练没有通过，出了事可能恢复不了。", "请运行 journalctl -u forms-drill -n 50 看原因。"
        )
    elif (days := (subject.now - rehearsed.at).days) > REHEARSAL_DAYS:
        yield Finding("note", f"已经 {days} 天没有试着恢复备份。", "请运行 systemctl status forms-drill.timer。")
    else:
        yield Finding("good", f"上一次试着恢复 {tell_moment(rehearsed.at)}，通过。")


def check_unlocked(subject: Subject) -> Found:
    """Ask the staff app whether somebody unlocked the private key since it started."""
    told = subject.fetch(subject.figures)
    found = re.search(r"^forms_vault_open ([0-9.]+)$", told or "", re.MULTILINE)
    if not found:
        yield Finding("unseen", "问不到受理台，不知道私钥解锁没有。", "请运行 systemctl status forms-review。")
    elif float(found[1]) < 1:
        yield Finding("note", "私钥还锁着：消息不发，新申请不进收件箱。", "请登录受理台，点页脚的“去解锁”，输入口令。")


def check_open(subject: Subject) -> Found:
    """Look whether somebody stopped intake."""
    stop = subject.settings.folder.stop
    if stop.exists():
        yield Finding("note", "网上申请已经由人停掉。", f"要恢复受理，请删去 {stop}。")
    else:
        yield Finding("good", "网上申请开着。")


def check_secrets(subject: Subject) -> Found:
    """Look at every file that a setting names as a secret: whether it is there, whose it is, and that nobody else can read it."""
    for name, path in subject.settings.secrets:
        try:
            stat = path.stat()
        except PermissionError:
            if name in OF_REVIEW:
                yield Finding("bad", f"{name} 指的 {path} 读不到。", f"请运行 chown {subject.owners[1]} {path}。")
            continue  # a folder that only root may enter keeps it as well as a mode does
        except OSError:
            yield Finding("bad", f"{name} 指的 {path} 不在。", "请从备份恢复这个文件，或者改正设置。")
            continue
        if stat.st_mode & 0o077:
            yield Finding("bad", f"{name} 指的 {path} 别的用户也读得到。", f"请运行 chmod 600 {path}。")
        owner = subject.owners[1] if name in OF_REVIEW else ""
        if _knows(owner) and stat.st_uid != pwd.getpwnam(owner).pw_uid:
            yield Finding("bad", f"{name} 指的 {path} 属主不是 {owner}。", f"请运行 chown {owner} {path}。")


CHECKS: dict[str, tuple[str, Callable[[Subject], Found]]] = {
    "keys": ("密钥", check_keys),
    "drill": ("私钥演练", check_drill),
    "permissions": ("权限", check_permissions),
    "secrets": ("保密文件", check_secrets),
    "clock": ("时钟", check_clock),
    "site_clock": ("和网站对时", check_site_clock),
    "disk": ("磁盘", check_disk),
    "files": ("文件", check_files),
    "database": ("数据库", check_database),
    "chain": ("事件链", check_chain),
    "open": ("受理", check_open),
    "bundle": ("表单", check_bundle),
    "certificates": ("证书", check_certificates),
    "hooks": ("钩子", check_hooks),
    "timers": ("定时任务", check_timers),
    "outbox": ("消息", check_outbox),
    "backup": ("备份", check_backup),
    "unlocked": ("解锁", check_unlocked),
}
"""Name for programs → name for people, and the check."""


def examine(subject: Subject) -> Iterator[tuple[str, str, list[Finding]]]:
    """Yield the name of each check for programs and for people, and what it found."""
    for name, (label, check) in CHECKS.items():
        yield name, label, list(check(subject))


def tell_moment(moment: datetime) -> str:
    """Write a moment as it is on the clock in China; what is older than some weeks is told in days."""
    return moment_cn(moment.astimezone(CHINA))


def _knows(owner: str) -> bool:
    try:
        return bool(owner and pwd.getpwnam(owner))
    except KeyError:
        return False
