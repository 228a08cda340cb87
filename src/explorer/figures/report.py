"""A report of a run as one page of HTML that needs nothing else: what was found, how good it is, neuron by neuron."""

from __future__ import annotations

from explorer.audit import Audit
from explorer.browse.evidence import evidence
from explorer.browse.headline import beside_simpler, headline, headline_sentence, popular_ndcg
from explorer.browse.overview import dictionary_parts
from explorer.figures.card_page import CARDS_STYLE, card_html, footer_html
from explorer.figures.page import html_page, html_row, html_table, tiles
from explorer.recommenders import model_title
from explorer.runs import Run
from explorer.text import html_escape, percent

MOST_CARDS = 60
"""Cards in a report, of the neurons that carry most of users' taste; the table before them has every neuron."""
_TITLES = 4
_STYLE = ".number { white-space: nowrap; } .tiles { margin-bottom: 1rem; }"


def report_html(run: Run, audit: Audit | None = None, cards: int = MOST_CARDS) -> str:
    """The page. Text of the data and of people is shown verbatim."""
    audit = Audit() if audit is None else audit
    found = dictionary_parts(run, audit)
    data, nouns = run.dataset, run.dataset.nouns
    facts = headline(run, found, audit, popular_ndcg(run))
    firing = [neuron for neuron in range(run.index.n) if run.index.neurons["max_activation"].iloc[neuron] > 0]
    taste = found.taste if len(found.taste) == run.index.n else [0.0] * run.index.n
    order = sorted(firing, key=lambda neuron: -taste[neuron])
    shown = order[:cards]
    about = (
        f"{data.name}: {data.n_users:,} users, {nouns.count_items(data.n_items)}, {len(data.interactions):,} "
        f"interactions · {model_title(run.config.recommender)}, {run.recommender.dim} dimensions · run {run.name}"
    )
    body = [
        f"<h1>{html_escape(headline_sentence(run, found, audit))}</h1>",
        f'<p class="about">{html_escape(about)}</p>',
        tiles((fact.label, fact.value, f"{fact.below}. {fact.term.sentence}") for fact in facts),
        *(f"<p>{html_escape(sentence)}</p>" for sentence in beside_simpler(run.metrics)),
        *(f'<p class="muted">{html_escape(note)}.</p>' for note in data.notes),
        "<h2>All neurons</h2>",
        _table(run, order, set(shown), taste),
        "<h2>Neuron by neuron</h2>",
        f'<p class="muted">The {len(shown)} of {len(firing)} neurons that carry most of users\' taste.</p>'
        if len(shown) < len(firing)
        else "",
        *(card_html(run, neuron, audit, titled=True) for neuron in shown),
        footer_html(run),
    ]
    return html_page(f"What {model_title(run.config.recommender)} has learned", CARDS_STYLE + _STYLE, body)


def _table(run: Run, neurons: list[int], with_card: set[int], taste) -> str:
    labels = run.index.neurons["label"]
    rows = []
    for neuron in neurons:
        name = html_escape(labels.iloc[neuron])
        titles = run.top_items(neuron, _TITLES)["title"]
        rows.append(
            html_row(
                "",
                f'<span class="number">{neuron}</span>',
                f'<a href="#n{neuron}">{name}</a>' if neuron in with_card else name,
                f'<span class="number">{percent(float(taste[neuron]))}</span>',
                f"{html_escape(evidence(run, neuron).sentence)}<br>"
                f"<small class='muted'>{html_escape(' · '.join(map(str, titles)))}</small>",
            )
        )
    return html_table(("#", "Name", "Taste", "What it stands for, and its strongest"), rows)
