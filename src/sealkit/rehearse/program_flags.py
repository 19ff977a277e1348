"""The flags of each program of the control plane. All listen on loopback and write below one folder."""

from __future__ import annotations

from pathlib import Path

_HOST = "127.0.0.1"
_SERVICES = "10.96.0.0/16"


def etcd(folder: Path, port: int, peer_port: int) -> list[str]:
    """Without fsync, since the data is thrown away. Both ports require a client certificate: etcd itself has no access rules."""
    client, peer = f"https://{_HOST}:{port}", f"https://{_HOST}:{peer_port}"
    return [
        "--name=default", f"--data-dir={folder / 'etcd'}", "--unsafe-no-fsync", "--log-level=warn",
        f"--listen-client-urls={client}", f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=default={peer}",
        "--client-cert-auth", f"--trusted-ca-file={folder / 'ca.crt'}",
        f"--cert-file={folder / 'server.crt'}", f"--key-file={folder / 'server.key'}",
        "--peer-client-cert-auth", f"--peer-trusted-ca-file={folder / 'ca.crt'}",
        f"--peer-cert-file={folder / 'server.crt'}", f"--peer-key-file={folder / 'server.key'}",
    ]  # fmt: skip


def apiserver(folder: Path, etcd_port: int, port: int) -> list[str]:
    """Like an ordinary cluster: RBAC, the default admission plugins, and privileged pods allowed, as kubeadm does."""
    return [
        f"--etcd-servers=https://{_HOST}:{etcd_port}", f"--etcd-cafile={folder / 'ca.crt'}",
        f"--etcd-certfile={folder / 'client.crt'}", f"--etcd-keyfile={folder / 'client.key'}",
        f"--bind-address={_HOST}", f"--advertise-address={_HOST}", f"--secure-port={port}",
        f"--cert-dir={folder}", f"--tls-cert-file={folder / 'server.crt'}", f"--tls-private-key-file={folder / 'server.key'}",
        f"--client-ca-file={folder / 'ca.crt'}", "--anonymous-auth=false", "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder / 'accounts.pub'}",
        f"--service-account-signing-key-file={folder / 'accounts.key'}",
        f"--service-cluster-ip-range={_SERVICES}", "--endpoint-reconciler-type=none",
        "--allow-privileged=true", "--profiling=false",
    ]  # fmt: skip


def controller_manager(folder: Path) -> list[str]:
    """All controllers except node-lifecycle, which would evict pods from nodes without a kubelet."""
    return [
        f"--kubeconfig={folder / 'kubeconfig'}", "--leader-elect=false", "--secure-port=0", "--profiling=false",
        "--controllers=*,-node-lifecycle-controller",
        f"--service-account-private-key-file={folder / 'accounts.key'}", f"--root-ca-file={folder / 'ca.crt'}",
        "--kube-api-qps=200", "--kube-api-burst=400",
    ]  # fmt: skip
