#!/usr/bin/env python3
"""Makes the two documents that the demo sends. Run when their text changes; the results are committed.

    apt-get install python3-reportlab python3-openpyxl fonts-croscore
    /usr/bin/python3 make.py

The letter follows the layout of NĐ 30/2020, Appendix I. Names, numbers and contents are invented.
"""

import os
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import BaseDocTemplate, Frame, KeepTogether, PageBreak, PageTemplate, Paragraph, Spacer, Table

HERE = os.path.dirname(os.path.abspath(__file__))
LETTER = "Công văn 7421-BCT-KHTC.pdf"
APPENDIX = "Phụ lục 01 - Tổng hợp quý III.xlsx"
FONTS = "/usr/share/fonts/truetype/croscore/Tinos-%s.ttf"
EXAMPLE = "VĂN BẢN MẪU: tên người, số liệu đều là hư cấu, không có giá trị pháp lý"

INDICATORS = [  # chỉ tiêu, đơn vị, kế hoạch quý III, thực hiện quý III, thực hiện cùng kỳ
    ("Văn bản gửi qua Trục liên thông", "văn bản", 12400, 12986, 10211),
    ("Văn bản nhận qua Trục liên thông", "văn bản", 15800, 16142, 13870),
    ("Văn bản tiếp nhận trong ngày", "văn bản", 15000, 15607, 12655),
    ("Hồ sơ công việc lập trên môi trường mạng", "hồ sơ", 3600, 3742, 2988),
    ("Báo cáo định kỳ thực hiện qua hệ thống", "báo cáo", 96, 96, 88),
    ("Cán bộ được cấp chứng thư số", "người", 1250, 1214, 1067),
]
UNITS = [  # đơn vị, văn bản gửi, văn bản nhận, tiếp nhận trong ngày
    ("Vụ Kế hoạch - Tài chính", 1842, 2210, 2187),
    ("Vụ Thị trường trong nước", 1377, 1590, 1541),
    ("Cục Công nghiệp", 1968, 2405, 2316),
    ("Cục Xuất nhập khẩu", 2714, 3322, 3228),
    ("Cục Hóa chất", 1205, 1498, 1439),
    ("Cục Thương mại điện tử và Kinh tế số", 1620, 2087, 2044),
    ("Văn phòng Bộ", 2260, 3030, 2852),
]


def number(value):
    return f"{value:,}".replace(",", ".")


def percent(part, whole):
    return f"{part * 100 / whole:.1f}".replace(".", ",")


