"""`sealkit deploy` of 200 objects, compared with `kubectl apply --server-side`, on a temporary control plane.

sealkit does more work: it decrypts the sealed Secrets, merges them, and compares each object with the cluster first. kubectl
gets the same objects as plain files. The first ratio creates the objects, in a new namespace for each run. The second ratio
applies objects that exist already.
"""

from __future__ import annotations

import itertools
import secrets
from pathlib import Path

from common import BIN, age_key, program, ratio, run, temporary_home

SEALKIT = BIN / "sealkit"
COUNT = 200
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app-{n}}}
spec:
  replicas: 0
  selector: {{matchLabels: {{app: a{n}}}}}
  template:
    metadata: {{labels: {{app: a{n}}}}}
    spec:
      containers: [{{name: a, image: "a:1"}}]
"""


def objects() -> tuple[list[str], list[str]]:
    """Public and private manifests: a quarter each of Secrets, Services, ConfigMaps and Deployments without replicas."""
    public, private = [], []
    for n in range(COUNT):
        name = f"metadata: {{name: app-{n}}}"
        if n % 4 == 0:
            values = "".join(f"  key{i}: {secrets.token_hex(12)}\n" for i in range(8))
            private.append(f"apiVersion: v1\nkind: Secret\n{name}\nstringData:\n{values}")
        elif n % 4 == 1:
            public.append(
                f"apiVersion: v1\nkind: Service\n{name}\nspec:\n  selector: {{app: a}}\n  ports: [{{port: 80}}]\n"
            )
        elif n % 4 == 2:
            body = "x" * 2000
            public.append(f"apiVersion: v1\nkind: ConfigMap\n{name}\ndata:\n  file: {body}\n")
        else:
            public.append(DEPLOYMENT.format(n=n))
    return public, private


def build(home: Path) -> tuple[Path, Path]:
    """Create a sealkit repository with these objects, and a folder with the same objects in plain text for kubectl."""
    repo, plain = home / "repo", home / "plain"
    run(["git", "init", "-q", repo])
    recipient = age_key(home)
    (repo / ".sops.yaml").write_text(
        f"creation_rules:\n  - age: {recipient}\n    encrypted_regex: ^(data|stringData)$\n"
    )
    public, private = objects()
    for folder in (repo / "public", repo / "private", plain):
        folder.mkdir()
    for n, text in enumerate(public):
        (repo / f"public/{n}.yaml").write_text(text)
        (plain / f"public-{n}.yaml").write_text(text)
    (repo / "private/all.sops.yaml").write_bytes(
        run([program("sops"), "encrypt", "--filename-override", "private/all.sops.yaml", "/dev/stdin"], repo,
            data="---\n".join(private).encode())
    )  # fmt: skip
    (plain / "private.yaml").write_text("---\n".join(private))
    return repo, plain


def main() -> None:
    """Print the ratios."""
    from sealkit.rehearse.binaries import find
    from sealkit.rehearse.control_plane import ControlPlane

    with temporary_home() as home, ControlPlane(find()) as plane:
        repo, plain = build(home)
        kubectl = [program("kubectl"), "--kubeconfig", plane.kubeconfig]
        numbers = itertools.count()

        def namespace(prefix: str) -> str:
            name = f"{prefix}-{next(numbers)}"
            run([*kubectl, "create", "namespace", name])
            (repo / "sealkit.yaml").write_text(f"version: 1\ntargets:\n  bench: {{namespace: {name}}}\n")
            return name

        def deploy() -> None:
            run([SEALKIT, "deploy", "--yes", "--no-wait", "--kubeconfig", plane.kubeconfig], repo)

        def apply(name: str) -> None:
            run([*kubectl, "apply", "--server-side", "-n", name, "-f", plain])

        # create the namespaces before the timed part
        our_namespaces = [namespace("ours") for _ in range(7)]
        their_namespaces = [namespace("kubectl") for _ in range(7)]

        def ours() -> None:
            (repo / "sealkit.yaml").write_text(
                f"version: 1\ntargets:\n  bench: {{namespace: {our_namespaces.pop()}}}\n"
            )
            deploy()

        ratio(f"create {COUNT} objects", ours, lambda: apply(their_namespaces.pop()), peer="kubectl", target="1")
        last = namespace("again")
        ratio(f"re-apply {COUNT} objects", deploy, lambda: apply(last), peer="kubectl", target="1")


if __name__ == "__main__":
    main()
