"""A run on one page of Markdown: what it is, how it was made, how good it is, and what to be careful about."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from numbers import Real
from pathlib import Path
from typing import Any

from explorer.config.run_config import RunConfig
from explorer.errors import UserError
from explorer.recommenders import base_model_title
from explorer.runs.library import RunEntry, read_entry, read_note
from explorer.text import md_escape

MISSING = "–"
_COMPARED = {
    "neurons": "These neurons",
    "raw": "Raw dimensions of the embeddings",
    "pca": "Principal components",
    "random": "Random directions",
    "permuted": "These neurons, genres shuffled",
}
_STAGES = {
    "load": "loading the data",
    "recommender": "training the recommender",
    "sae": "training the autoencoder",
    "index": "measuring the neurons",
    "evaluate": "comparing lists",
}


def run_card(run: RunEntry | Path) -> str:
    """The card of a run folder, from its `run.json` and its note. Text out of the data is shown verbatim."""
    entry = run if isinstance(run, RunEntry) else read_entry(Path(run))
    if entry.problem:
        raise UserError(entry.problem)
    manifest, config = entry.manifest.as_json(), entry.manifest.config
    metrics = manifest["metrics"]
    sections = [
        f"# Run {md_escape(entry.name)}",
        _about(manifest, config),
        _note(read_note(entry.path)),
        _what(manifest, config),
        _how(manifest, config),
        _accuracy(metrics),
        _faithfulness(metrics),
        _clarity(metrics),
        _genres(metrics),
        _chance(metrics),
        _levels(metrics),
        _CAVEATS,
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


# --- what it is


def _about(manifest: dict, config: RunConfig) -> str:
    return (
        f"A recommender ({md_escape(base_model_title(config.recommender.kind))}) trained on the data set "
        f"{md_escape(manifest['dataset']['name'])}, and a sparse autoencoder that explains it. A recommender keeps "
        "every user and every item as a row of numbers, its *embedding*, that nobody can read. A sparse autoencoder "
        "translates each row into a few active *neurons* out of many and back again, so that single neurons come to "
        "stand for single concepts: a genre, an era, popularity. The recommender itself was not changed."
    )


def _note(text: str) -> str:
    if not text:
        return ""
    # Without a backslash at its end Markdown would drop a line break.
    paragraphs = ["\\\n> ".join(map(md_escape, part.splitlines())) for part in re.split(r"\n\s*\n", text)]
    return "## Note\n\n> " + "\n>\n> ".join(paragraphs)


def _what(manifest: dict, config: RunConfig) -> str:
    about, metrics = manifest["dataset"], manifest["metrics"]
    sizes, model, sae = (_part(metrics, name) for name in ("dataset", "recommender", "sae"))
    users, items, interactions = (_number(sizes.get(name), ",.0f") for name in ("users", "items", "interactions"))
    levels = metrics["levels"] if isinstance(metrics["levels"], list) else []
    notes = about["notes"] if isinstance(about["notes"], list) else []
    title = md_escape(base_model_title(config.recommender.kind))
    rows = [
        ("Data set", md_escape(about["name"])),
        ("Users, items, interactions", f"{users}, {items}, {interactions}"),
        ("Fingerprint of the data", md_escape(about["fingerprint"])),
        *(("Said while loading", md_escape(note)) for note in notes),
        (
            "Recommender",
            f"{title}, {_number(model.get('dim'), 'd')} dimensions",
        ),
        ("Its settings", _settings(config.recommender, "kind")),
        ("Autoencoder", f"{md_escape(config.sae.activation)}, {_number(sae.get('width'), 'd')} neurons"),
        ("Its settings", _settings(config.sae, "activation")),
    ]
    if len(levels) > 1:
        widths = ", ".join(_number(_part(level).get("width"), "d") for level in levels)
        rows.append(("Levels", f"the first {widths} neurons, each able to stand for the whole"))
    return "## What it is\n\n" + _table(("", ""), rows)


def _settings(settings: Any, tag: str) -> str:
    """Every setting but the one that names the kind."""
    values = settings.model_dump(mode="json")
    return ", ".join(f"{md_escape(name)} = {_value(value)}" for name, value in values.items() if name != tag)


# --- how it was made


def _how(manifest: dict, config: RunConfig) -> str:
    seconds = _part(manifest["metrics"], "seconds")
    times = [f"{_STAGES.get(stage, md_escape(stage))} {_number(time, ',.0f')} s" for stage, time in seconds.items()]
    versions = [f"{md_escape(name)} {md_escape(version)}" for name, version in manifest["versions"].items()]
    rows = [
        ("Trained", _moment(manifest.get("created"))),
        ("Seed", f"{config.seed} (decides the split and every random start; the same seed gives the same run)"),
        ("Time", ", ".join(times) or MISSING),
        ("Format of the folder", md_escape(manifest["format"])),
        ("Versions", ", ".join(versions) or MISSING),
    ]
    changed = _changed(config, _part(manifest["metrics"], "dataset").get("items"))
    if changed:
        settings = "Settings that differ from the defaults for such a data set:\n\n" + _table(
            ("Setting", "Here", "Default", "What it is"), changed
        )
    else:
        settings = "All settings are the defaults for such a data set."
    return "## How it was made\n\n" + _table(("", ""), rows) + f"\n\n{settings}"


def _changed(config: RunConfig, n_items: Any) -> list[tuple[str, ...]]:
    """Settings that are not what the same kinds of recommender and autoencoder get by themselves."""
    kinds = {"recommender": {"kind": config.recommender.kind}, "sae": {"activation": config.sae.activation}}
    default = RunConfig.model_validate(kinds)
    if isinstance(n_items, int):
        default = default.with_defaults_for(n_items)
    rows = []
    for part in ("data", "recommender", "sae", "neurons"):
        ours, usual = getattr(config, part), getattr(default, part)
        for name, field in type(ours).model_fields.items():
            value, other = getattr(ours, name), getattr(usual, name)
            if value != other:
                told = md_escape(field.description or "")
                rows.append((md_escape(f"{part}.{name}"), _value(value), _value(other), told))
    return rows


# --- how good it is


def _accuracy(metrics: dict) -> str:
    model, rebuilt = _part(metrics, "recommender"), _part(metrics, "fidelity")
    measures = {
        "ndcg@20": (
            "NDCG@20",
            "Some choices of each user were hidden; the list of 20 scores when it has them, more the higher they "
            "stand. 1 is perfect.",
        ),
        "recall@20": ("Recall@20", "Share of a user's hidden choices that are in the list of 20."),
        "hit@20": ("Hit rate@20", "Share of users with at least one hidden choice in the list of 20."),
    }
    rows = [
        (label, _number(model.get(name), ".3f"), _number(rebuilt.get(name), ".3f"), told)
        for name, (label, told) in measures.items()
    ]
    return (
        "## How well it recommends\n\nThe recommender itself, and what is left of it when users and items are rebuilt "
        "from neurons alone.\n\n"
        + _table(("Measure", "Recommender", "From neurons alone", "What it says"), rows, "lrrl")
    )


def _faithfulness(metrics: dict) -> str:
    sae, lists = _part(metrics, "sae"), _part(metrics, "fidelity")
    rows = [
        (
            "RBO@30",
            _number(lists.get("rbo@30"), ".2f"),
            "How alike the recommender's list of 30 and the one from neurons alone are, mostly at the top: 1 is the "
            "same list.",
        ),
        (
            "Overlap@30",
            _percent(lists.get("overlap@30")),
            "Share of the 30 items that both lists have, in whatever order.",
        ),
        (
            "Explained variance, items / users",
            f"{_percent(sae.get('ev_items'))} / {_percent(sae.get('ev_users'))}",
            "How much of the embeddings survives the translation into neurons and back: 100% is a perfect copy.",
        ),
        (
            "L0, items / users",
            f"{_number(sae.get('l0_items'), '.1f')} / {_number(sae.get('l0_users'), '.1f')}",
            "How many neurons are active for one item or user on average: the fewer, the easier to read.",
        ),
        (
            "Dead neurons",
            f"{_number(sae.get('dead'), 'd')} of {_number(sae.get('width'), 'd')}",
            "Neurons that are active for nobody and nothing, and so explain nothing.",
        ),
    ]
    return "## How faithful the neurons are\n\n" + _table(("Measure", "Value", "What it says"), rows, "lrl")


def _clarity(metrics: dict) -> str:
    rows = [
        (
            f"Purity@{depth}",
            _percent(_part(metrics, "purity", depth).get("mean")),
            f"For each genre, the neuron with the largest share of it among its {depth} strongest items; mean of that "
            "share over all genres.",
        )
        for depth in _part(metrics, "purity")
        if str(depth).isdecimal()
    ]
    popularity = _part(metrics, "popularity")
    neuron, percentile = (
        _number(popularity.get(name), form) for name, form in (("neuron", "d"), ("mean_percentile", ".0f"))
    )
    rows.append(
        (
            "Most popular neuron",
            f"{percentile} (neuron {neuron})",
            "Mean popularity of its 50 strongest items: 100 is the most popular item of all, 50 is average.",
        )
    )
    return "## How clear the neurons are\n\n" + _table(("Measure", "Value", "What it says"), rows, "lrl")


def _genres(metrics: dict) -> str:
    ten, fifty = _part(metrics, "purity", "10"), _part(metrics, "purity", "50")
    values, base, neurons = (_part(ten, name) for name in ("by_genre", "base_rate", "neuron"))
    if not values:
        return "### The best neuron of each genre\n\nNone: no genres, or no neuron that is active for ten items."
    rows = [
        (
            md_escape(genre),
            _number(neurons.get(genre), "d"),
            _percent(values[genre]),
            _percent(base.get(genre), 1),
            _percent(_part(fifty, "by_genre").get(genre)),
        )
        for genre in sorted(values)
    ]
    return (
        "### The best neuron of each genre\n\nPurity@10 is the share of the genre among the neuron's ten strongest "
        "items; the share in the catalogue is what a neuron without meaning would have. Purity@50 is that of the best "
        "neuron at that depth, which may be another one.\n\n"
        + _table(("Genre", "Neuron", "Purity@10", "In the catalogue", "Purity@50"), rows, "lrrrr")
    )


def _chance(metrics: dict) -> str:
    baselines = _part(metrics, "baselines")
    rows = []
    for name, label in _COMPARED.items():
        found = _part(baselines, name)
        purity = _part(found, "purity")
        rows.append(
            (
                label,
                _number(found.get("directions"), "d"),
                _percent(purity.get("10")),
                _percent(purity.get("50")),
                _percent(found.get("auc")),
                _percent(found.get("significant")),
            )
        )
    return (
        "## Is that more than chance?\n\nThe same measures for what is no autoencoder. With the genres shuffled over "
        "the items, what is reached is luck alone. *AUC*: of one item with a genre and one without, how often the "
        "genre's best neuron is the more active for the first; 50% is a coin. *Telling*: share of all directions with "
        "a genre among their 20 strongest items that is no accident (corrected p < 0.01).\n\n"
        + _table(("", "Directions", "Purity@10", "Purity@50", "AUC", "Telling"), rows, "lrrrrr")
    )


def _levels(metrics: dict) -> str:
    levels = [_part(level) for level in metrics["levels"]] if isinstance(metrics["levels"], list) else []
    if len(levels) < 2:
        return ""
    rows = [
        (
            _number(level.get("width"), "d"),
            _number(level.get("rbo@30"), ".2f"),
            _percent(level.get("overlap@30")),
            _number(level.get("ndcg@20"), ".3f"),
            f"{_percent(level.get('ev_items'))} / {_percent(level.get('ev_users'))}",
            f"{_number(level.get('l0_items'), '.1f')} / {_number(level.get('l0_users'), '.1f')}",
            _number(level.get("dead"), "d"),
        )
        for level in levels
    ]
    head = ("First neurons", "RBO@30", "Overlap@30", "NDCG@20", "Explained, items / users", "L0, items / users", "Dead")
    return (
        "## Each level by itself\n\nThe first neurons alone as a recommender of their own: the broad concepts, without "
        "those that later levels add.\n\n" + _table(head, rows, "r" * len(head))
    )


_CAVEATS = """## What to be careful about

