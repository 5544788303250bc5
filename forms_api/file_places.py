"""Whether the place where sealed files are kept is well, in a sentence."""

from __future__ import annotations

from forms_api.attachments import find_missing
from forms_api.config import NotReady, Settings, open_files
from forms_api.storage import Store, StoreBroken

CASES_LOOKED_AT = 20
"""Their ids are random, so the first are as good as any."""
BUCKET_REMEDY = (
    "请核对 FORMS_FILES 的桶、FORMS_FILES_ENDPOINT 的地址、FORMS_FILES_CREDENTIALS 里的密钥，以及到那里的网络；"
    "对象存储恢复以后服务自己会接着用。"
)


def find_fault(settings: Settings, store: Store) -> str:
    """Return what is wrong with the place of sealed files and what to do; empty where it answers and holds what it should.

    Looks at the files of some cases only.
    """
    try:
        files = open_files(settings)
    except NotReady as error:
        return str(error)
    try:
        files.probe()
        cases = store.list_cases(limit=CASES_LOOKED_AT)
        gone = [name for case in cases for name in find_missing(files, store.list_files(case.id))]
    except StoreBroken as error:
        remedy = BUCKET_REMEDY if settings.files else "请检查文件夹的权限和磁盘空间。"
        return f"放文件的地方 {files.place} 用不了（{error}），带文件的申请收不了，附件打不开。{remedy}"
    if not gone:
        return ""
    return (
        f"{files.place} 里没有登记过的文件 {gone[0]} 等 {len(gone)} 个，或者大小不对。"
        "请核对环境变量 FORMS_FILES 指的是不是原来的地方；是的话，从备份找回。"
    )
