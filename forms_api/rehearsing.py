"""The rehearsal of the worst day: the newest backup restored into an empty folder, proved, and held against what lives."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from forms_api.backups import list_backups
from forms_api.config import Folder
from forms_api.restoring import BackupFailed, Proof, restore_backup
from forms_api.storage import Store


def rehearse(source: Path, key: bytes, store: Store, place: Path, now: datetime, most: timedelta) -> Proof:
    """Restore the newest backup of a folder (or the one named) into `place`; return what it proved to hold.

    It must not be older than `most`, nothing in it may be at fault, and the end of its chain must stand in the living one: a
    living chain that was cut off or written anew since is found here. Opens nothing. Raises BackupFailed.
    """
    path = find_newest(source)
    proof = restore_backup(path, Folder(place), key)
    if proof.faults:
        raise BackupFailed("\n".join([f"{path.name} 里有对不上的地方：", *proof.faults]))
    age = now - datetime.fromisoformat(proof.made_at)
    if age > most:
        raise BackupFailed(
            f"最近的备份 {path.name} 是 {int(age.total_seconds() // 3600)} 小时前的。请检查备份的定时任务。"
        )
    living = next(store.list_events(after=proof.number - 1), None) if proof.number else None
    if proof.number and (living is None or (living.seq, living.digest.hex()) != (proof.number, proof.head)):
        raise BackupFailed(
            f"备份里的第 {proof.number} 条事件，现在的事件链里不是它：有人动过正在用的数据库。"
            f"请保留原样，运行 forms-api audit verify --head {proof.head}。"
        )
    return proof


def find_newest(source: Path) -> Path:
    """Return the newest backup of a folder, or the file itself. Raises BackupFailed where there is none."""
    if not source.is_dir():
        return source
    found = list_backups(source)
    if not found:
        raise BackupFailed(f"{source} 里一份备份也没有。请检查备份的定时任务。")
    return found[-1][1]
