"""A steered list as one page of HTML that needs nothing else: no network, no script; light, dark and on paper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from explorer import glossary
from explorer.figures.page import html_page, html_row, html_table, tiles
from explorer.runs import Run
from explorer.steering import Explanation, PersonScores, SteeredLists, concepts_of, explain, move_text
from explorer.steering.edits import AnyEdit, ConceptEdit
from explorer.steering.setting import Setting, fingerprint
from explorer.text import html_escape, number

MAX_FACETS, MAX_LIKES = 8, 5
_HELD_OUT = glossary.HIT.sentence.removeprefix("● = ").capitalize()
_STYLE = """
td.move { white-space: nowrap; }
td small { display: block; color: var(--muted); } .new td.move { color: var(--up); }
.gone .title { text-decoration: line-through; text-decoration-color: var(--down); }
.gone td.move { color: var(--down); }
.bar { display: block; height: .55rem; border-radius: .2rem; background: var(--main); min-width: 1px; }
.bar.before { background: var(--muted); margin-bottom: 2px; } td.bars { width: 50%; }
@media (max-width: 32rem) { td.move { white-space: normal; } td.bars { width: 34%; } }
"""


def list_page(run: Run, scores: PersonScores, lists: SteeredLists, setting: Setting) -> str:
    """The page: what was changed, what that did in a sentence and in numbers, and both lists side by side. Text of the
    data is shown verbatim."""
    explanation, nouns = explain(run, lists), run.dataset.nouns
    who = _person(run, scores)
    title = f"Steered list of {who}"
    body = [
        f"<h1>{html_escape(title)}</h1>",
        f'<p class="about">{html_escape(run.dataset.name)} · run {html_escape(run.name)} · {lists.mode} mode</p>',
        f'<p class="sentence">{html_escape(explanation.sentence)}</p>',
        *(f'<p class="warning">{html_escape(each)}</p>' for each in explanation.warnings),
        _tiles(explanation, nouns.items),
        _changes(run, scores, setting),
        _facets(explanation, nouns.facets),
        '<div class="lists">',
        _list("Before", lists.recommender, _fate(lists), nouns.item),
        _list("After", lists.steered, _moves(lists), nouns.item),
        "</div>",
        _footer(run, setting),
    ]
    return html_page(title, _STYLE, body)


def _person(run: Run, scores: PersonScores) -> str:
    person = scores.person
    if person.user is not None:
        return f"user {person.user_id}"
    titles = run.dataset.items["title"].iloc[person.seen].astype(str).tolist()
    more = f" and {len(titles) - MAX_LIKES} more" if len(titles) > MAX_LIKES else ""
    return f"somebody who likes {', '.join(titles[:MAX_LIKES])}{more}"


def _tiles(explanation: Explanation, items: str) -> str:
    price = explanation.price
    before = f" (before: {price.held_out_before})" if price.held_out_after != price.held_out_before else ""
    kept, held_out = f"{price.kept} of {price.length}", f"{price.held_out_after} of {price.held_out}{before}"
    agreement = number(price.agreement, "{:.2f}")
    shown = [
        (f"{items.capitalize()} kept", kept, "How many of the list before are still in it."),
        (f"Agreement, RBO@{price.length}", agreement, glossary.RBO_OF_USER.sentence),
        ("Held-out favourites in the list", held_out, _HELD_OUT),
        ("Mean popularity percentile", _pair(explanation.popularity), glossary.LIST_POPULARITY.sentence),
        ("Mean year", _pair(explanation.year), glossary.LIST_YEAR.sentence),
    ]
    return tiles(each for each in shown if each[1])


def _pair(pair: tuple[float, float]) -> str:
    """`1994 → 1987`; nothing where neither is known."""
    return "" if np.isnan(pair).all() else " → ".join(number(value, "{:.0f}") for value in pair)


def _changes(run: Run, scores: PersonScores, setting: Setting) -> str:
    labels, units = run.index.neurons["label"], run.units.astype(float)
    rows = []
    for edit in setting.edits:
        name, own = _knob(run, scores, edit)
        if isinstance(edit, ConceptEdit) or (edit.action == "set" and edit.unit == "max"):
            now = _signed(edit.value)
        elif edit.action == "set":
            now = _signed(edit.value / units[edit.neuron])
        else:
            now = f"{edit.action} {edit.value:g}"
        rows.append(html_row("", html_escape(name), _signed(own), html_escape(now)))
    hidden = ", ".join(f"{each.neuron} · {labels[each.neuron]}" for each in setting.hide)
    never = f"<p>Never shown: what fires on {html_escape(hidden)}.</p>" if hidden else ""
    if not rows:
        return f"<h2>Changes</h2><p>No concept was changed.</p>{never}"
    scale = '<p class="muted">0 is off, 1 is the strongest user of the data, below 0 pushes against the concept.</p>'
    return f"<h2>Changes</h2>{scale}{html_table(('Concept', 'Before', 'After'), rows)}{never}"


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _knob(run: Run, scores: PersonScores, edit: AnyEdit) -> tuple[str, float]:
    """The name of what an edit turns, and the person's own value."""
    if isinstance(edit, ConceptEdit):
        return edit.concept, concepts_of(run)[edit.concept].value(scores.values)
    label = run.index.neurons["label"][edit.neuron]
    return f"{edit.neuron} · {label}", float(scores.values[edit.neuron])  # noqa: PD011


