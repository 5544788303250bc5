"""A new form is a new file and no Python: one is written, and it works from page to stored case."""

import re
from datetime import timedelta
from pathlib import Path

import yaml
from werkzeug.datastructures import MultiDict

from forms_api.config import Settings
from forms_api.intake import create_app
from tests.forms_api.desk import Desk
from tests.forms_api.sample_forms import FORM


def test_a_new_file_is_a_new_form(office: Desk, bundle_folder: Path, tmp_path: Path) -> None:
    from site_builder import bundle
    from site_builder.content_files import read_library
    from site_builder.render import Theme
    from tests.forms_api.conftest import SAMPLE_NOW

    content, folder = tmp_path / "content", tmp_path / "bundle"
    (content / "forms").mkdir(parents=True)
    data = {key: value for key, value in FORM.items() if key not in ("id", "guide")}
    data["sections"] = [data["sections"][0]]
    (content / "forms" / "trip.yml").write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    (content / "site.yml").write_text("name: 职工之家\norganisation: 某县总工会\ndomain: example.org\n", "utf-8")
    reading = read_library(content)
    assert [str(problem) for problem in reading.problems if problem.severity == "error"] == []
    for file in bundle.generate(Theme(reading.library, SAMPLE_NOW)):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content if isinstance(file.content, bytes) else file.content.encode())

    client = create_app(office.intake, Settings(data=tmp_path, bundle=folder)).test_client()
    token = re.findall(r'name="token" value="([^"]+)"', client.get("/apply/trip/").text)[0]
    office.now += timedelta(minutes=1)
    pairs = [
        ("full_name", "张三"),
        ("kind", "在职"),
        ("days", "周五"),
        ("days", "周日"),
        ("driver", "no"),
        ("token", token),
    ]
    page = client.post("/apply/trip/receipt", data=MultiDict(pairs))
    assert "收到了，请留好回执" in page.text
    [case] = office.intake.store.list_cases()
    opened = office.opener.open(office.intake.store.read_sealed(case.id)[0].sealed, f"case:{case.id}")
    assert yaml.safe_load(opened)["answers"] == {
        "full_name": "张三",
        "kind": "在职",
        "days": ["周五", "周日"],
        "driver": False,
    }
