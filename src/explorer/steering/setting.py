"""What is chosen on the steering page, as one value: what an address, a file and a command say of it."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.choices import SteeringMode
from explorer.measures import SHOWN_LENGTH
from explorer.steering.edits import AnyEdit

VIEWS = ("list", "item", "experiment")
"""Parts of the page."""


@dataclass(frozen=True)
class Setting:
    """Everything that makes a steered list what it is, but the run."""

    edits: tuple[AnyEdit, ...] = ()
    mode: SteeringMode = "exact"
    pins: tuple[str, ...] = ()
    """Knobs that are shown whoever the person is: a neuron's number as text, or a concept's name."""
    hide: tuple[int, ...] = ()
    """Neurons whose items the steered list never shows."""
    sliders: str = "strongest"
    """How the sliders are chosen."""
    length: int = SHOWN_LENGTH
    """Of the lists."""
    view: str = "list"
    """One of `VIEWS`."""
    user: str | None = None
    """Id of a user of the data, as text."""
    likes: tuple[str, ...] = ()
    """Ids of the items that somebody likes who is not in the data."""
