"""A run on one page of Markdown: what it is, how it was made, how good it is, and what to be careful about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from explorer import glossary
from explorer.data.nouns import Nouns
from explorer.errors import UserError
from explorer.measures import (
    COVERAGE,
    HELD_OUT,
    HELD_OUT_DEPTHS,
    HIT,
    KENDALL,
    NDCG,
    OVERLAP,
    PURITY,
    PURITY_50,
    PURITY_DEPTHS,
    RBO,
    RECALL,
    held_out_key,
    measure,
    purity_key,
)
from explorer.recommenders import has_accuracy, model_title
from explorer.runs.library import RunEntry, read_entry, read_note
from explorer.runs.manifest import RunManifest
from explorer.runs.metrics import Distribution, HeldOut, RunMetrics
from explorer.runs.remarks import is_rotation, lacks_measures, not_measured
from explorer.settings import Settings
from explorer.stability import load_stability, summary_markdown
from explorer.storage.attachments import described
from explorer.text import MISSING, md_escape, number

MAX_SAID = 500
"""Letters of a sentence that the folder `maps` brings along."""
_STAGES = {
    "load": "loading the data",
    "recommender": "training the base model",
    "sae": "training the autoencoder",
    "index": "measuring the neurons",
    "evaluate": "comparing lists",
}


def run_card(run: RunEntry | Path, further: Sequence[str] = ()) -> str:
    """The card of a run folder, from its `run.json` and its note. Text of the data is shown verbatim.

    further: sections of Markdown about what is not kept in the folder.
    """
    entry = run if isinstance(run, RunEntry) else read_entry(Path(run))
    if entry.manifest is None:
        raise UserError(entry.problem)
    manifest, metrics = entry.manifest, entry.manifest.metrics
    sections = [
        f"# Run {md_escape(entry.name)}",
        _about(manifest),
        _note(read_note(entry.path)),
        _what(manifest),
        _how(manifest),
        _concepts(metrics),
        *further,
        _accuracy(manifest),
        _faithfulness(metrics),
        _clarity(metrics),
        _facets(metrics, manifest.dataset.nouns),
        _baselines(metrics),
        _levels(metrics),
        _stability(entry.path),
        _parents(entry.path),
        _CAVEATS,
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


# --- what it is


def _about(manifest: RunManifest) -> str:
    return (
        f"A base model ({md_escape(model_title(manifest.config.recommender))}) trained on the data set "
        f"{md_escape(manifest.dataset.name)}, and a sparse autoencoder that explains it. A recommender keeps every "
        "user and every item as a row of numbers, its *embedding*, that nobody can read. A sparse autoencoder "
        "translates each row into a few *neurons* that fire, and back. Single neurons come to stand for single "
        f"concepts: a {manifest.dataset.nouns.facet}, popularity. The base model itself is not changed."
    )


def _note(text: str) -> str:
    if not text:
        return ""
    # Without a backslash at its end Markdown would drop a line break.
    paragraphs = ["\\\n> ".join(map(md_escape, part.splitlines())) for part in re.split(r"\n\s*\n", text)]
    return "## Note\n\n> " + "\n>\n> ".join(paragraphs)


def _what(manifest: RunManifest) -> str:
    data, metrics, config = manifest.dataset, manifest.metrics, manifest.config
    sizes, model, sae = metrics.dataset, metrics.recommender, metrics.sae
    rows = [
        ("Data set", md_escape(data.name)),
        ("Users, items, interactions", f"{sizes.users:,}, {sizes.items:,}, {sizes.interactions:,}"),
        ("Fingerprint of the data", md_escape(data.fingerprint)),
        *(("Note while loading", md_escape(note)) for note in data.notes),
        ("Base model", f"{md_escape(model_title(config.recommender))}, {model.dim} dimensions"),
        ("Its settings", _settings(config.recommender, "kind")),
        ("Autoencoder", f"{md_escape(sae.activation)}, {sae.width} neurons"),
        ("Its settings", _settings(config.sae, "activation")),
    ]
    if len(metrics.levels) > 1:
        widths = ", ".join(str(level.width) for level in metrics.levels)
        rows.append(("Levels", f"the first {widths} neurons, each trained to reconstruct by itself"))
    return "## What it is\n\n" + _table(("", ""), rows)


def _settings(settings: Settings, tag: str) -> str:
    """Every setting but the one that names the kind."""
    values = settings.model_dump(mode="json")
    return ", ".join(f"{md_escape(name)} = {_value(value)}" for name, value in values.items() if name != tag)


# --- how it was made


def _how(manifest: RunManifest) -> str:
    seconds = manifest.metrics.seconds
    times = [f"{_STAGES.get(stage, md_escape(stage))} {time:,.0f} s" for stage, time in seconds.items()]
    versions = [f"{md_escape(name)} {md_escape(version)}" for name, version in manifest.versions.items()]
    seed = f"{manifest.config.seed} (decides the split and every random start; the same seed gives the same run)"
    rows = [
        ("Trained", _moment(manifest.created)),
        ("Seed", seed),
        ("Time", ", ".join(times) or MISSING),
        ("Format of the folder", str(manifest.format)),
        ("Versions", ", ".join(versions) or MISSING),
    ]
    if changed := _changed(manifest):
        head = ("Setting", "Here", "Default", "What it is")
        settings = "Settings that differ from the defaults for this data:\n\n" + _table(head, changed)
    else:
        settings = "All settings are the defaults for this data."
    return "## How it was made\n\n" + _table(("", ""), rows) + f"\n\n{settings}"


def _changed(manifest: RunManifest) -> list[tuple[str, ...]]:
    """Settings that differ from the defaults of the same kinds of base model and autoencoder."""
    config = manifest.config
    kinds = {"recommender": {"kind": config.recommender.kind}, "sae": {"activation": config.sae.activation}}
    default = type(config).model_validate(kinds).with_defaults_for(manifest.metrics.dataset.items)
    rows = []
    for part in ("data", "recommender", "sae", "neurons"):
        ours, usual = getattr(config, part), getattr(default, part)
        for name, field in type(ours).model_fields.items():
            value, other = getattr(ours, name), getattr(usual, name)
            if value != other:
                about = md_escape(field.description or "")
                rows.append((md_escape(f"{part}.{name}"), _value(value), _value(other), about))
    return rows


# --- how good it is


def _concepts(metrics: RunMetrics) -> str:
    title = "## How much it explains"
    if metrics.concepts is None:
        return f"{title}\n\n{lacks_measures(metrics, 'RUN_DIR')}"
    found, values = metrics.concepts, metrics.by_path()
    rows = [
        _row(key, measure(key).text(values[f"concepts.{path}"]))
        for key, path in ((COVERAGE, "coverage.energy"), ("covered_lift", "coverage.lift"))
    ]
    alone = [f"{measure(key).short} {measure(key).text(values[f'concepts.coverage.{key}'])}" for key in (RBO, NDCG)]
    rows.append((glossary.NAMED_ALONE.title, ", ".join(alone), glossary.NAMED_ALONE.sentence))
    for depth, halves in found.held_out.purity.items():
        rows.append(_row(held_out_key(depth), with_spread(held_out_key(depth), halves)))
    rows.append(_row("held_out_ap", with_spread("held_out_ap", found.held_out.ap)))
    rows.append(_row("alive_share", f"{measure('alive_share').text(found.alive_share)} ({found.alive} of them)"))
    rows += [_row(key, measure(key).text(getattr(found, key))) for key in ("antipodal", "named", "name_holds")]
    rows += [_row(key, distribution_text(getattr(found, key))) for key in ("active_users", "active_items")]
    remarks = [text for text in (is_rotation(metrics), *not_measured(metrics)) if text]
    spread = "Fewest, then 5th, 50th and 95th percentile, where a row has four numbers."
    table = _table(("Measure", "Value", "What it says"), rows, "lrl")
    return "\n\n".join([title, table, spread, *remarks])


def _accuracy(manifest: RunManifest) -> str:
    metrics = manifest.metrics
    model, rebuilt = metrics.recommender.as_json(), metrics.fidelity.as_json()
    if not has_accuracy(manifest.config.recommender):
        return f"## How well it recommends\n\nNot measured. {glossary.UNSEEN}"
    rows = [_row(key, measure(key).text(model[key]), measure(key).text(rebuilt[key])) for key in (NDCG, RECALL, HIT)]
    return (
        "## How well it recommends\n\nThe base model itself, and its lists when users and items are rebuilt from "
        "neurons.\n\n" + _table(("Measure", "Base model", "Rebuilt from neurons", "What it says"), rows, "lrrl")
    )


def _faithfulness(metrics: RunMetrics) -> str:
    sae, lists = metrics.sae, metrics.fidelity.as_json()
    rows = [
        *(_row(key, measure(key).text(lists[key])) for key in (RBO, OVERLAP, KENDALL)),
        ("Explained variance, items / users", _both(sae, "ev"), glossary.EXPLAINED_VARIANCE.sentence),
        ("L0, items / users", _both(sae, "l0"), glossary.L0.sentence),
        (measure("dead").short, f"{sae.dead} of {sae.width}", glossary.DEAD.sentence),
    ]
    return "## How faithful the neurons are\n\n" + _table(("Measure", "Value", "What it says"), rows, "lrl")


def _clarity(metrics: RunMetrics) -> str:
    rows = [_row(purity_key(depth), measure(PURITY).text(found.mean)) for depth, found in metrics.purity.items()]
    popular = metrics.most_popular
    value = f"{number(popular.mean_percentile, '{:.0f}')} (neuron {number(popular.neuron, '{:d}')})"
    rows.append(("Most popular neuron", value, glossary.POPULARITY.sentence))
    return "## How clear the neurons are\n\n" + _table(("Measure", "Value", "What it says"), rows, "lrl")


def _facets(metrics: RunMetrics, nouns: Nouns) -> str:
    first, last = metrics.purity[PURITY_DEPTHS[0]], metrics.purity[PURITY_DEPTHS[-1]]
    title = f"### The best neuron of each {nouns.facet}"
    if not first.by_genre:
        return f"{title}\n\nNone: no {nouns.facets}, or no neuron that fires on {PURITY_DEPTHS[0]} items."
    purity = measure(PURITY)
    halves = metrics.concepts and metrics.concepts.held_out
    held_out = {HELD_OUT: halves.purity[HELD_OUT_DEPTHS[0]], "held_out_ap": halves.ap} if halves else {}
    rows = [
        (
            md_escape(genre),
            *(measure(key).text(found.by_genre.get(genre)) for key, found in held_out.items()),
            str(first.neuron[genre]),
            purity.text(first.by_genre[genre]),
            number(first.base_rate[genre], "{:.1%}"),
            purity.text(last.by_genre.get(genre)),
        )
        for genre in sorted(first.by_genre)
    ]
    deep = measure(PURITY_50).short
    head = (
        nouns.facet.capitalize(),
        *(measure(key).short for key in held_out),
        "Neuron",
        purity.short,
        "Base rate",
        deep,
    )
    return (
        f"{title}\n\n{glossary.PURITY.sentence} {glossary.BASE_RATE.title}: {glossary.BASE_RATE.sentence} Each "
        f"measure is that of its own best neuron, which may be another one; *Neuron* is that of {purity.short}.\n\n"
        + _table(head, rows, "l" + "r" * (len(head) - 1))
    )


def _baselines(metrics: RunMetrics) -> str:
    new = (HELD_OUT, "held_out_ap", RBO, NDCG) if metrics.concepts else ()
    columns = ("directions", *new, PURITY, PURITY_50, "auc", "significant")
    rows = [(row["what"], *(measure(key).text(row[key]) for key in columns)) for row in metrics.baselines.rows()]
    head = ("", *(measure(key).short for key in columns))
    return (
        f"## Is that more than chance?\n\n{glossary.BASELINES} *AUC*: {glossary.AUC} *Significant*: "
        f"{glossary.SIGNIFICANT.sentence}\n\n" + _table(head, rows, "l" + "r" * len(columns))
    )


def _levels(metrics: RunMetrics) -> str:
    if len(metrics.levels) < 2:
        return ""
    rows = []
    for level in metrics.levels:
        values = level.as_json()
        lists = [measure(key).text(values[key]) for key in (RBO, OVERLAP, NDCG)]
        rows.append((str(level.width), *lists, _both(level, "ev"), _both(level, "l0"), str(level.dead)))
    names = (measure(key).short for key in (RBO, OVERLAP, NDCG))
    head = ("First neurons", *names, "Explained, items / users", "L0, items / users", "Dead")
    return f"## Each level by itself\n\n{glossary.LEVEL}\n\n" + _table(head, rows, "r" * len(head))


def _stability(folder: Path) -> str:
    found = load_stability(folder)
    return summary_markdown(found) if found else ""


def _parents(folder: Path) -> str:
    """How many later neurons have a parent, where the hierarchy was computed and kept with the run."""
    said = described(folder / "maps", "hierarchy").get("with_parent")
    return f"Hierarchy: {md_escape(said)}" if isinstance(said, str) and len(said) < MAX_SAID else ""


_CAVEATS = """## What to be careful about

