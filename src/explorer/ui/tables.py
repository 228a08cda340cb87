"""How tables look: one place for labels, formats and explanations of columns."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from explorer import glossary, measures
from explorer.data.nouns import ITEMS, Nouns
from explorer.hierarchy import COLUMNS
from explorer.ui.grid import Link, draw_grid, ordered
from explorer.ui.grid_data import with_links

_column = st.column_config


FLAGS_HELP = "\n\n".join(
    f"**{term.title}.** {term.sentence}" for term in (glossary.NARROWER, glossary.LOWERS, glossary.DISGUISE)
)
"""What the warnings of the table of neurons mean."""


def measure_column(key: str, width: int | None = None, label: str = "", explanation: str = ""):
    """The column of a measure of the catalogue; `show_table` turns a share into per cent."""
    measure = measures.measure(key)
    form = f"%{measure.form[:-1]}f%%" if measure.is_share else f"%{measure.form}"
    return _column.NumberColumn(
        label or measure.short,
        format="localized" if "," in form else form,
        width=width,
        help=explanation or measure.term,
    )


def stability_columns(names: list[str]) -> dict:
    """Columns of the shares of stable neurons: what they are of, then those with another seed and those on samples."""
    widths = [130, *[100] * 4]
    terms = [glossary.STABILITY_BASELINES, *[glossary.STABLE_SEED] * 2, *[glossary.STABLE_SAMPLE] * 2]
    about = zip(names, widths, terms, strict=True)
    return {name: _column.TextColumn(name, width=width, help=term) for name, width, term in about}


def genre_columns(nouns: Nouns = ITEMS) -> dict:
    """Columns of the table of one neuron's genres."""
    return {
        "genre": _column.TextColumn(nouns.facet.capitalize(), width=120),
        "value": _column.NumberColumn("Purity", format="%.0f%%", width=70, help=glossary.PURITY),
        "interval": _column.TextColumn("95% interval", width=105, help=glossary.INTERVAL),
        "base_rate": _column.NumberColumn("Base rate", format="%.1f%%", width=85, help=glossary.BASE_RATE),
        "lift": _column.NumberColumn("Lift", format="%.1f ×", width=65, help=glossary.LIFT),
        "p": _column.NumberColumn("p", format="%.2g", width=75, help=glossary.P_VALUE),
        "auc": measure_column("auc", 65),
        "ap": measure_column("ap", 60),
    }


def baseline_columns(mean_similarity: str) -> dict:
    """Columns of the comparison with the baselines; `mean_similarity` is that of all pairs of items."""
    ms = f"{glossary.MS}\n\nMean over all pairs of items: {mean_similarity}."
    return {
        "what": _column.TextColumn("What is measured", width=180),
        measures.HELD_OUT: measure_column(measures.HELD_OUT, 90),
        "held_out_ap": measure_column("held_out_ap", 85),
        measures.RBO: measure_column(measures.RBO, 70),
        measures.NDCG: measure_column(measures.NDCG, 78),
        "directions": _column.NumberColumn("Directions", format="localized", width=80),
        measures.PURITY: measure_column(measures.PURITY, 80),
        "ap": measure_column("ap", 50),
        "auc": measure_column("auc", 55),
        "ms": measure_column("ms", 75, explanation=ms),
        "significant": _column.TextColumn("Significant (p < .01)", width=130, help=glossary.SIGNIFICANT),
    }


_OF_A_LEVEL = (measures.RBO, measures.NDCG, measures.RECALL, "ev_items", "ev_users", "l0_items", "l0_users")


def level_columns() -> dict:
    """Columns of the table of Matryoshka levels."""
    return {
        "width": _column.NumberColumn("First neurons", format="localized", width=105, help=glossary.LEVEL),
        **{name: measure_column(name) for name in _OF_A_LEVEL},
    }


