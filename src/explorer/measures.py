"""The catalogue of measures: what each number is called, how it is written, which way is better, what it says.

The key of a measure is named here and nowhere else. What a term means is told in `explorer.glossary`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.text import number

Better = Literal["higher", "lower", "neither"]

COMPARED_LENGTH = 30
"""Length of the lists whose agreement is measured."""
ACCURACY_LENGTH = 20
"""Length of the lists whose accuracy is measured."""
PURITY_DEPTHS = (10, 20, 50)
"""How many of a neuron's strongest items its purity is measured on."""

RBO, KENDALL, OVERLAP = (f"{name}@{COMPARED_LENGTH}" for name in ("rbo", "kendall", "overlap"))
NDCG, RECALL, HIT = (f"{name}@{ACCURACY_LENGTH}" for name in ("ndcg", "recall", "hit"))
PURITY, PURITY_20, PURITY_50 = (f"purity@{depth}" for depth in PURITY_DEPTHS)


def purity_key(depth: int) -> str:
    """The key of the purity at a depth: `purity@10`."""
    return f"purity@{depth}"


@dataclass(frozen=True)
class Measure:
    """A number that the product shows, wherever it shows it."""

    key: str
    """In JSON and in tables."""
    title: str
    """In a list of measures, where nothing else says what it is."""
    short: str
    """In a table's head and beside a number."""
    form: str
    """Of a format string: `.2f`, or `.0%` for a share."""
    better: Better
    sentence: str
    """What it says, with its formula where there is one: from the glossary."""
    path: str = ""
    """Where `RunMetrics` has it, as attributes: `fidelity.rbo`. Empty for what is not a measure of a whole run."""
    json_path: str = ""
    """The same with the keys of `run.json`: `fidelity.rbo@30`."""
    unit: str = ""
    """After the number."""

    def text(self, value: float | None) -> str:
        """A value as it is shown; a dash for a missing one."""
        shown = number(value, f"{{:{self.form}}}")
        return f"{shown}{self.unit}" if self.unit and shown != "–" else shown
