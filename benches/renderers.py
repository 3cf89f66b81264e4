#!/usr/bin/env python3
"""Page one at 1080 px, drawn by vyveska and by three others in the same run: processor time, as ratios.

    python3 -m venv DIR; DIR/bin/pip install pypdfium2 pillow       (pdfium; pillow writes the scans)
    apt-get install mupdf-tools poppler-utils                       (mutool, pdftoppm)
    VYVESKA_SAMPLES=... DIR/bin/python benches/renderers.py [-n RUNS] [--dev] [CLASS ...]

It installs nothing, says what is missing and goes on without it. Time is user + system of the process that draws; the
same of the same program on an empty page, drawn in turn, is taken off, so that neither a program's start nor our sandbox
decides.
Included for all: opening the file, drawing, handing over the pixels (ours through the pipe to its parent, the others'
to /dev/null; pdfium draws inside this process and hands over nothing). The column "and read" is what a panel asks for,
and the ratio does not count: the page's text, which of it is hidden, how the page lies, whether it is blank; the others
do none of it. Nor does it count "pdfium new": pdfium in a process of its own for each page, as ours is, with memory that
the kernel has yet to clear. Ours is built as the device has it (the release profile), or with --dev for development.
"""

import argparse
import io
import json
import math
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import zlib
from pathlib import Path

try:
    import pypdfium2 as Pdfium
except ImportError:
    Pdfium = None
try:
    from PIL import Image, ImageChops
except ImportError:
    Image = None

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "target" / "renderers"
DEMO = ROOT / "demo" / "documents"
WIDTH = 1080
UNCOUNTED = ("vyveska", "and read", "pdfium new")
INSTALL = {
    "pdfium": "pip install pypdfium2 in a virtual environment, and run this with its Python",
    "mupdf": "apt-get install mupdf-tools",
    "poppler": "apt-get install poppler-utils",
    "pillow": "pip install pillow in a virtual environment, and run this with its Python",
}


def missing(what, needed_for):
    print(f"SKIPPED: {needed_for} ({INSTALL[what]})", file=sys.stderr)


def cpu(who):
    used = resource.getrusage(who)
    return (used.ru_utime + used.ru_stime) * 1000


# --- the renderers: path -> milliseconds ---------------------------------------------------------------------------


def ours(profile):
    build = ["cargo", "build", "--quiet", "--profile", profile, "--no-default-features", "--bench", "pages",
             "--bin", "vyveska", "--message-format", "json"]
    lines = subprocess.run(build, check=True, cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    made = [json.loads(line) for line in lines if '"executable"' in line]
    bench = next(one["executable"] for one in made if one["target"]["name"] == "pages" and one["executable"])

    def draw(what):
        def draw(path):
            said = subprocess.run([bench, what, str(path)], cwd=ROOT, capture_output=True, text=True)
            return float(said.stdout.split()[0]) if said.returncode == 0 else math.inf

        return draw

    return {"vyveska": draw("--picture"), "and read": draw("--all")}


def process(*command):
    def draw(path):
        before = cpu(resource.RUSAGE_CHILDREN)
        subprocess.run([str(path) if word == "DOCUMENT" else word for word in command], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return cpu(resource.RUSAGE_CHILDREN) - before

    return draw


def pdfium(path):
    before = cpu(resource.RUSAGE_SELF)
    document = Pdfium.PdfDocument(path)
    page = document[0]
    page.render(scale=WIDTH / page.get_width()).close()
    page.close()
    document.close()
    return cpu(resource.RUSAGE_SELF) - before


def pdfium_new(path):
    said = subprocess.run([sys.executable, __file__, "--pdfium", str(path)], capture_output=True, text=True)
    return float(said.stdout) if said.returncode == 0 else math.inf


def renderers(profile):
    found = ours(profile)
    if Pdfium:
        found["pdfium"] = pdfium
        found["pdfium new"] = pdfium_new
    else:
        missing("pdfium", "pdfium")
    if shutil.which("mutool"):
        found["mupdf"] = process("mutool", "draw", "-q", "-w", str(WIDTH), "-F", "pnm", "-o", "/dev/null", "DOCUMENT", "1")
    else:
        missing("mupdf", "mupdf")
    if shutil.which("pdftoppm"):
        found["poppler"] = process("pdftoppm", "-f", "1", "-l", "1", "-scale-to-x", str(WIDTH), "-scale-to-y", "-1", "DOCUMENT")
    else:
        missing("poppler", "poppler")
    return found


# --- the documents -------------------------------------------------------------------------------------------------


def pdf(path, size, content, streams=()):
    """One page of `size` points; each stream is (what its dictionary says, its bytes)."""
    names = " ".join(f"/Im{n} {n + 5} 0 R" for n in range(len(streams)))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
               f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] /Contents 4 0 R "
               f"/Resources << /XObject << {names} >> >> >>".encode()]
    for said, data in [("/Filter /FlateDecode", zlib.compress(content.encode())), *streams]:
        objects.append(f"<< {said} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream")
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    path.write_bytes(out)


