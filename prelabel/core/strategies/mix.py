"""The default: a third unsure, a third unlike what is reviewed, a third edge cases."""

from __future__ import annotations

from itertools import chain, zip_longest

from prelabel.core.pool import Pool
from prelabel.core.strategy import Pick, Strategy


class Mix:
    """Each part chooses from what the others left, knowing what they took; what a part cannot fill is the first's."""

    def __init__(self, uncertain: Strategy, diverse: Strategy, edge: Strategy) -> None:
        self._uncertain, self._diverse, self._edge = uncertain, diverse, edge

    def choose(self, pool: Pool, budget: int) -> list[Pick]:
        """The parts taken in turn, so that whoever reviews only the first of them gets a mix as well.

        A budget that three does not divide gives its rest to the unsure.
        """
        third = budget // 3
        uncertain = self._uncertain.choose(pool, budget - 2 * third)
        left = _without(pool, uncertain)
        diverse = self._diverse.choose(left, third)
        left = _without(left, diverse)
        edge = self._edge.choose(left, third)
        left = _without(left, edge)
        uncertain += self._uncertain.choose(left, budget - len(uncertain) - len(diverse) - len(edge))
        turns = chain.from_iterable(zip_longest(uncertain, diverse, edge))
        return [pick for pick in turns if pick is not None]


def _without(pool: Pool, picks: list[Pick]) -> Pool:
    return pool.after({pick.key for pick in picks})
