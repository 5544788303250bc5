"""Write the software bill of materials: every package of both locks with its hashes and licence, as CycloneDX 1.6 JSON.

`python requirements/sbom.py [FILE]`, by default build/sbom.cdx.json. The same locks give the same bytes: no clock, no random number.
What the service and the builder run on has the scope `required`, what only work on the project needs `excluded`.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

sys.path.insert(0, str(Path(__file__).parent))
from audit import HERE, LICENCE_BY_HAND, canonical, licence_of

SCOPES = {"run.lock": "required", "dev.lock": "excluded"}
_PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def list_components() -> Iterator[dict[str, Any]]:
    """Yield each locked package once, by name; a package that both locks hold is required."""
    found: dict[str, dict[str, Any]] = {}
    for lock, scope in SCOPES.items():
        for entry in re.split(r"\n(?=\S)", (HERE / lock).read_text(encoding="utf-8")):
            if match := _PIN.match(entry):
                name = canonical(match[1])
                found.setdefault(name, describe(name, match[2], scope, _HASH.findall(entry)))
    yield from (found[name] for name in sorted(found))


def describe(name: str, version: str, scope: str, hashes: list[str]) -> dict[str, Any]:
    """Return a package as a component; its hashes are those of its files on the index, any of which pip may have taken."""
    purl = f"pkg:pypi/{name}@{version}"
    files = {
        "type": "distribution",
        "url": f"https://pypi.org/project/{name}/{version}/",
        "hashes": [{"alg": "SHA-256", "content": one} for one in sorted(hashes)],
    }
    licence = LICENCE_BY_HAND.get(name) or find_licence(name)
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "scope": scope,
        **({"licenses": [{"license": {"name": licence}}]} if licence else {}),
        "purl": purl,
        "externalReferences": [files],
    }


def find_licence(name: str) -> str:
    """Return what the installed package says of its licence; nothing where it is not installed."""
    try:
        return licence_of(distribution(name))
    except PackageNotFoundError:
        return ""


def make_sbom() -> str:
    """Return the whole document."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = project["name"], project["version"]
    components = list(list_components())
    told = json.dumps(components, sort_keys=True)
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'{name}@{version} {told}')}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": name, "name": name, "version": version}},
        "components": components,
        "dependencies": [
            {"ref": name, "dependsOn": [one["bom-ref"] for one in components if one["scope"] == "required"]}
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> None:
    """Write the document."""
    path = Path(arguments[0]) if arguments else HERE.parent / "build" / "sbom.cdx.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(make_sbom(), encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
