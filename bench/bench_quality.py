"""How many secrets `sealkit scan` finds and how many look-alikes it reports, next to other scanners, on generated files.

A regression set: it shows what a change to the scanner gains and loses, and proves nothing about files of other people.
`--verbose` lists sealkit's misses and false alarms, `--keep FOLDER` leaves the files there, `--only NAME` runs one tool.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from common import program, run, temporary_home
from quality import score, tools, tree


def main() -> None:
    """Build the tree, run every tool that is installed, print the scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--only", choices=tools.TOOLS, action="append")
    parser.add_argument("--sealkit", type=Path, help="another build to measure")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    with temporary_home() as home:
        folder = args.keep or home / "repo"
        folder.mkdir(exist_ok=True, parents=True)
        cases = tree.build(folder, args.seed)
        run(["git", "init", "-q", "."], folder)
        run(["git", "add", "-A", "-f"], folder)
        scores = {}
        for name in args.only or tools.TOOLS:
            tool = (args.sealkit or Path(program("sealkit"))) if name.startswith("sealkit") else tools.find(name)
            if tool is None:
                print(f"{name}: not installed, left out")
                continue
            begun = time.perf_counter()
            scores[name] = score.judge(cases, tools.run(name, tool, folder))
            print(f"{name}: {time.perf_counter() - begun:.1f} s", flush=True)
    print(score.table(cases, scores))
    if args.verbose and "sealkit" in scores:
        print(score.mistakes(scores["sealkit"]))


if __name__ == "__main__":
    main()
