#!/usr/bin/env python3
"""Instructions of what the glass does, held against their goals: one number whatever else the machine does.

    apt-get install valgrind; python3 benches/instructions.py [--dev]

Builds the bench `frame` as the device has it (the release profile, with its symbols), or with --dev for development, and
lets callgrind count. What is in each line is written in benches/frame/count.rs.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TAP_GOAL = 70  # millions
# A frame of ours, and the goal of its ratio to what Slint's own way paints for it.
FRAMES = [("thrown", 0.9), ("thrown-turned", 0.6), ("label", 0.05), ("label-turned", 0.05)]


def main():
    if not shutil.which("valgrind"):
        sys.exit("SKIPPED: apt-get install valgrind")
    bench = build("dev" if "--dev" in sys.argv else "release")
    taken, functions = count(bench, "tap", 5)
    print(f"{taken:.1f} million instructions a tap, goal at most {TAP_GOAL}; most of them in")
    for share, function in functions[:8]:
        print(f"{share:8.1f}  {function.split(':', 1)[-1].split(' [')[0][:100]}")
    print("a frame, in millions of instructions")
    for what, goal in FRAMES:
        ours, slints = count(bench, what, 120)[0], count(bench, f"slints-{what}", 120)[0]
        print(f"{what:14} {ours:8.2f}  of Slint's {slints:8.2f}  ratio {ours / slints:.3f}, goal at most {goal}")


def build(profile):
    command = ["cargo", "rustc", "--quiet", "--profile", profile, "--bench", "frame", "--message-format", "json", "--",
               "-C", "strip=none"]
    lines = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    made = [json.loads(line) for line in lines if '"executable"' in line]
    return next(one["executable"] for one in made if one["target"]["name"] == "frame" and one["executable"])


def count(bench, what, times):
    """Millions a time, and the functions in which most of them are."""
    with tempfile.TemporaryDirectory() as folder:
        counted = Path(folder) / "counted"
        subprocess.run(["valgrind", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*count*counted*",
                        f"--callgrind-out-file={counted}", bench, "--count", what, str(times)],
                       check=True, capture_output=True)
        total = int(re.search(r"^(?:summary|totals): (\d+)", counted.read_text(), re.M).group(1))
        lines = subprocess.run(["callgrind_annotate", str(counted)], capture_output=True, text=True).stdout.splitlines()
    found = [re.match(r"\s*([\d,]+) \(\s*[\d.]+%\)\s+(.*)", line) for line in lines]
    each = [(int(line[1].replace(",", "")) / times / 1e6, line[2]) for line in found if line and "TOTALS" not in line[2]]
    return total / times / 1e6, each


if __name__ == "__main__":
    main()
