"""Files that come with the post of a page without script: sealed while they arrive, kept before the answers are looked at."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import IO, Any, cast

from flask import Request, request
from werkzeug.datastructures import FileStorage

from forms_api.definitions import FormDefinition
from forms_api.field_rules import most_files
from forms_api.file_kinds import Refused, clean_name, explain
from forms_api.intake.posted_fields import FieldParser
from forms_api.intake.uploads import take_posted
from forms_api.questions import FormField
from forms_api.refusals import IntakeClosed, TooMany
from forms_api.storage import StoreBroken
from forms_api.transit import SECRET_BYTES, Spool

log = logging.getLogger("forms_api.intake")

_LATER = "现在收不了文件。请过一会儿再传，或者带原件到窗口。"
MARK = "up-"
"""What stands before the name of a field in the name of its file input."""


class SealingRequest(Request):
    """A request whose files are never plain on disk while they arrive."""

    form_data_parser_class = FieldParser

    def _get_file_stream(self, *_: object, **__: object) -> IO[bytes]:
        return cast("IO[bytes]", Spool(secrets.token_bytes(SECRET_BYTES)))


def keep_files(form: FormDefinition, given: dict[str, Any], names: dict[str, str]) -> Mapping[str, str]:
    """Keep the files that came with this request, add their handles to the answers, and return what is wrong with the rest."""
    faults: dict[str, str] = {}
    for field in form.uploads if request.files else ():
        for file in request.files.getlist(MARK + field.name):
            if fault := _keep_one(form, field, file, given, names):
                faults[field.name] = fault
    return faults


def _keep_one(
    form: FormDefinition, field: FormField, file: FileStorage, given: dict[str, Any], names: dict[str, str]
) -> str:
    name, spool = file.filename or "", cast("Spool", file.stream)
    if not name:
        return ""
    handles = given.setdefault(field.name, [])
    if len(handles) >= most_files(field):
        return f"最多传{most_files(field)}份，多出来的没有收。"
    try:
        handle = take_posted(form, field, spool, name, file.mimetype)
    except Refused as refused:
        return f"“{clean_name(name)}”没有收下。{explain(refused, field)}"
    except TooMany:
        return "传的文件太多了，请过一个小时再传。"
    except StoreBroken as error:
        log.error("a file was not kept", exc_info=error, extra={"event": "error"})
        return _LATER
    except IntakeClosed:
        return _LATER
    handles.append(handle)
    names[handle] = clean_name(name)
    return ""
