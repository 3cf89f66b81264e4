"""What happens to a document between the printer and the notice board: it is scanned, turned, stamped, photographed,
and its fonts are left out."""

import io
import random
import subprocess
from pathlib import Path

import img2pdf
import numpy as np
import pikepdf
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from pikepdf import Array, Dictionary, Name
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

SANS_BOLD = "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf"


def pictures(pdf: Path, dpi: int):
    """Pages of a PDF as grey pictures."""
    raw = subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", str(pdf)], check=True, capture_output=True).stdout
    out = []
    while raw:
        kind, size, depth, rest = raw.split(b"\n", 3)
        width, height = map(int, size.split())
        out.append(Image.frombytes("L", (width, height), rest[: width * height]))
        raw = rest[width * height:]
    return out


def as_scanned(page: Image.Image, luck: random.Random, skew: float) -> Image.Image:
    """Skew, uneven light, paper grain, a dark edge where the lid stood open."""
    page = page.rotate(skew, Image.BICUBIC, fillcolor=255).filter(ImageFilter.GaussianBlur(0.6))
    grain = np.random.default_rng(luck.randrange(1 << 30))
    grey = np.asarray(page, dtype=np.float32)
    height, width = grey.shape
    light = 244 - 14 * np.linspace(0, 1, width)[None, :] ** 2 - 6 * np.linspace(1, 0, height)[:, None]
    grey = grey / 255 * light + grain.normal(0, 3.2, grey.shape)
    grey[:, :10] -= np.linspace(90, 0, 10)[None, :]
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))


def rubber_stamp(page: Image.Image, lines, at, dpi: int, turn: float) -> Image.Image:
    """A round office stamp, as pressed on paper before the scan."""
    side = int(dpi * 1.5)
    stamp = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(stamp)
    for inset, thick in ((4, 5), (int(side * 0.09), 2)):
        draw.ellipse((inset, inset, side - inset, side - inset), outline=230, width=thick)
    for number, line in enumerate(lines):
        font = ImageFont.truetype(SANS_BOLD, int(side * (0.1 if number else 0.12)))
        draw.text((side / 2, side * (0.36 + 0.16 * number)), line, fill=230, font=font, anchor="mm")
    stamp = stamp.rotate(turn, Image.BICUBIC)
    page.paste(60, (int(at[0] * page.width), int(at[1] * page.height)), stamp.point(lambda v: int(v * 0.75)))
    return page


def scan(pdf: Path, to: Path, dpi=200, quality=52, stamp=None, turned=()):
    """A grey JPEG scan without text; `turned` pages lie upside down on the glass and carry /Rotate 180."""
    luck = random.Random(to.name)
    sheets = []
    for number, page in enumerate(pictures(pdf, dpi)):
        if stamp and number == 0:
            rubber_stamp(page, stamp, (0.66, 0.16), dpi, luck.uniform(-14, 14))
        page = as_scanned(page, luck, luck.uniform(-0.9, 0.9))
        if number in turned:
            page = page.rotate(180)
        out = io.BytesIO()
        page.save(out, "JPEG", quality=quality, dpi=(dpi, dpi))
        sheets.append(out.getvalue())
    to.write_bytes(img2pdf.convert(sheets, layout_fun=img2pdf.get_layout_fun((img2pdf.mm_to_pt(210), img2pdf.mm_to_pt(297))), nodate=True))
    if turned:
        with pikepdf.open(to, allow_overwriting_input=True) as made:
            for number in turned:
                made.pages[number].Rotate = 180
            made.save(to)