def a0_map(path):
    """Parcels, roads and contours as paths: about what a zoning plan of a small town has."""
    size, parts = (2384, 3370), ["1 1 1 rg 0 0 2384 3370 re f\n"]
    state = 1

    def luck(below):
        nonlocal state
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        return state / 0x7FFFFFFF * below

    for row in range(100):
        for column in range(70):
            x, y = column * 34 + luck(6), row * 33.7 + luck(6)
            parts.append(f"{0.7 + luck(0.3):.2f} {0.8 + luck(0.2):.2f} {0.6 + luck(0.3):.2f} rg 0.3 w "
                         f"{x:.1f} {y:.1f} m {x + 30:.1f} {y + luck(4):.1f} l {x + 31:.1f} {y + 29:.1f} l {x:.1f} {y + 30:.1f} l b\n")
    for _ in range(400):
        x, y = luck(2384), luck(3370)
        parts.append(f"0.5 0.3 0.1 RG {0.2 + luck(1.5):.2f} w {x:.1f} {y:.1f} m ")
        for _ in range(120):
            x, y = x + luck(60) - 30, y + luck(60) - 30
            parts.append(f"{x:.1f} {y:.1f} l ")
        parts.append("S\n")
    pdf(path, size, "".join(parts))


def picture(source, width, colour):
    """A page as a scanner sees it: with grain."""
    page = Pdfium.PdfDocument(source)[0]
    drawn = page.render(scale=width / page.get_width()).to_pil().convert("RGB" if colour else "L")
    grain = Image.effect_noise(drawn.size, 4)
    return ImageChops.add(drawn, Image.merge("RGB", [grain] * 3) if colour else grain, 1.0, -134)


def scan(path, image, size, kind, **options):
    data = io.BytesIO()
    image.save(data, kind, **options)
    data = data.getvalue()
    colour = "/DeviceRGB" if image.mode == "RGB" else "/DeviceGray"
    said = f"/Type /XObject /Subtype /Image /Width {image.width} /Height {image.height} /ColorSpace {colour} "
    if kind == "JPEG":
        said += "/BitsPerComponent 8 /Filter /DCTDecode"
    elif kind == "JPEG2000":
        said += "/Filter /JPXDecode"
    else:
        tiff = Image.open(io.BytesIO(data)).tag_v2
        data = data[tiff[273][0]:][:tiff[279][0]]
        said += "/BitsPerComponent 1 /Filter /CCITTFaxDecode "
        said += f"/DecodeParms << /K -1 /Columns {image.width} /Rows {image.height} >>"
        said += " /Decode [1 0]" if tiff[262] == 1 else ""
    pdf(path, size, f"{size[0]} 0 0 {size[1]} 0 0 cm /Im0 Do", [(said, data)])


A4, A0 = (595, 842), (2384, 3370)


def generated():
    """Written once, kept in target/renderers."""
    WORK.mkdir(parents=True, exist_ok=True)
    empty, plan = WORK / "empty.pdf", WORK / "a0-map.pdf"
    pdf(empty, A4, "")
    a0_map(plan)
    if not Image or not Pdfium:
        missing("pillow" if Pdfium else "pdfium", "the generated scans")
        return
    text = DEMO / "dl-zu-2025.pdf"
    wanted = {
        "scan-grey.pdf": (text, 2480, "L", A4, "JPEG", {"quality": 75}),
        "scan-colour.pdf": (text, 2480, "RGB", A4, "JPEG", {"quality": 75}),
        "scan-g4.pdf": (text, 2480, "1", A4, "TIFF", {"compression": "group4", "tiffinfo": {278: 10000}}),
        "scan-jpx.pdf": (text, 2480, "RGB", A4, "JPEG2000", {"quality_layers": [25], "irreversible": True}),
        "a0-scan.pdf": (plan, 9933, "RGB", A0, "JPEG", {"quality": 80}),
        "a0-scan-grey.pdf": (plan, 9933, "L", A0, "JPEG", {"quality": 80}),
        "a0-scan-progressive.pdf": (plan, 9933, "RGB", A0, "JPEG", {"quality": 80, "progressive": True}),
    }
    for name, (source, width, mode, size, kind, options) in wanted.items():
        if not (WORK / name).exists():
            image = picture(source, width, mode == "RGB")
            scan(WORK / name, image.convert(mode), size, kind, **options)


