"""Who signs the demo's documents. Every office, number and address is invented; `.example` names lead nowhere."""


def ico(seven: str) -> str:
    """Seven digits with the check digit of a Czech identification number (IČO) behind them."""
    rest = sum(int(digit) * weight for digit, weight in zip(seven, range(8, 1, -1))) % 11
    return seven + str({0: 1, 1: 0}.get(rest, 11 - rest))


OFFICES = {
    "dolni-lhota": {
        "lines": ["Obec Dolní Lhota", "Obecní úřad Dolní Lhota"],
        "address": "Dolní Lhota č. p. 12, 999 01 Dolní Lhota",
        "contact": "tel. 340 120 012 · podatelna@dolni-lhota.example · datová schránka: dlhota0",
        "ico": ico("9990101"), "place": "V Dolní Lhotě", "arms": ("#124e82", "#f4c430"),
    },
    "horni-lhota": {
        "lines": ["Obec Horní Lhota", "Obecní úřad Horní Lhota"],
        "address": "Horní Lhota č. p. 3, 999 02 Horní Lhota",
        "contact": "tel. 340 120 203 · urad@horni-lhota.example · datová schránka: hlhota0",
        "ico": ico("9990102"), "place": "V Horní Lhotě", "arms": ("#7a1f2b", "#e8e4d8"),
    },
    "zalesi": {
        "lines": ["Obec Zálesí", "Obecní úřad Zálesí"],
        "address": "Zálesí č. p. 1, 999 03 Zálesí",
        "contact": "tel. 340 120 301 · obec@zalesi.example · datová schránka: zalesi0",
        "ico": ico("9990103"), "place": "V Zálesí", "arms": ("#2c5e3a", "#f2e9c9"),
    },
    "svazek": {
        "lines": ["Svazek obcí Lhotsko"],
        "address": "sídlo: Dolní Lhota č. p. 12, 999 01 Dolní Lhota",
        "contact": "tel. 340 120 012 · svazek@lhotsko.example",
        "ico": ico("9990109"), "place": "V Dolní Lhotě", "arms": ("#3d4a5c", "#c9d3df"),
    },
    "stavebni": {
        "lines": ["Městský úřad Kostelec pod Lhotou", "Odbor výstavby – stavební úřad"],
        "address": "náměstí Míru 1, 999 10 Kostelec pod Lhotou",
        "contact": "tel. 340 121 400 · vystavba@kostelecpodlhotou.example",
        "ico": ico("9990110"), "place": "V Kostelci pod Lhotou", "arms": None,
    },
    "uzemni": {
        "lines": ["Městský úřad Kostelec pod Lhotou", "Odbor výstavby – úřad územního plánování"],
        "address": "náměstí Míru 1, 999 10 Kostelec pod Lhotou",
        "contact": "tel. 340 121 420 · uzemniplan@kostelecpodlhotou.example",
        "ico": ico("9990110"), "place": "V Kostelci pod Lhotou", "arms": None,
    },
    "doprava": {
        "lines": ["Městský úřad Kostelec pod Lhotou", "Odbor dopravy a silničního hospodářství"],
        "address": "náměstí Míru 1, 999 10 Kostelec pod Lhotou",
        "contact": "tel. 340 121 510 · doprava@kostelecpodlhotou.example",
        "ico": ico("9990110"), "place": "V Kostelci pod Lhotou", "arms": None,
    },
    "prostredi": {
        "lines": ["Městský úřad Kostelec pod Lhotou", "Odbor životního prostředí"],
        "address": "náměstí Míru 1, 999 10 Kostelec pod Lhotou",
        "contact": "tel. 340 121 600 · zivotni.prostredi@kostelecpodlhotou.example",
        "ico": ico("9990110"), "place": "V Kostelci pod Lhotou", "arms": None,
    },
    "kraj": {
        "lines": ["Krajský úřad Podhorského kraje", "Odbor životního prostředí a zemědělství"],
        "address": "Krajské náměstí 2, 999 50 Podhoří",
        "contact": "tel. 340 500 111 · posta@podhorskykraj.example",
        "ico": ico("9990150"), "place": "V Podhoří", "arms": None,
    },
    "kraj-kontrola": {
        "lines": ["Krajský úřad Podhorského kraje", "Odbor kontroly a dozoru"],
        "address": "Krajské náměstí 2, 999 50 Podhoří",
        "contact": "tel. 340 500 190 · posta@podhorskykraj.example",
        "ico": ico("9990150"), "place": "V Podhoří", "arms": None,
    },
    "financni": {
        "lines": ["Finanční úřad pro Podhorský kraj", "Územní pracoviště v Kostelci pod Lhotou"],
        "address": "Nádražní 44, 999 10 Kostelec pod Lhotou",
        "contact": "tel. 340 122 700 · podatelna@fu-podhori.example",
        "ico": ico("9990160"), "place": "V Kostelci pod Lhotou", "arms": None,
    },
    "exekutor": {
        "lines": ["Exekutorský úřad Kostelec pod Lhotou"],
        "address": "Soudní 7, 999 10 Kostelec pod Lhotou",
        "contact": "tel. 340 123 800 · kancelar@exekutor-kostelec.example",
        "ico": ico("9990170"), "place": "V Kostelci pod Lhotou", "arms": None,
    },
    "vodovody": {
        "lines": ["Lhotské vodovody a kanalizace, s. r. o.", "Provozní středisko Kostelec pod Lhotou"],
        "address": "U Vodojemu 5, 999 10 Kostelec pod Lhotou",
        "contact": "poruchová služba 340 124 911 · dispecink@lhotskevodovody.example",
        "ico": ico("9990180"), "place": "V Kostelci pod Lhotou", "arms": None,
    },
    "pozemky": {
        "lines": ["Pozemkový úřad pro Podhorský kraj", "Pobočka Kostelec pod Lhotou"],
        "address": "Polní 18, 999 10 Kostelec pod Lhotou",
        "contact": "tel. 340 125 180 · kostelec@pozemkovyurad.example",
        "ico": ico("9990190"), "place": "V Kostelci pod Lhotou", "arms": None,
    },
}