def fax_scan(pdf: Path, to: Path, dpi=200):
    """Black and white, CCITT group 4, as an office's multifunction printer sends it."""
    luck = random.Random(to.name)
    sheets = []
    for page in pictures(pdf, dpi):
        page = page.rotate(luck.uniform(-0.5, 0.5), Image.BICUBIC, fillcolor=255).point(lambda v: 255 if v > 150 else 0).convert("1")
        draw = ImageDraw.Draw(page)
        for _ in range(40):
            x, y = luck.randrange(page.width), luck.randrange(page.height)
            draw.rectangle((x, y, x + luck.randrange(2), y + luck.randrange(2)), fill=0)
        out = io.BytesIO()
        page.save(out, "TIFF", compression="group4", dpi=(dpi, dpi))
        sheets.append(out.getvalue())
    to.write_bytes(img2pdf.convert(sheets, layout_fun=img2pdf.get_layout_fun((img2pdf.mm_to_pt(210), img2pdf.mm_to_pt(297))), nodate=True))


GLYPHS = {  # AGL names of what Czech adds to ASCII
    "á": "aacute", "č": "ccaron", "ď": "dcaron", "é": "eacute", "ě": "ecaron", "í": "iacute", "ň": "ncaron", "ó": "oacute",
    "ř": "rcaron", "š": "scaron", "ť": "tcaron", "ú": "uacute", "ů": "uring", "ý": "yacute", "ž": "zcaron", "„": "quotedblbase",
    "“": "quotedblleft", "–": "endash", "§": "section", "\u00a0": "space", "²": "twosuperior", "³": "threesuperior", "·": "periodcentered",
    "½": "onehalf", "€": "Euro", "…": "ellipsis", "•": "bullet", "×": "multiply", "°": "degree", "ä": "adieresis", "ö": "odieresis", "ü": "udieresis",
}
GLYPHS |= {low.upper(): name[0].upper() + name[1:] for low, name in list(GLYPHS.items()) if low.isalpha() and low.upper() != low}
GLYPHS |= dict(zip(" !\"#$%&'()*+,-./0123456789:;<=>?@[\\]^_`{|}~", (
    "space exclam quotedbl numbersign dollar percent ampersand quotesingle parenleft parenright asterisk plus comma hyphen period slash "
    "zero one two three four five six seven eight nine colon semicolon less equal greater question at bracketleft backslash bracketright "
    "asciicircum underscore grave braceleft bar braceright asciitilde").split()))


def unembed(pdf: Path):
    """Leave the fonts out, as office programs do with what "everybody has": Arial and Times by name, letters by
    glyph names."""
    import re
    with pikepdf.open(pdf, allow_overwriting_input=True) as made:
        for font in made.objects:
            if not isinstance(font, Dictionary) or font.get("/Type") != "/Font" or "/FontDescriptor" not in font:
                continue
            text = bytes(font.ToUnicode.read_bytes()).decode("latin-1")
            letters = {}
            for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.S):
                for code, hexes in re.findall(r"<(\w+)>\s*<(\w+)>", block):
                    letters[int(code, 16)] = bytes.fromhex(hexes).decode("utf-16-be")
            for block in re.findall(r"beginbfrange(.*?)endbfrange", text, re.S):
                for low, high, first in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
                    for code in range(int(low, 16), int(high, 16) + 1):
                        letters[code] = chr(int(first, 16) + code - int(low, 16))
            differences = []
            for code, letter in sorted(letters.items()):
                differences += [code, Name("/" + (letter if letter.isascii() and letter.isalpha() else GLYPHS[letter]))]
            old = str(font.BaseFont)
            bold = ",Bold" if "Bold" in old else ""
            name = Name(("/Arial" if "Sans" in old else "/TimesNewRoman") + bold)
            font.BaseFont = font.FontDescriptor.FontName = name
            font.Encoding = Dictionary(Type=Name.Encoding, BaseEncoding=Name.WinAnsiEncoding, Differences=Array(differences))
            font.FontDescriptor.Flags = 32
            for key in ("/FontFile2", "/FontFile3", "/FontFile"):
                if key in font.FontDescriptor:
                    del font.FontDescriptor[key]
        made.remove_unreferenced_resources()
        made.save(pdf)


