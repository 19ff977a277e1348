"""Contexts of a kubeconfig, and a client for one: what `kubectl` reads is read, by the official package.

Only what has been the same in its versions 31 to 37 is used (measured): `load_kube_config`, the connection pool of
`ApiClient`, `auth_settings`. Its typed API costs 2 s and 90 MB and is never touched.
"""

from __future__ import annotations

import contextlib
import difflib
import logging
import os
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sealkit.cluster.retry import WORKERS
from sealkit.cluster.wire import Wire
from sealkit.errors import ClusterError, UsageError

_CONFIG_HINT = "name one: --kubeconfig FILE, or KUBECONFIG"


@dataclass(frozen=True, slots=True)
class Access:
    """The way to one cluster. `insecure` says what does not protect it, or is empty."""

    context: str
    server: str
    wire: Wire
    insecure: str


def warm() -> None:
    """Import the official client: about a second, best spent in a thread while files are opened."""
    with contextlib.suppress(ImportError):
        import kubernetes.config  # noqa: F401


def access(context: str | None, kubeconfig: str | None) -> Access:
    """The way to the cluster of a context (default: the current one). Raises UsageError: no kubeconfig, one that cannot be
    read, no such context; ClusterError: no credentials."""
    path = _path(kubeconfig)
    with _understood(path):
        from kubernetes import client, config

        contexts, current = config.list_kube_config_contexts(path)  # type: ignore[no-untyped-call]
        chosen = _chosen(context, current, [str(item["name"]) for item in contexts])
        login = _Login(path, chosen)
        pool = client.ApiClient(login.settings).rest_client.pool_manager
        _share_tls(pool, login.settings)
    host = login.settings.host
    return Access(chosen, host, Wire(pool, host, login.token, login.renew), _insecure(host, login.settings))


def _insecure(host: str, settings: Any) -> str:
    """Why values could be read on the way."""
    address = urlsplit(host)
    if address.scheme != "https":
        local = address.hostname in {"localhost", "127.0.0.1", "::1"}  # kubectl proxy
        return "" if local else "there is no TLS: values can be read on the way"
    if settings.verify_ssl:
        return ""
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    return "the kubeconfig says not to verify its certificate: values may go to somebody else"


def _share_tls(pool: Any, settings: Any) -> None:
    """One TLS context for all connections: left alone, urllib3 reads authorities and client certificate anew for each (measured:
    20 ms, and 40 ms more where the kubeconfig names no authority and those of the system are read)."""
    from urllib3.util.ssl_ import create_urllib3_context

    if not settings.host.startswith("https:"):
        return
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if settings.verify_ssl else ssl.CERT_NONE)
    if settings.ssl_ca_cert:
        context.load_verify_locations(cafile=settings.ssl_ca_cert)
    elif settings.verify_ssl:
        context.load_default_certs()
    if settings.cert_file:
        context.load_cert_chain(settings.cert_file, settings.key_file)
    for done in ("ca_certs", "cert_file", "key_file"):
        pool.connection_pool_kw.pop(done, None)
    pool.connection_pool_kw["ssl_context"] = context


class _Login:
    """Who we are to the cluster. `settings` is the configuration object of the official client."""

    def __init__(self, path: str, context: str) -> None:
        self._path, self._context = path, context
        self.settings = self._load()

    def _load(self) -> Any:
        from kubernetes import client, config

        settings = client.Configuration()
        settings.connection_pool_maxsize = WORKERS
        settings.retries = False
        with _overheard() as heard:
            config.load_kube_config(  # type: ignore[no-untyped-call]
                config_file=self._path, context=self._context, client_configuration=settings, persist_config=False
            )
        if heard and not settings.cert_file and not settings.auth_settings():
            # the package only logs that a credential plugin failed, and goes on as nobody
            raise ClusterError(
                f"no credentials for context {self._context}: {_line(heard[0].removeprefix('exec: '))}",
                hint="does it work with kubectl? kubectl get namespaces",
            )
        return settings

    def token(self) -> str | None:
        """The value of the Authorization header; the package renews it where it has expired."""
        bearer = self.settings.auth_settings().get("BearerToken")
        return str(bearer["value"]) if bearer and bearer.get("value") else None

    def renew(self) -> bool:
        """Ask a credential plugin or token file again; whether there is another token now."""
        before = self.token()
        with _understood(self._path):
            self.settings = self._load()
        return self.token() != before


@contextlib.contextmanager
def _understood(path: str) -> Iterator[None]:
    """Whatever the package raises for a kubeconfig, as one line."""
    import yaml

    try:
        from kubernetes.config import ConfigException
    except ImportError:
        raise UsageError("the kubernetes package is not installed", hint="pip install kubernetes") from None
    try:
        yield
    except ConfigException as error:
        text = _line(str(error).replace(path, "")).removeprefix("Invalid kube-config").strip(" .:")
        reason = text[:1].lower() + text[1:]
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
    except yaml.MarkedYAMLError as error:
        reason = f"line {error.problem_mark.line + 1}: not YAML" if error.problem_mark else "not YAML"
    except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError):
        reason = "not a kubeconfig"
    else:
        return
    raise UsageError(f"{_shown(path)}: {reason}", hint="kubectl config view")


def _path(kubeconfig: str | None) -> str:
    """The file, or the files with colons between, that kubectl would read."""
    named = kubeconfig or os.environ.get("KUBECONFIG", "")
    if not named:
        default = Path.home() / ".kube" / "config"
        if not default.is_file():
            raise UsageError("no kubeconfig found", hint=_CONFIG_HINT)
        return str(default)
    parts = [part for part in named.split(os.pathsep) if part] if not kubeconfig else [named]
    there = [part for part in parts if Path(part).is_file()]
    if not there:
        raise UsageError(f"{_shown(named)}: no such kubeconfig", hint=_CONFIG_HINT)
    return os.pathsep.join(there)


def _chosen(asked: str | None, current: Any, names: Sequence[str]) -> str:
    name = asked or str((current or {}).get("name") or "")
    if not name:
        raise UsageError("the kubeconfig names no current context", hint=f"--context {names[0] if names else 'NAME'}")
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, 1)
    listed = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    raise UsageError(
        f"no context {name!r} in the kubeconfig",
        hint=f"did you mean {near[0]}?" if near else f"contexts: {listed or 'none'}",
    )


@contextlib.contextmanager
def _overheard() -> Iterator[list[str]]:
    """What is logged on the root logger meanwhile, which would else be printed."""
    lines: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    ear, root = Ear(), logging.getLogger()
    before = list(root.handlers)
    root.handlers = [ear]
    try:
        yield lines
    finally:
        root.handlers = before


def _line(text: str) -> str:
    return text.strip().split("\n")[0].rstrip(".")[:300]


def _shown(path: str) -> str:
    return path.replace(str(Path.home()), "~", 1) if path.startswith(str(Path.home())) else path
