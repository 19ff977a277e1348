"""The text of a git hook. The files in `hooks/` at the top of this repository are these, for `git config core.hooksPath`."""

from __future__ import annotations

HOOKS = ("pre-commit", "pre-merge-commit", "commit-msg", "post-commit", "pre-push")
"""The hooks that `hook install` writes and `hook run` answers."""
MARK = "# sealkit hook"
"""The second line of a hook that sealkit wrote starts with it."""
CHAINED = ".sealkit-chained"
"""What a hook that was there before is renamed to; it runs first."""

_MENDS = """[ "$(git config --get sealkit.approve)" = commit ] || exit 0"""
_SCRIPT = """#!/bin/sh
{mark}: {name}
# Stops git if it would publish a secret. Installed by `sealkit hook install`; `sealkit hook install --uninstall` removes it.
here=${{0%/*}}
{chain}
{run}
echo "sealkit: error: {name}: sealkit is not found, so nothing was scanned" >&2
echo "sealkit: hint: install it (pipx install sealkit), or remove the hook: rm \\"$0\\"" >&2
exit 2
"""
_CHAIN = """if [ -x "$here/{name}{chained}" ]; then
  "$here/{name}{chained}" "$@" || exit $?
fi"""
_CHAIN_INPUT = """input=$(cat; echo .)
input=${{input%.}}
if [ -x "$here/{name}{chained}" ]; then
  printf %s "$input" | "$here/{name}{chained}" "$@" || exit $?
fi"""
_RUN = """if command -v sealkit >/dev/null 2>&1; then
  exec sealkit hook run {name} "$@"
fi"""
_RUN_INPUT = """if command -v sealkit >/dev/null 2>&1; then
  printf %s "$input" | sealkit hook run {name} "$@"
  exit $?
fi"""
_PYTHON = """python={python}
if [ -x "$python" ]; then
  exec "$python" -I -m sealkit.cli.main hook run {name} "$@"
fi"""
_PYTHON_INPUT = """python={python}
if [ -x "$python" ]; then
  printf %s "$input" | "$python" -I -m sealkit.cli.main hook run {name} "$@"
  exit $?
fi"""


def script(name: str, python: str = "") -> str:
    """The hook of this name. It calls the sealkit on the PATH, else the interpreter `python` that installed it, and stops git
    where there is neither. `pre-push` is fed on its standard input, and so is a hook that it chains."""
    import shlex  # not at the top: the quick path of a hook imports this module for the names

    fed = name == "pre-push"
    chain = (_CHAIN_INPUT if fed else _CHAIN).format(name=name, chained=CHAINED)
    if name == "post-commit":  # it has nothing to do where commits are not signed
        chain += "\n" + _MENDS
    run = (_RUN_INPUT if fed else _RUN).format(name=name)
    if python:
        run += "\n" + (_PYTHON_INPUT if fed else _PYTHON).format(name=name, python=shlex.quote(python))
    return _SCRIPT.format(mark=MARK, name=name, chain=chain, run=run)
