"""The long annex of the draft budget: every chapter, paragraph and item of Dolní Lhota, and the sums agree with the
summary (dl-rozpocet-2027.txt)."""

import random

INCOME = {  # class -> (total, [(paragraph, item, words, weight)])
    "1 – Daňové příjmy": (25_910_000, [
        ("", "1111", "Daň z příjmů fyzických osob placená plátci", 350), ("", "1112", "Daň z příjmů fyzických osob placená poplatníky", 26),
        ("", "1113", "Daň z příjmů fyzických osob vybíraná srážkou", 72), ("", "1121", "Daň z příjmů právnických osob", 520),
        ("", "1122", "Daň z příjmů právnických osob za obce", 40), ("", "1211", "Daň z přidané hodnoty", 1180),
        ("", "1341", "Poplatek ze psů", 3), ("", "1342", "Poplatek z pobytu", 4), ("", "1343", "Poplatek za užívání veřejného prostranství", 2),
        ("", "1345", "Poplatek za obecní systém odpadového hospodářství", 62), ("", "1361", "Správní poplatky", 5),
        ("", "1381", "Daň z hazardních her", 28), ("", "1511", "Daň z nemovitých věcí", 120)]),
    "2 – Nedaňové příjmy": (3_560_000, [
        ("1032", "2111", "Prodej dřeva", 60), ("2310", "2111", "Vodné", 84), ("2321", "2111", "Stočné", 96), ("3314", "2111", "Knihovna – poplatky", 1),
        ("3412", "2132", "Nájem sportovní haly", 9), ("3612", "2132", "Nájem z bytů", 52), ("3613", "2132", "Nájem z nebytových prostor", 24),
        ("3632", "2111", "Pohřebnictví – služby", 3), ("3639", "2131", "Pacht pozemků", 11), ("3725", "2324", "Odměna za třídění odpadů", 18),
        ("6171", "2111", "Kopírování, hlášení rozhlasem", 1), ("6310", "2141", "Úroky", 14)]),
    "3 – Kapitálové příjmy": (300_000, [("3639", "3111", "Prodej pozemků", 1)]),
    "4 – Přijaté transfery": (2_340_000, [
        ("", "4112", "Souhrnný dotační vztah", 198), ("", "4116", "Transfer na veřejně prospěšné práce", 30), ("", "4121", "Příspěvky obcí na školu", 6)]),
}

CHAPTERS = [  # (chapter, [(paragraph, words)])
    ("Zemědělství a lesy", [("1014", "Péče o toulavá zvířata"), ("1031", "Pěstební činnost"), ("1032", "Podpora lesní produkce"), ("1036", "Správa v lesním hospodářství")]),
    ("Doprava", [("2212", "Silnice a místní komunikace"), ("2219", "Chodníky a stezky"), ("2221", "Autobusové zastávky"), ("2292", "Dopravní obslužnost")]),
    ("Vodní hospodářství", [("2310", "Pitná voda"), ("2321", "Odvádění a čištění odpadních vod"), ("2333", "Úpravy drobných toků"), ("2341", "Vodní díla v krajině")]),
    ("Vzdělávání", [("3111", "Mateřská škola"), ("3113", "Základní škola"), ("3117", "První stupeň – dopravní výchova"), ("3141", "Školní jídelna")]),
    ("Kultura a sdělovací prostředky", [("3314", "Knihovna"), ("3319", "Kronika"), ("3326", "Pomníky a kaple"), ("3341", "Rozhlas"), ("3349", "Zpravodaj"), ("3399", "Slavnosti a setkání")]),
    ("Tělovýchova a spolky", [("3412", "Sportoviště"), ("3419", "Dotace sportovním spolkům"), ("3421", "Dětská hřiště, práce s mládeží")]),
    ("Bydlení, služby a územní rozvoj", [("3612", "Bytové hospodářství"), ("3613", "Nebytové hospodářství"), ("3631", "Veřejné osvětlení"), ("3632", "Pohřebnictví"), ("3635", "Územní plánování"), ("3639", "Komunální služby")]),
    ("Životní prostředí", [("3721", "Nebezpečné odpady"), ("3722", "Komunální odpady"), ("3723", "Ostatní odpady"), ("3725", "Třídění"), ("3745", "Péče o vzhled obce a veřejnou zeleň")]),
    ("Sociální věci", [("4351", "Pečovatelská služba"), ("4359", "Ostatní služby"), ("4379", "Prevence")]),
    ("Bezpečnost a požární ochrana", [("5212", "Ochrana obyvatelstva"), ("5213", "Krizová opatření"), ("5512", "Požární ochrana – dobrovolná část")]),
    ("Samospráva a správa", [("6112", "Zastupitelstvo obce"), ("6171", "Činnost místní správy"), ("6223", "Mezinárodní spolupráce"), ("6310", "Finanční operace"), ("6320", "Pojištění"), ("6399", "Daň z příjmů a DPH"), ("6409", "Členské příspěvky")]),
]

