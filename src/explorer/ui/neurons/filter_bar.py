"""The search, the filters and what they are set to, above the table of neurons."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer.audit.values import STANDINGS
from explorer.browse.filter_words import ONLY_WORDS, PART_WORDS, STANDING_WORDS, chips, measure_words
from explorer.browse.filters import MEASURES, ONLY, SHARES, NeuronFilter
from explorer.browse.overview import PARTS
from explorer.browse.search import WHERE, where_words
from explorer.data.nouns import Nouns
from explorer.runs import Run
from explorer.text import md_escape
from explorer.ui.neurons.state import FILTER, PLACE, WORDS, Listing, changed, clear, problems, set_filter
from explorer.ui.widgets import md

_ABOUT = "neurons:about"
_MEASURE, _LOW, _HIGH = (f"neurons:{name}" for name in ("measure", "low", "high"))
_ABOUT_HELP = (
    "Neurons that stand for it, not all that fire on some of it: named after it, or with at least half of the ten "
    "strongest items in it (p < .01), average precision at least twice the base rate, and held-out purity of at least "
    "50% where it is their best one."
)

_ONLY_HELP = (
    "Named: with a name that holds. Significant: purity of the best one at p < .01. Stable: matched on samples of "
    "the data. Without a warning: nothing speaks against the name."
)


def filter_bar(run: Run, listed: Listing) -> None:
    """Widgets show what the filter says: it has one home, and they only change it."""
    asked, nouns = listed.asked, run.dataset.nouns
    words, place, about, more = st.columns([10, 8, 8, 7], gap="xsmall", vertical_alignment="bottom")
    words.text_input(
        "Search",
        key=WORDS,
        placeholder="a name, a note, a title, a user …",
        on_change=changed,
        persist_state="session",
        help=f"In “{nouns.items.capitalize()}”: every neuron that fires on {nouns.items} with that title, the "
        "strongest first. Everything: names, notes, tags, "
        f"{nouns.items} and users on which a neuron reaches at least a quarter of its range.",
    )
    place.selectbox(
        "In",
        WHERE,
        format_func=where_words(nouns).get,
        key=PLACE,
        on_change=changed,
        persist_state="session",
    )
    if run.dataset.genres:
        one = asked.about[0] if len(asked.about) == 1 else None
        st.session_state[_ABOUT] = one
        about.selectbox(
            "About",
            [None, *run.dataset.genres],
            format_func=lambda value: _value_text(value, run, asked.about),
            key=_ABOUT,
            placeholder=_value_text(None, run, asked.about),
            on_change=_about,
            help=_ABOUT_HELP,
        )
    with more.popover("Filters", icon=":material/tune:", width="stretch", key="neurons:filters"):
        _more(run, listed)
    _chips(run, listed)
    for sentence in problems():
        st.warning(md_escape(sentence), icon=":material/link_off:")
    for note in listed.found.notes if listed.found is not None else ():
        st.caption(md_escape(note))


def _value_text(value: str | None, run: Run, about: tuple[str, ...]) -> str:
    facet_of = run.dataset.facet_of
    if value is None:
        return "several" if about else f"any {run.dataset.nouns.facet}"
    return f"{value} · {facet_of[value]}" if value in facet_of else value


def _facets(run: Run, asked: NeuronFilter) -> None:
    """Of a data set with several facets, the values of each."""
    facet_of = run.dataset.facet_of
    for place, (name, values) in enumerate(run.dataset.facets.items() if facet_of else ()):
        key = f"neurons:about:{place}"
        st.session_state[key] = [value for value in asked.about if facet_of.get(value) == name]
        st.multiselect(
            name.capitalize(),
            values,
            key=key,
            placeholder=f"any {name}",
            on_change=_of_facet,
            args=(name, key, facet_of),
            help=f"Neurons about one of these; where several facets are asked for, about one of each. {_ABOUT_HELP}",
        )


def _of_facet(name: str, key: str, facet_of: dict[str, str]) -> None:
    others = tuple(value for value in _now().about if facet_of.get(value) != name)
    set_filter(replace(_now(), about=(*others, *st.session_state[key])))


def _now() -> NeuronFilter:
    return st.session_state[FILTER]


def _about() -> None:
    chosen = st.session_state[_ABOUT]
    set_filter(replace(_now(), about=(chosen,) if chosen else ()))


def _more(run: Run, listed: Listing) -> None:
    asked, table = listed.asked, listed.table
    _facets(run, asked)
    for name, label, options, texts, help_ in (
        ("only", "Only", _possible(listed), ONLY_WORDS, _ONLY_HELP),
        ("verdict", "Verdict", STANDINGS, STANDING_WORDS, "What reviewers agree on; disputed where they do not."),
        ("part", "Part of the dictionary", PARTS, PART_WORDS, None),
    ):
        key = f"neurons:{name}"
        st.session_state[key] = [one for one in getattr(asked, name) if one in options]
        st.pills(
            label,
            options,
            selection_mode="multi",
            format_func=lambda one, texts=texts: texts[one].capitalize(),
            key=key,
            on_change=lambda name=name, key=key: set_filter(replace(_now(), **{name: tuple(st.session_state[key])})),
            help=help_,
        )
    known = [name for name in MEASURES if table[name].notna().any()]
    labels = measure_words(run.dataset.nouns)
    measure, low, high = st.columns([3, 2, 2], vertical_alignment="bottom")
    name = measure.selectbox("Range of", known, format_func=labels.get, key=_MEASURE)
    unit = 100 if name in SHARES else 1
    ends = asked.ranges.get(name, (None, None))
    for column, key, label, end in ((low, _LOW, "At least", ends[0]), (high, _HIGH, "At most", ends[1])):
        st.session_state[key] = None if end is None else round(end * unit, 10)
        column.number_input(
            f"{label}, %" if unit == 100 else label, key=key, on_change=_range, args=(name, unit), placeholder="any"
        )


def _possible(listed: Listing) -> list[str]:
    there = {"significant": listed.table["p"].notna().any(), "stable": listed.table["stability"].notna().any()}
    return [name for name in ONLY if there.get(name, True)]


def _range(name: str, unit: int) -> None:
    low, high = (st.session_state.get(key) for key in (_LOW, _HIGH))
    if low is not None and high is not None and low > high:
        low, high = high, low
    set_filter(_now().ranged(name, None if low is None else low / unit, None if high is None else high / unit))


def _chips(run: Run, listed: Listing) -> None:
    """What the filter is set to: each condition can be taken off."""
    shown = chips(listed.asked, run.dataset.nouns, run.dataset.facet_of)
    if not shown:
        return
    with st.container(key="neurons-chips", horizontal=True, gap="small"):
        for text, _ in shown:
            st.button(
                md("{text}", text=text),
                icon=":material/close:",
                key=f"neurons:chip:{text}",
                on_click=_take_off,
                args=(text, run.dataset.nouns, run.dataset.facet_of),
                help="Take this condition off",
            )
        if len(shown) > 1:
            st.button("Clear all", key="neurons:clear", on_click=clear, type="tertiary")


def _take_off(text: str, nouns: Nouns, facet_of: dict[str, str]) -> None:
    """Of the filter as it is now: another condition may have been taken off since the button was drawn."""
    without = dict(chips(_now(), nouns, facet_of)).get(text)
    if without is not None:
        set_filter(without)
