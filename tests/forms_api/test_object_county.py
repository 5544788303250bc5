"""A county whose sealed files are in object storage: from the form to the opened file, the backup, the restore, the purge."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bench.object_server import SECRET, ObjectServer, tell_settings, write_credentials
from forms_api.__main__ import main
from forms_api.arrivals import take_in
from forms_api.casefiles import open_file
from forms_api.config import Settings, open_bucket
from forms_api.definitions import CHINA
from forms_api.environment import Bucket
from forms_api.purging import purge_due
from forms_api.reviewing import Review, open_review
from tests.forms_api.office_desk import STAFF
from tests.forms_api.test_traces import Service, apply, make_marked_pdf, upload


@pytest.fixture(scope="module")
def bucket(object_server: ObjectServer) -> Bucket:
    return object_server.make_bucket()


@pytest.fixture(scope="module")
def environ(bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let all commands keep files in the bucket."""
    credentials = write_credentials(tmp_path_factory.mktemp("secrets") / "s3")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in tell_settings(bucket, credentials).items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def made(environ: None, bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Service, str]:
    """Make a county and return it with its passphrase."""
    root = tmp_path_factory.mktemp("county")
    (root / "tmp").mkdir()
    service = Service(root, bundle_folder)
    done = run("init", "--data", service.data)
    assert done.exit_code == 0, done.output
    (passphrase,) = re.findall(r"[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}", done.stdout)
    return service, passphrase


def run(*words: object, **environ: str) -> Result:
    return CliRunner().invoke(main, list(map(str, words)), prog_name="forms-api", env=environ)


def opened(data: Path, bundle: Path, passphrase: str) -> Review:
    """Return the staff side of a data folder, unlocked."""
    settings = Settings.from_env(os.environ, data, bundle)
    review = open_review(settings)
    review.vault.unlock(passphrase)
    take_in(review.office)
    return review


def read_only_file(review: Review) -> bytes:
    """Open the file of the only case as staff do."""
    (case,) = review.store.list_cases()
    (file,) = review.store.list_files(case.id)
    secret, blocks = open_file(review.office, STAFF["clerk"], case.reference, file.id, review.files)
    assert secret.kind == "pdf"
    return b"".join(blocks)


def test_from_the_form_to_the_purge(
    made: tuple[Service, str], bucket: Bucket, object_server: ObjectServer, tmp_path: Path
) -> None:
    service, passphrase = made
    with service.run():
        assert service.ask("GET", "/readyz") == (200, b'{"status": "ok"}')
        status, receipt = apply(service, upload(service))
        assert (status, "收到了" in receipt) == (200, True)
        reference = re.findall(r'class="ref">([^<]+)<', receipt)[0]
        secret = re.findall(r'class="key">([^<]+)<', receipt)[0]
        with closing(opened(service.data, service.bundle, passphrase).store) as store:
            (case,) = store.list_cases()
            (file,) = store.list_files(case.id)
        assert object_server.list_keys(bucket) == [f"yunxi/{file.id[:2]}/{file.id}"]
        assert [path for path in (service.data / "files").rglob("*") if path.is_file()] == []
        assert service.post("/status/withdraw", {"reference": reference, "secret": secret, "sure": "yes"})[0] == 200
    review = opened(service.data, service.bundle, passphrase)
    with closing(review.store):
        assert read_only_file(review) == make_marked_pdf()
    back_up_and_restore(service, passphrase, object_server, tmp_path)

    done = run("purge", "--data", service.data)
    assert (done.exit_code, "已删除 0 份" in done.stdout) == (0, True), done.output
    assert len(object_server.list_keys(bucket)) == 1
    review = opened(service.data, service.bundle, passphrase)
    with closing(review.store) as store:
        purged = purge_due(store, review.files, datetime.now(CHINA) + timedelta(days=200))
        assert [one.case.reference for one in purged.gone] == [reference]
        assert store.list_cases() == []
    assert object_server.list_keys(bucket) == []


def back_up_and_restore(service: Service, passphrase: str, object_server: ObjectServer, tmp_path: Path) -> None:
    """Back the county up, restore it into another bucket, twice, and into a folder; open the file in each."""
    key, saved = tmp_path / "backup.key", tmp_path / "saved.backup"
    assert run("backup-key", "new", key).exit_code == 0
    done = run("backup", "--data", service.data, "--to", saved, "--key-file", key)
    assert (done.exit_code, "1 个文件" in done.stdout) == (0, True), done.output
    other = object_server.make_bucket()
    for number, address in enumerate((other.address, other.address, "")):
        new = tmp_path / f"new{number}"
        done = run("restore", saved, "--data", new, "--key-file", key, FORMS_FILES=address)
        assert (done.exit_code, address in done.stdout) == (0, True), done.output
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FORMS_FILES", address)
            review = opened(new, service.bundle, passphrase)
        with closing(review.store):
            assert read_only_file(review) == make_marked_pdf()
        assert len(list((new / "files").glob("*/*"))) == (0 if address else 1)
    assert len(object_server.list_keys(other)) == 1


def test_what_is_there_already_and_not_the_same_stops_a_restore(
    made: tuple[Service, str], bucket: Bucket, object_server: ObjectServer, tmp_path: Path
) -> None:
    service, _ = made
    key, saved, other = tmp_path / "backup.key", tmp_path / "saved.backup", object_server.make_bucket()
    run("backup-key", "new", key)
    with service.run():
        upload(service)
        upload(service)
    assert run("backup", "--data", service.data, "--to", saved, "--key-file", key).exit_code == 0
    names = [one.rpartition("/")[2] for one in object_server.list_keys(bucket)]
    files = open_bucket(other)
    with files.create(sorted(names)[-1]) as file:
        file.write(b"another")
        file.finish()
    done = run("restore", saved, "--data", tmp_path / "new", "--key-file", key, FORMS_FILES=other.address)
    assert (done.exit_code, "内容和备份里的不一样" in done.stderr) == (1, True), done.output
    assert not (tmp_path / "new").exists()
    assert [one.rpartition("/")[2] for one in object_server.list_keys(other)] == sorted(names)[-1:]


def test_a_bucket_that_is_gone_closes_what_needs_it_and_says_so(
    made: tuple[Service, str], object_server: ObjectServer, tmp_path: Path
) -> None:
    service, _ = made
    bucket, key = object_server.make_bucket(), tmp_path / "backup.key"
    run("backup-key", "new", key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORMS_FILES", bucket.address)
        object_server.drop_bucket(bucket)
        with service.run():
            assert service.ask("GET", "/readyz") == (503, b'{"status": "closed", "reason": "files"}')
            _, begun = service.send_json("/uploads/", {"form": "suggestion", "field": "evidence"})
            headers = {"Upload_Secret": begun["secret"], "Upload_Offset": "0"}
            status, body = service.ask("PATCH", f"/uploads/{begun['id']}", make_marked_pdf(), **headers)
            assert (status, "网上暂时不收申请" in body.decode()) == (503, True)
            assert apply(service)[0] == 200
        for command in ("purge", f"backup --to {tmp_path / 'x.backup'}", "doctor"):
            words = command.split()
            more = ["--key-file", key] if words[0] == "backup" else []
            done = run(*words, "--data", service.data, *more)
            assert done.exit_code == 1
            assert "NoSuchBucket" in done.output
            assert "请" in done.output
    log = (service.root / "log.txt").read_text("utf-8")
    assert "StoreBroken" in log
    assert SECRET not in log
