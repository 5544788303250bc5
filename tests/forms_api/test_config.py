import json
from pathlib import Path

import pytest

from forms_api.config import (
    Folder,
    NotReady,
    Settings,
    find_bundle,
    make_guard,
    make_notifier,
    make_staff_notifier,
    open_intake,
    open_store,
)
from forms_api.environment import BadSetting
from forms_api.notifications import ConsoleNotifier, HttpGateway, NullNotifier, SmtpNotifier, WeComGroup
from forms_api.receiving import Limits


def read(environ: dict[str, str]) -> Settings:
    return Settings.from_env(environ, Path("data"), Path("bundle"))


def test_everything_has_a_default() -> None:
    assert read({}) == Settings(Path("data"), Path("bundle"))
    assert read({"FORMS_WORKERS": " ", "FORMS_PREFIX": ""}) == read({})


def test_everything_can_be_set() -> None:
    settings = read({"FORMS_PREFIX": "LY", "FORMS_WORKERS": "3", "FORMS_PROXIES": "0", "FORMS_LIMIT_WORK_BITS": "20"})
    assert (settings.prefix, settings.workers, settings.proxies) == ("LY", 3, 0)
    assert settings.limits == Limits(work_bits=20)


def test_files_of_secrets_are_known_by_their_settings(tmp_path: Path) -> None:
    for name in ("token", "key"):
        (tmp_path / name).touch(0o600)
    named = {
        "TLS_KEY": tmp_path / "tls", "FORMS_NOTIFY_TOKEN_FILE": tmp_path / "token", "FORMS_CONTENT_KEY": tmp_path / "key",
        "PGPASSFILE": tmp_path / "pgpass", "FORMS_BACKUP_KEY_FILE": tmp_path / "backup",
    }  # fmt: skip
    others = {
        "FORMS_DIGEST_FILE": "",
        "TLS_CERTIFICATE": "/x.crt",
        "FORMS_CONTENT_REMOTE": "/x.git",
        "WORKERS_HOME": "/nowhere",
    }
    settings = read({name: str(path) for name, path in named.items()} | others)
    assert dict(settings.secrets) == named
    assert settings.site_home is None
    assert read({"WORKERS_HOME": str(tmp_path)}).site_home == tmp_path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FORMS_WORKERS", "0"),
        ("FORMS_THREADS", "-1"),
        ("FORMS_FREE_MEGABYTES", "much"),
        ("FORMS_LIMIT_PER_FORM", "１"),
        ("FORMS_PREFIX", "yx"),
        ("FORMS_PREFIX", "云溪"),
        ("FORMS_PREFIX", "ABCDE"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"{name} 写成“{value}”不行。请写"):
        read({name: value})


def test_the_bundle_may_come_from_the_environment() -> None:
    assert find_bundle({}) == Path("forms-bundle")
    assert find_bundle({"FORMS_BUNDLE": "/srv/bundle"}) == Path("/srv/bundle")


def test_a_folder_that_was_not_made_says_so(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "nowhere", Path("bundle"))
    with pytest.raises(NotReady, match="请先运行 forms-api init"):
        open_intake(settings)
    with pytest.raises(NotReady, match="打不开"):
        open_store(settings)


@pytest.mark.parametrize("text", ["", "xyz", "00", "00" * 31])
def test_a_damaged_master_key_is_not_used(tmp_path: Path, text: str) -> None:
    folder = Folder(tmp_path)
    folder.intake_key.parent.mkdir()
    folder.intake_key.write_text(text)
    with pytest.raises(NotReady, match=r"读不到.*intake\.key"):
        open_intake(Settings(tmp_path, Path("bundle")))


