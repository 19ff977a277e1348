"""`python -m sealkit.rehearse.build`: build the control plane ahead of time. `--cached` only checks whether it is built."""

from __future__ import annotations

import sys

from sealkit.errors import Exit, SealkitError
from sealkit.rehearse import binaries


def main(args: list[str]) -> int:
    """The exit code: 0 when the programs exist, 1 for `--cached` where they do not, else that of the error."""
    try:
        if "--cached" in args:
            return Exit.OK if binaries.find_existing() is not None else Exit.NO
        binaries.find(say=lambda line: print(f"cluster: {line}", file=sys.stderr, flush=True))  # noqa: T201 - a build tool
    except SealkitError as error:
        print(f"cluster: error: {error.message}\ncluster: hint: {error.hint}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    return Exit.OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
