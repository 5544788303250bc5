"""Rules about records and between them: references, order in time, the union tree, guides, honours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from pydantic import BaseModel

from forms_api.definitions import FormDefinition
from site_builder.checks.rules import Rule, problem_of
from site_builder.model import Library
from site_builder.reading.parts import can_hold, find_parts
from site_builder.reading.validation import nearest
from site_builder.records import (
    RECORD_TYPES,
    Basis,
    Campaign,
    Consultation,
    Event,
    Guide,
    Honour,
    Interpretation,
    Notice,
    Place,
    Policy,
    Record,
    Union,
    Venue,
    Window,
)
from site_builder.values import RELATION_WORDS, Problem, Reference

DOCUMENTS = ("policies", "notices")
ANYWHERE = tuple(dict.fromkeys(model.folder for model in RECORD_TYPES.values()))


# --- references ----------------------------------------------------------------------------------

LINKS: tuple[tuple[type[BaseModel], str, tuple[str, ...]], ...] = (
    (Interpretation, "policy", ("policies",)),
    (Basis, "policy", ("policies",)),
    (Notice, "guide", ("guides",)),
    (Event, "guide", ("guides",)),
    (Window, "guide", ("guides",)),
    (Guide, "form", ("forms",)),
    (Consultation, "form", ("forms",)),
    (Place, "venue", ("venues",)),
    (Event, "venue", ("venues",)),
    (Venue, "union", ("unions",)),
    (Union, "parent", ("unions",)),
    (Campaign, "indicators", ("indicators",)),
)
"""Model, its field that holds an id (or several), the folders in which the id must stand."""


def check_references(library: Library, today: date) -> Iterator[Problem]:
    """Find ids that no file of this site has; a Reference with a title alone is fine."""
    ids = _ids_by_folder(library)
    for record in library.records.values():
        for key, wanted, folders in _links(record):
            # a file that could not be read counts as there: its own fault says enough
            if not any(wanted in ids.get(folder, ()) for folder in folders):
                yield _dangling(
                    library, record, key, wanted, [one for folder in folders for one in ids.get(folder, ())]
                )
    for form in library.forms.values():
        guide = getattr(form, "guide", None)
        if guide and guide not in ids.get("guides", ()):
            yield _dangling_form(library, form, guide, ids.get("guides", set()))


def _ids_by_folder(library: Library) -> dict[str, set[str]]:
    ids: dict[str, set[str]] = {}
    for folder, record_id in (*library.origins, *library.records, *(("forms", form) for form in library.forms)):
        ids.setdefault(folder, set()).add(record_id)
    return ids


def _links(record: Record) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for model, field, folders in (link for link in LINKS if can_hold(type(record), link[0])):
        for key, part in find_parts(record, model):
            value = getattr(part, field)
            dotted = f"{key}.{field}".lstrip(".")
            if isinstance(value, str):
                yield dotted, value, folders
            for index, one in enumerate(value if isinstance(value, tuple) else ()):
                yield f"{dotted}.{index}", one, folders
    folders = ANYWHERE if isinstance(record, Campaign) else DOCUMENTS
    for key, reference in find_parts(record, Reference):
        if reference.id:
            yield key, reference.id, folders


def _dangling(library: Library, record: Record, key: str, wanted: str, known: list[str]) -> Problem:
    noun = next((_NOUNS[step] for step in reversed(key.split(".")) if step in _NOUNS), "文件")
    message = f"本站没有编号为“{wanted}”的{noun}。"
    return problem_of(library, record, key, "dangling-reference", message, _hint(wanted, known, noun))


def _dangling_form(library: Library, form: FormDefinition, guide: str, known: set[str]) -> Problem:
    origin = library.origins["forms", form.id]
    message = f"本站没有编号为“{guide}”的办事指南。"
    path = f"{library.root}/{origin.path}"
    return Problem(path, origin.line("guide"), "dangling-reference", message, _hint(guide, known, "办事指南"))


_NOUNS = {
    "guide": "办事指南",
    "form": "表单",
    "venue": "阵地",
    "union": "工会",
    "parent": "工会",
    "indicators": "指标",
    "related": "内容",
}


def _hint(wanted: str, known: Iterable[str], noun: str) -> str:
    if found := nearest(wanted, sorted(known)):
        return f"最接近的编号是 {found}。"
    return f"请改成已有{noun}的编号{'；不在本站的，只写标题（title）和文号（doc_number）' if noun == '文件' else ''}。"


# --- order in time -------------------------------------------------------------------------------


def _made(policy: Policy) -> date | None:
    return policy.issued or policy.published


def check_relation_order(library: Library, today: date) -> Iterator[Problem]:
    """Find documents that change a later one, or one that was repealed before."""
    for source in library.all(Policy):
        for name in ("amends", "replaces", "repeals"):
            for index, reference in enumerate(getattr(source.relations, name)):
                target, made = library.resolve(reference), _made(source)
                if isinstance(target, Policy) and target is not source and made:
                    yield from _order_faults(library, source, f"relations.{name}.{index}", name, target, made)


def _order_faults(
    library: Library, source: Policy, key: str, name: str, target: Policy, made: date
) -> Iterator[Problem]:
    verb, earlier = RELATION_WORDS[name][0], _made(target)
    if earlier and made < earlier:
        message = f"本文件（{made}）早于所{verb}的《{target.title}》（{earlier}）。"
        yield problem_of(library, source, key, "relation-order", message, "请核对两份文件的成文日期和关联。")
    ended = _repealed_on(library, target)
    if name == "amends" and ended and ended < made:
        message = f"《{target.title}》{ended} 已废止，本文件（{made}）不能再修改它。"
        yield problem_of(library, source, key, "relation-order", message, "请核对日期，或改为修改现行的文件。")


def _repealed_on(library: Library, policy: Policy) -> date | None:
    days = [policy.validity.repealed] + [
        other.validity.effective or other.published
        for name, other in library.incoming(policy)
        if name in ("repeals", "replaces") and isinstance(other, Policy)
    ]
    return min((day for day in days if day), default=None)


def check_validity(library: Library, today: date) -> Iterator[Problem]:
    """Find documents said to be in force that another published document has ended."""
    for policy in library.all(Policy):
        if policy.validity.state not in ("effective", "amended") or policy.validity.repealed:
            continue
        for name, other in library.incoming(policy):
            if name not in ("repeals", "replaces") or not isinstance(other, Policy) or other.status != "published":
                continue
            since = other.validity.effective or other.published
            if since and since <= today:
                verb = RELATION_WORDS[name][0]
                message = f"有效性写的是 {policy.validity.state}，但《{other.title}》已于 {since} 将它{verb}。"
                fix = f"请把 validity 改为 state: repealed、repealed: {since}。"
                yield problem_of(library, policy, "validity.state", "validity-conflict", message, fix, "warning")


# --- unions --------------------------------------------------------------------------------------

_UNION_WORDS = {"county": "县总工会", "township": "乡镇街道工会", "industry": "行业工会", "grassroots": "基层工会"}
_UNDER = {"township": ("county",), "industry": ("county", "township"), "grassroots": tuple(_UNION_WORDS)}


def check_union_tree(library: Library, today: date) -> Iterator[Problem]:
    """Find second roots, unions without a superior or under the wrong one, and circles."""
    unions = {union.id: union for union in library.all(Union) if union.status != "withdrawn"}
    roots = sorted(union.id for union in unions.values() if union.kind == "county")
    for union in unions.values():
        for message, fix in _union_faults(union, unions, roots):
            yield problem_of(library, union, "parent" if union.parent else "kind", "union-tree", message, fix)


def _union_faults(union: Union, unions: dict[str, Union], roots: list[str]) -> Iterator[tuple[str, str]]:
    if union.kind == "county":
        if union.parent:
            yield "县总工会是组织树的根，不写上级工会（parent）。", "请删去 parent。"
        if union.id != roots[0]:
            yield f"组织树只能有一个根，{roots[0]} 已经是县总工会。", "请改正 kind，并写上级工会（parent）。"
        return
    if union.parent is None:
        yield f"{_UNION_WORDS[union.kind]}没有写上级工会。", "请补上 parent: 上级工会的编号。"
        return
    superior = unions.get(union.parent)
    if superior and superior.kind not in _UNDER[union.kind]:
        allowed = "或".join(_UNION_WORDS[kind] for kind in _UNDER[union.kind])
        yield (
            f"{_UNION_WORDS[union.kind]}不能放在{_UNION_WORDS[superior.kind]}（{superior.id}）之下。",
            f"上级应当是{allowed}。",
        )
    if circle := _circle(union, unions):
        yield f"上下级成了环：{' → '.join(circle)}。", "请改正其中一个的上级工会（parent）。"


def _circle(union: Union, unions: dict[str, Union]) -> list[str]:
    """Return the circle that `union` is part of, from it back to it, or nothing."""
    path = [union.id]
    while (parent := unions[path[-1]].parent) in unions:
        path.append(parent)
        if parent == union.id:
            return path
        if parent in path[:-1]:
            return []
    return []


# --- guides and honours --------------------------------------------------------------------------


def check_guides(library: Library, today: date) -> Iterator[Problem]:
    """Find published guides that lack one of the eight key elements of the government-site inspection."""
    for guide in library.all(Guide):
        if guide.status != "published":
            continue
        missing = [f"{word}（{key}）" for key, word, present in list_elements(library, guide) if not present]
        if missing:
            message = f"办事指南缺少关键要素：{'、'.join(missing)}。"
            yield problem_of(
                library, guide, "title", "guide-elements", message, "请补齐；没有补齐之前可先写 status: draft。"
            )


def list_elements(library: Library, guide: Guide) -> Iterator[tuple[str, str, bool]]:
    """Yield (key, Chinese word, is it there) for each of the eight key elements of a guide."""
    venues = [venue for place in guide.places if (venue := library.get("venues", place.venue or ""))]
    known = [venue for venue in venues if isinstance(venue, Venue)]
    hours = [place.hours for place in guide.places] + [venue.hours for venue in known]
    yield "title", "事项名称", bool(guide.title)
    yield "basis", "设定依据", bool(guide.basis)
    yield "conditions", "申请条件", bool(guide.conditions)
    yield "materials", "办理材料", bool(guide.materials or guide.form)
    yield "places", "办理地点", bool(guide.places)
    yield "hours", "办理时间", bool(guide.hours or any(hours))
    yield "phones", "联系电话", bool(guide.phones)
    yield "steps", "办理流程", bool(guide.steps)


def check_honours(library: Library, today: date) -> Iterator[Problem]:
    """Find people in an honour roll without the unit that tells them apart."""
    for honour in library.all(Honour):
        for index, one in enumerate(honour.recipients):
            if one.kind == "个人" and not one.unit:
                message = f"名单第 {index + 1} 人“{one.name}”没有写单位。"
                yield problem_of(
                    library, honour, f"recipients.{index}", "honour-fields", message, "请补上 unit: 所在单位。"
                )


RULES = (
    Rule(
        "dangling-reference",
        "error",
        "引用的编号在本站不存在，读者会点到空页。",
        "改成正确的编号；不在本站的文件只写标题和文号。",
        "records",
        check_references,
    ),
    Rule(
        "relation-order",
        "error",
        "文件之间的先后不合：早的文件不能修改、废止晚的文件，已废止的文件不能再被修改。",
        "核对成文日期和关联。",
        "records",
        check_relation_order,
    ),
    Rule(
        "validity-conflict",
        "warning",
        "写明现行有效的文件，已被本站另一份文件废止或替代。",
        "把有效性改为 repealed，并写废止日期。",
        "records",
        check_validity,
    ),
    Rule(
        "union-tree",
        "error",
        "工会组织树只有一个根（县总工会），上下级要合规，不能成环。",
        "核对上级工会（parent）和类型（kind）。",
        "records",
        check_union_tree,
    ),
    Rule(
        "guide-elements",
        "error",
        "已发布的办事指南缺少八项关键要素之一。",
        "补上缺少的要素。",
        "records",
        check_guides,
    ),
    Rule(
        "honour-fields",
        "error",
        "荣誉名单中的个人没有写单位，分不清是谁。",
        "补上单位（unit）。",
        "records",
        check_honours,
    ),
)
