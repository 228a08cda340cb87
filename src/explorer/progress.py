"""How long work tells that it is getting on."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called now and then: the stage, how far it is (0 to 1), and a few words for a person."""

    def __call__(self, stage: str, done: float, message: str = "") -> None: ...


def silent(stage: str, done: float, message: str = "") -> None:
    """A `Progress` that says nothing."""