@pytest.mark.parametrize(
    "told",
    ["", "[]", "{}", json.dumps({"public": "zz", "fingerprint": ""}), json.dumps({"public": "00" * 32}), "\x00"],
)
def test_a_public_key_that_cannot_be_used_closes_intake(tmp_path: Path, told: str) -> None:
    folder = Folder(tmp_path)
    folder.intake_key.parent.mkdir()
    folder.intake_key.write_text("00" * 32)
    folder.public_key.write_text(told)
    intake = open_intake(Settings(tmp_path, Path("bundle")))
    assert intake.sealer is None
    intake.store.close()


def test_the_guard_watches_the_disk_and_the_staff(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.stop.parent.mkdir()
    assert make_guard(folder, 0)() is None
    assert make_guard(folder, 10**9)() == "disk"
    folder.stop.touch()
    assert make_guard(folder, 0)() == "stopped"
    assert make_guard(Folder(tmp_path / "gone"), 0)() == "store"
    guard = make_guard(folder, 0)
    assert guard() == guard() == "stopped"


@pytest.mark.parametrize(
    ("store", "words"),
    [
        ("mysql://x/y", "postgresql://用户@主机/库名"),
        ("postgresql://u:geheim@db/y", "不能写密码"),
        ("postgresql://u@db/y?password=geheim", "不能写密码"),
    ],
)
def test_a_database_is_named_without_its_password(store: str, words: str) -> None:
    with pytest.raises(BadSetting, match=words) as told:
        read({"FORMS_STORE": store})
    assert "geheim" not in str(told.value)
    assert read({"FORMS_STORE": "postgresql://u@db/y"}).store == "postgresql://u@db/y"


def test_a_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="打不开数据库 postgresql://u@127"):
        open_store(Settings(tmp_path, tmp_path, store="postgresql://u@127.0.0.1:1/y"))


def test_how_workers_are_told_is_a_setting(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("geheim\n")
    token.chmod(0o600)
    environ = {"FORMS_NOTIFY": "https://sms.example/send", "FORMS_NOTIFY_TOKEN_FILE": str(token)}
    settings = Settings.from_env(environ, tmp_path, tmp_path)
    assert make_notifier(settings) == HttpGateway("https://sms.example/send", "geheim")
    assert "geheim" not in repr(settings)
    assert make_notifier(Settings.from_env({}, tmp_path, tmp_path)) == NullNotifier()
    assert isinstance(
        make_notifier(Settings.from_env({"FORMS_NOTIFY": "console"}, tmp_path, tmp_path)), ConsoleNotifier
    )


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"FORMS_NOTIFY": "http://sms.example"}, "https 开头"),
        ({"FORMS_NOTIFY_TOKEN_FILE": "OPEN"}, "别的用户也能读"),
        ({"FORMS_DIGEST_FILE": "GONE"}, "读不出来"),
    ],
)
def test_a_wrong_way_of_telling_is_refused(tmp_path: Path, environ: dict[str, str], words: str) -> None:
    (tmp_path / "open").write_text("x")
    (tmp_path / "open").chmod(0o644)
    paths = {"OPEN": str(tmp_path / "open"), "GONE": str(tmp_path / "gone")}
    with pytest.raises(BadSetting, match=words):
        Settings.from_env({name: paths.get(value, value) for name, value in environ.items()}, tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("digest", "kind"),
    [
        ("", NullNotifier),
        ("https://qyapi.example/robot", WeComGroup),
        ("smtp://mail.yunxi.example?from=a@yunxi.example&to=b@yunxi.example", SmtpNotifier),
    ],
)
def test_staff_are_told_by_a_robot_or_by_mail(tmp_path: Path, digest: str, kind: type) -> None:
    assert isinstance(make_staff_notifier(Settings(tmp_path, tmp_path, digest=digest)), kind)


def test_a_mail_address_that_says_too_little_is_refused_without_showing_it(tmp_path: Path) -> None:
    with pytest.raises(NotReady) as refused:
        make_staff_notifier(Settings(tmp_path, tmp_path, digest="smtp://user:secret@mail.yunxi.example"))
    assert "smtp://" in str(refused.value)
    assert "secret" not in str(refused.value)
