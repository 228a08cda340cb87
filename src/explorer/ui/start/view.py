"""The start page: what this is, how good the chosen run is, and the concepts it has found."""

from __future__ import annotations

import streamlit as st

from explorer import glossary
from explorer.audit import Audit
from explorer.browse.headline import headline_sentence
from explorer.browse.overview import NAMED_PARTS, dictionary_parts
from explorer.recommenders import model_title
from explorer.runs import Run
from explorer.ui.address import parameters_of
from explorer.ui.cache import audit_problem
from explorer.ui.frame import PAGES
from explorer.ui.start.cached import audit_sentence, families_of
from explorer.ui.start.dictionary_bar import dictionary_bar, explained
from explorer.ui.start.facts import exact_scores, headline_numbers
from explorer.ui.start.gallery import gallery
from explorer.ui.start.links import part_attributes
from explorer.ui.widgets import md

_STEPS = {
    "pages/Neurons.py": "Browse all neurons",
    "pages/Steering.py": "Steer a user's list",
    "pages/Audit.py": "Judge the names",
    "pages/Runs.py": "Compare, export and import runs",
    "pages/Train.py": "Train another run",
}


def next_steps() -> None:
    """The ways on."""
    with st.container(horizontal=True, key="next-steps"):
        for page, label in _STEPS.items():
            st.page_link(page, label=label, icon=PAGES[page][1], query_params=parameters_of(page), width="content")


def show(run: Run, audit: Audit) -> None:
    """Headline, gallery, exact scores."""
    found = dictionary_parts(run, audit)
    st.subheader(md("{said}", said=headline_sentence(run, found, audit)), anchor=False, help=explained())
    model, data = model_title(run.config.recommender), run.dataset.name
    said = " ".join(filter(None, (audit_sentence(run, audit), found.doubts())))
    st.caption(md("What {model} has learned from {data}. {said}", model=model, data=data, said=said))
    if problem := audit_problem():
        st.warning(md("What people said cannot be shown. {problem}", problem=problem), icon=":material/database_off:")
    dictionary_bar(found)
    headline_numbers(run, found, audit)
    _concepts(run, audit)
    exact_scores(run)


def _concepts(run: Run, audit: Audit) -> None:
    nouns = run.dataset.nouns
    st.subheader("Concepts it has found", anchor=False)
    found, cards = families_of(run, audit)
    if not cards:
        st.info("No neuron of this run has a clear meaning. Train longer or with more neurons.", icon=":material/info:")
        return
    if found.by_examples:
        st.caption(
            f"No name says a {nouns.facet}, so neurons are called after their strongest {nouns.items}; "
            "those that point the same way stand together."
        )
    else:
        st.caption(
            f"Each with its strongest {nouns.items} and a change to try; related ones stand together.",
            help=f"**{glossary.NAME_HOLDS.title}.** {glossary.NAME_HOLDS}",
        )
    gallery(run, found, cards)
    if found.further:
        link = part_attributes(*(("open",) if found.by_examples else NAMED_PARTS))
        st.html(f'<p class="further"><a {link}>{len(found.further):,} further neurons</a></p>')
