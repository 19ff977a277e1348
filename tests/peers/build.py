"""`make peers`: see tests/peertools.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peertools import main

sys.exit(main(sys.argv[1:]))
