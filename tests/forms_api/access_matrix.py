"""Write docs/access.md from the code: who may open which address, and who may take which step.

`python -m tests.forms_api.access_matrix` writes it; a test compares it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from werkzeug.routing import Rule

from forms_api.review import BLUEPRINTS
from forms_api.review.access import Access, find_access
from forms_api.staff import DUTIES
from forms_api.workflow import BACK, SAME, STATES, TRANSITIONS, Transition

PATH = Path(__file__).parents[2] / "docs" / "access.md"
WORKFLOWS = {"direct": "县级直办", "chain": "基层到县", "aid": "帮扶", "petition": "信访"}
HEAD = """# 访问矩阵

本页由程序里的声明生成（`python -m tests.forms_api.access_matrix`），不要手改；测试 `tests/forms_api/test_access_matrix.py` 保证它和程序一致。

- 每个地址都在代码里写明谁能打开（`forms_api/review/access.py`），没有写的，程序不启动。每个地址对每种岗位、对没有登录的人都真打开过一遍：`tests/forms_api/review/test_auth.py`。
- 地址里带有申请、家庭、会员、批次、名单编号的，别的工会的人打开一律是“没有这一页”，什么也不发生：`tests/forms_api/review/test_scope.py`。
- 每一步对每种岗位、每种范围都试过：`tests/forms_api/test_workflow.py`。
- 提交（POST）另外还要有本次登录的令牌，并且来自本系统的页面。审计和系统管理两个岗位不和别的岗位合在一个账号上。
"""


def make_text() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *write_addresses(), "", *write_steps(), ""])


def list_rules() -> list[tuple[Rule, Access]]:
    """Return the addresses of the staff app with what each says, in the order of the addresses."""
    app = Flask("access", static_folder=None)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    rules = sorted(app.url_map.iter_rules(), key=lambda one: (one.rule, sorted(one.methods or ())))
    return [(rule, find_access(app.view_functions[rule.endpoint])) for rule in rules]


def write_addresses() -> Iterator[str]:
    """Yield the table of addresses."""
    yield "## 地址和岗位\n"
    yield f"| 地址 | 方法 | 没有登录 | {' | '.join(DUTIES.values())} | 范围 |"
    yield f"|---|---|:-:|{':-:|' * len(DUTIES)}---|"
    for rule, access in list_rules():
        methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        marks = ["可以" if access.allows(frozenset({duty})) else "—" for duty in DUTIES]
        yield f"| `{rule.rule}` | {methods} | {'可以' if access.everybody else '—'} | {' | '.join(marks)} | {tell_scope(rule)} |"


def tell_scope(rule: Rule) -> str:
    """Return where what an address names must lie for somebody to see it."""
    if rule.arguments & {"batch_id", "notice_id"}:
        return "县总工会" if "batch_id" in rule.arguments else "县总工会；已经公开的各级可看"
    return "本工会和下级" if rule.arguments & {"reference", "entry_id", "file_id"} else ""


def write_steps() -> Iterator[str]:
    """Yield the table of steps that staff take."""
    yield "## 步骤和岗位\n"
    yield "| 步骤 | 从 | 到 | 流程 | 岗位 | 在哪里办 |"
    yield "|---|---|---|---|---|---|"
    for step in TRANSITIONS:
        if step.role == "staff":
            yield f"| {' | '.join(tell_step(step))} |"


def tell_step(step: Transition) -> Iterator[str]:
    """Yield the cells of a step."""
    yield step.label
    yield "、".join(state.label for name, state in STATES.items() if name in step.from_states)
    yield {BACK: "原来的状态", SAME: "不变"}.get(step.to_state) or STATES[step.to_state].label
    yield "、".join(words for name, words in WORKFLOWS.items() if name in step.workflows)
    yield "、".join(words for duty, words in DUTIES.items() if duty in step.duties)
    yield {"own": "申请所在的工会", "county": "县总工会"}[step.place]


if __name__ == "__main__":
    PATH.write_text(make_text(), encoding="utf-8")
