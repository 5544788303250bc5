"""Every type of content record, frozen and typed: the table that the content schema is made from. No I/O.

A record is one file; its id is the file's stem. Keys are English, vocabulary is the field's own Chinese;
`title=` on a field is the name that an editor or a reader sees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date as Day
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from site_builder.values import (
    Attachment,
    Contact,
    DocNumberField,
    Frozen,
    IndexNumberField,
    Moment,
    OldAddress,
    Period,
    Public,
    Reference,
    Relations,
    Validity,
)

Status = Literal["draft", "published", "withdrawn"]
Disclosure = Literal["主动公开", "依申请公开", "不予公开"]
Level = Literal["全国", "省级", "市级", "县级", "基层"]


class Record(Frozen):
    """What every record has."""

    folder: ClassVar[str]
    label: ClassVar[str]
    has_body: ClassVar[bool] = False
    dated: ClassVar[bool] = False
    """Kept in a folder for each year (policies/2026/…)."""

    id: str = Field(title="编号", exclude=True)
    title: str = Field(title="标题", min_length=1)
    status: Status = Field("published", title="状态")
    publish_at: Moment | None = Field(None, title="定时发布")
    withdrawn_on: Day | None = Field(None, title="撤下日期", description="status 为 withdrawn 时写")
    withdrawn_reason: str | None = Field(
        None, title="撤下理由", min_length=4, description="会公开，不要写姓名和号码；status 为 withdrawn 时写"
    )
    review_due: Day | None = Field(None, title="复核期限")
    moved_from: tuple[OldAddress, ...] = Field(
        (),
        title="旧网址",
        description="这一页以前的网址，域名后面的部分，例如 /art/2023/5/123.html；旧网址会转到这一页",
    )

    @property
    def url(self) -> str:
        """Return the address of this record's page below the site root, with '/' at the end; it never changes."""
        return f"{self.folder}/{self.id}/"

    @property
    def day(self) -> Day | None:
        """Return the date that orders this record in lists."""
        return None

    def is_public(self, now: datetime) -> bool:
        """Tell whether the site may show this record at `now`."""
        return self.status == "published" and self._is_due(now)

    def is_withdrawn(self, now: datetime) -> bool:
        """Tell whether this record was taken off the site; what never had its time was never there."""
        return self.status == "withdrawn" and self._is_due(now)

    def _is_due(self, now: datetime) -> bool:
        return self.publish_at is None or self.publish_at <= now


BODY_LISTENERS: list[Callable[[Record], None]] = []
"""The last one is told of each record whose body, left in its file, is asked for."""


class Written(Record):
    """A record with a Markdown body."""

    has_body = True
    body: str = Field("", title="正文", exclude=True)

    if not TYPE_CHECKING:  # a type checker knows the field

        def __getattr__(self, name: str) -> Any:
            """Fetch a body that the reading left in its file, on first use, and tell every time that it was asked for."""
            if name != "body" or not (left := self.__dict__.get("left_body")):
                return super().__getattr__(name)
            if BODY_LISTENERS:
                BODY_LISTENERS[-1](self)
            if "fetched_body" not in self.__dict__:
                self.__dict__["fetched_body"] = left()
            return self.__dict__["fetched_body"]

    @property
    def has_text(self) -> bool:
        """Tell whether there is a body, which need not be fetched for it."""
        return bool(self.__dict__.get("body", True))  # none that is empty is left in its file

    @property
    def body_length(self) -> int:
        """Return the number of characters of the body, which need not be fetched for it."""
        if "body" in self.__dict__:
            return len(self.body)
        if BODY_LISTENERS:
            BODY_LISTENERS[-1](self)
        return int(self.__dict__["left_body"].length)


