"""Who made a commit: by a signature that editors.yml knows, else by the pusher whom the server named. Never author fields."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from site_builder.editors import Editor, Editors
from site_builder.publishing.home import append_line, read_lines
from site_builder.publishing.repository import Commit, Repository

_GOOD = frozenset("GU")
"""git's words for a signature that is right: of a trusted key, and of a key whose trust gpg was never asked about."""


def open_with_keys(path: Path, editors: Editors, work: Path) -> tuple[Repository, dict[str, Editor]]:
    """Return the repository, able to judge the signatures of `editors`, and whose each signer or GPG key is.

    The keys are laid into `work`, under a name made from them, so that they are laid out once.
    """
    signers = [(f"editor{number}", one) for number, one in enumerate(editors.editors)]
    ssh = [f'{name} namespaces="git" {key}' for name, one in signers for key in one.keys if not _is_gpg(key)]
    gpg = [(one, key) for _, one in signers for key in one.keys if _is_gpg(key)]
    digest = hashlib.sha256("\n".join([*ssh, *(key for _, key in gpg)]).encode()).hexdigest()[:16]
    allowed = work / f"signers-{digest}"
    if not allowed.exists():
        _write(allowed, "".join(f"{line}\n" for line in ssh))
    owners = dict(signers)
    ring = work / f"gpg-{digest}"
    for number, (one, key) in enumerate(gpg):
        owners |= dict.fromkeys(_import_key(ring, number, key), one)
    settings = (f"gpg.ssh.allowedSignersFile={allowed}", "log.showSignature=false")
    return Repository(path, settings, {"GNUPGHOME": str(ring)} if gpg else {"GNUPGHOME": str(work / "no-keys")}), owners


def _is_gpg(key: str) -> bool:
    return key.startswith("-----BEGIN")


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def _import_key(ring: Path, number: int, key: str) -> list[str]:
    """Import one public key and return its fingerprints; a key that gpg cannot read proves nothing."""
    known = ring / f"key-{number}"
    if not known.exists():
        ring.mkdir(mode=0o700, exist_ok=True)
        command = [
            "gpg",
            "--batch",
            "--no-autostart",
            "--quiet",
            "--import-options",
            "show-only",
            "--with-colons",
            "--import",
        ]
        listed = _gpg(ring, command, key)
        _gpg(ring, ["gpg", "--batch", "--no-autostart", "--quiet", "--import"], key)
        _write(known, "\n".join(row.split(":")[9] for row in listed.splitlines() if row.startswith("fpr:")))
    return known.read_text(encoding="utf-8").split()


def _gpg(ring: Path, command: list[str], key: str) -> str:
    environ = {**os.environ, "GNUPGHOME": str(ring), "LC_ALL": "C"}
    return subprocess.run(  # noqa: S603 - a fixed command of this module
        command, input=key, env=environ, capture_output=True, text=True, check=False
    ).stdout


# --- the ledger of pushers -----------------------------------------------------------------------


class Ledger:
    """Who pushed each commit first, one line each, written before a push is judged and never changed."""

    def __init__(self, path: Path) -> None:
        """Read the file; a missing one is an empty ledger."""
        self.path = path
        self.pushers: dict[str, str] = {}
        for row in read_lines(path):
            self.pushers.setdefault(str(row.get("commit")), str(row.get("pusher")))

    def add(self, commits: Iterable[str], pusher: str) -> None:
        """Note who pushes these commits; who pushed one first stays."""
        for commit in commits:
            if commit not in self.pushers:
                append_line(self.path, {"commit": commit, "pusher": pusher})
                self.pushers[commit] = pusher


def find_actor(commit: Commit, owners: dict[str, Editor], editors: Editors, ledger: Ledger) -> Editor | None:
    """Return whose commit it is, or None where nothing proves it."""
    # the name in a GPG signature is whatever the key's owner wrote into it; that of an SSH signature is ours
    signer = commit.signer if commit.key.startswith("SHA256:") else commit.key
    if commit.verdict in _GOOD and (owner := owners.get(signer)):
        return owner
    login = ledger.pushers.get(commit.name)
    return editors.by_login(login) if login else None
