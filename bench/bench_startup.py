"""The start of the command line: `sealkit --version` and `sealkit --help`, compared with a Python that does nothing."""

from __future__ import annotations

import sys

from common import BIN, ratio, run, temporary_home


def main() -> None:
    """Print the ratios."""
    with temporary_home():
        for option in ("--version", "--help"):
            ratio(
                f"sealkit {option}",
                lambda option=option: run([BIN / "sealkit", option]),
                lambda: run([sys.executable, "-c", "pass"]),
                peer="python -c pass",
            )


if __name__ == "__main__":
    main()
