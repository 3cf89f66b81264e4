#!/usr/bin/env python3
"""Makes the three faces in this folder out of Inter's variable font.

Needs fonttools (PyPI) and Inter.var.ttf, as Debian's fonts-inter-variable 3.19 installs it:
    python3 make.py /usr/share/fonts/truetype/inter-vf/Inter-roman.var.ttf

What it changes, and why:
- fixed weights a little heavier than their names, since sunlight on a bright panel eats thin strokes;
- the small l gets its tail (Inter's own alternate cv05), so that l, I and 1 differ in reference numbers;
- letters stand a hundredth of their size closer: they are only used large, where Inter's own spacing falls apart;
- the narrow no-break space is as wide as a space: the layout breaks lines at the wide one (src/screen/tie.rs);
- only Latin, Latin Extended-A, Cyrillic, punctuation and the signs of official papers: a tenth of the size;
- only the features that reading needs: contextual alternates would turn "10x20" and "->" into other signs.
"""

import sys

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

FACES = [("Regular", 400, 440), ("SemiBold", 600, 620), ("Bold", 700, 730)]
FAMILY = "Inter Deska"
CLOSER = 0.011
LETTERS = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x192, 0x192), (0x218, 0x21B), (0x2BC, 0x2BC), (0x2C6, 0x2DD), (0x300, 0x30C),
    (0x327, 0x328), (0x391, 0x3C9), (0x400, 0x45F), (0x490, 0x491), (0x1E9E, 0x1E9E), (0x2000, 0x206F),
    (0x2070, 0x2094), (0x20AC, 0x20AC), (0x2103, 0x2103), (0x2116, 0x2116), (0x2122, 0x2122), (0x2150, 0x215E),
    (0x2190, 0x2199), (0x2202, 0x2265), (0x25A0, 0x25CF), (0x2610, 0x2612), (0x2713, 0x2717),
]
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "cpsp", "tnum"]


def single(font, feature):
    """The one-to-one replacements of a feature."""
    table = font["GSUB"].table
    mapping = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag == feature:
            for index in record.Feature.LookupListIndex:
                for sub in table.LookupList.Lookup[index].SubTable:
                    sub = getattr(sub, "ExtSubTable", sub)
                    mapping.update(getattr(sub, "mapping", {}))
    return mapping


def main(source):
    for style, weight, drawn in FACES:
        font = instancer.instantiateVariableFont(TTFont(source), {"wght": drawn})
        tail = single(font, "cv05")
        for cmap in font["cmap"].tables:
            for code, glyph in list(cmap.cmap.items()):
                cmap.cmap[code] = tail.get(glyph, glyph)
        options = subset.Options(
            layout_features=FEATURES, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17], hinting=False, notdef_outline=True
        )
        cut = subset.Subsetter(options)
        cut.populate(unicodes=[code for first, last in LETTERS for code in range(first, last + 1)])
        cut.subset(font)
        closer = round(font["head"].unitsPerEm * CLOSER)
        for glyph, (advance, bearing) in font["hmtx"].metrics.items():
            # Marks stay without width.
            if advance > 2 * closer:
                font["hmtx"].metrics[glyph] = (advance - closer, bearing)
        for cmap in font["cmap"].tables:
            cmap.cmap[0x202F] = cmap.cmap[0x20]
        names = font["name"]
        regular = {400: "Regular", 700: "Bold"}.get(weight)
        values = {
            1: FAMILY if regular else f"{FAMILY} {style}", 2: regular or "Regular",
            3: f"{FAMILY} {style}; from Inter {names.getDebugName(5)}", 4: f"{FAMILY} {style}",
            6: f"{FAMILY.replace(' ', '')}-{style}", 16: FAMILY, 17: style,
        }
        for key, value in values.items():
            names.setName(value, key, 3, 1, 0x409)
        font["OS/2"].usWeightClass = weight
        font["OS/2"].fsSelection = {400: 0x40, 700: 0x20}.get(weight, 0)
        font["head"].macStyle = 1 if weight == 700 else 0
        for tag in ("STAT", "DSIG", "meta"):
            if tag in font:
                del font[tag]
        font.save(f"InterDeska-{style}.ttf")
        missing = [c for c in "ěščřžýáíéúůňťďóĚŠČŘŽÝÁÍÉÚŮŇŤĎäöüßÄÖÜẞєіїґЄІЇҐ§№€„“‚‘–—…×²³" if ord(c) not in font.getBestCmap()]
        assert not missing, missing


main(sys.argv[1])
