"""Settings of the place of sealed files: what is wrong is named with what to write; secrets come from closed files only."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.object_server import SECRET, write_credentials
from forms_api.config import NotReady, Settings, open_files
from forms_api.environment import BadSetting, Bucket, read_files
from forms_api.storage.files import FolderFiles
from forms_api.storage.objects import ObjectFiles


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"FORMS_FILES": "s3://yunxi/forms", "FORMS_FILES_CREDENTIALS": str(write_credentials(tmp_path / "s3"))}


def test_files_lie_in_the_data_folder_by_default(tmp_path: Path) -> None:
    settings = Settings.from_env({"FORMS_FILES": " "}, tmp_path, tmp_path)
    files = open_files(settings)
    assert isinstance(files, FolderFiles)
    assert files.folder == tmp_path / "files"


def test_a_bucket_is_read_with_all_that_opens_it(environ: dict[str, str], tmp_path: Path) -> None:
    more = {
        "FORMS_FILES_ENDPOINT": "https://s3.intern:9000",
        "FORMS_FILES_REGION": "cn-north-1",
        "FORMS_FILES_STYLE": "host",
    }
    bucket = read_files(environ | more)
    assert bucket == Bucket("yunxi", "forms", "https://s3.intern:9000", "cn-north-1", True, "forms", SECRET)
    assert bucket.address == "s3://yunxi/forms"
    assert SECRET not in repr(bucket)
    files = open_files(Settings.from_env(environ | more, tmp_path, tmp_path))
    assert isinstance(files, ObjectFiles)
    assert files.place == "s3://yunxi/forms"


@pytest.mark.parametrize("address", ["s3://yunxi", "s3://yunxi/", "s3://yunxi/a/b/"])
def test_a_prefix_may_be_missing_or_deep(environ: dict[str, str], address: str) -> None:
    bucket = read_files(environ | {"FORMS_FILES": address})
    assert bucket
    assert bucket.address == address.rstrip("/")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("FORMS_FILES", "/srv/files", "FORMS_FILES 写成“/srv/files”不行"),
        ("FORMS_FILES", "s3://", "请写 s3://桶名"),
        ("FORMS_FILES", "s3://Yunxi/a", "请写 s3://桶名"),
        ("FORMS_FILES", "s3://yunxi/../a b", "请写 s3://桶名"),
        ("FORMS_FILES_ENDPOINT", "s3.intern", "FORMS_FILES_ENDPOINT 写得不对"),
        ("FORMS_FILES_ENDPOINT", "https://key:secret@s3.intern", "FORMS_FILES_ENDPOINT 写得不对"),
        ("FORMS_FILES_STYLE", "both", "请写 path"),
        ("FORMS_FILES_CREDENTIALS", "", "权限 0600"),
        ("FORMS_FILES_CREDENTIALS", "/nowhere", "读不出来"),
    ],
)
def test_a_wrong_setting_is_named(environ: dict[str, str], name: str, value: str, words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        read_files(environ | {name: value})


def test_credentials_that_others_can_read_or_that_are_half_are_refused(environ: dict[str, str]) -> None:
    path = Path(environ["FORMS_FILES_CREDENTIALS"])
    path.chmod(0o640)
    with pytest.raises(BadSetting, match="chmod go="):
        read_files(environ)
    path.chmod(0o600)
    path.write_text("only-a-key\n")
    with pytest.raises(BadSetting, match="第二行 secret key") as told:
        read_files(environ)
    assert "only-a-key" not in str(told.value)


def test_without_the_package_a_sentence_says_what_to_install(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "forms_api.storage.objects", None)
    with pytest.raises(NotReady, match=r"workers-home\[s3\]"):
        open_files(Settings.from_env(environ, tmp_path, tmp_path))