def _facets(explanation: Explanation, facets: str) -> str:
    shown = [each for each in explanation.facets if each.before or each.after][:MAX_FACETS]
    if not shown:
        return ""
    most = max(max(each.before, each.after) for each in shown)
    rows = [
        html_row(
            "",
            html_escape(each.name),
            f"{each.before} → {each.after}",
            f'<span class="bar before" style="width:{each.before / most:.1%}"></span>'
            f'<span class="bar" style="width:{each.after / most:.1%}"></span>',
            last="bars",
        )
        for each in shown
    ]
    heads = (facets.capitalize(), "Before → after", "Grey before, coloured after")
    return f"<h2>{html_escape(facets.capitalize())} in the list</h2>{html_table(heads, rows)}"


def _fate(lists: SteeredLists) -> list[tuple[str, str]]:
    kept = set(lists.steered["row"])
    return [("", "") if row in kept else ("gone", "out") for row in lists.recommender["row"]]


def _moves(lists: SteeredLists) -> list[tuple[str, str]]:
    length = len(lists.recommender)
    pairs = zip(lists.steered["rank"], lists.steered["recommender_rank"], strict=True)
    texts = [move_text(rank, before, length) for rank, before in pairs]
    return [("new" if text.startswith("new") else "", text) for text in texts]


def _list(heading: str, table: pd.DataFrame, moves: Sequence[tuple[str, str]], item: str) -> str:
    rows = []
    for (kind, move), row in zip(moves, table.to_dict("records"), strict=True):
        year = "" if pd.isna(row["year"]) else f"{row['year']:.0f}"
        about = " · ".join(filter(None, [year, ", ".join(map(str, row["genres"]))]))
        title = f'<span class="title">{html_escape(row["title"])}</span><small>{html_escape(about)}</small>'
        rows.append(
            f'<tr class="{kind}"><td class="n">{row["rank"]}</td><td>{title}</td>'
            f'<td class="move">{html_escape(move)}</td></tr>'
        )
    empty = f"<p>There is no {html_escape(item)} left to recommend.</p>" if not rows else ""
    return f"<section><h2>{heading}</h2>{html_table(('#', 'Title', 'Move'), rows) if rows else empty}</section>"


def _footer(run: Run, setting: Setting) -> str:
    about = f"Concept Explorer · run {run.name}, fingerprint {fingerprint(run)} · {run.index.n} neurons"
    mode = "" if setting.mode == "exact" else f" · {setting.mode} mode"
    return f"<footer>{html_escape(about)}{mode}</footer>"