def classes():
    samples = Path(os.environ["VYVESKA_SAMPLES"]) / "pdf" if "VYVESKA_SAMPLES" in os.environ else None
    if not samples:
        print("SKIPPED: the collected documents (set VYVESKA_SAMPLES to the folder that holds pdf/)", file=sys.stderr)
    demo = lambda *names: [DEMO / f"{name}.pdf" for name in names]
    own = lambda *names: [WORK / f"{name}.pdf" for name in names]
    real = lambda *names: [samples / f"{name}.pdf" for name in names] if samples else []
    return {
        "office text": demo("dl-ozv-klid", "dl-zu-2025", "hl-pacht") + real("g01-lo-cs-sans-15p", "g02-lo-cs-pdfa3"),
        "fonts not embedded": demo("hl-vodne") + real("g03-nonembedded-cs-fonts"),
        "scan JPEG 300 dpi": demo("dl-prezkum") + own("scan-grey", "scan-colour") + real("p03-scan-gutenberg"),
        "scan CCITT G4": own("scan-g4") + real("g05-scan-g4-10p", "p01-scan-ccitt"),
        "scan JBIG2": real("g06-scan-jbig2-10p", "p02-scan-jbig2"),
        "scan JPX": own("scan-jpx") + real("p05-jpx"),
        "A0 vector map": own("a0-map") + real("g08-a0-vector-map"),
        "A0 JPEG scan": own("a0-scan", "a0-scan-grey"),
        "A0 JPEG scan, progressive": own("a0-scan-progressive"),
    }


# --- the table -----------------------------------------------------------------------------------------------------


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("-n", type=int, default=7, metavar="RUNS", help="of which the median counts (7)")
    arguments.add_argument("--dev", action="store_true", help="built for development, not as the device has it")
    arguments.add_argument("--pdfium", metavar="DOCUMENT", help="what pdfium takes for this one, and nothing else")
    arguments.add_argument("only", nargs="*", metavar="CLASS", help="beginnings of the classes that are wanted (all)")
    arguments = arguments.parse_args()
    if arguments.pdfium:
        return print(pdfium(arguments.pdfium))
    generated()
    draw = renderers("dev" if arguments.dev else "release")

    def cost(path):
        # In turn, so that each sees the same machine; each time in another order, because what one lets go of is
        # cleared by the kernel at the cost of the next. The empty page is drawn as often, for it depends on the machine's
        # other work as much.
        times, starts, names = {name: [] for name in draw}, {name: [] for name in draw}, list(draw)
        for turn in range(arguments.n):
            random.Random(turn).shuffle(names)
            for name in names:
                starts[name].append(draw[name](WORK / "empty.pdf"))
                times[name].append(draw[name](path))
        return {name: max(statistics.median(times[name]) - statistics.median(starts[name]), 0.1) for name in draw}

    row = lambda what, cells, ratio: print(f"{what:<44}" + "".join(f"{cell:>11}" for cell in cells) + f"{ratio:>10}", flush=True)
    row("processor time a page, ms", draw, "ratio")
    for title, documents in classes().items():
        if arguments.only and not any(title.startswith(only) for only in arguments.only):
            continue
        ratios = []
        for path in filter(Path.exists, documents):
            ms = cost(path)
            ratios.append(ms["vyveska"] / min([each for name, each in ms.items() if name not in UNCOUNTED] or [math.inf]))
            row(f"{title}: {path.stem}", [f"{each:.1f}" for each in ms.values()], f"{ratios[-1]:.2f}")
        if ratios:
            row(title, [""] * len(draw), f"{statistics.geometric_mean(ratios):.2f}")


if __name__ == "__main__":
    main()
