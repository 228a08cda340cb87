"""How long work tells that it is getting on."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called now and then: the stage, how far it is (0 to 1), a few words for a person, and a record: at the
    end of an epoch what will stand in the run's history, when the data is there its numbers of users, items and
    positives."""

    def __call__(self, stage: str, done: float, message: str = "", record: dict | None = None) -> None: ...


def silent(stage: str, done: float, message: str = "", record: dict | None = None) -> None:
    """A `Progress` that says nothing."""
