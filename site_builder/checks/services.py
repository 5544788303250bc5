"""Rules about guides, forms and honours beyond what they must have at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from site_builder.checks.rules import Rule
from site_builder.model import Library, Origin
from site_builder.records import Guide, Honour, News, Notice, Policy, Published, Record
from site_builder.values import Problem

_VAGUE = re.compile(
    r"其他(?:相关|有关|必要|所需|需要)?(?:的)?(?:材料|证明|资料|文件|手续|条件)|(?:相关|有关|必要|所需)(?:的)?(?:证明材料|证明|材料|手续|资料)(?!清单)"
    r"|(?:法律|法规|规定|上级)[^，。；]{0,8}(?:规定|要求)的其他|视(?:具体)?情况(?:而定|确定|提供)|(?:按|依)(?:有关|相关)规定(?:办理|执行|提供)?$|等(?:相关)?材料$|另行通知$"
)


def check_vague_words(record: Record, origin: Origin, path: str) -> Iterator[Problem]:
    """Find wording in a guide that leaves open what must be brought or fulfilled."""
    if not isinstance(record, Guide):
        return
    texts = [(f"materials.{index}", f"{one.name}{one.note or ''}") for index, one in enumerate(record.materials)]
    texts += [(f"materials.{index}", one.name) for index, one in enumerate(record.materials)]
    texts += [(f"conditions.{index}", one.text) for index, one in enumerate(record.conditions)]
    texts += [("hours", record.hours or ""), ("fee", record.fee or "")]
    told = set()
    for key, text in texts:
        if (match := _VAGUE.search(text)) and (key, match[0]) not in told:
            told.add((key, match[0]))
            message = f"“{match[0]}”没有说清楚要什么，群众会白跑一趟。"
            yield Problem(
                path, origin.line(key), "guide-vague", message, "请逐项写明名称和数量；没有就不写。", "warning"
            )


def check_guide_details(record: Record, origin: Origin, path: str) -> Iterator[Problem]:
    """Find guides that miss what readers ask next, and promises that are longer than the law allows."""
    if not isinstance(record, Guide) or record.status != "published":
        return
    wanted = {
        "authority": "实施主体",
        "audience": "服务对象",
        "promised_limit": "承诺办结时限",
        "fee": "收费",
        "complaint_phone": "监督投诉电话",
        "result": "结果名称",
        "updated": "更新日期",
    }
    if missing := [f"{word}（{key}）" for key, word in wanted.items() if getattr(record, key) is None]:
        yield Problem(path, 1, "guide-details", f"办事指南还缺：{'、'.join(missing)}。", "请补上。", "hint")
    legal, promised = record.legal_limit, record.promised_limit
    if legal and promised and legal.unit == promised.unit and promised.days > legal.days:
        message = f"承诺办结时限 {promised.days} 天，超过法定的 {legal.days} 天。"
        yield Problem(path, origin.line("promised_limit"), "guide-details", message, "承诺时限不能长于法定时限。")


def check_forms(library: Library, today: date) -> Iterator[Problem]:
    """Find guides and forms that do not name each other, and guides with two lists of materials."""
    for guide in library.all(Guide):
        form = library.forms.get(guide.form or "")
        origin = library.origin(guide)
        path = f"{library.root}/{origin.path}"
        if form is None:
            continue
        named = getattr(form, "guide", None)
        if named and named != guide.id:
            message = f"本指南用表单 {form.id}，那个表单写的指南却是 {named}。"
            yield Problem(path, origin.line("form"), "guide-form", message, "请让指南和表单互相写对方的编号。")
        if guide.materials:
            message = "有网上表单的指南，材料以表单为准；这里又写了一份，两份会不一致。"
            yield Problem(
                path, origin.line("materials"), "guide-form", message, "请删去 materials，改表单的材料清单。", "warning"
            )
    guides = {guide.id: guide for guide in library.all(Guide)}
    for form in library.forms.values():
        named = guides.get(getattr(form, "guide", None) or "")
        if named and named.form != form.id and named.status == "published":
            origin = library.origins["forms", form.id]
            message = f"本表单属于指南 {named.id}，那份指南却没有写用这个表单。"
            path = f"{library.root}/{origin.path}"
            yield Problem(
                path, origin.line("guide"), "guide-form", message, f"请在指南里写 form: {form.id}。", "warning"
            )


def check_honour_details(record: Record, origin: Origin, path: str) -> Iterator[Problem]:
    """Find photos without consent, revocations without a document, and batches without day or document."""
    if not isinstance(record, Honour):
        return
    for index, one in enumerate(record.recipients):
        if one.photo and one.kind == "个人" and not one.consent:
            message = f"“{one.name}”的照片没有写明本人同意公开。"
            fix = "征得同意后写 consent: true；没有同意的，删去照片。"
            yield Problem(path, origin.line(f"recipients.{index}.photo"), "honour-details", message, fix)
    if not record.conferred and not record.document:
        message = "没有写授予日期（conferred），也没有写命名文件（document）。"
        yield Problem(path, origin.line("honour"), "honour-details", message, "请至少写一项。", "warning")
    for index, revocation in enumerate(record.revocations):
        if not revocation.document:
            message = f"撤销 {revocation.key} 没有写依据文件。"
            fix = "请补上 document。"
            yield Problem(path, origin.line(f"revocations.{index}"), "honour-details", message, fix, "hint")


def check_published_fields(record: Record, origin: Origin, path: str) -> Iterator[Problem]:
    """Find published notices, news and documents without the date or source that every page must show."""
    if not isinstance(record, Published) or record.status != "published":
        return
    missing = []
    if record.published is None:
        missing.append("公开日期（published）")
    if isinstance(record, Notice | News) and not (record.source or getattr(record, "issuer", None)):
        missing.append("信息来源（source）")
    if missing:
        message = f"已发布的内容缺少{'、'.join(missing)}。"
        yield Problem(path, origin.line("title"), "published-fields", message, "请补上。", "warning")


def check_validity_told(record: Record, origin: Origin, path: str) -> Iterator[Problem]:
    """Find documents that do not say whether they are in force, and provisional ones without an end."""
    if not isinstance(record, Policy) or record.status != "published":
        return
    validity = record.validity
    if not (validity.state or validity.effective or validity.expires or validity.repealed):
        message = "没有写有效性，页面上只能显示“效力未注明”。"
        yield Problem(path, origin.line("title"), "validity-missing", message, "请写 validity。", "hint")
    elif (
        re.search("[（(](?:暂行|试行)[）)]|暂行(?:办法|规定)", record.title)
        and not (validity.expires or validity.repealed)
        and validity.state not in ("repealed", "expired")
    ):
        message = "标题是暂行或试行，却没有写失效日期。"
        fix = "请写 validity 的 expires；暂行、试行的有效期一般不超过两年。"
        yield Problem(path, origin.line("validity"), "validity-missing", message, fix, "hint")


RULES = (
    Rule(
        "guide-vague",
        "warning",
        "办事指南里有兜底的说法，例如“其他相关材料”；检查要扣分。",
        "逐项写明名称和数量。",
        "records",
        record=check_vague_words,
    ),
    Rule(
        "guide-details",
        "error",
        "承诺时限长于法定时限（错误），或缺少群众要问的几项（提示）。",
        "改正时限，补上缺的。",
        "records",
        record=check_guide_details,
    ),
    Rule(
        "guide-form",
        "error",
        "指南和表单没有互相写对方的编号（错误），或材料写了两份（警告）。",
        "互相写对，材料只写在表单里。",
        "records",
        check_forms,
    ),
    Rule(
        "honour-details",
        "error",
        "照片没有本人同意（错误），或没有授予日期、依据文件（警告、提示）。",
        "补上同意、日期和文件。",
        "records",
        record=check_honour_details,
    ),
    Rule(
        "published-fields",
        "warning",
        "已发布的内容缺少公开日期或信息来源。",
        "补上缺的。",
        "records",
        record=check_published_fields,
    ),
    Rule(
        "validity-missing",
        "hint",
        "政策文件没有写有效性，或暂行、试行的文件没有写失效日期。",
        "写 validity。",
        "records",
        record=check_validity_told,
    ),
)
