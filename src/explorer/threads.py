"""Torch threads, set on purpose.

Two OpenMP threads that spin at a barrier while something else wants the core are many times slower than one;
`benchmarks/README.md` has the figures. So workers wait passively, and a process that serves pages takes one thread.
"""

from __future__ import annotations

import os


def wait_passively() -> None:
    """Let idle OpenMP threads sleep instead of spin. Works only before torch is imported."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_threads(n: int) -> None:
    """Let torch use n threads."""
    import torch

    torch.set_num_threads(n)
