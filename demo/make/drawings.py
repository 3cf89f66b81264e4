"""Plans drawn as vectors: the zoning plan of Zálesí on one A2 sheet, and extracts of the cadastral map."""

import math
import random
from pathlib import Path

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

FOLDER = "/usr/share/fonts/truetype/liberation/LiberationSans-"
ZONES = {
    "BV": ("#f6c28b", "bydlení venkovské"), "SV": ("#e88d67", "smíšené obytné"), "OV": ("#d65f5f", "občanské vybavení"),
    "OS": ("#f3e37c", "sport"), "VL": ("#b9a3c9", "výroba a sklady"), "ZV": ("#a9cf8f", "veřejná zeleň"),
    "ZK": ("#cfe3ae", "krajinná zeleň"), "NZ": ("#f7f2d8", "pole"), "NL": ("#86b07c", "les"), "W": ("#9cc7e6", "vodní plocha a tok"),
}


def fonts():
    pdfmetrics.registerFont(TTFont("Plan", FOLDER + "Regular.ttf"))
    pdfmetrics.registerFont(TTFont("PlanBold", FOLDER + "Bold.ttf"))


def shape(draw, points, fill=None, stroke="#555555", width=0.25, dash=None):
    path = draw.beginPath()
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)
    path.close()
    draw.setStrokeColor(HexColor(stroke))
    draw.setLineWidth(width * mm)
    draw.setDash(*dash) if dash else draw.setDash()
    if fill:
        draw.setFillColor(HexColor(fill))
    draw.drawPath(path, stroke=1, fill=1 if fill else 0)
    draw.setDash()


def line(draw, points, stroke, width):
    path = draw.beginPath()
    path.moveTo(*points[0])
    for (x0, y0), (x1, y1), (x2, y2) in zip(points, points[1:], points[2:] + [points[-1]]):
        path.curveTo(x0 + (x1 - x0) * 0.6, y0 + (y1 - y0) * 0.6, x1 - (x2 - x1) * 0.25, y1 - (y2 - y1) * 0.25, x1, y1)
    draw.setStrokeColor(HexColor(stroke))
    draw.setLineWidth(width * mm)
    draw.setLineCap(1)
    draw.setLineJoin(1)
    draw.drawPath(path, stroke=1, fill=0)


def label(draw, x, y, text, size=7, font="Plan", colour="#222222", turn=0.0):
    draw.saveState()
    draw.translate(x, y)
    draw.rotate(turn)
    draw.setFillColor(HexColor(colour))
    draw.setFont(font, size)
    draw.drawCentredString(0, -size * 0.35, text)
    draw.restoreState()


def strip_of_parcels(draw, start, way, depth, count, luck, zone, number):
    """House plots side by side along a road; `way` points along it, the plots lie to its left."""
    x, y = start
    length = math.hypot(*way)
    ux, uy = way[0] / length, way[1] / length
    nx, ny = -uy, ux
    for _ in range(count):
        wide = luck.uniform(8.5, 12.5) * mm
        deep = depth * luck.uniform(0.9, 1.1)
        a, b = (x, y), (x + ux * wide, y + uy * wide)
        c, d = (b[0] + nx * deep, b[1] + ny * deep), (a[0] + nx * deep, a[1] + ny * deep)
        shape(draw, [a, b, c, d], ZONES[zone][0], width=0.12)
        hx, hy = x + ux * wide * 0.2 + nx * 3 * mm, y + uy * wide * 0.2 + ny * 3 * mm
        w, h = wide * 0.5, luck.uniform(4, 7) * mm
        shape(draw, [(hx, hy), (hx + ux * w, hy + uy * w), (hx + ux * w + nx * h, hy + uy * w + ny * h), (hx + nx * h, hy + ny * h)],
              "#6b5f58", "#2b2522", 0.1)
        label(draw, x + ux * wide / 2 + nx * deep * 0.78, y + uy * wide / 2 + ny * deep * 0.78, str(number), 4.2,
              turn=math.degrees(math.atan2(uy, ux)))
        number += luck.randrange(1, 4)
        x, y = b
    return number


def hatch(draw, points, colour, step):
    """A proposed area: hatched within a strong outline."""
    draw.saveState()
    path = draw.beginPath()
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)
    path.close()
    draw.clipPath(path, stroke=0, fill=0)
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    draw.setStrokeColor(HexColor(colour))
    draw.setLineWidth(0.35 * mm)
    x = min(xs) - (max(ys) - min(ys))
    while x < max(xs):
        draw.line(x, min(ys), x + max(ys) - min(ys), max(ys))
        x += step * mm
    draw.restoreState()
    shape(draw, points, None, colour, 0.9)


