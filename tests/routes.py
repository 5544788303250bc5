"""The frozen list of public addresses: `python -m tests.routes` writes it again from the sample site, on purpose."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from site_builder.driver import build
from site_builder.render import THEME_DIR

ROOT = Path(__file__).parents[1]
FROZEN = Path(__file__).with_name("routes.json")
SAMPLE_DATE = "2026-11-20T09:00"


def list_routes(site: Path) -> list[str]:
    """Return every public address of a built site, sorted; what only scripts ask for (theme, search index) is left out."""
    paths = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    paths -= {f"assets/{path.name}" for path in (THEME_DIR / "assets").iterdir()}
    paths -= {path for path in paths if path.startswith("search/") and not path.endswith(".html")}
    return sorted(f"/{path.removesuffix('index.html')}" for path in paths)


def read_frozen() -> list[str]:
    """Return the addresses that must go on working."""
    frozen: list[str] = json.loads(FROZEN.read_text(encoding="utf-8"))
    return frozen


def write_frozen(routes: list[str]) -> None:
    """Freeze these addresses."""
    FROZEN.write_text(json.dumps(routes, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def main() -> None:
    """Build the sample site and freeze its addresses; say which ones are gone."""
    before = set(read_frozen()) if FROZEN.exists() else set()
    with tempfile.TemporaryDirectory() as folder:
        result = build(ROOT / "mkdocs.yml", Path(folder) / "site", SAMPLE_DATE)
        if result.failed or any(problem.severity != "hint" for problem in result.problems):
            raise SystemExit("The sample site has problems: run `site-builder build` first.")
        routes = list_routes(Path(folder) / "site")
    write_frozen(routes)
    print(f"{len(routes)} addresses frozen, {len(set(routes) - before)} new, {len(before - set(routes))} gone")
    for gone in sorted(before - set(routes)):
        print(f"gone: {gone}")


if __name__ == "__main__":
    main()
