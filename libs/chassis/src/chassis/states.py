"""State machines as tables: which verb leads from which state to which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from chassis.errors import IllegalState

S = TypeVar("S", bound=StrEnum)


class StateTable(Generic[S]):
    """Allowed moves of one kind of aggregate: {state: {verb: next state}}. A state without verbs is final."""

    def __init__(self, kind: str, moves: Mapping[S, Mapping[str, S]]) -> None:
        self.kind = kind
        self._moves = moves

    def next(self, state: S, verb: str) -> S:
        """The state after `verb`; raises IllegalState with the state and the allowed verbs."""
        target = self._moves.get(state, {}).get(verb)
        if target is None:
            raise IllegalState(self.kind, state.value, verb, self.verbs(state))
        return target

    def verbs(self, state: S) -> list[str]:
        return sorted(self._moves.get(state, {}))

    def moves(self) -> list[tuple[S, str, S]]:
        """Every (from, verb, to): for tests and for the documentation."""
        return [(state, verb, target) for state, verbs in self._moves.items() for verb, target in verbs.items()]
