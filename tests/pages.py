"""Whole invented reports around a given problem section, in many page forms, with the section's place in each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gongkai.enumerators import enumerator_at
from gongkai.repair import repair

NEW = [
    (
        "总体情况",
        "全年各项公开工作平稳推进，共召开两次专题会议。\n（一）主动公开情况。全年发布各类信息五十余条。\n（二）监督保障情况。完成自查一次。",
    ),
    ("主动公开政府信息情况", "{table2}"),
    ("收到和处理政府信息公开申请情况", "{table3}"),
    ("政府信息公开行政复议、行政诉讼情况", "{table4}"),
]
OLD = [
    ("概述", "全年公开工作有序开展，领导小组开会三次。"),
    ("主动公开政府信息情况", "全年主动公开各类信息八十七条，其中机构职能类六条。"),
    ("依申请公开政府信息办理情况", "全年未收到公开申请。"),
    ("咨询处理情况", "接待现场咨询四十人次。"),
    ("政府信息公开的收费及减免情况", "未收取任何费用。"),
    ("行政复议、行政诉讼情况", "未发生此类情况。"),
    ("人员和经费情况", "现有兼职人员两名。"),
    ("平台建设情况", "公开栏更换一次。"),
    ("档案移交情况", "移交文件三十件。"),
]
ROWS = [
    "一、本年新收政府信息公开申请数量",
    "二、上年结转政府信息公开申请数量",
    "三、本年度办理结果",
    "（一）予以公开",
    "（七）总计",
    "四、结转下年度继续办理",
]
HAN = "〇一二三四五六七八九十"


@dataclass(frozen=True)
class Page:
    """A page and where the given section stands in it."""

    form: str
    text: str
    start: int
    encoding: str = "utf-8"


def tables(form: str) -> dict[str, str]:
    """The statutory tables, one cell a line, tabbed, as Markdown, or flattened."""
    if form == "cells":
        three = "\n".join(f"\t{row}\n" + "\n".join("\t0" for _ in range(7)) for row in ROWS)
        return {
            "table2": "\t第二十条第（一）项\n\n\t信息内容\n\t本年制发件数\n\t规章\n\t0",
            "table3": three,
            "table4": "\t行政复议\n\t行政诉讼\n\t0\n\t0\n\t0",
        }
    glue = {"tabs": "\t", "markdown": " | ", "flat": " "}[form]
    three = "\n".join(glue.join([row, *"0000000"]) for row in ROWS)
    return {
        "table2": glue.join(["信息内容", "本年制发件数", "规章", "0"]),
        "table3": three,
        "table4": glue.join(["行政复议", "0", "0", "0", "0", "0"]),
    }


def number_of(section: str) -> int:
    """The number of a section's own heading, 5 where it has none."""
    mark = enumerator_at(repair(section[:20]).text)
    return mark.number if mark and mark.style == "top" and mark.number else 5


def pages(section: str, year: int) -> list[Page]:
    """Place a section in every page form that its year and number allow; the section's own text is never changed."""
    new, n = year >= 2019, number_of(section)
    before = NEW if new and n == 5 else (OLD * 2)[: n - 1]
    after = ("其他需要报告的事项", "本年度无其他需要报告的事项。")
    title = f"柳泉县青禾镇{year}年政府信息公开工作年度报告"
    alone = bool(re.search(r"\n[ \t#]*六[ ]?、", section))

    def build(
        form: str,
        table: str = "cells",
        mark: str = "",
        gap: str = "\n",
        glue: str = "\n",
        head: str = "",
        tail: str = "",
        last: bool = False,
    ) -> Page:
        parts = [title + gap + head]
        for i, (name, body) in enumerate(before, 1):
            words = body.format(**tables(table)) if "{" in body else body
            parts.append(f"{mark}{HAN[i]}、{name}{glue}{words.replace(chr(10), glue if glue != chr(10) else chr(10))}{gap}")
        lead = "".join(parts)
        close = "" if last or alone else f"{gap}{mark}{HAN[n + 1] if n < 10 else '十一'}、{after[0]}{glue}{after[1]}"
        return Page(form, lead + section + close + tail, len(lead))

    names = [name for name, _ in before] + ["存在的主要问题及改进情况", after[0]]
    listed = "".join(f"{HAN[i] if i <= 10 else '十一'}、{name}\n" for i, name in enumerate(names, 1))
    sentence = "本报告由" + "、".join(names) + "等部分组成。"
    made = [
        build("cells"),
        build("tabs", "tabs", gap="\n\n"),
        build("markdown", "markdown", mark="## ", gap="\n\n"),
        build("flat", "flat", gap=" ", glue=" "),
        build("contents", head="\n目录\n" + listed + "\n"),
        build("preface", head=sentence + "\n"),
        build("bookmark", head="[bookmark: _GoBack]"),
        build("last", tail="\n\n柳泉县青禾镇人民政府\n" + f"{year + 1}年1月18日\n", last=True),
        Page("section only", section, 0),
    ]
    wide = build("gb18030", "tabs")
    made.append(Page("gb18030", wide.text, wide.start, "gb18030"))
    made.append(Page("utf-16", wide.text, wide.start, "utf-16"))
    bare = "".join(f"{HAN[i]}、{name}\n" for i, (name, _) in enumerate(before, 1))
    made.append(
        Page("bare headings", f"{title}\n{bare}{section}\n{HAN[n + 1] if n < 10 else '十一'}、{after[0]}\n", len(title) + 1 + len(bare))
    )
    return made
