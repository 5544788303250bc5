"""What keeps pages light that no single page shows; the budgets themselves are rules (site_builder/checks/built_pages.py)."""

from __future__ import annotations

import re

from site_builder.model import Library
from site_builder.pages import documents
from site_builder.records import News, Policy
from site_builder.render import Theme
from tests.small_library import NOW, make_library


def test_old_phones_can_run_every_script(sample_site):
    for script in sorted((sample_site / "assets").glob("*.js")):
        text = re.sub(r"/\*.*?\*/|//[^\n]*", "", script.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"=>|\b(?:let|const|class|async|await)\s|`", text), script.name


def test_a_policy_page_does_not_grow_with_the_number_of_records():
    def page_of(library: Library) -> str:
        files = documents.generate(Theme(library, NOW))
        return next(str(file.content) for file in files if file.path == "policies/new/index.html")

    others = [
        *(
            Policy.model_validate(
                {
                    "id": f"p{n}",
                    "title": f"第{n}号办法",
                    "issuer": "云溪县总工会",
                    "published": "2020-05-01",
                    "topics": ["帮扶"],
                }
            )
            for n in range(300)
        ),
        *(News.model_validate({"id": f"n{n}", "title": f"第{n}条", "published": "2020-05-01"}) for n in range(300)),
    ]
    assert page_of(make_library(*others)) == page_of(make_library())
