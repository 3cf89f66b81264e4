"""The demo's own small mark-up -> flat OpenDocument text, which LibreOffice turns into a PDF.

A text begins with `key: value` lines (office, number, heading, font, process ...), then a blank line, then:
  `# X` centred heading   `## X` heading   `= X` centred line   `> X` right-aligned line
  `(1) X`, `1. X`, `a) X`, `– X`  items with a hanging indent
  `| a | b |` table, first row its head; `|* a | b |` a row of totals
  `@ X` place, date and signature by function   `%posting` the lines for posting and taking down
  `---page`, `---landscape`, `---portrait`  page breaks
"""

import base64
import io
import re
from xml.sax.saxutils import escape

from offices import OFFICES
from words import set_type

FONTS = {"sans": "Liberation Sans", "serif": "Liberation Serif"}
_ITEM = re.compile(r"^(\(\d+\)|\d+\.(?:\d+\.?)*|[a-z]\)|–)\s+(.*)$")
_NUMBER = re.compile(r"^[-–+]?[\d\s\u00a0]+([,.]\d+)?(\s*(Kč|%|m²))?$")


def parse(text: str):
    """-> (header fields, body lines)"""
    head, _, body = text.partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return fields, body.splitlines()


def inline(text: str) -> str:
    text = escape(set_type(text))
    return re.sub(r"\*\*(.+?)\*\*", r'<text:span text:style-name="B">\1</text:span>', text)


def paragraph(style: str, text: str) -> str:
    return f'<text:p text:style-name="{style}">{inline(text)}</text:p>'


def cells(line: str):
    return [cell.strip() for cell in line.strip().lstrip("|*").strip().rstrip("|").split("|")]


def table(rows, name: str, width_cm: float, styles: list) -> str:
    bodies = [cells(row) for row in rows]
    columns = max(len(row) for row in bodies)
    bodies = [row + [""] * (columns - len(row)) for row in bodies]
    right = [all(_NUMBER.match(row[i]) or row[i] in ("", "–", "x") for row in bodies[1:]) for i in range(columns)]
    weight = []
    for i in range(columns):
        longest = max(len(row[i]) for row in bodies)
        word = max(len(word) for row in bodies for word in row[i].replace(" ", "\u00a0" if right[i] else " ").split(" "))
        weight.append(max(min(longest, 44), word, 5) + 2)
    total = sum(weight)
    for i in range(columns):
        styles.append(
            f'<style:style style:name="{name}.{i}" style:family="table-column"><style:table-column-properties '
            f'style:column-width="{width_cm * weight[i] / total:.2f}cm"/></style:style>')
    out = [f'<table:table table:name="{name}" table:style-name="T">']
    out += [f'<table:table-column table:style-name="{name}.{i}"/>' for i in range(columns)]
    for number, row in enumerate(bodies):
        bold = number == 0 or rows[number].strip().startswith("|*")
        out.append("<table:table-header-rows>" if number == 0 else "")
        out.append('<table:table-row table:style-name="R">')
        for i, cell in enumerate(row):
            style = ("TH" if number == 0 else "TB" if bold else "TC") + ("R" if right[i] else "")
            box = "CH" if number == 0 else "C"
            out.append(f'<table:table-cell table:style-name="{box}" office:value-type="string">{paragraph(style, cell)}</table:table-cell>')
        out.append("</table:table-row>")
        out.append("</table:table-header-rows>" if number == 0 else "")
    out.append("</table:table>")
    return "".join(out)