def item_columns(*names: str, largest: float | None = None, exact: bool = True, nouns: Nouns = ITEMS) -> dict:
    """The named columns of a table of items, in the order given.

    largest: the activation of a full bar.
    exact: whether scores split into the parts of neurons.
    nouns: what the data set calls its items and genres.
    """
    why, effect = (
        (glossary.REASON, glossary.EFFECT) if exact else (glossary.REASON_BY_ABLATION, glossary.EFFECT_ON_USERS)
    )
    columns = {
        "rank": _column.NumberColumn("#", width=36),
        "move": _column.TextColumn("Move", width=110, help=glossary.MOVE),
        "title": _column.TextColumn("Title", width=205),
        "why": _column.TextColumn("Main reason", width=130, help=why),
        "held_out": _column.TextColumn("●", width=36, help=glossary.HIT),
        "activation": _column.ProgressColumn(
            "Activation",
            format="%.2f",
            min_value=0.0,
            max_value=float(largest or 1),
            width=100,
            help=glossary.ACTIVATION,
        ),
        "share": _column.TextColumn("Place", width=80, help="How many of the neuron's activations are below."),
        "strength": _column.TextColumn("Of its range", width=112, help=glossary.STRENGTH),
        "bears": _column.TextColumn("Name", width=48, help="Whether it bears the neuron's proposed name."),
        "half": _column.NumberColumn("At half", format="%+.3f", width=75, help=glossary.EFFECT_AT_HALF),
        "effect": _column.NumberColumn("Effect", format="%+.3f", width=75, help=effect),
        "genres": _column.ListColumn(nouns.facets.capitalize(), width=170),
        "year": _column.NumberColumn("Year", format="%d", width=55),
        "popularity": _column.NumberColumn("Chosen by", format="localized", width=85, help=glossary.COUNT),
        "score": _column.NumberColumn("Score", format="%.3f", width=75, help="The recommender's score."),
    }
    return {name: columns[name] for name in names}


def user_columns(largest: float, nouns: Nouns, strongest: int) -> dict:
    """Columns of a neuron's strongest users.

    largest: the activation of a full bar.
    strongest: how many of the neuron's items are looked for in their histories.
    """
    columns = item_columns("rank", "activation", "strength", largest=largest)
    return {
        "rank": columns["rank"],
        "user": _column.TextColumn("User", width=60),
        "activation": columns["activation"],
        "strength": columns["strength"],
        "n_had": _column.NumberColumn(
            "Had", format="%d", width=50, help=f"How many of the neuron's {strongest} strongest {nouns.items} they had."
        ),
        "had": _column.ListColumn("Such as", width=230, help=f"The strongest {nouns.items} that they had."),
    }


def neighbour_columns() -> dict:
    """Columns of a list of neurons that are alike."""
    return {
        "name": _column.TextColumn("Neuron", width=110),
        "similarity": _column.NumberColumn("Cosine", format="%.2f", width=56),
    }


def baseline_purity_columns() -> dict:
    """Columns of one facet's purity beside that of the baselines."""
    best = {
        f"best@{k}": _column.NumberColumn(f"Best @{k}", format="%.0f%%", width=66, help=glossary.PURITY)
        for k in measures.PURITY_DEPTHS
    }
    most = {
        f"p95@{k}": _column.NumberColumn(
            f"95% @{k}", format="%.0f%%", width=66, help="95% of its directions have at most this purity."
        )
        for k in measures.PURITY_DEPTHS
    }
    pairs = [pair for k in measures.PURITY_DEPTHS for pair in (f"best@{k}", f"p95@{k}")]
    return {"what": _column.TextColumn("What", width=120)} | {name: (best | most)[name] for name in pairs}


def review_columns() -> dict:
    """Columns of what people say of a neuron."""
    return {
        "reviewer": _column.TextColumn("Reviewer", width=80),
        "verdict": _column.TextColumn("Verdict", width=60),
        "name": _column.TextColumn("Own name", width=100),
        "confidence": _column.NumberColumn("Sure", format="%d of 3", width=52, help=glossary.REVIEW_CONFIDENCE),
        "note": _column.TextColumn("Note", width=180),
        "tags": _column.ListColumn("Tags", width=90),
        "how": _column.TextColumn("How", width=80, help=glossary.INHERITED),
        "at": _column.TextColumn("Day", width=80),
    }


def run_columns() -> dict:
    """Columns of the table of runs."""
    return {
        "run": _column.TextColumn("Run", width=135, pinned=True),
        "state": _column.TextColumn("State", width=80),
        "dataset": _column.TextColumn("Data set", width=85),
        "model": _column.TextColumn("Base model", width=150),
        "sae": _column.TextColumn("Autoencoder", width=105, help=glossary.ACTIVATIONS),
        measures.COVERAGE: measure_column(measures.COVERAGE, 75),
        measures.HELD_OUT: measure_column(measures.HELD_OUT, 120),
        measures.RBO: measure_column(measures.RBO, 65),
        measures.NDCG: measure_column(measures.NDCG, 72),
        measures.STABLE_SAMPLE: measure_column(measures.STABLE_SAMPLE, 75, "Stable"),
        "note": _column.TextColumn("Note", width=150),
        "created": _column.DatetimeColumn("Trained", format="YYYY-MM-DD HH:mm", width=125),
        "seconds": _column.NumberColumn("Took", format="%.0f s", width=50, help=glossary.SECONDS),
        "seed": _column.NumberColumn("Seed", format="%d", width=45),
        "problem": _column.TextColumn("Problem", width=250),
    }


