"""
The process of one contestant: it is asked, measures, and replies.

The driver starts it with the contestant's own Python; ``protocol`` has the words.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

from cases import Question
from data import Data
from protocol import Message, serve
from workers.base import ORM, Absent, Operation


def orm_class(name: str) -> type[ORM]:
    if name == "django":
        from workers.django_orm import DjangoORM

        return DjangoORM
    from workers.sqlalchemy_orm import SQLAlchemyORM

    return SQLAlchemyORM


class Answers:
    """Replies to the driver's requests."""

    def __init__(self, orm: type[ORM]) -> None:
        self.orm_class = orm
        self.orm: ORM | None = None
        # What was prepared last: the driver asks for it round after round.
        self.prepared: tuple[Question, Operation] | None = None

    def __call__(self, request: Message) -> Message:
        method = getattr(self, f"do_{request.pop('do')}")
        try:
            reply: Message = method(**request)
        except Absent as error:
            return {"absent": str(error)}
        except Exception as error:  # Whatever it is: this is what users get.
            first = (str(error).strip().splitlines() or [""])[0]
            return {"error": f"{type(error).__name__}: {first}"[:200]}
        return reply

    def do_open(
        self,
        vendor: str,
        database: str,
        data: dict[str, int],
        limit: float,
        jit: bool,
    ) -> Message:
        self.orm = self.orm_class(vendor, database, Data(**data))
        self.orm.tame(limit, jit)
        # What was imported stays: collections need not look at it every time.
        gc.collect()
        gc.freeze()
        return {}

    def do_about(self) -> Message:
        return dict(self.orm_class.about())

    def do_measure(self, budget: float, **question: Any) -> Message:
        orm, asked, operation = self._prepare(question)
        samples, answer = orm.measure(asked, operation, budget)
        return {"samples": samples, "answer": answer}

    def do_weigh(self, **question: Any) -> Message:
        orm, asked, operation = self._prepare(question)
        return {"bytes": orm.weigh(asked, operation)}

    def do_plan(self, **question: Any) -> Message:
        _, _, operation = self._prepare(question)
        return {"plan": operation.plan() if operation.plan else None}

    def _prepare(self, question: dict[str, Any]) -> tuple[ORM, Question, Operation]:
        assert self.orm is not None
        asked = Question(**question)
        if self.prepared is None or self.prepared[0] != asked:
            self.prepared = None
            self.prepared = asked, self.orm.prepare(asked)
        return self.orm, asked, self.prepared[1]


if __name__ == "__main__":
    serve(Answers(orm_class(sys.argv[1])))
