"""Torch threads, set on purpose.

One thread is the default everywhere. Two that meet at a barrier while something else wants a core are several times
slower than one (`benchmarks/README.md` has the figures), and one gives the same bytes on a machine with any
number of cores. Whoever trains on an idle machine may ask for more.
"""

from __future__ import annotations

DEFAULT_THREADS = 1


def use_threads(n: int = DEFAULT_THREADS) -> None:
    """Let torch use n threads."""
    import torch

    torch.set_num_threads(n)
