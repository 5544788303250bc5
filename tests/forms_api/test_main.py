import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from forms_api.__main__ import main
from forms_api.command_line import Group
from forms_api.definitions import FormDefinition
from tests.forms_api.sample_forms import FORM


def run(*args: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, list(args), env=env, prog_name="forms-api")


def write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data, ensure_ascii=False), "utf-8")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    form = FormDefinition.model_validate(FORM)
    manifest = {"version": 1, "built": "2026-11-20T09:00:00+08:00", "forms": {form.id: form.version}}
    write(tmp_path / "bundle.json", manifest)
    write(tmp_path / "forms" / "trip.json", form.canonical())
    return tmp_path


# --- forms -------------------------------------------------------------------------------------


def test_forms_are_listed(bundle: Path) -> None:
    result = run("forms", "--bundle", str(bundle))
    assert result.exit_code == 0
    version = FormDefinition.model_validate(FORM).version[:16]
    assert f"trip\t{version}\t2 步 5 项，材料 1 份\t疗休养报名" in result.stdout
    assert "共 1 张表单，生成于 2026-11-20T09:00:00+08:00。" in result.stdout


def test_the_bundle_may_come_from_the_environment(bundle: Path) -> None:
    assert run("forms", env={"FORMS_BUNDLE": str(bundle)}).exit_code == 0


def test_the_bundle_stands_in_the_working_folder_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORMS_BUNDLE", raising=False)
    monkeypatch.chdir(tmp_path)
    result = run("forms")
    assert result.exit_code == 1
    assert "找不到 forms-bundle/bundle.json。请先生成网站" in result.stderr


@pytest.mark.parametrize(
    "data",
    [FORM | {"title": "改过的"}, FORM | {"workflow": "none"}, FORM | {"id": "other"}, []],
)
def test_a_form_that_is_not_the_registered_one_is_a_fault(bundle: Path, data: Any) -> None:
    write(bundle / "forms" / "trip.json", data)
    result = run("forms", "--bundle", str(bundle))
    assert result.exit_code == 1
    assert "内容和登记的版本对不上。请重新生成网站。" in result.stderr
    assert "共 0 张表单" in result.stdout


@pytest.mark.parametrize("manifest", [[], {"version": 2, "forms": {}}, {"version": 1, "forms": []}, {}])
def test_a_bundle_of_another_kind_is_refused(bundle: Path, manifest: Any) -> None:
    write(bundle / "bundle.json", manifest)
    result = run("forms", "--bundle", str(bundle))
    assert result.exit_code == 1
    assert "不是本程序认识的表单包" in result.stderr


@pytest.mark.parametrize("text", ["{", "\x00"])
def test_a_damaged_bundle_is_one_clear_sentence(bundle: Path, text: str) -> None:
    write(bundle / "bundle.json", text)
    result = run("forms", "--bundle", str(bundle))
    assert (result.exit_code, result.stderr) == (1, f"{bundle / 'bundle.json'} 已损坏，不是 JSON。请重新生成网站。\n")


def test_bytes_that_are_no_text_are_a_damaged_bundle(bundle: Path) -> None:
    (bundle / "bundle.json").write_bytes(b"\xff\xfe\x00")
    assert "已损坏" in run("forms", "--bundle", str(bundle)).stderr


# --- workdays ----------------------------------------------------------------------------------


def test_last_day_of_a_period(tmp_path: Path) -> None:
    result = run("workdays", "2026-09-25", "5", "--bundle", str(tmp_path))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "2026-10-09（星期五）\n", "")


def test_an_unknown_year_is_marked(tmp_path: Path) -> None:
    result = run("workdays", "2098-12-30", "5", "--bundle", str(tmp_path))
    assert result.exit_code == 0
    assert "2098、2099年的放假安排还没有公布，暂按周末推算。" in result.stderr


def test_holidays_of_the_bundle_count(bundle: Path) -> None:
    write(bundle / "holidays.json", {"2098": {"holidays": ["2098-01-01", "2098-01-02"], "workdays": ["2098-01-04"]}})
    result = run("workdays", "2098-01-01", "2", "--bundle", str(bundle))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "2098-01-04（星期六）\n", "")


@pytest.mark.parametrize(
    "holidays",
    [
        [],
        {"2027": []},
        {"2027": {"holidays": []}},
        {"x": {"holidays": [], "workdays": []}},
        {"2027": {"holidays": ["2027-02-30"], "workdays": []}},
        {"2027": {"holidays": [20270101], "workdays": []}},
        {"2027": {"holidays": ["2027-01-01"], "workdays": ["2027-01-01"]}},
    ],
)
def test_holidays_that_cannot_be_read_are_one_clear_sentence(bundle: Path, holidays: Any) -> None:
    write(bundle / "holidays.json", holidays)
    result = run("workdays", "2027-01-01", "2", "--bundle", str(bundle))
    assert result.exit_code == 1
    assert "里的放假安排看不懂" in result.stderr


def test_the_end_of_the_calendar() -> None:
    result = run("workdays", "9999-12-30", "10")
    assert result.exit_code == 1
    assert "数不满 10 个工作日" in result.stderr


# --- help and wrong use ------------------------------------------------------------------------


@pytest.mark.parametrize("args", [["-h"], ["--help"], ["forms", "-h"], ["workdays", "-h"]])
def test_help_is_chinese(args: list[str]) -> None:
    result = run(*args)
    assert result.exit_code == 0
    assert result.stdout.startswith("用法：forms-api")
    for word in ("Usage", "Options", "Commands", "Show this", "default"):
        assert word not in result.stdout
    assert "显示这段说明。" in result.stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "命令:"),
        (["nix"], "没有这个命令，或者多写了参数。可以先看 forms-api -h。"),
        (["forms", "x"], "没有这个命令，或者多写了参数。可以先看 forms-api forms -h。"),
        (["forms", "--bundel", "x"], "没有 --bundel 这个选项。是不是要写 --bundle？"),
        (["forms", "-z"], "没有 -z 这个选项。可以先看"),
        (["workdays"], "缺少开始日期。"),
        (["workdays", "2026-11-20"], "缺少工作日数。"),
        (["workdays", "2026-11-20", "0"], "工作日数写得不对。"),
        (["workdays", "2026-11-20", "x"], "工作日数写得不对。"),
        (["workdays", "20日", "3"], "看不懂开始日期“20日”。请写成 2026-11-20 这样的日期。"),
        (["workdays", "2026-02-30", "3"], "看不懂开始日期"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_to_write(args: list[str], words: str) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Error" not in result.stderr


def test_an_interrupted_command_says_so() -> None:
    @click.group(cls=Group)
    def tool() -> None:
        """试一试。"""

    @tool.command()
    def stop() -> None:
        raise click.Abort

    result = CliRunner().invoke(tool, ["stop"])
    assert (result.exit_code, result.stderr) == (1, "已中断。\n")


def test_wrong_use_without_a_context_still_says_something() -> None:
    @click.group(cls=Group)
    def tool() -> None:
        """试一试。"""

    @tool.command()
    def fail() -> None:
        raise click.BadParameter("no context")

    result = CliRunner().invoke(tool, ["fail"])
    assert result.exit_code == 2
    assert "参数写得不对。" in result.stderr
