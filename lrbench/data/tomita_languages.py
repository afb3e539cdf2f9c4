"""Tomita's seven regular languages over 0 and 1, as automata."""

from typing import Literal

from lrbench.data.automaton import Automaton

Language = Literal["tomita1", "tomita2", "tomita3", "tomita4", "tomita5", "tomita6", "tomita7"]

#: They start in state 0. Tomita 1982, "Dynamic construction of finite automata from examples using hill-climbing".
AUTOMATA: dict[Language, Automaton] = {
    "tomita1": Automaton(((-1, 0),), (True,)),
    "tomita2": Automaton(((-1, 1), (0, -1)), (True, False)),
    # After evenly many 1s; oddly many; then oddly many 0s; then evenly many.
    "tomita3": Automaton(((0, 1), (2, 0), (3, -1), (2, 1)), (True, True, False, True)),
    "tomita4": Automaton(((1, 0), (2, 0), (-1, 0)), (True, True, True)),
    "tomita5": Automaton(((1, 2), (0, 3), (3, 0), (2, 1)), (True, False, False, False)),
    "tomita6": Automaton(((1, 2), (2, 0), (0, 1)), (True, False, False)),
    "tomita7": Automaton(((0, 1), (2, 1), (2, 3), (-1, 3)), (True, True, True, True)),
}