def turn(pdf: Path, number: int):
    """Page `number` is drawn lying on its side and turned upright by /Rotate, as scanners and printers do."""
    with pikepdf.open(pdf, allow_overwriting_input=True) as made:
        page = made.pages[number]
        width, height = float(page.mediabox[2]), float(page.mediabox[3])
        page.contents_add(f"q 0 1 -1 0 {height} 0 cm\n".encode(), prepend=True)
        page.contents_add(b"\nQ")
        page.MediaBox = Array([0, 0, height, width])
        for key in ("/CropBox", "/TrimBox", "/BleedBox", "/ArtBox"):
            if key in page:
                del page[key]
        page.Rotate = 90
        made.save(pdf)


def stamp(pdf: Path, lines):
    """An annotation stamp with its own appearance, as a records program puts it on."""
    pdfmetrics.registerFont(TTFont("StampBold", SANS_BOLD))
    out = io.BytesIO()
    width, height = 170, 58
    draw = canvas.Canvas(out, pagesize=(width, height), invariant=1)
    draw.setStrokeColorRGB(0.72, 0.08, 0.1)
    draw.setFillColorRGB(0.72, 0.08, 0.1)
    draw.setLineWidth(2)
    draw.roundRect(2, 2, width - 4, height - 4, 5)
    for number, line in enumerate(lines):
        draw.setFont("StampBold", 18 if number == 0 else 8.5)
        draw.drawCentredString(width / 2, height - 24 - 13 * number, line)
    draw.save()
    out.seek(0)
    with pikepdf.open(pdf, allow_overwriting_input=True) as made, pikepdf.open(out) as art:
        form = made.copy_foreign(art.pages[0].as_form_xobject())
        page = made.pages[0]
        right, top = float(page.mediabox[2]) - 36, float(page.mediabox[3]) - 42
        note = made.make_indirect(Dictionary(
            Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([right - width, top - height, right, top]), F=4,
            Name=Name("/Posted"), Contents=lines[0], AP=Dictionary(N=form)))
        page.Annots = Array([note])
        made.save(pdf)


def photo(pdf: Path, to: Path):
    """A sheet photographed on a table with a telephone held on its side: perspective, shade, EXIF orientation 6."""
    sheet = pictures(pdf, 110)[0].convert("RGB")
    grain = np.random.default_rng(7)
    height, width = 1600, 1200
    rows = np.linspace(0, 1, height)[:, None]
    wood = 120 + 22 * np.sin(40 * rows + 3 * np.sin(np.linspace(0, 9, width)))[:, :] + grain.normal(0, 6, (height, width))
    table = Image.fromarray(np.stack([wood, wood * 0.78, wood * 0.56], -1).clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.2))
    corners = [(150, 175), (1075, 130), (1120, 1470), (95, 1440)]
    w, h = sheet.size
    rows_, right = [], []
    for (x, y), (u, v) in zip(corners, [(0, 0), (w, 0), (w, h), (0, h)]):
        rows_ += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    how = np.linalg.solve(np.array(rows_, float), np.array(right, float))
    laid = sheet.transform((width, height), Image.PERSPECTIVE, how, Image.BICUBIC)
    mask = Image.new("L", (w, h), 255).transform((width, height), Image.PERSPECTIVE, how, Image.BICUBIC)
    shadow = Image.new("L", (width, height), 0)
    shadow.paste(110, (14, 18), mask)
    table.paste((20, 15, 10), (0, 0), shadow.filter(ImageFilter.GaussianBlur(14)))
    table.paste(laid, (0, 0), mask)
    light = 1.02 - 0.3 * ((np.linspace(-1, 0.7, width)[None, :]) ** 2 + (np.linspace(-0.6, 1, height)[:, None]) ** 2) / 1.6
    done = np.asarray(table, dtype=np.float32) * (light[..., None] * np.array([1.0, 0.965, 0.89])) + grain.normal(0, 2.5, (height, width, 3))
    picture = Image.fromarray(done.clip(0, 255).astype(np.uint8)).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(to, "JPEG", quality=72, exif=exif)


def cut(pdf: Path, to: Path, share: float):
    """A transfer that broke off: the file's first part only."""
    whole = pdf.read_bytes()
    to.write_bytes(whole[: int(len(whole) * share)])