def body(lines, office, date: str, landscape: bool = False) -> tuple[str, list]:
    out, styles, rows, tables = [], [], [], 0
    width = 25.7 if landscape else 17.0
    broken = ""

    def flush():
        nonlocal rows, tables
        if rows:
            tables += 1
            out.append(table(rows, f"T{tables}", width, styles))
            out.append('<text:p text:style-name="Gap"/>')
            rows = []

    for line in lines:
        if line.startswith("|"):
            rows.append(line)
            continue
        flush()
        if not line.strip():
            continue
        if line.startswith("---"):
            broken = {"---page": "PB", "---landscape": "PL", "---portrait": "PP"}[line.strip()]
            width = {"PL": 25.7, "PP": 17.0}.get(broken, width)
            out.append(f'<text:p text:style-name="{broken}"/>')
        elif line.startswith("## "):
            out.append(paragraph("H2", line[3:]))
        elif line.startswith("# "):
            out.append(paragraph("H1", line[2:]))
        elif line.startswith("= "):
            out.append(paragraph("Centre", line[2:]))
        elif line.startswith("> "):
            out.append(paragraph("Right", line[2:]))
        elif line.startswith("@ "):
            out.append(paragraph("P", f"{office['place']} {date}"))
            for part in line[2:].split(" / "):
                out.append(paragraph("Sign" if part == line[2:].split(" / ")[0] else "Sign2", part))
        elif line.strip() == "%posting":
            out.append('<text:p text:style-name="Gap"/>')
            out.append(table(["| Vyvěšeno na úřední desce dne: | Sejmuto z úřední desky dne: |", "| . | . |",
                              "| Razítko a podpis orgánu, který potvrzuje vyvěšení | Razítko a podpis orgánu, který potvrzuje sejmutí |"],
                             f"TV{tables}", width, styles).replace(">.<", "> <text:line-break/> <text:line-break/> <"))
        elif found := _ITEM.match(line):
            style = "Item2" if re.match(r"[a-z]\)", found[1]) else "Item"
            out.append(f'<text:p text:style-name="{style}">{inline(found[1])}<text:tab/>{inline(found[2])}</text:p>')
        else:
            out.append(paragraph("P", line))
    flush()
    return "".join(out), styles


def shield(colours) -> str:
    """A village's coat of arms as base64 PNG."""
    from PIL import Image, ImageDraw
    field, band = colours
    big = Image.new("RGBA", (480, 560), (0, 0, 0, 0))
    draw = ImageDraw.Draw(big)
    draw.rectangle((10, 10, 470, 300), fill=field)
    draw.pieslice((10, 40, 470, 550), 0, 180, fill=field)
    draw.rectangle((10, 220, 470, 330), fill=band)
    for x, height in ((150, 70), (240, 110), (330, 70)):
        draw.polygon([(x, 180 - height), (x - 32, 180), (x + 32, 180)], fill=band)
    out = io.BytesIO()
    big.resize((120, 140), Image.LANCZOS).save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode()


def letterhead(office) -> str:
    picture = ""
    if office["arms"]:
        picture = ('<draw:frame draw:style-name="Arms" text:anchor-type="paragraph" svg:x="0cm" svg:y="0cm" svg:width="1.6cm" svg:height="1.87cm">'
                   f'<draw:image draw:mime-type="image/png"><office:binary-data>{shield(office["arms"])}</office:binary-data></draw:image></draw:frame>')
    out = [f'<text:p text:style-name="L1">{picture}{inline(office["lines"][0])}</text:p>']
    out += [paragraph("L2", line) for line in office["lines"][1:]]
    out.append(paragraph("L3", f"{office['address']} · IČO {office['ico']}"))
    out.append(paragraph("L4", office["contact"]))
    return "".join(out)


