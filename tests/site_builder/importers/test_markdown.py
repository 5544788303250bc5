from __future__ import annotations

from collections.abc import Callable
from datetime import date

from site_builder.importers import Imported
from site_builder.records import Policy

Read = Callable[..., Imported]
TEXT = """---
title: 云溪县总工会关于食堂的通知
date: 2026-11-09
tags: 食堂
---

# 云溪县总工会关于食堂的通知

各基层工会：

现将账目公开如下，见[附件](账目(1).xlsx)和 `a, b`。

## 一、账目

| 项目 | 金额 |
| --- | --- |
| 伙食 | 4.5万元 |

- 早饭
- 午饭

```
云溪,食堂
```

### 说明

1. 按月公开
2、按季核对
"""


def test_form_is_kept(read: Read) -> None:
    imported = read(TEXT, "a.md")
    record = imported.record
    assert isinstance(record, Policy)
    assert (record.title, record.published, record.addressee) == (
        "云溪县总工会关于食堂的通知",
        date(2026, 11, 9),
        "各基层工会",
    )
    assert record.body.split("\n\n") == [
        "现将账目公开如下，见[附件](账目(1).xlsx)和 `a, b`。",
        "## 一、账目",
        "| 项目 | 金额 |\n| --- | --- |\n| 伙食 | 4.5万元 |",
        "- 早饭\n- 午饭",
        "```\n云溪,食堂\n```",
        "### 说明",
        "1. 按月公开",
        "2.按季核对",
    ]
    assert any("tags" in finding.message for finding in imported.doubts)
