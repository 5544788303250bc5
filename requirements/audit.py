"""Audit what is installed: pinned with hashes, nothing more, nothing forbidden, licences known, advisories read.

Exit status 1 with one line for each fault. Where no advisory database can be reached it says so and goes on:
a machine without the internet can still prove the other four.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path

HERE = Path(__file__).parent
FORBIDDEN = {
    "properdocs": "a second site generator that some MkDocs plugins drag in",
}
OWN_OR_INSTALLER = {"workers-home", "pip"}
ALLOWED_LICENCES = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|LGPL|Lesser General|Unlicense|0BSD|Zlib|CC0|Public Domain",
    re.IGNORECASE,
)
REFUSED_LICENCES = re.compile(r"(?<!L)(?<!Lesser )\b(A?GPL|GNU General|Affero)", re.IGNORECASE)
LICENCE_BY_HAND: dict[str, str] = {
    "axe-playwright-python": "MIT; ships axe-core under MPL-2.0",
}
"""Licences read by a person in the package's own files where its metadata says nothing."""


def canonical(name: str) -> str:
    """Return a distribution name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_locks() -> tuple[dict[str, str], list[str]]:
    """Return the pinned versions of both locks by name, and the faults found in the locks themselves."""
    pins: dict[str, str] = {}
    faults: list[str] = []
    for lock in sorted(HERE.glob("*.lock")):
        text = lock.read_text(encoding="utf-8")
        if re.search(r"https?://|^--(index-url|extra-index-url|find-links)", text, re.MULTILINE):
            faults.append(f"{lock.name}: names an index address; take it out.")
        for entry in re.split(r"\n(?=\S)", text):
            if match := re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", entry):
                pins[canonical(match[1])] = match[2]
                if "--hash=sha256:" not in entry:
                    faults.append(f"{lock.name}: {match[1]} has no hash; run `make lock`.")
    return pins, faults


def licence_of(distribution: Distribution) -> str:
    """Return what a distribution's metadata says of its licence."""
    data = distribution.metadata.json
    classifiers = [c for c in data.get("classifier", []) if c.startswith("License")]
    parts = [str(data.get("license_expression") or ""), *classifiers]
    if not any(parts):
        parts = [str(data.get("license") or "").strip().partition("\n")[0]]
    return "; ".join(part for part in parts if part)


def audit_installed(pins: dict[str, str]) -> list[str]:
    """Return the faults of what is installed against the locks and the licence list."""
    faults = []
    for distribution in distributions():
        name = canonical(distribution.metadata["Name"])
        if name in FORBIDDEN:
            faults.append(f"{name}: must not be installed ({FORBIDDEN[name]}).")
        if name in OWN_OR_INSTALLER:
            continue
        if pins.get(name) != distribution.version:
            faults.append(f"{name} {distribution.version}: the locks say {pins.get(name) or 'nothing'}.")
        licence = LICENCE_BY_HAND.get(name) or licence_of(distribution)
        if not ALLOWED_LICENCES.search(licence) or REFUSED_LICENCES.search(licence):
            faults.append(f"{name}: licence “{licence or 'unknown'}” is not on the list.")
    return faults


def audit_advisories() -> tuple[list[str], str]:
    """Return known vulnerabilities of the locked packages, and a note on how far the question was answered."""
    command = [
        sys.executable, "-m", "pip_audit", "--format=json", "--progress-spinner=off", "--timeout=20",
        "--disable-pip", "--require-hashes", *(f"--requirement={lock}" for lock in sorted(HERE.glob("*.lock"))),
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    try:
        report = json.loads(run.stdout)["dependencies"]
    except (ValueError, KeyError):
        return [], "advisories: NOT READ (no advisory database answered); run again where one can be reached."
    unread = sum("skip_reason" in package for package in report)
    faults = [
        f"{package['name']} {package['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version yet'}."
        for package in report
        for flaw in package.get("vulns", ())
    ]
    if unread == len(report):
        return faults, "advisories: NOT READ (no advisory database answered); run again where one can be reached."
    return faults, f"advisories: read for {len(report) - unread} of {len(report)} packages."


def main() -> int:
    """Run the audit and print what it found."""
    pins, faults = read_locks()
    faults += audit_installed(pins)
    flaws, note = audit_advisories()
    for fault in [*faults, *flaws]:
        print(fault, file=sys.stderr)
    print(f"audit: {len(pins)} packages pinned, {len(faults) + len(flaws)} faults; {note}")
    return 1 if faults or flaws else 0


if __name__ == "__main__":
    sys.exit(main())