- The hidden choices were drawn at random from each user's history, not from its end: how well the recommender foretells
  the future is not measured, and is likely to be less.
- All numbers are of one training with one seed; another seed gives other neurons and somewhat other numbers.
- Ten items are few: ten of ten with a genre leave room for a true share of 69% (95 % interval). Each genre's best
  neuron was chosen after looking at all of them, which flatters it: that is what the shuffled genres are for.
- Purity knows only the genres of the data set. A neuron may stand for something clear that has no genre.
- A neuron says what the recommender goes by, not what makes people like an item.
- The run contains the interactions it was trained on: share it only where the data set may be shared."""


# --- text


def _value(value: object) -> str:
    """A setting."""
    if value is None:
        return "none"
    return md_escape(f"{value:g}" if isinstance(value, float) else list(value) if isinstance(value, tuple) else value)


def _moment(value: object) -> str:
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError):
        return md_escape(value or MISSING)


def _number(value: object, form: str) -> str:
    """A number in a form like `.2f`, `d` for whole ones, or a dash for a missing one."""
    try:
        if not isinstance(value, Real) or isinstance(value, bool) or not math.isfinite(value):
            return MISSING
        return format(int(value) if form == "d" else value, form)
    except OverflowError:  # an integer that no float can hold
        return MISSING


def _percent(share: object, digits: int = 0) -> str:
    return _number(share, f".{digits}%")


def _part(values: Any, *path: str) -> dict:
    """A dictionary within dictionaries; empty where there is none."""
    for key in path:
        values = values.get(key) if isinstance(values, dict) else None
    return values if isinstance(values, dict) else {}


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]], align: str = "") -> str:
    """A table of cells that are Markdown already; `align` has an l or an r per column."""
    rule = ["--:" if side == "r" else "---" for side in align.ljust(len(head), "l")]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))
