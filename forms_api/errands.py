"""What timers start on the machine, and what systemd tells of the last time. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from forms_api.definitions import CHINA

LABELS = {
    "publish": "生成网站",
    "forms-purge": "删除到期的申请",
    "forms-audit": "公布事件摘要",
    "forms-keys": "核对密钥",
    "forms-backup": "备份",
    "forms-drill": "演练恢复",
    "content-mirror": "内容的副本",
}
"""Name of a unit → what it does, in a word; each has a timer and a service of that name (deploy/systemd)."""
_PROPERTIES = "Id,ActiveState,ExecMainExitTimestamp"


@dataclass(frozen=True, slots=True)
class Errand:
    """How an errand stands: whether its timer runs, whether it is done just now, when it last ended (None: not since the start)."""

    unit: str
    timer: bool
    running: bool
    ended: datetime | None


def make_command() -> list[str]:
    """Return the command that tells of all errands, which anybody may run."""
    units = [f"{name}.{kind}" for name in LABELS for kind in ("timer", "service")]
    return ["systemctl", "show", "--timestamp=unix", f"--property={_PROPERTIES}", *units]


def read_errands(told: str) -> list[Errand]:
    """Return how each errand stands by what systemctl told; one that it does not know has no timer."""
    units = {unit["Id"]: unit for unit in _read_units(told)}
    return [_read_errand(name, units.get(f"{name}.timer", {}), units.get(f"{name}.service", {})) for name in LABELS]


def _read_units(told: str) -> Iterator[dict[str, str]]:
    for block in told.split("\n\n"):
        unit = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if "Id" in unit:
            yield unit


def _read_errand(name: str, timer: Mapping[str, str], service: Mapping[str, str]) -> Errand:
    ended = service.get("ExecMainExitTimestamp", "").removeprefix("@")
    return Errand(
        name,
        timer.get("ActiveState") == "active",
        service.get("ActiveState") in ("activating", "active", "deactivating"),
        datetime.fromtimestamp(int(ended), CHINA) if ended.isdecimal() and int(ended) else None,
    )