def concept_columns() -> dict:
    """Columns of the table of neurons and their likes in another run."""
    return {
        "neuron": _column.NumberColumn("No.", width=50),
        "label": _column.TextColumn("Proposed name", width=170, help=glossary.NAME),
        "counterpart": _column.NumberColumn("No. there", width=75),
        "other": _column.TextColumn("Name there", width=170, help=glossary.NAME),
        "similarity": _column.ProgressColumn(
            "Similarity", format="%.2f", min_value=0.0, max_value=1.0, width=110, help=glossary.SIMILARITY
        ),
        "chance": _column.NumberColumn("By chance", format="%.2f", width=80, help=glossary.BY_CHANCE),
        "found": _column.CheckboxColumn("Above chance", width=95),
        "mutual": _column.CheckboxColumn("Mutual", width=65, help=glossary.MUTUAL),
    }


def hierarchy_columns(nouns: Nouns = ITEMS) -> dict:
    """Columns of the table of levels of a hierarchy."""
    return {
        "level": _column.NumberColumn("Level", width=50),
        "width": _column.NumberColumn(
            "First neurons", format="localized", width=95, help=COLUMNS["level_metrics"]["width"].about
        ),
        "living": _column.NumberColumn("Live neurons added", format="localized", width=130, help=glossary.LIVE),
        "density_items": _column.NumberColumn(
            nouns.items.capitalize(), format="%.1f%%", width=65, help=glossary.DENSITY
        ),
        "density_users": _column.NumberColumn("Users", format="%.1f%%", width=65, help=glossary.DENSITY),
        "popularity": _column.NumberColumn("Popularity", format="%.0f", width=80, help=glossary.POPULARITY),
        "breadth": _column.NumberColumn(nouns.facets.capitalize(), format="%.1f", width=65, help=glossary.BREADTH),
        "breadth_random": _column.NumberColumn("By chance", format="%.1f", width=75, help=glossary.BREADTH_RANDOM),
        "purity": _column.NumberColumn("Purity@10", format="%.0f%%", width=80, help=glossary.PURITY),
        "year_spread": _column.NumberColumn("Years", format="%.0f", width=60, help=glossary.YEAR_SPREAD),
        measures.RBO: measure_column(measures.RBO, 70, explanation=f"{glossary.CUT}\n\n{glossary.RBO}"),
        measures.NDCG: measure_column(measures.NDCG, 75, explanation=f"{glossary.CUT}\n\n{glossary.NDCG}"),
    }


def edge_columns() -> dict:
    """Columns of the table of candidates for parents."""
    return {
        "child": _column.NumberColumn("No.", width=45, help=COLUMNS["candidates"]["child"].about),
        "child_name": _column.TextColumn("Neuron", width=138),
        "is_edge": _column.CheckboxColumn("Child of", width=70, help=glossary.EDGE),
        "parent": _column.NumberColumn("No.", width=45, help=COLUMNS["candidates"]["parent"].about),
        "parent_name": _column.TextColumn("Best candidate", width=138),
        "score": _column.NumberColumn("Score", format="%.2f", width=60, help=glossary.EDGE_SCORE),
        "null_99": _column.NumberColumn("By chance", format="%.2f", width=75, help=glossary.EDGE_NULL),
        "random_99": _column.NumberColumn("At random", format="%.2f", width=75, help=glossary.EDGE_RANDOM),
        "strength": _column.NumberColumn("Strength", format="%.2f", width=70, help=glossary.STRENGTH),
        "confidence": _column.NumberColumn("Confidence", format="%.0f%%", width=85, help=glossary.CONFIDENCE),
        "p_parent_given_child_items": _column.NumberColumn(
            "Parent also fires", format="%.0f%%", width=115, help=glossary.PARENT_FIRES
        ),
        "share": _column.NumberColumn("Share of parent", format="%.0f%%", width=105, help=glossary.SHARE_OF_PARENT),
    }


def show_table(
    table: pd.DataFrame,
    columns: dict,
    key: str | None = None,
    *,
    alt: str,
    height: int | str = 560,
    width: int | str = "stretch",
    links: Mapping[str, Link] | None = None,
) -> None:
    """A table to read, with only the known columns it has, in their order; a click on a heading sorts it.

    alt: what it shows, for those who cannot see it; it is the key if none is given.
    height: at most so many pixels; `content` for all rows.
    width: in pixels, or `stretch` for all there is.
    links: by column, what its cells lead to; the values in the order of the table given.
    """
    key = key or f"table:{alt}"
    most = 100_000 if height == "content" else height
    table = ordered(with_links(table, links), key)
    draw_grid(table, columns, key, label=alt, height=most, width=width, links=links)
