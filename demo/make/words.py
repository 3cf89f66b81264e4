#!/usr/bin/python3
"""Czech typography: no-break spaces where a line must not end."""

import re

NBSP = "\u00a0"
_RULES = [
    # A preposition or conjunction of one letter never ends a line.
    (re.compile(r"(?<![\w\u00a0.])([KkSsVvZzOoUuAaIi]) (?=\S)"), rf"\1{NBSP}"),
    # Numbers and what they count, thousands, days and months.
    (re.compile(r"(?<=\d) (?=\d{3}(?!\d))"), NBSP),
    (re.compile(r"(?<=\d) (?=(Kč|m²|m|km|ha|%|cm|mm|dnů|dní|dny|hodin|h|ks|let|kV|DN)\b)"), NBSP),
    (re.compile(r"(\d{1,2}\.) (?=\d{1,2}\.)"), rf"\1{NBSP}"),
    (re.compile(r"(\d{1,2}\.) (?=\d{4}\b)"), rf"\1{NBSP}"),
    (re.compile(r"(\d{1,2}\.) (?=(ledna|února|března|dubna|května|června|července|srpna|září|října|listopadu|prosince)\b)"), rf"\1{NBSP}"),
    # Signs and abbreviations that belong to what follows.
    (re.compile(r"(§{1,2}|\bodst\.|\bpísm\.|\bčl\.|\bČl\.|\bč\.|\bČ\.|\bp\.|\bparc\.|\bst\.|\btel\.|\bIČO:?|\bart\.) (?=\S)"), rf"\1{NBSP}"),
    (re.compile(r"(\bs\.|\br\.|\ba\.|\bk\.) (?=(r\.|o\.|s\.|ú\.))"), rf"\1{NBSP}"),
    (re.compile(r" (?=–)"), NBSP),
]


def set_type(text: str) -> str:
    """Two passes: a match may begin where another ended (`a v obci`)."""
    for _ in range(2):
        for pattern, put in _RULES:
            text = pattern.sub(put, text)
    return text


def main():
    """Sets the titles and descriptions of the boards' TOML files in type, in place."""
    import sys
    from pathlib import Path

    field = re.compile(r'^(title = |description = |documents = |    \{ file = )(.*)$', re.M)
    for path in map(Path, sys.argv[1:]):
        text = path.read_text()
        spaced = lambda found: found[1] + re.sub(
            r'(?<=title = ")[^"]*', lambda inner: set_type(inner[0]), found[2]) if "file" in found[0] else found[1] + set_type(found[2])
        path.write_text(field.sub(spaced, text))


if __name__ == "__main__":
    main()
