"""Ledgers as planners keep them: workbooks with titles, merged cells and subtotals."""

import openpyxl


def book(path, rows, *, merged=(), title="台账", others=()):
    """Write rows to the first sheet of a workbook, merge ranges such as ``A1:C1``."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for span in merged:
        sheet.merge_cells(span)
    for name, more in others:
        other = workbook.create_sheet(name)
        for row in more:
            other.append(list(row))
    workbook.save(path)
    return path


def text(path, lines, encoding="utf-8", end="\n"):
    """Write lines to a text file."""
    path.write_bytes((end.join(lines) + end).encode(encoding))
    return path


LEDGER = [
    ["栖贤街道房屋台账", None, None, None, None, None, None],
    ["填报单位：栖贤街道办", None, None, None, "日期：2026年3月", None, None],
    ["序号", "小区", "楼栋号", "单元", "户数", None, "备注"],
    [None, None, None, None, "常住", "流动", None],
    [1, "阳光花园", "1栋", "1单元", 12, "３", None],
    [2, None, None, "2单元", 14, 2, None],
    [3, None, "2号楼", "1单元", "1,020", 0, "含商铺"],
    ["小计", None, None, None, 1046, 5, None],
    [None, None, None, None, None, None, None],
    [4, "翠竹苑", "三幢", "1单元", 30, 4, None],
    ["小计", None, None, None, 30, 4, None],
    ["合计", None, None, None, 1076, 9, None],
    ["备注：户数为2026年数据", None, None, None, None, None, None],
]
"""A ledger with everything at once; rows 1 to 13."""

MERGED = ("A1:G1", "A3:A4", "B3:B4", "C3:C4", "D3:D4", "E3:F3", "G3:G4", "B5:B7", "C5:C6")


def ledger(path):
    """Write the ledger with everything at once."""
    return book(path, LEDGER, merged=MERGED)