- Held-out positives were drawn at random from each user's history, not from its end. How well the base model predicts
  the future is not measured, and is likely to be worse.
- All numbers are of one training with one seed. Another seed gives other neurons and somewhat other numbers.
- Ten items are few: 10 of 10 with a facet are compatible with a true share of 69% (95% interval). Purity@K is of the
  best neuron after looking at all of them, which flatters it; held-out purity is not.
- Purity knows only the facets of the data set. A neuron may stand for something clear that has no facet in the data.
- A neuron says what the base model goes by, not what makes people like an item.
- The run contains the interactions it was trained on: share it only where the data set may be shared."""


# --- text


def _row(key: str, *values: str) -> tuple[str, ...]:
    """A measure's name, its values and what it says."""
    found = measure(key)
    return found.short, *values, found.term.sentence


def with_spread(key: str, found: HeldOut) -> str:
    """A held-out measure and its standard deviation over halvings: `94% ± 2%`."""
    spread = "" if found.sd is None else f" ± {measure(key).text(found.sd)}"
    return measure(key).text(found.mean) + spread


def distribution_text(found: Distribution) -> str:
    """`8 · 12 · 16 · 16`: the fewest, and the 5th, 50th and 95th percentile."""
    return " · ".join(number(value, "{:,.0f}") for value in (found.minimum, found.p5, found.p50, found.p95))


def _both(code: object, name: str) -> str:
    """A measure of the items and of the users."""
    return " / ".join(measure(key).text(getattr(code, key)) for key in (f"{name}_items", f"{name}_users"))


def _value(value: object) -> str:
    """A setting."""
    if value is None:
        return "none"
    return md_escape(f"{value:g}" if isinstance(value, float) else list(value) if isinstance(value, tuple) else value)


def _moment(text: str) -> str:
    try:
        return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError):  # unknown, or in the year 1
        return MISSING


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], align: str = "") -> str:
    """A table of cells that are Markdown already; `align` has an l or an r per column."""
    rule = ["--:" if side == "r" else "---" for side in align.ljust(len(head), "l")]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))
