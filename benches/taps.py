#!/usr/bin/env python3
"""Instructions from the touch on a title to page one on the glass, decoding included.

    apt-get install valgrind; python3 benches/taps.py [--dev] [TAPS]

Builds the bench `frame` as the device has it (the release profile, with its symbols), or with --dev for development, and
lets callgrind count what its function `tap` and all below it take, for documents of the size of A4 at 1080 px that were
not opened before. Counts do not depend on what else the machine does. Pages are unpacked on the thread that draws, here,
and the page behind the first one too, where it is wished for.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GOAL = 70


def main():
    if not shutil.which("valgrind"):
        sys.exit("SKIPPED: apt-get install valgrind")
    dev = "--dev" in sys.argv
    taps = next((int(word) for word in sys.argv[1:] if word.isdigit()), 5)
    build = ["cargo", "rustc", "--quiet", "--profile", "dev" if dev else "release", "--bench", "frame",
             "--message-format", "json", "--", "-C", "strip=none"]
    lines = subprocess.run(build, check=True, cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    made = [json.loads(line) for line in lines if '"executable"' in line]
    bench = next(one["executable"] for one in made if one["target"]["name"] == "frame" and one["executable"])
    with tempfile.TemporaryDirectory() as folder:
        counted = Path(folder) / "counted"
        subprocess.run(["valgrind", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*frame*::tap",
                        f"--callgrind-out-file={counted}", bench, "--taps", str(taps)],
                       check=True, capture_output=True)
        total = int(re.search(r"^(?:summary|totals): (\d+)", counted.read_text(), re.M).group(1))
        print(f"{total / taps / 1e6:.1f} million instructions a tap, goal at most {GOAL}; most of them in")
        lines = subprocess.run(["callgrind_annotate", str(counted)], capture_output=True, text=True).stdout.splitlines()
        found = [re.match(r"\s*([\d,]+) \(\s*[\d.]+%\)\s+(.*)", line) for line in lines]
        functions = [(int(line[1].replace(",", "")), line[2]) for line in found if line and "TOTALS" not in line[2]]
        for count, function in functions[:8]:
            print(f"{count / taps / 1e6:8.1f}  {function.split(':', 1)[-1].split(' [')[0][:100]}")


if __name__ == "__main__":
    main()
