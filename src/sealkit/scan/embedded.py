from typing import NamedTuple
class Piece(NamedTuple):
    line: int
    text: str
def embedded(text): yield from ()
def strings(document): yield from ()
