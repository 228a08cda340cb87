"""The shares of stable neurons beside their baselines, as the command line, the run card and the pages show them."""

from __future__ import annotations

from explorer import glossary
from explorer.measures import STABLE, VERY_STABLE
from explorer.stability.stability import Stability
from explorer.text import md_escape, percent

TITLES = {"neurons": "Neurons", "ica": "Independent components (FastICA)", "random": "Random directions"}
_CHANGES = {"seed": "Seed", "sample": "Sample"}


def summary_rows(found: Stability) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of text: a row for the neurons and for each baseline, a column per change and cosine."""
    columns = [(change, at) for change in _CHANGES for at in (STABLE, VERY_STABLE)]
    head = ["What is matched", *(f"{_CHANGES[change]} ≥ {at}" for change, at in columns)]
    rows = [[title, *(found.text_of(name, *column) for column in columns)] for name, title in TITLES.items()]
    return head, rows


def about_summary(found: Stability) -> str:
    """What the rows say, in two sentences."""
    spread = f", mean (lowest – highest) over {found.seeds} trainings" if found.seeds > 1 else " in one training"
    return (
        f"Share of {len(found.neurons)} live neurons whose closest match has such a cosine{spread}. "
        f"Seed: trained with another seed; sample: on a random {percent(found.share)} of users and items as well."
    )


def summary_markdown(found: Stability) -> str:
    """A section of the run card."""
    head, rows = summary_rows(found)
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    about = f"{about_summary(found)} {glossary.STABILITY_BASELINES.sentence}"
    problem = [md_escape(found.problem)] if found.problem else []
    return "\n\n".join(["## Are they found in another training?", about, table, *problem])
