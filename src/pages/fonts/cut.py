#!/usr/bin/env python3
"""Cuts the faces of Debian's fonts-liberation2 down to those of this folder; README.md says to what, and why.

    python3 cut.py /usr/share/fonts/truetype/liberation2
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.reorderGlyphs import reorderGlyphs

HERE = Path(__file__).parent
LETTERS = [(0x0000, 0x024F), (0x02B0, 0x036F), (0x0370, 0x04FF), (0x1E00, 0x1EFF), (0x2000, 0x2BFF),
           (0xF000, 0xF0FF), (0xFB00, 0xFB06), (0xFFFC, 0xFFFD)]


def cut(face):
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 4, 5, 6, 13, 14]
    options.name_legacy = True
    options.drop_tables += ["FFTM", "GDEF", "GPOS", "GSUB", "kern", "gasp"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[code for first, last in LETTERS for code in range(first, last + 1)])
    cutter.subset(face)


def name(face):
    """Puts the glyphs in the order of their letters, and calls each uniXXXX by the lowest of them."""
    face.ensureDecompiled(recurse=True)
    letters = {}
    for letter, glyph in sorted(face.getBestCmap().items()):
        letters.setdefault(glyph, letter)
    parts = [glyph for glyph in face.getGlyphOrder() if glyph not in letters]
    reorderGlyphs(face, parts + sorted(letters, key=letters.get))
    face["post"].formatType = 2.0
    face["post"].extraNames = []
    face["post"].mapping = {glyph: ".notdef" for glyph in parts}
    face["post"].mapping |= {glyph: f"uni{letter:04X}" for glyph, letter in letters.items()}


def rename(face):
    for record in face["name"].names:
        if record.nameID in (1, 4, 6):
            record.string = record.toUnicode().replace("Liberation", "Vyveska")


for source in sorted(Path(sys.argv[1]).glob("Liberation*.ttf")):
    face = TTFont(source, recalcTimestamp=False)
    cut(face)
    name(face)
    rename(face)
    face.save(HERE / source.name.replace("Liberation", "Vyveska"))
