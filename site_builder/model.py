"""The Library: all of content/ in memory, with the site's settings and what is never published. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Literal, TypeVar

from pydantic import Field, model_validator

from forms_api.definitions import FormDefinition
from site_builder.editors import Editors
from site_builder.publications import Publications
from site_builder.records import Guide, Interpretation, Notice, Policy, Published, Record
from site_builder.values import RELATION_WORDS, DocNumber, Frozen, Public, Reference, Validity, ValidityPhase
from site_builder.withdrawals import Tombstone, Withdrawals, bury


class SiteColumn(Frozen):
    """One column of the site, with the class that says how often it must be updated."""

    name: str = Field(title="栏目名称")
    folder: str = Field(title="目录")
    type: str = Field("政策文件", title="栏目类别", description="政府网站栏目类别（ColumnType）")
    description: str = Field("", title="栏目说明")
    keywords: tuple[str, ...] = Field((), title="关键词")
    update_days: int | None = Field(None, title="更新期限（天）", ge=1)


class Duty(Frozen):
    """What must be held so often: a joint meeting each year, a contest each month."""

    title: str = Field(title="名称", min_length=1)
    kinds: tuple[str, ...] = Field(title="日程类别", min_length=1)
    named: str | None = Field(None, title="标题里要有的字", description="同一类别里只算其中一种时写，例如 联席会议")
    at_least: int = Field(1, title="至少几次", ge=1, le=366)
    every: Literal["年", "月"] = Field("年", title="每")
    days_before: int = Field(60, title="提前几天提醒", ge=1, le=365)
    source: str | None = Field(None, title="出处")


class Site(Frozen):
    """site.yml: names, profile, hotline, footer numbers, columns."""

    name: str = Field(title="网站名称")
    organisation: str = Field(title="主办单位")
    domain: str = Field(title="网站域名")
    profile: Literal["政府子站", "独立站"] = Field("独立站", title="类型")
    sample: bool = Field(False, title="示例站点", description="每一页都标明内容为虚构示例")
    slogan: str = Field("有难处，找工会。", title="首页标语")
    hotline: Public[str] = Field("12351", title="职工热线")
    hotline_note: Public[str | None] = Field(None, title="热线说明")
    address: Public[str | None] = Field(None, title="地址")
    hours: str | None = Field(None, title="办公时间")
    phone: Public[str | None] = Field(None, title="办公电话")
    postcode: str | None = Field(None, title="邮编")
    email: str | None = Field(None, title="电子邮箱", description="网页纠错的邮件发到这里")
    forms_open: bool = Field(False, title="网上申请已开通", description="申办服务运行以后写 true；之前只给空白表和窗口")
    security_contact: str | None = Field(
        None,
        title="安全问题联系方式",
        description="写进 security.txt，例如 mailto:anquan@example.cn",
        pattern=r"^(mailto:|tel:|https://)\S+$",
    )
    site_id_code: str | None = Field(None, title="网站标识码", pattern=r"^(bm\d{8}|\d{10})$")
    icp: str | None = Field(None, title="ICP 备案号")
    police: str | None = Field(None, title="公安备案号")
    index_pattern: str | None = Field(None, title="索引号格式", description="正则表达式")
    popular: tuple[str, ...] = Field((), title="常搜词")
    log_names: bool = Field(False, title="发布记录写明经办人", description="写 true 时公开写稿、审核、批准人的姓名")
    columns: tuple[SiteColumn, ...] = Field((), title="栏目")
    duties: tuple[Duty, ...] = Field((), title="按期要办的事", description="没有排上日程的，检查时提醒")

    @model_validator(mode="after")
    def _code_for_government(self) -> Site:
        if self.profile == "政府子站" and not self.site_id_code:
            raise ValueError("类型为政府子站时要写网站标识码（site_id_code）")
        return self


class Synonyms(Frozen):
    """synonyms.yml: groups of words that mean the same to a searcher; search offers them, the file stays out."""

    groups: tuple[tuple[str, ...], ...] = ()


class Exemption(Frozen):
    """One exception from the gate, with a reason and an end."""

    rule: str = Field(title="规则")
    path: str = Field(title="文件")
    text: str | None = Field(None, title="原文")
    reason: str = Field(title="理由", min_length=4)
    expires: date = Field(title="到期日")
    by: str = Field(title="批准人")


class Allow(Frozen):
    """allow.yml: exceptions from the gate. Never published."""

    exemptions: tuple[Exemption, ...] = ()


class HolidayYear(Frozen):
    """holidays/YYYY.yml: days off and make-up working days, laid over the calendar library. Never published."""

    source: str | None = Field(None, title="来源")
    holidays: tuple[date, ...] = Field((), title="放假")
    workdays: tuple[date, ...] = Field((), title="调休上班")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record came from: its path below content/ and the line of each of its keys (dotted)."""

    path: str
    lines: Mapping[str, int] = field(default_factory=dict)
    body_line: int = 1

    def line(self, key: str = "") -> int:
        """Return the line of `key`, or of the nearest key above it, or 1."""
        while key and key not in self.lines:
            key = key.rpartition(".")[0]
        return self.lines.get(key, 1)


