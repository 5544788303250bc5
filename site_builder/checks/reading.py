"""The faults that reading content/ itself finds, and their sentences."""

from __future__ import annotations

from site_builder.checks.rules import Rule

RULES = (
    Rule("missing-file", "error", "缺少必须有的文件。", "新建 site.yml，写明网站名称、主办单位和域名。", "reading"),
    Rule(
        "unreadable", "error", "文件或文件夹打不开，太大，或不是普通文件。", "检查权限；内容文件只放文字。", "reading"
    ),
    Rule(
        "symlink",
        "error",
        "符号链接指向内容文件夹之外，会把不该公开的文件带上网站。",
        "删去链接，放入文件本身。",
        "reading",
    ),
    Rule("encoding", "error", "文件不是 UTF-8 编码的文字。", "在编辑器里“另存为”，编码选 UTF-8。", "reading"),
    Rule(
        "front-matter",
        "error",
        "找不到元数据，或元数据不是一行行的“键: 值”。",
        "元数据写在文件开头两行 --- 之间。",
        "reading",
    ),
    Rule("yaml-syntax", "error", "YAML 写法有误，或用了不支持的写法。", "检查缩进、冒号、引号和括号。", "reading"),
    Rule("duplicate-key", "error", "同一个键写了两次，只有一处会起作用。", "只保留一处。", "reading"),
    Rule("unknown-key", "error", "没有这个键，写在里面的内容不会出现在网站上。", "改成最接近的键，或删去。", "reading"),
    Rule("missing-key", "error", "缺少必须写的一项。", "补上这一项。", "reading"),
    Rule("bad-value", "error", "值的类型、格式或范围不对，或几项之间互相矛盾。", "照提示改写。", "reading"),
    Rule("bad-id", "error", "文件名不能作编号和网址，或与 id 不一致。", "只用小写字母、数字和连字符。", "reading"),
    Rule("duplicate-id", "error", "同一文件夹里两个文件用了同一个编号，网址会相同。", "给其中一个改名。", "reading"),
    Rule("misplaced-file", "error", "文件放错了文件夹；年份不对只作提示。", "移到提示的位置。", "reading"),
    Rule("wrong-extension", "error", "扩展名不对，文件不会被读取。", "正文类用 .md，数据类用 .yml。", "reading"),
    Rule(
        "attachment-missing",
        "error",
        "引用的附件或图片不存在，或不能公开。",
        "放到文件旁边或 assets/ 下，大小写一致。",
        "reading",
    ),
)
