"""The cards of neurons as one page of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.audit import Audit
from explorer.browse.card import (
    WHICH,
    Side,
    audience_of,
    beside_baselines,
    effects_of,
    facets_of,
    facts_of,
    histogram_of,
    items_of,
    neighbours_of,
    reviews_of,
    stability_of,
    standing_text,
    users_of,
)
from explorer.browse.evidence import evidence
from explorer.errors import UserError
from explorer.figures.page import html_page, html_row, html_table, tiles
from explorer.figures.svg import Bar, bars_svg, histogram_svg
from explorer.measures import PURITY_DEPTHS
from explorer.neurons import PROFILE_DEPTH
from explorer.runs import Run
from explorer.text import MISSING, html_escape, p_value, percent

MAX_CARDS = 200
"""Cards on one page: more of them take long to make, and browsers open them slowly."""
_SHOWN = {"Strongest": 15, "Spread": 12, "Random": 5}
_BARS, _USERS, _EFFECTS, _NEIGHBOURS = 8, 8, 8, 5
CARDS_STYLE = """
article + article { border-top: 2px solid var(--grid); margin-top: 3rem; padding-top: 2rem; break-before: page; }
h2 { font-size: 1.35rem; margin: 0 0 .25rem; } h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
ol.contents { columns: 18rem; margin: 1rem 0 2rem; padding-left: 2rem; } a { color: var(--main); }
section { break-inside: avoid; min-width: 0; }
"""


def cards_html(run: Run, neurons: Sequence[int], audit: Audit | None = None) -> str:
    """One page with the cards of these neurons, in this order, and where they come from at its foot. Text of the data
    and of people is shown verbatim."""
    if not len(neurons):
        raise UserError("There is no neuron to make a card of; choose one or more.")
    if len(neurons) > MAX_CARDS:
        raise UserError(f"{len(neurons):,} cards are too many for one page; choose at most {MAX_CARDS}.")
    audit = Audit() if audit is None else audit
    labels = run.index.neurons["label"]
    numbers = [run.neuron(neuron) for neuron in neurons]
    title = f"Neuron {numbers[0]} · {labels.iloc[numbers[0]]}" if len(numbers) == 1 else f"{len(numbers)} neurons"
    contents = "".join(f'<li><a href="#n{n}">{n} · {html_escape(labels.iloc[n])}</a></li>' for n in numbers)
    body = [
        f"<h1>{html_escape(title if len(numbers) == 1 else f'{title} of {run.name}')}</h1>",
        f'<p class="about">{html_escape(run.dataset.name)} · run {html_escape(run.name)}</p>',
        f'<ol class="contents">{contents}</ol>' if len(numbers) > 1 else "",
        *(card_html(run, neuron, audit, titled=len(numbers) > 1) for neuron in numbers),
        footer_html(run),
    ]
    return html_page(title, CARDS_STYLE, body)


def card_html(run: Run, neuron: int, audit: Audit, titled: bool) -> str:
    """The card of one neuron; `titled`: with its name before it."""
    found, row = evidence(run, neuron), run.index.neurons.iloc[neuron]
    name = f"<h2>{neuron} · {html_escape(row['label'])}</h2>" if titled else ""
    proposed = f" · proposed: {run.proposed[neuron]}" if neuron in run.proposed else ""
    parts = [
        f'<article id="n{neuron}">{name}',
        f'<p class="muted">{html_escape(standing_text(audit, neuron) + proposed)}</p>',
        f'<p class="sentence">{html_escape(found.sentence)}</p>',
        *(
            f'<p class="warning" title="{html_escape(about.sentence)}">{html_escape(text)}.</p>'
            for text, about in found.warnings.items()
        ),
    ]
    if row["max_activation"] > 0:
        parts += [
            tiles(facts_of(run, neuron)),
            f'<p class="muted">{html_escape(stability_of(run, neuron)[1])}</p>',
            '<div class="lists">',
            *(_items(run, neuron, which) for which in WHICH),
            *_facets(run, neuron),
            *(_histogram(run, neuron, side) for side in ("items", "users")),
            *_profiles(run, neuron),
            *_users(run, neuron),
            *_effects(run, neuron),
            *_similar(run, neuron),
            "</div>",
        ]
    return "\n".join([*parts, _reviews(audit, neuron), "</article>"])


def _section(title: str, content: str) -> str:
    return f"<section><h3>{html_escape(title)}</h3>{content}</section>" if content else ""


def _items(run: Run, neuron: int, which: str) -> str:
    table = items_of(run, neuron, which).head(_SHOWN[which])
    first = "rank" if "rank" in table else "share"
    rows = []
    for row in table.to_dict("records"):
        year = "" if row["year"] != row["year"] else f"{row['year']}"
        about = " · ".join(filter(None, [year, ", ".join(map(str, row["genres"]))]))
        place = "" if row.get(first) is None else str(row[first])
        rows.append(
            html_row(
                "",
                html_escape(place),
                f"{html_escape(row['title'])}<br><small class='muted'>{html_escape(about)}</small>",
                f"{row['activation']:.2f}<br><small class='muted'>{html_escape(row['strength'])}</small>",
            )
        )
    heads = ("#" if first == "rank" else "Place", "Title", "Activation")
    return _section(f"{which} {run.dataset.nouns.items}", html_table(heads, rows) if rows else "")


def _facets(run: Run, neuron: int) -> list[str]:
    nouns, k = run.dataset.nouns, PURITY_DEPTHS[0]
    table = facets_of(run, neuron, k)
    if table.empty:
        return []
    label = f"{nouns.facet.capitalize()} among its {k} strongest {nouns.items}"
    shown = table[table["value"] > 0].head(_BARS)
    bars = [Bar(row.genre, row.value, row.base_rate, row.low, row.high) for row in shown.itertuples()]
    best = table.iloc[0]
    note = (
        f"{best['genre']}: {percent(best['value'])} (95% interval {best['interval']}), {percent(best['base_rate'])} of "
        f"all ranked {nouns.items}; {p_value(best['p'])}. The mark across a bar is the base rate."
    )
    found = [_section(label, f"{bars_svg(bars, label, width=460)}<p class='muted'>{html_escape(note)}</p>")]
    beside = beside_baselines(run, neuron, best["genre"])
    if len(beside):
        heads = ("", *(f"@{depth}" for depth in PURITY_DEPTHS))
        rows = [
            html_row("", html_escape(row["what"]), *(percent(row.get(f"best@{depth}")) for depth in PURITY_DEPTHS))
            for row in beside.to_dict("records")
        ]
        found.append(_section(f"Purity for {best['genre']}: best direction of each", html_table(heads, rows)))
    return found


def _histogram(run: Run, neuron: int, side: Side) -> str:
    what = run.dataset.nouns.items if side == "items" else "users"
    found = histogram_of(run, neuron, side)
    if found is None:
        return ""
    label = f"{what.capitalize()} on which it fires, by activation"
    note = f"{found.firing:,} {what} ({percent(found.density)}); mean {found.mean:.3g}, sd {found.sd:.3g}"
    drawn = histogram_svg(found.counts, found.most, label, what, width=460, line=(found.mean, "mean"))
    return _section(label, f"{drawn}<p class='muted'>{html_escape(note)}.</p>")


def _profiles(run: Run, neuron: int) -> list[str]:
    items, found = run.dataset.nouns.items, []
    for table, column, what in (
        ("popularity_profile", "decile", "Tenths of popularity"),
        ("decades", "decade", "Decades"),
    ):
        rows = run.index.rows_of(table, neuron)
        if rows.empty:
            continue
        label = f"{what}: its {PROFILE_DEPTH} strongest {items}, marks for all"
        most = max(float(rows[["share", "base_rate"]].max().max()), 0.01)
        bars = [
            Bar(str(name), share, base)
            for name, share, base in rows[[column, "share", "base_rate"]].itertuples(index=False)
        ]
        found.append(_section(label, bars_svg(bars, label, width=460, most=most, name_width=70)))
    return found


def _users(run: Run, neuron: int) -> list[str]:
    table = users_of(run, neuron).head(_USERS)
    if table.empty:
        return []
    rows = [
        html_row(
            "", html_escape(row["user"]), html_escape(", ".join(row["had"]) or MISSING), f"{row['activation']:.2f}"
        )
        for row in table.to_dict("records")
    ]
    found = [_section("Strongest users and what they had", html_table(("User", "Had", "Activation"), rows))]
    audience = audience_of(run, neuron).head(_BARS)
    if len(audience):
        most = max(float(audience[["value", "base_rate"]].max().max()), 0.01)
        bars = [Bar(row.genre, row.value, row.base_rate) for row in audience.itertuples()]
        label = f"{run.dataset.nouns.facets.capitalize()} in their histories, marks for all users"
        found.append(_section(label, bars_svg(bars, label, width=460, most=most)))
    return found


def _effects(run: Run, neuron: int) -> list[str]:
    found = []
    for title, table in zip(("Raises most", "Lowers most"), effects_of(run, neuron, _EFFECTS), strict=True):
        rows = [
            html_row(
                "",
                html_escape(row["title"]),
                f"{row['effect']:+.3f}".replace("-", "−"),
                "bears its name" if row.get("bears") else "",
            )
            for row in table.to_dict("records")
        ]
        found.append(_section(title, html_table(("Title", "Effect", ""), rows) if rows else ""))
    return found


def _similar(run: Run, neuron: int) -> list[str]:
    found = []
    for kind, title in (("direction", "direction"), ("items", run.dataset.nouns.items)):
        rows = [
            html_row("", str(row["other"]), html_escape(row["label"]), f"{row['similarity']:.2f}".replace("-", "−"))
            for row in neighbours_of(run, neuron, kind).head(_NEIGHBOURS).to_dict("records")
        ]
        found.append(_section(f"Most alike by {title}", html_table(("No.", "Name", "Cosine"), rows) if rows else ""))
    return found


def _reviews(audit: Audit, neuron: int) -> str:
    rows = [
        html_row("", *(html_escape(row[name] or MISSING) for name in ("reviewer", "verdict", "name", "note")))
        for row in reviews_of(audit, neuron).to_dict("records")
    ]
    return _section("What people say", html_table(("Reviewer", "Verdict", "Own name", "Note"), rows) if rows else "")


def footer_html(run: Run) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in sorted(run.versions.items()))
    about = [
        f"Concept Explorer · run {run.name} · trained {run.created[:10] or 'at an unknown time'}",
        f"digest {run.digest or 'of an unsaved run'}",
        f"data {run.dataset.name}, fingerprint {run.dataset.fingerprint}",
        f"{run.index.n:,} neurons, seed {run.config.seed}",
        versions,
    ]
    return f"<footer>{'<br>'.join(html_escape(line) for line in about if line)}</footer>"
