"""What neurons are called in a run: by their name where it holds, else by examples, and no two alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from explorer.neurons.names import UNCLEAR
from explorer.neurons.titles import short_title

POPULAR, LITTLE_KNOWN = "Popular", "Little known"
EXAMPLES = 2
"""Items that a neuron without a name is called after."""
_FURTHER = 12
"""Items among which examples are looked for that no other neuron of the same name has."""


def labels(names: Sequence[str | None], titles: Sequence[Sequence[str]]) -> list[str]:
    """What each neuron is called: `Horror`; `Horror: like Alien` where others are called so too; `like Forrest Gump,
    The Matrix` without a name.

    names: of the neurons; `POPULAR` and `LITTLE_KNOWN` always get examples.
    titles: of each neuron's strongest items, strongest first.
    """
    shared = Counter(names)
    taken: set[str] = set()
    result = []
    for name, strongest in zip(names, titles, strict=True):
        if name is not None and name not in (POPULAR, LITTLE_KNOWN) and shared[name] == 1:
            result.append(name)
            continue
        count = 1 if name is not None and name not in (POPULAR, LITTLE_KNOWN) else EXAMPLES
        start = "" if name is None else f"{name}: "
        found = next(
            (text for text in _examples(strongest, count) if start + text not in taken),
            None,
        )
        result.append(name or UNCLEAR if found is None else start + found)
        taken.add(result[-1])
    return result


def _examples(titles: Sequence[str], count: int):
    """`like Forrest Gump, The Matrix`, and further down the ranking what else might be said."""
    short = list(dict.fromkeys(map(short_title, islice(titles, _FURTHER))))
    for start in range(max(len(short) - count + 1, min(len(short), 1))):
        yield f"like {', '.join(short[start : start + count])}"
