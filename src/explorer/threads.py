"""Torch threads, set on purpose.

One thread is the default everywhere. Two that meet at a barrier while something else wants a core are several times
slower than one (`benchmarks/README.md` has the figures), and one gives the same bytes on a machine with any
number of cores. Whoever trains on an idle machine may ask for more.
"""

from __future__ import annotations

import os

DEFAULT_THREADS = 1
MAX_DRAWING = 4
"""Processes that draw maps at once: there are four kinds."""


def use_threads(n: int = DEFAULT_THREADS) -> None:
    """Let torch use n threads."""
    import torch

    torch.set_num_threads(n)


def drawing_processes() -> int:
    """How many processes draw maps at once, one thread each."""
    import psutil

    return max(1, min(MAX_DRAWING, psutil.cpu_count(logical=False) or os.cpu_count() or 1))
