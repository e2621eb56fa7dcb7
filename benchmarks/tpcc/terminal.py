"""
The process of one connection: it does what the driver asks for.

The driver starts it with the contestant's own Python; ``contestant`` has the words.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from protocol import serve  # NOQA: E402
from tpcc.contestant import Answers, Contestant  # NOQA: E402


def contestant_class(orm: str) -> type[Contestant]:
    if orm == "django":
        from tpcc.supplier.contestant import DjangoContestant

        return DjangoContestant
    from tpcc.alchemy.contestant import SQLAlchemyContestant

    return SQLAlchemyContestant


if __name__ == "__main__":
    serve(Answers(contestant_class(sys.argv[1])))