ITEMS = [
    ("5011", "Platy zaměstnanců"), ("5021", "Ostatní osobní výdaje"), ("5031", "Sociální pojištění"), ("5032", "Zdravotní pojištění"), ("5038", "Úrazové pojištění"),
    ("5132", "Ochranné pomůcky"), ("5133", "Léky a zdravotnický materiál"), ("5134", "Prádlo, oděv a obuv"), ("5136", "Knihy a tisk"), ("5137", "Drobný dlouhodobý majetek"),
    ("5139", "Nákup materiálu"), ("5151", "Studená voda"), ("5153", "Plyn"), ("5154", "Elektrická energie"), ("5156", "Pohonné hmoty a maziva"),
    ("5161", "Poštovní služby"), ("5162", "Služby elektronických komunikací"), ("5163", "Služby peněžních ústavů"), ("5164", "Nájemné"), ("5166", "Konzultační a právní služby"),
    ("5167", "Školení a vzdělávání"), ("5168", "Zpracování dat"), ("5169", "Nákup služeb"), ("5171", "Opravy a udržování"), ("5172", "Programové vybavení"),
    ("5173", "Cestovné"), ("5175", "Pohoštění"), ("5179", "Ostatní nákupy"), ("5192", "Poskytnuté náhrady"), ("5222", "Transfery spolkům"),
    ("5331", "Příspěvky zřízeným organizacím"), ("5362", "Platby daní a poplatků"), ("5492", "Dary obyvatelstvu"),
]
PURPOSES = ["běžný provoz", "středisko údržby", "letní sezóna", "zimní sezóna", "společné se svazkem obcí", "místní část Na Hrázi"]
CURRENT, CAPITAL = 22_450_000, {
    "3113": ("6121", "Stavební úpravy školy, II. etapa", 7_900_000), "2219": ("6121", "Chodník podél silnice II/214", 4_250_000),
    "3631": ("6121", "Obnova veřejného osvětlení", 1_880_000), "2321": ("6121", "Projekt rozšíření čistírny", 1_230_000),
}


def shares(total: int, weights, step: int = 100):
    """Splits `total` by weights into multiples of `step`; the largest takes what is left over."""
    parts = [int(total * weight / sum(weights)) // step * step for weight in weights]
    parts[parts.index(max(parts))] += total - sum(parts)
    return parts


def kc(amount: int) -> str:
    return f"{amount:,}".replace(",", "\u00a0")


def text() -> str:
    luck = random.Random(2027)
    last_year = lambda amount: max(0, int(amount * luck.uniform(0.82, 1.12)) // 100 * 100)
    out = ["office: dolni-lhota", "number: OÚDL 412/2026", "heading: Návrh rozpočtu obce Dolní Lhota na rok 2027 / Rozpis příjmů a výdajů podle paragrafů a položek",
           "font: sans", "size: 10", "footer: Rozpis rozpočtu obce Dolní Lhota na rok 2027", "", "Příloha č. 1 k návrhu rozpočtu. Částky jsou v Kč. "
           "Závaznými ukazateli jsou součty paragrafů; členění na položky a účely je orientační.", "## I. Příjmy"]
    total_income = 0
    for name, (total, items) in INCOME.items():
        out.append(f"## Třída {name}")
        out.append("| Paragraf | Položka | Název | Rozpočet 2026 | Návrh 2027 |")
        parts = shares(total, [item[3] for item in items], 1000)
        before = [last_year(part) for part in parts]
        out += [f"| {item[0]} | {item[1]} | {item[2]} | {kc(old)} | {kc(part)} |" for item, part, old in zip(items, parts, before)]
        out.append(f"|* | | Třída celkem | {kc(sum(before))} | {kc(total)} |")
        total_income += total
    out.append(f"**Příjmy celkem: {kc(total_income)} Kč**")
    paragraphs = [(code, words) for _, group in CHAPTERS for code, words in group]
    weight = {code: luck.uniform(0.4, 1.6) for code, _ in paragraphs} | {"6171": 12, "3113": 7, "3722": 5, "2212": 5, "6112": 6, "3111": 3, "3745": 4, "2321": 3}
    current = dict(zip([code for code, _ in paragraphs], shares(CURRENT, [weight[code] for code, _ in paragraphs], 1000)))
    out.append("---page")
    out.append("## II. Výdaje")
    summary, running = [], 0
    for number, (chapter, group) in enumerate(CHAPTERS, 1):
        out.append(f"## Kapitola {number:02} – {chapter}")
        for code, words in group:
            out.append(f"## § {code} {words}")
            out.append("| Položka | Název | Účel | Rozpočet 2026 | Návrh 2027 |")
            rows = []
            chosen = sorted(luck.sample(ITEMS, luck.randrange(19, 29)))
            for item, name in chosen:
                for purpose in sorted(luck.sample(PURPOSES, luck.randrange(1, 4)), key=PURPOSES.index):
                    rows.append((item, name, purpose))
            parts = shares(current[code], [luck.uniform(0.2, 1) ** 2 for _ in rows])
            before = [last_year(part) for part in parts]
            if code in CAPITAL:
                item, name, amount = CAPITAL[code]
                rows, parts, before = rows + [(item, name, "investice")], parts + [amount], before + [0]
            out += [f"| {row[0]} | {row[1]} | {row[2]} | {kc(old)} | {kc(part)} |" for row, part, old in zip(rows, parts, before)]
            out.append(f"|* | Paragraf {code} celkem | | {kc(sum(before))} | {kc(sum(parts))} |")
            running += sum(parts)
            summary.append((code, words, current[code], CAPITAL.get(code, ("", "", 0))[2]))
    assert running == CURRENT + sum(amount for _, _, amount in CAPITAL.values())
    out.append("---page")
    out.append("## III. Rekapitulace výdajů podle paragrafů")
    out.append("| Paragraf | Název | Běžné výdaje | Kapitálové výdaje | Celkem |")
    out += [f"| {code} | {words} | {kc(now)} | {kc(big)} | {kc(now + big)} |" for code, words, now, big in summary]
    out.append(f"|* | Výdaje celkem | {kc(CURRENT)} | {kc(running - CURRENT)} | {kc(running)} |")
    out += ["## IV. Rekapitulace", "| Ukazatel | Návrh 2027 |", f"| Příjmy | {kc(total_income)} |", f"| Výdaje | {kc(running)} |",
            f"|* Schodek krytý financováním | {kc(running - total_income)} |", "@ starosta obce", "%posting"]
    return "\n".join(out)