R = TypeVar("R", bound=Record)


def _key(record: Record) -> tuple[str, str]:
    return (record.folder, record.id)


@dataclass(frozen=True)
class Library:
    """All of content/ in memory: records by (folder, id), forms, the site, and what is never published."""

    site: Site
    records: Mapping[tuple[str, str], Record] = field(default_factory=dict)
    origins: Mapping[tuple[str, str], Origin] = field(default_factory=dict)
    forms: Mapping[str, FormDefinition] = field(default_factory=dict)
    editors: Editors = field(default_factory=Editors)
    synonyms: Synonyms = field(default_factory=Synonyms)
    allow: Allow = field(default_factory=Allow)
    holidays: Mapping[int, HolidayYear] = field(default_factory=dict)
    digests: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Digest of the file of each record, form and setting that was read, by the keys of `origins`."""
    heads: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Digest of each record without its body, where that was left in the file; else that of the file."""
    withdrawals: Withdrawals = field(default_factory=Withdrawals)
    tombstones: Mapping[tuple[str, str], Tombstone] = field(default_factory=dict)
    """What stands where something was withdrawn, by withdrawals.yml or by its own status; of a public library only."""
    publications: Publications = field(default_factory=Publications)
    root: str = "content"
    """Name of the content folder: the paths of problems begin with it, those of origins are below it."""

    def public(self, now: datetime, *, drafts: bool = False) -> Library:
        """Return the library that the site may show at `now`: no drafts (unless asked for), nothing withdrawn."""
        own = {key: bury(one) for key, one in self.records.items() if one.is_withdrawn(now)}
        gone = {**self.tombstones, **own, **{one.key: one.tombstone for one in self.withdrawals.withdrawals}}
        for key in gone.keys() & self.records.keys():  # what was withdrawn before its old addresses were noted
            gone[key] = replace(gone[key], moved_from=self.records[key].moved_from or gone[key].moved_from)

        def is_shown(key: tuple[str, str], one: Record | FormDefinition) -> bool:
            return key not in gone and (one.is_public(now) or (drafts and one.status == "draft"))

        return replace(
            self,
            records={key: record for key, record in self.records.items() if is_shown(key, record)},
            forms={name: form for name, form in self.forms.items() if is_shown(("forms", name), form)},
            tombstones=gone,
        )

    def get(self, folder: str, record_id: str) -> Record | None:
        """Return the record of that folder and id, or None."""
        return self.records.get((folder, record_id))

    def origin(self, record: Record) -> Origin:
        """Return where `record` came from."""
        return self.origins.get(_key(record), Origin(path=f"{record.folder}/{record.id}"))

    def all(self, kind: type[R]) -> list[R]:
        """Return every record of one type, newest first; records of one day by id."""
        return [record for record in self._by_type.get(kind, ()) if isinstance(record, kind)]

    @cached_property
    def _by_type(self) -> dict[type[Record], list[Record]]:
        groups: dict[type[Record], list[Record]] = {}
        for record in sorted(self.records.values(), key=lambda one: one.id):
            groups.setdefault(type(record), []).append(record)
        for group in groups.values():
            group.sort(key=lambda one: one.day or date.min, reverse=True)
        return groups

    @cached_property
    def moves(self) -> dict[str, Record]:
        """Return the record that stood at each old address, by address."""
        moved = sorted((key, record) for key, record in self.records.items() if record.moved_from)
        return {old: record for _, record in moved for old in record.moved_from}

    @cached_property
    def _documents(self) -> list[Policy | Interpretation | Notice]:
        return [*self.all(Policy), *self.all(Interpretation), *self.all(Notice)]

    @cached_property
    def _by_id(self) -> dict[str, Record]:
        return {one.id: one for one in self._documents}

    @cached_property
    def _by_number(self) -> dict[DocNumber, Record]:
        named = (one for one in self._documents if not isinstance(one, Interpretation))
        return {one.doc_number: one for one in named if one.doc_number}

    @cached_property
    def _by_title(self) -> dict[str, Record]:
        return {one.title: one for one in self._documents}

    def resolve(self, reference: Reference) -> Record | None:
        """Return the document on this site that `reference` means: by id, else by number, else by whole title."""
        if reference.id:
            return self._by_id.get(reference.id)
        if reference.doc_number and (found := self._by_number.get(reference.doc_number)):
            return found
        return self._by_title.get(reference.title or "")

    @cached_property
    def _incoming(self) -> dict[tuple[str, str], list[tuple[str, Published]]]:
        incoming: dict[tuple[str, str], list[tuple[str, Published]]] = {}
        for record in self.records.values():
            if not isinstance(record, Published):
                continue
            pairs = list(record.relations.pairs())
            if isinstance(record, Interpretation):
                pairs.append(("interprets", Reference(id=record.policy)))
            for name, reference in pairs:
                if (target := self.resolve(reference)) and target is not record:
                    entry = (name, record)
                    if entry not in incoming.setdefault(_key(target), []):
                        incoming[_key(target)].append(entry)
        order = list(RELATION_WORDS)
        for entries in incoming.values():
            entries.sort(key=lambda entry: (order.index(entry[0]), entry[1].id))
        return incoming

    def incoming(self, record: Record) -> list[tuple[str, Published]]:
        """Return (relation name, source) for everything on this site that points to `record`."""
        return self._incoming.get(_key(record), [])

    @cached_property
    def _guides(self) -> dict[str, list[Guide]]:
        found: dict[str, list[Guide]] = {}
        for guide in self.all(Guide):
            for policy_id in dict.fromkeys(basis.policy for basis in guide.basis if basis.policy):
                found.setdefault(policy_id, []).append(guide)
        return found

    def guides_on(self, policy: Policy) -> list[Guide]:
        """Return the guides that rest on `policy`."""
        return self._guides.get(policy.id, [])

    def validity(self, policy: Policy) -> Validity:
        """Return the validity of `policy` with the days on which documents on this site repeal, replace or amend it."""
        own = policy.validity
        repealed, amended = own.repealed, own.amended
        for name, source in self.incoming(policy):
            since = source.validity.effective or source.published if isinstance(source, Policy) else None
            if since is None:
                continue
            if name in ("repeals", "replaces") and _may_end(own, since):
                repealed = min(repealed or since, since)
            elif name == "amends" and (own.state != "amended" or own.amended):
                amended = min(amended or since, since)
        if (repealed, amended) == (own.repealed, own.amended):
            return own  # most policies, asked for often: a copy would cost more than the question
        return own.model_copy(update={"repealed": repealed, "amended": amended})

    def phase(self, policy: Policy, day: date) -> ValidityPhase:
        """Return what holds of `policy` on `day`, counting documents on this site that repeal, replace or amend it."""
        return self.validity(policy).on(day)


def _may_end(own: Validity, since: date) -> bool:
    """Tell whether a document that begins on `since` ends another: one whose editor says it had ended needs no other."""
    if own.state == "repealed" and own.repealed is None:
        return False
    return since <= own.expires if own.expires else own.state != "expired"