def document(fields, lines) -> str:
    office = OFFICES[fields["office"]]
    font = FONTS[fields.get("font", "serif")]
    size = float(fields.get("size", "11"))
    landscape = fields.get("page") == "landscape"
    text, styles = body(lines, office, fields.get("date", "dne 16. listopadu 2026"), landscape)
    reference = "   ".join(
        f"{label} {fields[key]}" for key, label in (("number", "Č. j.:"), ("file", "Sp. zn.:")) if key in fields)
    head = letterhead(office) if fields.get("head", "yes") == "yes" else ""
    if reference:
        head += paragraph("Ref", reference)
    for number, line in enumerate(fields["heading"].split(" / ")):
        head += paragraph("Title" if number == 0 else "Subtitle", line)
    p = lambda name, parent, para="", run="": (
        f'<style:style style:name="{name}" style:family="paragraph"{parent}><style:paragraph-properties {para}/>'
        f'<style:text-properties {run}/></style:style>')
    based = ' style:parent-style-name="Base"'
    bold = 'fo:font-weight="bold"'
    small = f'fo:font-size="{min(size, 9.5)}pt"'
    page = lambda name, w, h, way: (
        f'<style:page-layout style:name="{name}"><style:page-layout-properties fo:page-width="{w}" fo:page-height="{h}" '
        f'style:print-orientation="{way}" fo:margin-top="1.8cm" fo:margin-bottom="1.4cm" fo:margin-left="2cm" fo:margin-right="2cm"/>'
        '<style:footer-style><style:header-footer-properties fo:min-height="0.6cm" fo:margin-top="0.3cm"/></style:footer-style></style:page-layout>')
    footer = ('<style:footer><text:p text:style-name="Foot">' + inline(fields.get("footer", office["lines"][0])) +
              ' · strana <text:page-number text:select-page="current"/> z <text:page-count/></text:p></style:footer>')
    return f'''<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text">
<office:meta><dc:title>{escape(fields["heading"].split(" / ")[0])}</dc:title><dc:language>cs-CZ</dc:language></office:meta>
<office:font-face-decls><style:font-face style:name="F" svg:font-family="'{font}'"/></office:font-face-decls>
<office:styles>
<style:default-style style:family="paragraph"><style:paragraph-properties style:tab-stop-distance="1cm"/><style:text-properties style:font-name="F" fo:font-size="{size}pt" fo:language="cs" fo:country="CZ" fo:hyphenate="false"/></style:default-style>
{p("Base", "", 'fo:margin-bottom="0.2cm" fo:line-height="115%" fo:orphans="2" fo:widows="2"')}
</office:styles>
<office:automatic-styles>
<style:style style:name="B" style:family="text"><style:text-properties {bold}/></style:style>
{p("P", based, 'fo:text-align="justify"')}
{p("H1", based, 'fo:text-align="center" fo:margin-top="0.45cm" fo:keep-with-next="always"', bold)}
{p("H2", based, 'fo:margin-top="0.45cm" fo:keep-with-next="always"', bold + f' fo:font-size="{size + 1}pt"')}
{p("Centre", based, 'fo:text-align="center"')}
{p("Right", based, 'fo:text-align="end" fo:margin-bottom="0.05cm"')}
{p("Item", based, 'fo:margin-left="0.9cm" fo:text-indent="-0.9cm" fo:text-align="justify"').replace("/><style:text-properties", '><style:tab-stops><style:tab-stop style:position="0cm"/></style:tab-stops></style:paragraph-properties><style:text-properties', 1)}
{p("Item2", based, 'fo:margin-left="1.7cm" fo:text-indent="-0.8cm" fo:text-align="justify" fo:margin-bottom="0.1cm"').replace("/><style:text-properties", '><style:tab-stops><style:tab-stop style:position="0cm"/></style:tab-stops></style:paragraph-properties><style:text-properties', 1)}
{p("Title", based, 'fo:text-align="center" fo:margin-top="0.5cm" fo:margin-bottom="0.15cm" fo:keep-with-next="always"', bold + f' fo:font-size="{size + 5}pt"')}
{p("Subtitle", based, 'fo:text-align="center" fo:margin-bottom="0.15cm" fo:keep-with-next="always"', bold)}
{p("Ref", based, 'fo:margin-top="0.2cm"', small)}
{p("L1", based, 'fo:margin-bottom="0cm"' + (' fo:margin-left="2.1cm"' if office["arms"] else ''), bold + f' fo:font-size="{size + 3}pt"')}
{p("L2", based, 'fo:margin-bottom="0cm"' + (' fo:margin-left="2.1cm"' if office["arms"] else ''), bold)}
{p("L3", based, 'fo:margin-bottom="0cm"' + (' fo:margin-left="2.1cm"' if office["arms"] else ''), small)}
{p("L4", based, 'fo:margin-bottom="0.4cm" fo:padding-bottom="0.15cm" fo:border-bottom="1pt solid #333333"' + (' fo:padding-left="2.1cm"' if office["arms"] else ''), small)}
{p("Sign", based, 'fo:margin-top="1.3cm" fo:margin-left="9.5cm" fo:text-align="center" fo:margin-bottom="0cm" fo:padding-top="0.08cm" fo:border-top="0.5pt dotted #000000" fo:keep-together="always"')}
{p("Sign2", based, 'fo:margin-left="9.5cm" fo:text-align="center" fo:margin-bottom="0cm"')}
{p("Gap", based, 'fo:margin-bottom="0cm" fo:line-height="60%"')}
{p("Foot", based, 'fo:text-align="center" fo:margin-bottom="0cm"', 'fo:font-size="8.5pt" fo:color="#444444"')}
{p("TC", based, 'fo:margin-bottom="0cm" fo:line-height="100%"', small)}{p("TCR", based, 'fo:margin-bottom="0cm" fo:line-height="100%" fo:text-align="end"', small)}
{p("TB", based, 'fo:margin-bottom="0cm" fo:line-height="100%"', small + " " + bold)}{p("TBR", based, 'fo:margin-bottom="0cm" fo:line-height="100%" fo:text-align="end"', small + " " + bold)}
{p("TH", based, 'fo:margin-bottom="0cm" fo:line-height="100%"', small + " " + bold)}{p("THR", based, 'fo:margin-bottom="0cm" fo:line-height="100%" fo:text-align="end"', small + " " + bold)}
{p("PB", based, 'fo:break-before="page" fo:margin-bottom="0cm" fo:line-height="20%"')}
<style:style style:name="PL" style:family="paragraph" style:parent-style-name="Base" style:master-page-name="Landscape"><style:paragraph-properties fo:margin-bottom="0cm" fo:line-height="20%"/></style:style>
<style:style style:name="PP" style:family="paragraph" style:parent-style-name="Base" style:master-page-name="Standard"><style:paragraph-properties fo:margin-bottom="0cm" fo:line-height="20%"/></style:style>
<style:style style:name="Arms" style:family="graphic"><style:graphic-properties style:wrap="run-through" style:run-through="background" style:vertical-pos="from-top" style:vertical-rel="paragraph" style:horizontal-pos="from-left" style:horizontal-rel="page-content"/></style:style>
<style:style style:name="T" style:family="table"><style:table-properties table:align="margins" fo:margin-top="0.1cm" fo:margin-bottom="0.1cm"/></style:style>
<style:style style:name="R" style:family="table-row"><style:table-row-properties fo:keep-together="always"/></style:style>
<style:style style:name="C" style:family="table-cell"><style:table-cell-properties fo:padding="0.08cm" fo:border="0.5pt solid #555555"/></style:style>
<style:style style:name="CH" style:family="table-cell"><style:table-cell-properties fo:padding="0.08cm" fo:border="0.5pt solid #555555" fo:background-color="#e4e4e0"/></style:style>
{"".join(styles)}
{page("A4", "21cm", "29.7cm", "portrait")}{page("A4L", "29.7cm", "21cm", "landscape")}
</office:automatic-styles>
<office:master-styles>
<style:master-page style:name="Standard" style:page-layout-name="{"A4L" if landscape else "A4"}">{footer}</style:master-page>
<style:master-page style:name="Landscape" style:page-layout-name="A4L">{footer}</style:master-page>
</office:master-styles>
<office:body><office:text>{head}{text}</office:text></office:body></office:document>'''
