"""`sealkit audit` of a whole history, compared with gitleaks.

Set SEALKIT_BENCH_REPO to a repository (a clone or a bare one). Without it, the benchmark generates a history like that of an
infrastructure repository: many versions of a few long manifests.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

from common import BIN, peer, ratio, run, temporary_home

SEALKIT = BIN / "sealkit"


def generate_history(repo: Path, commits: int = 1500, files: int = 60, lines: int = 250) -> None:
    """Generate a history with `git fast-import`: each commit changes an image tag in three files."""
    rng = random.Random(1)
    run(["git", "init", "-q", repo])
    texts = [
        [f"line_{n}_{i}: value-{rng.randrange(10**6)} # image ghcr.io/example/app-{i}\n" for i in range(lines)]
        for n in range(files)
    ]
    stream = []
    for number in range(commits):
        stream.append(
            f"commit refs/heads/main\ncommitter b <b@example.invalid> {1700000000 + number} +0000\ndata 6\nchange\n"
        )
        for n in rng.sample(range(files), 3) if number else range(files):
            texts[n][rng.randrange(lines)] = f"image: ghcr.io/example/app:{number}.{rng.randrange(99)}\n"
            body = "".join(texts[n])
            stream.append(f"M 100644 inline apps/app-{n}.yaml\ndata {len(body)}\n{body}\n")
    run(["git", "fast-import", "--quiet"], repo, data="".join(stream).encode())


def main() -> None:
    """Print the ratio."""
    with temporary_home() as home:
        existing = os.environ.get("SEALKIT_BENCH_REPO")
        repo = Path(existing) if existing else home / "history"
        if not existing:
            generate_history(repo)
        report = home / "report.json"
        ratio(
            f"audit of {'SEALKIT_BENCH_REPO' if existing else 'a generated history'}",
            lambda: run([SEALKIT, "audit", repo, "--format", "json"], home / "repo", ok=(0, 1)),
            lambda: run([peer("gitleaks"), "git", "--no-banner", "--exit-code", "0", "-r", report, repo], home),
            peer="gitleaks", target="2",
        )  # fmt: skip


if __name__ == "__main__":
    main()
