#!/usr/bin/python3
"""Draws the demo's documents once; the results are committed (see ../README.md for the Debian packages it needs).

    demo/make/make.py [NAME ...]     all of them, or those whose names begin so
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import budget
import drawings
import odf
import scanning

HERE = Path(__file__).resolve().parent.parent
TEXTS, OUT = HERE / "texts", HERE / "documents"
STAMPS = {"dl-pozvanka": "23. 11. 2026", "hl-volby-komise": "18. 11. 2026", "hl-cov": "16. 11. 2026"}


def texts(wanted):
    every = {path.stem: path.read_text() for path in sorted(TEXTS.glob("*.txt"))}
    every["dl-rozpocet-2027-rozpis"] = budget.text()
    return {name: text for name, text in every.items() if wanted(name)}


def office_pdfs(sources, folder: Path):
    for name, text in sources.items():
        fields, lines = odf.parse(text)
        (folder / f"{name}.fodt").write_text(odf.document(fields, lines))
    subprocess.run(["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to",
                    'pdf:writer_pdf_Export:{"ReduceImageResolution":{"type":"boolean","value":"false"}}', "--outdir", str(folder),
                    *map(str, sorted(folder.glob("*.fodt")))], check=True, stdout=subprocess.DEVNULL)


def finish(name: str, process: str, pdf: Path):
    to = OUT / f"{name}.pdf"
    if process == "scan":
        scanning.scan(pdf, to, dpi=300, quality=73, stamp=["PODHORSKÝ", "KRAJ", "krajský úřad"])
    elif process == "scan-small":
        scanning.scan(pdf, to, dpi=130, quality=45, stamp=["OBEC", "HORNÍ", "LHOTA"])
    elif process == "scan-turn":
        scanning.scan(pdf, to, dpi=130, quality=45, stamp=["FINANČNÍ", "ÚŘAD", "– 14 –"], turned=(0,))
    elif process == "g4":
        scanning.fax_scan(pdf, to)
    elif process == "photo":
        scanning.photo(pdf, OUT / f"{name}.jpg")
    elif process == "cut":
        scanning.cut(pdf, to, 0.55)
    else:
        shutil.copyfile(pdf, to)
        if process == "unembed":
            scanning.unembed(to)
        elif process == "turn":
            scanning.turn(to, 1)
        elif process == "stamp":
            scanning.stamp(to, ["VYVĚŠENO", "na úřední desce dne", STAMPS[name]])


def main():
    begin = sys.argv[1:]
    wanted = lambda name: not begin or any(name.startswith(word) for word in begin)
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        sources = texts(wanted)
        if sources:
            office_pdfs(sources, folder)
        for name, text in sources.items():
            finish(name, odf.parse(text)[0].get("process", ""), folder / f"{name}.pdf")
        if wanted("za-up-vykres"):
            drawings.zoning_plan(OUT / "za-up-vykres.pdf")
        for name, *what in (
            ("dl-snimek-mapy", "Dolní Lhota", "512/3", ["508", "509/1", "509/2", "510", "511", "512/1", "512/2", "512/3", "513", "514/1",
             "386", "387", "388/1", "388/2", "389", "390/1", "390/2", "391", "st. 58", "392"], "červeně: část pozemku k prodeji, 216 m²", 5),
            ("hl-snimek-mapy", "Horní Lhota", "811", ["801", "802", "803/1", "803/2", "804/1", "804/2", "811", "804/7", "812", "813",
             "814", "815/1", "815/2", "816", "817", "818", "819/1", "819/2", "820", "821"], "červeně: ochranné pásmo vodního zdroje", 9)):
            if wanted(name):
                drawings.cadastral_extract(folder / f"{name}.pdf", *what)
                subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", str(folder / f"{name}.pdf"), str(OUT / name)], check=True)
    total = sum(path.stat().st_size for path in OUT.iterdir())
    print(f"{len(list(OUT.iterdir()))} documents, {total / 1e6:.1f} MB in {OUT}")


if __name__ == "__main__":
    main()