class Published(Written):
    """A written record with a source and a publishing date, as META tags of the site standard need them."""

    dated = True
    source: str | None = Field(None, title="信息来源")
    author: str | None = Field(None, title="责任编辑")
    published: Day | None = Field(None, title="公开日期")
    published_time: str | None = Field(None, title="发布时刻", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    topics: tuple[str, ...] = Field((), title="主题")
    keywords: tuple[str, ...] = Field((), title="关键词")
    summary: str | None = Field(None, title="内容概述", max_length=500)
    attachments: tuple[Attachment, ...] = Field((), title="附件")
    relations: Relations = Field(default_factory=Relations, title="关联")

    @property
    def day(self) -> Day | None:
        """Return the publishing date."""
        return self.published


# --- documents -------------------------------------------------------------------------------


class Passage(Frozen):
    """One step in the making of a statute: the date and what was done by whom."""

    date: Day
    event: str = Field(title="经过")


class Policy(Published):
    """政策文件: a 公文 with its metadata."""

    folder, label = "policies", "政策文件"
    type: Literal["policy"] = "policy"
    index_number: IndexNumberField | None = Field(None, title="索引号")
    doc_number: DocNumberField | None = Field(None, title="文号")
    issuer: str | None = Field(None, title="发布机构")
    genre: str | None = Field(None, title="体裁")
    issued: Day | None = Field(None, title="成文日期")
    disclosure: Disclosure | None = Field(None, title="公开方式")
    disclosure_reason: str | None = Field(None, title="不公开理由")
    validity: Validity = Field(default_factory=Validity, title="有效性")
    audience: tuple[str, ...] = Field((), title="服务对象")
    department: str | None = Field(None, title="责任部门")
    gist: tuple[str, ...] = Field((), title="先看三句话", max_length=3)
    addressee: str | None = Field(None, title="主送机关")
    signature: tuple[str, ...] = Field((), title="落款")
    note: str | None = Field(None, title="附注")
    copies_to: tuple[str, ...] = Field((), title="抄送")
    printed_by: str | None = Field(None, title="印发机关")
    printed: Day | None = Field(None, title="印发日期")
    passages: tuple[Passage, ...] = Field((), title="制定与修改经过")

    @field_validator("signature", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _dates_in_order(self) -> Policy:
        if self.issued and self.published and self.issued > self.published:
            raise ValueError(f"成文日期 {self.issued} 晚于公开日期 {self.published}")
        return self

    @model_validator(mode="after")
    def _can_be_published(self) -> Policy:
        if self.status == "published":
            if not (self.issuer or self.source):
                raise ValueError("已发布的政策文件要有发布机构（issuer）或信息来源（source）")
            if not self.published:
                raise ValueError("已发布的政策文件要有公开日期（published）")
        return self


class Interpretation(Published):
    """政策解读: bound both ways to its policy."""

    folder, label = "policies", "政策解读"
    type: Literal["interpretation"] = "interpretation"
    policy: str = Field(title="所解读的文件", description="政策文件的编号")
    form: Literal["文字解读", "图解", "问答", "视频解读", "专家解读"] = Field("文字解读", title="解读形式")


NoticeKind = Literal["通知", "公告", "公示", "通报", "招聘公告", "采购公告", "结果公布", "征文启事"]


class Notice(Published):
    """通知公告 or 公示; a 公示 has a period and an objection channel and ends by itself."""

    folder, label = "notices", "通知公告"
    kind: NoticeKind = Field("通知", title="类别")
    doc_number: DocNumberField | None = Field(None, title="文号")
    issuer: str | None = Field(None, title="发布机构")
    addressee: str | None = Field(None, title="主送机关")
    signature: tuple[str, ...] = Field((), title="落款")
    issued: Day | None = Field(None, title="成文日期")
    period: Period | None = Field(None, title="公示期或受理期")
    objection: Contact | None = Field(None, title="异议受理")
    guide: str | None = Field(None, title="办事指南")
    result: str | None = Field(None, title="结果", description="期满后的处理结果，例如 无异议")


class News(Published):
    """工作动态."""

    folder, label = "news", "工作动态"
    image: Attachment | None = Field(None, title="题图")


class Case(Published):
    """典型案例: anonymised."""

    folder, label = "cases", "典型案例"
    dated = False
    outcome: str | None = Field(None, title="处理结果")


class Finance(Published):
    """财务公开: budgets, accounts, audit results."""

    folder, label = "finance", "财务公开"
    dated = False
    kind: Literal["预算", "决算", "审计结果", "专项资金", "经费使用"] = Field(title="类别")
    year: int = Field(title="年度", ge=1949, le=2100)
    issuer: str | None = Field(None, title="发布机构")


class Page(Written):
    """单页: written by hand and rendered by MkDocs."""

    folder, label = "pages", "单页"
    column: str = Field("概况信息", title="栏目类别")
    short: str | None = Field(None, title="简称", max_length=8, description="页脚里的短名，例如 2025年年报")
    description: str | None = Field(None, title="说明")
    order: int = Field(100, title="排序", description="同一组里数小的在前")
    updated: Day | None = Field(None, title="更新日期")


class Window(Frozen):
    """One time window of a campaign in which something can be applied for."""

    title: str = Field(title="名称")
    period: Period = Field(title="起止")
    guide: str | None = Field(None, title="办事指南")
    note: str | None = Field(None, title="说明")


class Campaign(Written):
    """专题: a campaign with a start and an end, archived afterwards."""

    folder, label = "campaigns", "专题"
    kind: str | None = Field(None, title="类别")
    period: Period = Field(title="起止")
    summary: str | None = Field(None, title="简介")
    archived: bool = Field(False, title="已归档")
    windows: tuple[Window, ...] = Field((), title="办理窗口期")
    goals: tuple[str, ...] = Field((), title="目标")
    indicators: tuple[str, ...] = Field((), title="指标")
    related: tuple[Reference, ...] = Field((), title="相关内容")

    @property
    def day(self) -> Day | None:
        """Return the first day."""
        return self.period.start


class Consultation(Written):
    """意见征集: period, draft text, form, result."""

    folder, label = "consultations", "意见征集"
    period: Period = Field(title="征集期")
    issuer: str | None = Field(None, title="征集单位")
    form: str | None = Field(None, title="意见表单")
    contact: Contact | None = Field(None, title="其他反馈渠道")
    received: int | None = Field(None, title="收到意见数", ge=0)
    adopted: int | None = Field(None, title="采纳意见数", ge=0)
    result: str | None = Field(None, title="结果")
    result_published: Day | None = Field(None, title="结果公布日期")

    @property
    def day(self) -> Day | None:
        """Return the first day."""
        return self.period.start


# --- services --------------------------------------------------------------------------------


class Basis(Frozen):
    """A legal basis: a law or document and the article in it."""

    title: str = Field(title="名称")
    article: str | None = Field(None, title="条款")
    policy: str | None = Field(None, title="本站文件")
    text: str | None = Field(None, title="条文要点")


class Condition(Frozen):
    """One condition of a service, in plain words."""

    text: str = Field(title="条件")
    note: str | None = Field(None, title="说明")
    excludes: bool = Field(False, title="不予办理的情形")


class Material(Frozen):
    """One material of a guide without a form (a guide with a form takes the form's materials)."""

    name: str = Field(title="名称")
    need: Literal["必要", "容缺", "非必要"] = Field("必要", title="必要性")
    source: str | None = Field(None, title="来源")
    copies: int = Field(1, title="份数", ge=0)
    medium: Literal["原件", "复印件", "电子", "原件或复印件", "照片"] = Field("电子", title="形式")
    when: str | None = Field(None, title="何时需要")
    note: str | None = Field(None, title="填写须知")
    blank: Attachment | None = Field(None, title="空表")
    sample: Attachment | None = Field(None, title="样表")


class Place(Frozen):
    """Where a service is given: a venue of the site, or an address."""

    venue: str | None = Field(None, title="阵地编号")
    name: str | None = Field(None, title="名称")
    address: Public[str | None] = Field(None, title="地址")
    hours: str | None = Field(None, title="办理时间")
    note: str | None = Field(None, title="说明")


class Step(Frozen):
    """One step of what happens."""

    title: str = Field(title="环节")
    when: str | None = Field(None, title="时限")
    days: int | None = Field(None, title="工作日数", ge=0, description="这一步最多几个工作日；各步相加不超过承诺时限")
    text: str | None = Field(None, title="说明")


class Question(Frozen):
    """A frequent question and its answer."""

    q: str = Field(title="问")
    a: str = Field(title="答")


class Duration(Frozen):
    """A time limit with its unit, which must be said (工作日 or 自然日)."""

    days: int = Field(title="天数", ge=0)
    unit: Literal["工作日", "自然日"] = Field("工作日", title="单位")
    note: str | None = Field(None, title="说明")


class Guide(Written):
    """办事指南: the eight key elements of the site inspection and the rest of a service guide."""

    folder, label = "guides", "办事指南"
    code: str | None = Field(None, title="事项编码")
    kind: str | None = Field(None, title="事项类型")
    short: str | None = Field(None, title="简称", max_length=8)
    teaser: str | None = Field(
        None, title="首页小字", max_length=14, description="首页图标下的几个字，例如 入会、转会、补卡"
    )
    summary: str | None = Field(None, title="一句话说明")
    icon: Literal["member", "aid", "medical", "law", "study", "contest", "voice", "union", "safety", "form"] = Field(
        "form", title="图标"
    )
    order: int = Field(100, title="排序")
    topics: tuple[str, ...] = Field((), title="主题")
    form: str | None = Field(None, title="网上表单")
    basis: tuple[Basis, ...] = Field((), title="设定依据")
    conditions: tuple[Condition, ...] = Field((), title="申请条件")
    any_condition: bool = Field(False, title="符合任意一条即可")
    materials: tuple[Material, ...] = Field((), title="办理材料")
    places: tuple[Place, ...] = Field((), title="办理地点")
    hours: str | None = Field(None, title="办理时间")
    phones: Public[tuple[str, ...]] = Field((), title="联系电话")
    steps: tuple[Step, ...] = Field((), title="办理流程")
    authority: str | None = Field(None, title="实施主体")
    audience: str | None = Field(None, title="服务对象")
    legal_limit: Duration | None = Field(None, title="法定办结时限")
    promised_limit: Duration | None = Field(None, title="承诺办结时限")
    fee: str | None = Field(None, title="收费")
    benefit: str | None = Field(None, title="标准或金额")
    complaint_phone: Public[str | None] = Field(None, title="监督投诉电话")
    windows: tuple[Period, ...] = Field(
        (), title="受理期", description="只在这些日子收申请，首尾两天都收；不写就是全年。写 start 和 end"
    )
    by_events: bool = Field(False, title="随活动报名", description="有活动在报名时才收，日子写在那些日程的 signup 里")
    channels: tuple[Literal["网上", "窗口", "电话", "上门", "代办"], ...] = Field((), title="办理形式")
    visits: int | None = Field(None, title="到现场次数", ge=0)
    result: str | None = Field(None, title="结果名称")
    downloads: tuple[Attachment, ...] = Field((), title="表格下载")
    faq: tuple[Question, ...] = Field((), title="常见问题")
    updated: Day | None = Field(None, title="更新日期")

    @property
    def day(self) -> Day | None:
        """Return the date of the last update."""
        return self.updated

    @model_validator(mode="after")
    def _steps_keep_the_promise(self) -> Guide:
        promised, total = self.promised_limit, sum(step.days or 0 for step in self.steps)
        if promised and promised.unit == "工作日" and total > promised.days:
            raise ValueError(f"各环节的工作日数加起来是 {total}，超过了承诺办结时限 {promised.days} 个工作日")
        return self

    @model_validator(mode="after")
    def _windows_end(self) -> Guide:
        if any(one.end is None for one in self.windows):
            raise ValueError("受理期（windows）要写截止日（end），不能只写工作日数")
        if self.windows and self.by_events:
            raise ValueError("受理期（windows）和随活动报名（by_events）只写一样")
        return self


class Venue(Record):
    """阵地、站点: a place with hours and services."""

    folder, label = "venues", "阵地站点"
    kind: Literal[
        "工人文化宫",
        "职工服务中心",
        "帮扶工作站",
        "户外劳动者服务站点",
        "法律援助工作站",
        "职工书屋",
        "母婴关爱室",
        "职工学校",
    ] = Field(title="类别")
    address: Public[str] = Field(title="地址")
    township: str | None = Field(None, title="乡镇街道")
    phone: Public[str | None] = Field(None, title="电话")
    hours: str | None = Field(None, title="开放时间")
    services: tuple[str, ...] = Field((), title="服务项目")
    facilities: tuple[str, ...] = Field((), title="设施")
    fee: str | None = Field(None, title="收费")
    booking: str | None = Field(None, title="预约方式")
    coordinates: tuple[float, float] | None = Field(None, title="坐标", description="[经度, 纬度]")
    union: str | None = Field(None, title="管理单位")
    opened: Day | None = Field(None, title="启用日期")
    updated: Day | None = Field(None, title="更新日期")


# --- organisation, honours, figures ----------------------------------------------------------


class Union(Record):
    """工会组织: one node of the organisation tree, which is also the routing and permission tree of the review."""

    folder, label = "unions", "工会组织"
    kind: Literal["county", "township", "industry", "grassroots"] = Field(title="类型")
    form: Literal["总工会", "工会委员会", "工会联合会", "联合工会", "工会工作委员会", "产业工会"] = Field(
        "工会委员会", title="组织形式"
    )
    short: str | None = Field(None, title="简称")
    parent: str | None = Field(None, title="上级工会")
    code: str | None = Field(None, title="统一社会信用代码")
    address: Public[str | None] = Field(None, title="地址")
    phone: Public[str | None] = Field(None, title="电话")
    founded: Day | None = Field(None, title="成立日期")
    term_start: Day | None = Field(None, title="本届起")
    term_end: Day | None = Field(None, title="本届止")
    members: int | None = Field(None, title="会员数", ge=0)
    workers: int | None = Field(None, title="职工数", ge=0)
    legal_person: bool | None = Field(None, title="取得法人资格")
    women_committee: bool | None = Field(None, title="女职工委员会")
    audit_committee: bool | None = Field(None, title="经费审查委员会")
    accepts: tuple[str, ...] = Field((), title="可直接吸收的会员", description="没有单位工会的劳动者可以选择的类别")
    updated: Day | None = Field(None, title="更新日期")


class Recipient(Frozen):
    """One person or unit in an honour batch; `key` tells apart people of the same name."""

    name: str = Field(title="姓名或名称")
    key: str = Field(title="标识", pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="同一个人在各批次中用同一个标识")
    kind: Literal["个人", "集体"] = Field("个人", title="类别")
    sex: Literal["男", "女"] | None = Field(None, title="性别")
    unit: str | None = Field(None, title="单位")
    post: str | None = Field(None, title="职务或岗位")
    industry: str | None = Field(None, title="行业")
    citation: str | None = Field(None, title="颁奖词")
    deeds: str | None = Field(None, title="主要事迹")
    photo: Attachment | None = Field(None, title="照片")
    consent: bool = Field(False, title="本人同意公开")


class Revocation(Frozen):
    """The end of an honour: whose, when, why, by which document."""

    key: str = Field(title="标识")
    date: Day = Field(title="撤销日期")
    reason: str = Field(title="原因")
    document: Reference | None = Field(None, title="依据文件")


class Honour(Record):
    """荣誉批次: one batch of one title."""

    folder, label = "honors", "荣誉"
    honour: str = Field(title="称号")
    level: Level = Field(title="级别")
    year: int = Field(title="年度", ge=1949, le=2100)
    conferred_by: str = Field(title="授予单位")
    conferred: Day | None = Field(None, title="授予日期")
    document: Reference | None = Field(None, title="命名文件")
    intro: str | None = Field(None, title="说明")
    recipients: tuple[Recipient, ...] = Field(title="名单", min_length=1)
    revocations: tuple[Revocation, ...] = Field((), title="撤销")

    @property
    def day(self) -> Day | None:
        """Return the day of conferring, or the first of May of its year."""
        return self.conferred or Day(self.year, 5, 1)

    @model_validator(mode="after")
    def _keys(self) -> Honour:
        keys = [person.key for person in self.recipients]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"名单中标识 {key} 出现了两次。同名的两个人要用不同的标识")
        for revocation in self.revocations:
            if revocation.key not in keys:
                raise ValueError(f"撤销名单中的标识 {revocation.key} 不在本批名单里")
        return self


class Target(Frozen):
    """What an indicator must reach, and by when."""

    value: float = Field(title="目标值")
    by: Day | None = Field(None, title="期限")
    at_least: bool = Field(True, title="越大越好")


class Observation(Frozen):
    """One figure of a series; a rate carries the n and the N it was made from."""

    date: Day
    value: float | None = Field(None, title="数值")
    n: int | None = Field(None, title="分子", ge=0)
    of: int | None = Field(None, title="分母", ge=0)
    source: str | None = Field(None, title="来源")
    note: str | None = Field(None, title="说明")

    @model_validator(mode="after")
    def _has_a_figure(self) -> Observation:
        if self.value is None and (self.n is None or self.of is None):
            raise ValueError("每一期要写数值（value），或者写分子（n）和分母（of）")
        if self.n is not None and self.of is not None and self.n > self.of:
            raise ValueError(f"分子 {self.n} 大于分母 {self.of}")
        return self

    @property
    def figure(self) -> float:
        """Return the value, or n as a percentage of N."""
        if self.value is not None:
            return self.value
        return 100 * (self.n or 0) / self.of if self.of else 0.0


class Indicator(Record):
    """指标: target, unit and a series with dates and sources."""

    folder, label = "indicators", "指标"
    group: str = Field(title="分组", description="五件实事、会员发展、建制率、六项精准度……")
    unit: str = Field(title="单位")
    definition: str | None = Field(None, title="计算口径")
    year: int | None = Field(None, title="年度")
    order: int = Field(100, title="排序")
    target: Target | None = Field(None, title="目标")
    series: tuple[Observation, ...] = Field((), title="数据")
    source: str | None = Field(None, title="数据来源")
    remark: str | None = Field(None, title="进展说明")

    @property
    def latest(self) -> Observation | None:
        """Return the newest observation."""
        return max(self.series, key=lambda one: one.date, default=None)

    @property
    def day(self) -> Day | None:
        """Return the date of the newest observation."""
        return self.latest.date if self.latest else None


CONTESTS = ("劳动竞赛", "技能比武")
"""Kinds of events that have places."""


class EventChange(Frozen):
    """What became of an event after it was announced: called off, put off, held at another time or in another place."""

    kind: Literal["取消", "延期", "改期", "换地点"] = Field(
        title="变更", description="延期是新的时间还没定；改期是时间已经改好，写在 start 里"
    )
    announced: Day = Field(title="公布日期")
    was: Moment | None = Field(None, title="原定时间")
    was_place: str | None = Field(None, title="原定地点")
    reason: str | None = Field(None, title="原因")

    @property
    def word(self) -> str:
        """Return the mark that stands beside the event's name."""
        return "延期，时间另定" if self.kind == "延期" else f"已{self.kind}"

    @property
    def stands(self) -> bool:
        """Tell whether the event will be held at the time that it gives."""
        return self.kind in ("改期", "换地点")

    @model_validator(mode="after")
    def _says_what_was(self) -> EventChange:
        if self.kind == "改期" and not self.was:
            raise ValueError("改期要写原定时间（was），新的时间写在 start 里")
        if self.kind == "换地点" and not self.was_place:
            raise ValueError("换地点要写原定地点（was_place），新的地点写在 place 里")
        return self


class Winner(Frozen):
    """One place of a contest: who, of which unit; the first of a county's contest is a candidate for an honour."""

    rank: int = Field(title="名次", ge=1, le=100)
    name: str = Field(title="姓名或队名")
    unit: str | None = Field(None, title="单位")
    score: str | None = Field(None, title="成绩")
    consent: bool = Field(False, title="本人同意公开")


class Event(Record):
    """日程: contests, training, job fairs, receptions, joint meetings."""

    folder, label = "events", "日程"
    kind: Literal["劳动竞赛", "技能比武", "培训", "招聘", "接访", "联席会议", "文体活动", "法律服务", "讲座"] = Field(
        title="类别"
    )
    start: Moment = Field(title="开始")
    end: Moment | None = Field(None, title="结束")
    place: Public[str | None] = Field(None, title="地点")
    venue: str | None = Field(None, title="阵地编号")
    organiser: str | None = Field(None, title="主办单位")
    audience: str | None = Field(None, title="参加对象")
    capacity: int | None = Field(None, title="名额", ge=1)
    signup: Period | None = Field(None, title="报名时间")
    guide: str | None = Field(None, title="报名指南")
    contact: Contact | None = Field(None, title="联系")
    text: str | None = Field(None, title="内容")
    results: str | None = Field(None, title="结果")
    winners: tuple[Winner, ...] = Field((), title="名次")
    candidate_for: str | None = Field(None, title="第一名推荐的荣誉", description="例如 县五一劳动奖章")
    change: EventChange | None = Field(None, title="取消或变更")
    updated: Day | None = Field(None, title="更新日期")

    @property
    def day(self) -> Day | None:
        """Return the first day."""
        return self.start.date()

    @property
    def is_on(self) -> bool:
        """Tell whether the event is held at the time that it gives: not called off, not put off."""
        return self.change is None or self.change.stands

    @property
    def firsts(self) -> tuple[Winner, ...]:
        """Return who came first in a contest whose first is a candidate for an honour."""
        return tuple(one for one in self.winners if one.rank == 1) if self.candidate_for else ()

    @model_validator(mode="after")
    def _is_a_contest(self) -> Event:
        if (self.winners or self.candidate_for) and self.kind not in CONTESTS:
            raise ValueError(f"只有{'、'.join(CONTESTS)}才写名次（winners）和第一名推荐的荣誉（candidate_for）")
        return self


class Message(Record):
    """留言: a masked question and the reply to it."""

    folder, label = "messages", "留言"
    dated = True
    kind: Literal["咨询", "建议", "投诉", "求助", "感谢"] = Field("咨询", title="类别")
    asked: Day = Field(title="留言日期")
    asker: str | None = Field(None, title="留言人（已隐去）")
    question: str = Field(title="留言内容")
    unit: str | None = Field(None, title="答复单位")
    replied: Day | None = Field(None, title="答复日期")
    reply: str | None = Field(None, title="答复内容")
    rating: Literal["满意", "基本满意", "不满意"] | None = Field(None, title="回访评价")
    topics: tuple[str, ...] = Field((), title="主题")

    @property
    def day(self) -> Day | None:
        """Return the day of the question."""
        return self.asked

    @model_validator(mode="after")
    def _answered_whole(self) -> Message:
        if bool(self.reply) != bool(self.replied):
            raise ValueError("答复内容（reply）和答复日期（replied）要一起写")
        if self.rating and not self.reply:
            raise ValueError("还没有答复的留言不能有回访评价（rating）")
        if self.replied and self.replied < self.asked:
            raise ValueError(f"答复日期 {self.replied} 早于留言日期 {self.asked}")
        return self


class Column(Frozen):
    """One column of a register."""

    name: str = Field(title="列名", pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(title="显示名称")
    type: Literal["text", "number", "date", "url", "yes_no"] = Field("text", title="类型")
    public: bool = Field(False, title="公开")


Wanted = str | int | float | bool | tuple[str | int | float | bool, ...]


class Rate(Frozen):
    """A rate that a register tells of itself: the rows in which columns have these values, of those that are meant."""

    label: str = Field(title="名称", min_length=1)
    where: Mapping[str, Wanted] = Field(title="算在内的行", min_length=1, description="列名: 值，或几个值中的一个")
    of: Mapping[str, Wanted] = Field(default_factory=dict, title="作分母的行", description="不写就是全部的行")
    target: float | None = Field(None, title="目标（％）", gt=0, le=100)


class Register(Record):
    """台账、名录: columns declared in the file, then rows; only public columns are shown."""

    folder, label = "registers", "台账名录"
    summary: str | None = Field(None, title="说明")
    public: bool = Field(True, title="公开")
    updated: Day | None = Field(None, title="更新日期")
    columns: tuple[Column, ...] = Field(title="列", min_length=1)
    rows: tuple[Mapping[str, str | int | float | bool | Day | None], ...] = Field((), title="行")
    rates: tuple[Rate, ...] = Field((), title="比率", description="由本表的行数出来，写明几个里的几个")

    @property
    def day(self) -> Day | None:
        """Return the date of the last update."""
        return self.updated

    @model_validator(mode="after")
    def _rows_fit(self) -> Register:
        names = {column.name for column in self.columns}
        for number, row in enumerate(self.rows, 1):
            if extra := sorted(set(row) - names):
                raise ValueError(
                    f"第 {number} 行有没有声明的列：{'、'.join(extra)}。已声明的列：{'、'.join(sorted(names))}"
                )
        return self

    @model_validator(mode="after")
    def _rates_fit(self) -> Register:
        public = {column.name for column in self.columns if column.public}
        for rate in self.rates:
            if extra := sorted({*rate.where, *rate.of} - public):
                raise ValueError(
                    f"比率“{rate.label}”用了没有公开的列：{'、'.join(extra)}。公开的列：{'、'.join(sorted(public))}"
                )
        return self


class RuleVersion(Frozen):
    """The values of a rule from a day on, each version with its source."""

    effective: Day = Field(title="起算日期")
    source: str = Field(title="来源")
    values: Mapping[str, float | str] = Field(title="数值")


class Rules(Record):
    """标准: dated lines, multiples, caps and periods; data with a source, never code."""

    folder, label = "rules", "标准"
    summary: str | None = Field(None, title="说明")
    labels: Mapping[str, str] = Field(default_factory=dict, title="数值名称")
    versions: tuple[RuleVersion, ...] = Field(title="各期标准", min_length=1)

    def on(self, day: Day) -> RuleVersion | None:
        """Return the version in force on `day`."""
        return max((v for v in self.versions if v.effective <= day), key=lambda v: v.effective, default=None)

    @property
    def day(self) -> Day | None:
        """Return the date of the newest version."""
        return max(version.effective for version in self.versions)


RECORD_TYPES: dict[str, type[Record]] = {
    "policy": Policy,
    "interpretation": Interpretation,
    "notice": Notice,
    "news": News,
    "honour": Honour,
    "guide": Guide,
    "case": Case,
    "union": Union,
    "venue": Venue,
    "indicator": Indicator,
    "campaign": Campaign,
    "event": Event,
    "finance": Finance,
    "page": Page,
    "message": Message,
    "consultation": Consultation,
    "register": Register,
    "rules": Rules,
}
