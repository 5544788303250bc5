import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forms_api.__main__ import main


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["sample", *args], prog_name="forms-api")


def test_the_same_seed_gives_the_same_answers(sample_site: Path) -> None:
    bundle = str(sample_site.parent / "forms-bundle")
    first = run("suggestion", "--seed", "3", "--bundle", bundle)
    assert first.exit_code == 0, first.output
    assert {"kind", "topic", "subject", "content"} <= json.loads(first.stdout).keys()
    assert run("suggestion", "--seed", "3", "--bundle", bundle).stdout == first.stdout
    assert run("suggestion", "--seed", "4", "--bundle", bundle).stdout != first.stdout


@pytest.mark.parametrize(("form", "says"), [("sugestion", "是不是 suggestion？"), ("zzz", "可以看到全部编号")])
def test_an_unknown_form_is_said(sample_site: Path, form: str, says: str) -> None:
    result = run(form, "--bundle", str(sample_site.parent / "forms-bundle"))
    assert (result.exit_code, says in result.stderr) == (1, True)


def test_a_missing_bundle_is_said(tmp_path: Path) -> None:
    assert run("suggestion", "--bundle", str(tmp_path)).exit_code == 1