def zoning_plan(to: Path):
    fonts()
    luck = random.Random(3)
    width, height = 594 * mm, 420 * mm
    draw = canvas.Canvas(str(to), pagesize=(width, height), invariant=1)
    draw.setTitle("Změna č. 3 územního plánu Zálesí – hlavní výkres")
    at = lambda x, y: (x * mm, y * mm)
    # Ground: fields and their parcels, wood, water.
    draw.setFillColor(HexColor(ZONES["NZ"][0]))
    draw.rect(12 * mm, 12 * mm, 440 * mm, 396 * mm, stroke=0, fill=1)
    draw.saveState()
    frame = draw.beginPath()
    frame.rect(12 * mm, 12 * mm, 440 * mm, 396 * mm)
    draw.clipPath(frame, stroke=0, fill=0)
    number = 1101
    for column in range(16):
        for row in range(11):
            x, y = 12 + column * 28 + luck.uniform(-3, 3), 12 + row * 37 + luck.uniform(-4, 4)
            shape(draw, [at(x, y), at(x + 28, y + luck.uniform(-3, 3)), at(x + 28, y + 37), at(x, y + 36)], None, "#b8ad8a", 0.1)
            label(draw, (x + 14) * mm, (y + 18) * mm, str(number), 4.5, colour="#8a7f5c")
            number += luck.randrange(1, 3)
    for points in ([(12, 300), (70, 318), (118, 352), (150, 408), (12, 408)], [(360, 408), (372, 366), (410, 340), (452, 330), (452, 408)],
                   [(12, 12), (96, 12), (84, 48), (40, 70), (12, 66)]):
        shape(draw, [at(*p) for p in points], ZONES["NL"][0], "#4e7a45", 0.3)
        cx, cy = sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)
        for _ in range(60):
            tx, ty = cx + luck.gauss(0, 22), cy + luck.gauss(0, 18)
            label(draw, tx * mm, ty * mm, "∧", 6, colour="#3f6b38")
    stream = [at(452, 300), at(400, 286), at(352, 262), at(300, 252), at(246, 226), at(190, 214), at(120, 176), at(60, 160), at(12, 128)]
    line(draw, stream, ZONES["W"][0], 3.2)
    shape(draw, [at(*p) for p in [(96, 160), (116, 172), (128, 164), (124, 148), (104, 146)]], ZONES["W"][0], "#4d89b5", 0.3)
    # Contours.
    for level in range(9):
        points = [at(12 + 55 * k, 60 + 38 * level + 10 * math.sin(k * 0.9 + level)) for k in range(9)]
        line(draw, points, "#c29a6b", 0.15)
        label(draw, *at(232, 60 + 38 * level + 10 * math.sin(3.6 + level)), str(430 + 5 * level), 4.5, colour="#a07840")
    # Roads.
    road = [at(12, 196), at(90, 204), at(170, 236), at(230, 196), at(300, 190), at(380, 160), at(452, 150)]
    lane = [at(230, 196), at(240, 130), at(262, 70), at(270, 12)]
    field_way = [at(300, 190), at(330, 232), at(348, 290), at(352, 350), at(350, 408)]
    for way, wide in ((road, 5.2), (lane, 3.6), (field_way, 2.4)):
        line(draw, way, "#777777", wide)
        line(draw, way, "#ffffff", wide - 0.8)
    # The village: plots along the road and around the triangular green.
    shape(draw, [at(*p) for p in [(196, 204), (258, 208), (232, 176)]], ZONES["ZV"][0], "#5c8a4a", 0.3)
    number = 1
    for start, way, depth, count, zone in [
        (at(176, 244), (46 * mm, -28 * mm), 24 * mm, 4, "BV"), (at(244, 206), (60 * mm, -4 * mm), 26 * mm, 6, "BV"),
        (at(372, 154), (-70 * mm, 26 * mm), 24 * mm, 6, "BV"), (at(228, 170), (-50 * mm, 30 * mm), 22 * mm, 4, "SV"),
        (at(92, 214), (66 * mm, 26 * mm), 22 * mm, 7, "BV"), (at(160, 224), (-66 * mm, -26 * mm), 20 * mm, 6, "BV"),
        (at(244, 128), (18 * mm, -54 * mm), 24 * mm, 5, "BV"), (at(258, 70), (-18 * mm, 54 * mm), 22 * mm, 5, "SV"),
    ]:
        number = strip_of_parcels(draw, start, way, depth, count, luck, zone, number)
    shape(draw, [at(*p) for p in [(386, 150), (438, 146), (436, 112), (390, 118)]], ZONES["VL"][0])
    label(draw, *at(412, 132), "VL", 11, "PlanBold")
    # What the change proposes.
    proposals = [
        ("Z3/01", "BV", [(300, 196), (350, 178), (372, 206), (362, 240), (330, 228)], "1,84 ha"),
        ("Z3/02", "OV", [(206, 172), (228, 160), (222, 138), (200, 148)], "0,62 ha"),
        ("Z3/03", "ZK", [(318, 252), (352, 262), (398, 284), (390, 310), (336, 300)], "2,10 ha"),
        ("Z3/04", "OS", [(128, 150), (160, 164), (168, 142), (138, 128)], "0,45 ha"),
        ("P3/05", "SV", [(366, 148), (386, 144), (390, 122), (370, 126)], "0,38 ha"),
    ]
    for name, zone, points, size in proposals:
        points = [at(*p) for p in points]
        shape(draw, points, ZONES[zone][0])
        hatch(draw, points, "#b3202c", 3.2)
        cx, cy = sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)
        draw.setFillColor(Color(1, 1, 1, 0.85))
        draw.roundRect(cx - 14 * mm, cy - 5.5 * mm, 28 * mm, 11 * mm, 1.5 * mm, stroke=0, fill=1)
        label(draw, cx, cy + 2 * mm, f"{name} – {zone}", 10, "PlanBold", "#8a0f1a")
        label(draw, cx, cy - 2.6 * mm, size, 8)
    line(draw, [at(322, 254), at(314, 276), at(330, 300)], "#5a3d1e", 2)
    label(draw, *at(306, 280), "hráz", 8, turn=70)
    label(draw, *at(150, 200), "Zálesský potok", 9, colour="#2d6c9c", turn=24)
    label(draw, *at(60, 208), "II/214  →  Dolní Lhota", 8, "PlanBold", turn=4)
    label(draw, *at(424, 160), "II/214  →  Kostelec p. L.", 8, "PlanBold", turn=-8)
    label(draw, *at(277, 40), "III/2149 → Horní Lhota", 7, turn=-82)
    label(draw, *at(227, 196), "náves", 8)
    draw.restoreState()
    shape(draw, [at(12, 12), at(452, 12), at(452, 408), at(12, 408)], None, "#000000", 0.7)
    # Title and legend.
    draw.setFillColor(HexColor("#000000"))
    x, y = 464 * mm, 396 * mm
    for text, font, size, gap in [
        ("ÚZEMNÍ PLÁN ZÁLESÍ", "PlanBold", 26, 12), ("ZMĚNA č. 3", "PlanBold", 22, 9), ("Hlavní výkres", "Plan", 18, 8),
        ("měřítko 1 : 5 000", "Plan", 13, 7), ("návrh k veřejnému projednání, říjen 2026", "Plan", 11, 11),
        ("Pořizovatel: Městský úřad Kostelec pod Lhotou,", "Plan", 10, 5), ("odbor výstavby – úřad územního plánování", "Plan", 10, 14),
        ("LEGENDA", "PlanBold", 15, 9), ("Plochy s rozdílným způsobem využití", "PlanBold", 10, 7),
    ]:
        draw.setFont(font, size)
        draw.drawString(x, y - size, text)
        y -= gap * mm
    for code, (colour, words) in ZONES.items():
        draw.setFillColor(HexColor(colour))
        draw.setStrokeColor(HexColor("#333333"))
        draw.setLineWidth(0.2 * mm)
        draw.rect(x, y - 7 * mm, 16 * mm, 7 * mm, stroke=1, fill=1)
        draw.setFillColor(HexColor("#000000"))
        draw.setFont("PlanBold", 10)
        draw.drawString(x + 20 * mm, y - 5 * mm, code)
        draw.setFont("Plan", 11)
        draw.drawString(x + 34 * mm, y - 5 * mm, words)
        y -= 10.5 * mm
    hatch(draw, [(x, y - 7 * mm), (x + 16 * mm, y - 7 * mm), (x + 16 * mm, y), (x, y)], "#b3202c", 2.4)
    draw.setFillColor(HexColor("#000000"))
    draw.drawString(x + 20 * mm, y - 5 * mm, "návrhová plocha změny č. 3")
    y -= 16 * mm
    for words, colour, wide in (("silnice a místní komunikace", "#777777", 4), ("vodní tok", ZONES["W"][0], 2.5), ("vrstevnice po 5 m", "#c29a6b", 0.4)):
        line(draw, [(x, y - 3 * mm), (x + 8 * mm, y - 3 * mm), (x + 16 * mm, y - 3 * mm)], colour, wide)
        draw.setFillColor(HexColor("#000000"))
        draw.drawString(x + 20 * mm, y - 4.5 * mm, words)
        y -= 9 * mm
    y -= 8 * mm
    for number in range(5):
        draw.setFillColor(HexColor("#000000" if number % 2 == 0 else "#ffffff"))
        draw.rect(x + number * 20 * mm, y - 4 * mm, 20 * mm, 3 * mm, stroke=1, fill=1)
        draw.setFillColor(HexColor("#000000"))
        draw.setFont("Plan", 8)
        draw.drawCentredString(x + number * 20 * mm, y + 1 * mm, str(number * 100))
    draw.drawCentredString(x + 100 * mm, y + 1 * mm, "500 m")
    shape(draw, [(x + 96 * mm, 20 * mm), (x + 102 * mm, 20 * mm), (x + 99 * mm, 44 * mm)], "#000000")
    label(draw, x + 99 * mm, 49 * mm, "S", 16, "PlanBold")
    draw.save()


