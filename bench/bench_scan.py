"""`sealkit scan --staged`, compared with gitleaks and betterleaks on the same staged change."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

from common import BIN, peer, ratio, run, temporary_home

SEALKIT = BIN / "sealkit"
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app-{n}, namespace: shop}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: app-{n}}}}}
  template:
    metadata: {{labels: {{app: app-{n}}}}}
    spec:
      containers:
        - name: app
          image: ghcr.io/example/app-{n}@sha256:{digest}
          env:
            - {{name: LOG_LEVEL, value: info}}
            - {{name: ENDPOINT, value: "https://app-{n}.example.org/api"}}
            - name: PASSWORD
              valueFrom: {{secretKeyRef: {{name: app-{n}, key: password}}}}
"""


def stage_manifests(repo: Path, count: int) -> None:
    """Create a repository with one commit and stage `count` manifests without secrets."""
    run(["git", "init", "-q", repo])
    (repo / "README").write_text("bench\n")
    run(["git", "add", "-A"], repo)
    run(["git", "commit", "-qm", "first"], repo)
    for n in range(count):
        (repo / f"app-{n}.yaml").write_text(MANIFEST.format(n=n, digest=secrets.token_hex(32)))
    run(["git", "add", "-A"], repo)


def main() -> None:
    """Print the ratios for a small and a large change. No program has findings in them."""
    with temporary_home() as home:
        for count in (3, 500):
            repo = home / f"repo-{count}"
            stage_manifests(repo, count)
            title = f"staged, {count} files"

            def ours(repo: Path = repo) -> None:
                run([SEALKIT, "scan", "--staged"], repo)

            def gitleaks(repo: Path = repo) -> None:
                run([peer("gitleaks"), "git", "--pre-commit", "--staged", "--no-banner", "--exit-code", "0"], repo)

            def betterleaks(repo: Path = repo) -> None:
                run([peer("betterleaks"), "git", "--staged", "--no-banner", "--exit-code", "0"], repo)

            ratio(title, ours, gitleaks, peer="gitleaks")
            ratio(title, ours, betterleaks, peer="betterleaks")
            ratio(title, ours, lambda: run([sys.executable, "-c", "pass"]), peer="python -c pass")


if __name__ == "__main__":
    main()