def make_letter():
    for name in ("Regular", "Bold", "Italic", "BoldItalic"):
        pdfmetrics.registerFont(TTFont(name, FONTS % name))
    pdfmetrics.registerFontFamily("Regular", "Regular", "Bold", "Italic", "BoldItalic")
    body = ParagraphStyle("body", fontName="Regular", fontSize=14, leading=19, alignment=TA_JUSTIFY,
                          firstLineIndent=12.7 * mm, spaceAfter=6)
    heading = ParagraphStyle("heading", body, fontName="Bold", spaceBefore=4, keepWithNext=1)
    small = ParagraphStyle("small", fontName="Regular", fontSize=11, leading=13)
    middle = ParagraphStyle("middle", fontName="Regular", fontSize=13, leading=16, alignment=TA_CENTER)
    cell = ParagraphStyle("cell", fontName="Regular", fontSize=11.5, leading=14)

    def on_page(canvas, _):
        page = canvas.getPageNumber()
        canvas.setFont("Regular", 13)
        if page > 1:
            canvas.drawCentredString(A4[0] / 2, A4[1] - 14 * mm, str(page))
        canvas.setFont("Italic", 9)
        canvas.setFillGray(0.45)
        canvas.drawCentredString(A4[0] / 2 + 5 * mm, 11 * mm, EXAMPLE)
        canvas.setFillGray(0)
        if page == 1:
            head(canvas)

    def head(canvas):
        left, right, top = 66 * mm, 146 * mm, A4[1] - 24 * mm
        lines = [
            (left, 0, "Bold", 13, "BỘ CÔNG THƯƠNG"),
            (right, 0, "Bold", 12, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
            (right, 6, "Bold", 13.5, "Độc lập - Tự do - Hạnh phúc"),
            (left, 16, "Regular", 13, "Số: 7421/BCT-KHTC"),
            (right, 16, "Italic", 13.5, "Hà Nội, ngày 15 tháng 10 năm 2026"),
            (left, 23, "Regular", 12, "V/v báo cáo tình hình thực hiện"),
            (left, 28, "Regular", 12, "kế hoạch quý III năm 2026"),
        ]
        for x, down, font, size, text in lines:
            canvas.setFont(font, size)
            canvas.drawCentredString(x, top - down * mm, text)
        canvas.setLineWidth(0.7)
        canvas.line(left - 11 * mm, top - 3.4 * mm, left + 11 * mm, top - 3.4 * mm)
        half = pdfmetrics.stringWidth("Độc lập - Tự do - Hạnh phúc", "Bold", 13.5) / 2
        canvas.line(right - half, top - 8.2 * mm, right + half, top - 8.2 * mm)
        canvas.setStrokeColorRGB(0.8, 0, 0)
        canvas.setFillColorRGB(0.8, 0, 0)
        canvas.setLineWidth(1)
        canvas.rect(left - 15 * mm, top - 42 * mm, 30 * mm, 8 * mm)
        canvas.setFont("Bold", 14)
        canvas.drawCentredString(left, top - 39.7 * mm, "KHẨN")
        canvas.setFillGray(0)
        canvas.setStrokeGray(0)

    def table(rows, widths, right_from):
        cells = [[Paragraph(f"<b>{text}</b>", ParagraphStyle("th", cell, alignment=TA_CENTER)) for text in rows[0]]]
        cells += [[Paragraph(text, cell) if i < right_from else text for i, text in enumerate(row)] for row in rows[1:]]
        return Table(cells, colWidths=[w * mm for w in widths], repeatRows=1, spaceBefore=4, spaceAfter=10, style=[
            ("GRID", (0, 0), (-1, -1), 0.5, (0, 0, 0)), ("FONT", (0, 1), (-1, -1), "Regular", 11.5),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("ALIGN", (right_from, 1), (-1, -1), "RIGHT"),
            ("BACKGROUND", (0, 0), (-1, 0), (0.93, 0.93, 0.93)),
        ])

    signature = Table([[
        [Paragraph("<b><i>Nơi nhận:</i></b>", ParagraphStyle("to", small, fontSize=12, leading=15)),
         *[Paragraph(text, small) for text in (
             "- Như trên;", "- Bộ trưởng (để báo cáo);", "- Các Thứ trưởng;", "- Các Vụ, Cục, Văn phòng Bộ;",
             "- Lưu: VT, KHTC.")]],
        [Paragraph("<b>KT. BỘ TRƯỞNG</b>", ParagraphStyle("sign", middle, fontSize=14, leading=17)),
         Paragraph("<b>THỨ TRƯỞNG</b>", ParagraphStyle("sign", middle, fontSize=14, leading=17)),
         Spacer(1, 14 * mm), Paragraph("<i>(văn bản mẫu, không ký)</i>", middle), Spacer(1, 8 * mm),
         Paragraph("<b>Nguyễn Văn An</b>", ParagraphStyle("name", middle, fontSize=14, leading=17))],
    ]], colWidths=[80 * mm, 80 * mm], style=[("VALIGN", (0, 0), (-1, -1), "TOP")])

    sent = sum(row[1] for row in UNITS)
    received = sum(row[2] for row in UNITS)
    in_time = sum(row[3] for row in UNITS)
    story = [
        Spacer(1, 52 * mm),
        Paragraph("Kính gửi: Văn phòng Chính phủ", ParagraphStyle("to", middle, fontSize=14, leading=20, spaceAfter=10)),
        Paragraph("Thực hiện chế độ báo cáo định kỳ về gửi, nhận văn bản điện tử giữa các cơ quan trong hệ thống hành "
                  "chính nhà nước, Bộ Công Thương báo cáo tình hình thực hiện kế hoạch quý III năm 2026 như sau:", body),
        Paragraph("1. Tình hình chung", heading),
        Paragraph(f"Trong quý III năm 2026, Bộ Công Thương đã gửi {number(sent)} văn bản và nhận {number(received)} văn "
                  f"bản qua Trục liên thông văn bản quốc gia; tỷ lệ văn bản được tiếp nhận ngay trong ngày đạt "
                  f"{percent(in_time, received)}%. Toàn bộ văn bản gửi đi được ký số bằng chứng thư số chuyên dùng và "
                  "theo dõi trạng thái xử lý tự động từ khi phát hành đến khi hoàn thành.", body),
        Paragraph("Hệ thống quản lý văn bản và điều hành của Bộ vận hành ổn định. Việc xác nhận đã đến, đã tiếp nhận, đang "
                  "xử lý và hoàn thành được thực hiện theo đúng quy định; các văn bản khẩn được chuyển ngay sau khi "
                  "phát hành, không có văn bản thất lạc hoặc trùng lặp.", body),
        Paragraph("2. Kết quả thực hiện các chỉ tiêu", heading),
        Paragraph("Kết quả thực hiện các chỉ tiêu chủ yếu so với kế hoạch và so với cùng kỳ năm trước được tổng hợp tại "
                  "bảng dưới đây; số liệu chi tiết nêu tại Phụ lục 01 (tệp bảng tính kèm theo) và Phụ lục 02.", body),
        table([("TT", "Chỉ tiêu", "Đơn vị", "Kế hoạch", "Thực hiện", "Đạt (%)")] + [
            (str(i), name, unit, number(plan), number(done), percent(done, plan))
            for i, (name, unit, plan, done, _) in enumerate(INDICATORS, 1)], (10, 66, 22, 21, 22, 19), 3),
        Paragraph("3. Khó khăn, vướng mắc", heading),
        Paragraph("a) Một số đơn vị trực thuộc còn gửi song song bản giấy và bản điện tử đối với văn bản không thuộc diện "
                  "phải gửi bản giấy, làm tăng thời gian xử lý và chi phí hành chính.", body),
        Paragraph("b) Mã định danh của một số cơ quan thay đổi sau khi sắp xếp tổ chức bộ máy nhưng chưa được cập nhật "
                  "kịp thời, dẫn đến văn bản bị trả lại và phải gửi lại.", body),
        Paragraph("c) Việc cấp chứng thư số cho cán bộ mới được điều động chưa đạt kế hoạch "
                  f"({number(INDICATORS[5][3])}/{number(INDICATORS[5][2])} người).", body),
        Paragraph("4. Kiến nghị, đề xuất", heading),
        Paragraph("Đề nghị Văn phòng Chính phủ xem xét, thông báo kịp thời các thay đổi về mã định danh và chứng thư số của "
                  "các cơ quan tham gia Trục liên thông; đồng thời cho ý kiến về lộ trình dừng gửi bản giấy đối với các "
                  "loại văn bản đã gửi bản điện tử có ký số.", body),
        Paragraph("Bộ Công Thương trân trọng đề nghị Văn phòng Chính phủ có ý kiến phản hồi trước ngày 30 tháng 10 năm 2026 "
                  "để Bộ kịp thời triển khai nhiệm vụ quý IV./.", body),
        Spacer(1, 4 * mm),
        KeepTogether([signature]),
        PageBreak(),
        Paragraph("<b>Phụ lục 02</b>", ParagraphStyle("a", middle, fontSize=14, leading=20)),
        Paragraph("<b>TÌNH HÌNH GỬI, NHẬN VĂN BẢN ĐIỆN TỬ THEO ĐƠN VỊ<br/>QUÝ III NĂM 2026</b>",
                  ParagraphStyle("b", middle, fontSize=14, leading=18)),
        Paragraph("<i>(Kèm theo Công văn 7421/BCT-KHTC ngày 15 tháng 10 năm 2026<br/>của Bộ Công Thương)</i>",
                  ParagraphStyle("c", middle, fontSize=13, leading=20, spaceAfter=8)),
        table([("TT", "Đơn vị", "Gửi", "Nhận", "Tiếp nhận trong ngày", "Tỷ lệ (%)")] + [
            (str(i), name, number(out), number(into), number(day), percent(day, into))
            for i, (name, out, into, day) in enumerate(UNITS, 1)] + [
            ("", "<b>Tổng cộng</b>", number(sent), number(received), number(in_time), percent(in_time, received))],
            (10, 68, 19, 19, 25, 19), 2),
        Paragraph("<i>Ghi chú: “tiếp nhận trong ngày” là văn bản được đơn vị xác nhận đã tiếp nhận trong ngày văn bản đến; "
                  "văn bản đến sau 16 giờ 30 được tính cho buổi sáng ngày làm việc tiếp theo.</i>", body),
    ]
    document = BaseDocTemplate(os.path.join(HERE, LETTER), pagesize=A4, leftMargin=30 * mm, rightMargin=20 * mm,
                               topMargin=20 * mm, bottomMargin=20 * mm, invariant=1, lang="vi-VN", initialFontName="Regular",
                               title="Công văn 7421/BCT-KHTC (văn bản mẫu)", author="Bộ Công Thương (ví dụ)",
                               subject="V/v báo cáo tình hình thực hiện kế hoạch quý III năm 2026")
    frame = Frame(30 * mm, 20 * mm, 160 * mm, A4[1] - 40 * mm, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate("page", [frame], onPage=on_page))
    document.build(story)


def make_appendix():
    book = Workbook()
    made = datetime(2026, 10, 15, 8, 0, 0)
    book.properties.title, book.properties.creator = "Phụ lục 01 (văn bản mẫu)", "Bộ Công Thương (ví dụ)"
    book.properties.created = book.properties.modified = made
    thin = Side(style="thin")

    def sheet(target, name, title, header, rows, widths):
        target.title = name
        target["A1"], target["A2"] = title, EXAMPLE
        target["A1"].font, target["A2"].font = Font(bold=True, size=13), Font(italic=True, color="808080")
        for c, text in enumerate(header, 1):
            place = target.cell(4, c, text)
            place.font, place.fill = Font(bold=True), PatternFill("solid", fgColor="DDE6F0")
            place.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        for r, row in enumerate(rows, 5):
            for c, value in enumerate(row, 1):
                target.cell(r, c, value)
        for r in range(4, 5 + len(rows)):
            for c in range(1, len(header) + 1):
                place = target.cell(r, c)
                place.border = Border(left=thin, right=thin, top=thin, bottom=thin)
                if r > 4 and c > 2:
                    place.number_format = "0.0%" if header[c - 1].startswith("Tỷ lệ") else "#,##0"
        for c, width in enumerate(widths):
            target.column_dimensions["ABCDEFGH"[c]].width = width
        target.row_dimensions[4].height = 34
        target.freeze_panes = "A5"
        target.page_setup.orientation, target.page_setup.fitToHeight = "landscape", 0
        target.sheet_properties.pageSetUpPr.fitToPage = True

    sheet(book.active, "Tổng hợp", "TỔNG HỢP CHỈ TIÊU QUÝ III NĂM 2026",
          ["TT", "Chỉ tiêu", "Đơn vị", "Kế hoạch", "Thực hiện", "Tỷ lệ đạt", "Cùng kỳ 2025", "Tỷ lệ so cùng kỳ"],
          [(i, name, unit, plan, done, f"=E{i + 4}/D{i + 4}", before, f"=E{i + 4}/G{i + 4}")
           for i, (name, unit, plan, done, before) in enumerate(INDICATORS, 1)], [6, 46, 12, 12, 12, 12, 14, 16])
    last = 4 + len(UNITS)
    sheet(book.create_sheet(), "Theo đơn vị", "TÌNH HÌNH GỬI, NHẬN THEO ĐƠN VỊ",
          ["TT", "Đơn vị", "Gửi", "Nhận", "Tiếp nhận trong ngày", "Tỷ lệ trong ngày"],
          [(i, name, out, into, day, f"=E{i + 4}/D{i + 4}") for i, (name, out, into, day) in enumerate(UNITS, 1)]
          + [("", "Tổng cộng", f"=SUM(C5:C{last})", f"=SUM(D5:D{last})", f"=SUM(E5:E{last})", f"=E{last + 1}/D{last + 1}")],
          [6, 42, 12, 12, 16, 14])
    sheet(book.create_sheet(), "Ghi chú", "GIẢI THÍCH SỐ LIỆU", ["TT", "Nội dung"], [
        (1, "Số liệu tính từ ngày 01/7/2026 đến hết ngày 30/9/2026."),
        (2, "Văn bản gửi nhiều nơi nhận được tính một lần cho mỗi nơi nhận."),
        (3, "Văn bản bị trả lại (trạng thái 02) không tính vào số văn bản tiếp nhận."),
    ], [6, 90])
    book.save(os.path.join(HERE, APPENDIX))


make_letter()
make_appendix()