def cadastral_extract(to: Path, place: str, marked: str, numbers, note: str, seed: int):
    """An A4 extract with one parcel in red. The caller turns it into a PNG, as clerks do."""
    fonts()
    luck = random.Random(seed)
    draw = canvas.Canvas(str(to), pagesize=(210 * mm, 210 * mm), invariant=1)
    at = lambda x, y: (x * mm, y * mm)
    columns = [10, 48, 82, 128, 165, 200]
    rows = [24, 62, 104, 118, 158, 196]
    point = {(i, j): at(x + (luck.uniform(-5, 5) if 0 < i < 5 else 0), y + (luck.uniform(-4, 4) if 0 < j < 5 else 0))
             for i, x in enumerate(columns) for j, y in enumerate(rows)}
    names = iter(numbers)
    for j in range(5):
        for i in range(5):
            corner = [point[i, j], point[i + 1, j], point[i + 1, j + 1], point[i, j + 1]]
            if j == 2:
                shape(draw, corner, "#eeeeea", "#eeeeea", 0.1)
                continue
            name = next(names)
            (ax, ay), (bx, by), (cx, cy), (dx, dy) = corner
            shape(draw, corner, "#ffffff", "#222222", 0.25)
            if name == marked:
                part = [(ax + (bx - ax) * 0.55, ay + (by - ay) * 0.55), (bx, by), (cx, cy), (dx + (cx - dx) * 0.55, dy + (cy - dy) * 0.55)]
                shape(draw, part, "#f7b0ac", "#c8102e", 0.8)
            mx, my = (ax + cx) / 2, (ay + cy) / 2
            if luck.random() < 0.55 and name != marked:
                shape(draw, [(mx - 6 * mm, my - 9 * mm), (mx + 7 * mm, my - 9 * mm), (mx + 7 * mm, my - 2 * mm), (mx - 6 * mm, my - 2 * mm)], "#e9e9e9", "#222222", 0.25)
            label(draw, mx, my + 5 * mm, name, 11)
    for j in (2, 3):
        line(draw, [point[i, j] for i in range(6)], "#222222", 0.3)
    label(draw, *at(105, 111), "611   místní komunikace", 10)
    shape(draw, [at(10, 10), at(200, 10), at(200, 200), at(10, 200)], None, "#000000", 0.5)
    draw.setFillColor(HexColor("#ffffff"))
    draw.rect(10 * mm, 10 * mm, 190 * mm, 14 * mm, stroke=1, fill=1)
    label(draw, *at(105, 18.5), f"Snímek katastrální mapy – k. ú. {place}, 1 : 1 000", 12, "PlanBold")
    label(draw, *at(105, 13), note, 9)
    draw.save()
