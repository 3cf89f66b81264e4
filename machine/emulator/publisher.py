"""The office's web server on this machine: one village of the demo as OFN "Úřední desky", and its documents.

Written beside the product's own demo on purpose: what the board reads here did not come from its own code. Knows
conditional requests (the standard library's), and how to be gone.
"""

import datetime
import hashlib
import http.server
import json
import re
import threading
import tomllib

from .board import HOST

CONTEXT = "https://ofn.gov.cz/úřední-desky/2021-07-20/kontexty/úřední-deska.jsonld"


class Publisher:
    def __init__(self, demo, folder, village, notices):
        """Serves the first `notices` of `demo`/`village`.toml out of `folder`."""
        self.village = tomllib.loads((demo / f"{village}.toml").read_text())
        self.office = self.village["board"]
        folder.mkdir(parents=True, exist_ok=True)
        self._documents = folder / "dokumenty"
        if not self._documents.exists():
            self._documents.symlink_to((demo / "documents").resolve())

        class Quiet(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=str(folder))

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
        self.origin = f"http://{HOST}:{self._server.server_port}"
        self._feed = folder / "deska.jsonld"
        self.publish(range(notices))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def publish(self, which):
        """The notices of these places in the declaration hang on the office's board, and no others."""
        notices = [self.village["notice"][place] for place in which]
        today = datetime.date.today()
        self._feed.write_text(
            json.dumps(
                {
                    "@context": CONTEXT,
                    "typ": "Úřední deska",
                    "iri": f"{self.office['web']}/otevrena-data",
                    "stránka": self.office["web"],
                    "provozovatel": {"typ": "Osoba", "ičo": self.office["ico"]},
                    "informace": [self._item(entry, today) for entry in notices],
                },
                ensure_ascii=False,
            )
        )

    def digest(self, name):
        """SHA-256 of a document, as the board names what it has fetched."""
        return hashlib.sha256((self._documents / name).read_bytes()).hexdigest()

    def board(self):
        """The `[[board]]` of the panel's configuration."""
        office = self.office
        keys = ("key", "name", "web", "ico", "colour", "phone")
        lines = [f'{key} = "{office[key]}"' for key in keys] + [f'feed = "{self.origin}/deska.jsonld"']
        return "[[board]]\n" + "\n".join(lines) + "\n"

    def _item(self, entry, today):
        def moment(days):
            return {"typ": "Časový okamžik", "datum": str(today + datetime.timedelta(days))}

        item = {
            "typ": ["Digitální objekt", "Informace na úřední desce"],
            "iri": f"{self.office['web']}/otevrena-data/{entry['id']}",
            "url": f"{self.office['web']}/{entry['id']}",
            "název": {"cs": dated(entry["title"], today)},
            "vyvěšení": moment(entry["posted"]),
            "relevantní_do": moment(entry["until"]),
            "agenda": [{"typ": "Agenda", "název": {"cs": name}} for name in entry["categories"]],
            "dokument": [
                {
                    "typ": "Digitální objekt",
                    "název": {"cs": document["title"]},
                    "url": f"{self.origin}/dokumenty/{document['file']}",
                }
                for document in entry.get("documents", [])
            ],
        }
        if "number" in entry:
            item["číslo_jednací"] = entry["number"]
        return item


def dated(text, today):
    """Puts dates where the declaration says {+9} or {+9d}."""

    def date(match):
        day = today + datetime.timedelta(int(match[1]))
        return f"{day.day}.\xa0{day.month}." + ("" if match[2] else f"\xa0{day.year}")

    return re.sub(r"\{([+-]\d+)(d?)\}", date, text)
