"""The second step: what each file holds, what the columns are, and what only a person can say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from explorer import glossary
from explorer.data.source.description import TableFormat
from explorer.data.source.guess import Guess, roles_of
from explorer.data.source.guess_work import Question
from explorer.text import md_escape
from explorer.ui.widgets import md

NONE = "none"
_ROLES = {
    "user": ("Users", glossary.ROLE_USER),
    "item": ("Items", glossary.ROLE_ITEM),
    "rating": ("Ratings", glossary.ROLE_RATING),
    "count": ("Counts", glossary.ROLE_COUNT),
    "time": ("Times", glossary.ROLE_TIME),
}
_ITEM_ROLES = {
    "id": ("Ids of items", glossary.ROLE_ID),
    "title": ("Titles", glossary.ROLE_TITLE),
    "year": ("Years", glossary.ROLE_YEAR),
}
_SEPARATORS = {"\t": "tabs", " ": "blanks", ",": "commas", ";": "semicolons"}


def columns_step(guess: Guess, mapped: dict[str, list[str]], answers: dict[str, str], changed: Callable) -> None:
    """Show and correct a guess. `mapped` and `answers` are changed in place, then `changed` is called."""
    who, items = guess.description.interactions, guess.description.items
    taken = roles_of(guess.description)
    st.subheader(md("Interactions: {name}", name=Path(who.files[0]).name), anchor=False)
    st.caption(md("Read as {layout}.", layout=_layout(who.format)))
    offered = [column for preview in guess.previews.values() for column in preview]
    if who.format.form in ("lists", "matrix"):
        st.caption("This layout says by itself what users and items are.")
    else:
        _choices(_ROLES, offered, taken, mapped, changed)
    _preview(guess, who.files[0])
    if items is not None and items.files[0] != who.files[0]:
        st.subheader(md("Items: {name}", name=Path(items.files[0]).name), anchor=False)
        st.caption(md("Read as {layout}.", layout=_layout(items.format)))
    elif items is not None:
        st.subheader("Items: in the same file", anchor=False)
    if items is not None:
        of_items = list(guess.previews.get(items.files[0], {}))
        _choices(_ITEM_ROLES, of_items, taken, mapped, changed)
        _facets(of_items, taken, mapped, changed, guess)
        if items.files[0] != who.files[0]:
            _preview(guess, items.files[0])
    for question in guess.questions:
        _ask(question, guess, answers, changed)
    if guess.noticed:
        st.info("\n".join(f"- {md_escape(sentence)}" for sentence in guess.noticed), icon=":material/info:")


def _choices(roles: dict, offered: list[str], taken: dict, mapped: dict[str, list[str]], changed: Callable) -> None:
    for column, (role, (label, explanation)) in zip(st.columns(len(roles)), roles.items(), strict=True):
        required = role in ("user", "item", "id")
        options = list(dict.fromkeys(offered if required else [NONE, *offered]))
        now = taken[role][0] if taken[role] else NONE
        if now not in options:
            options.insert(0, now)
        key = f"data:role:{role}"
        st.session_state[key] = now
        column.selectbox(
            label,
            options,
            key=key,
            help=explanation,
            on_change=_choose,
            args=(role, key, mapped, changed),
            format_func=lambda name: "–" if name == NONE else name,
        )


def _choose(role: str, key: str, mapped: dict[str, list[str]], changed: Callable) -> None:
    value = st.session_state[key]
    mapped[role] = [] if value == NONE else [value]
    other = {"rating": "count", "count": "rating"}.get(role)
    if other and value != NONE:
        mapped.pop(other, None)
    changed()


def _facets(offered: list[str], taken: dict, mapped: dict[str, list[str]], changed: Callable, guess: Guess) -> None:
    if any(facet.flags for facet in guess.description.facets) and "facet" not in mapped:
        st.caption("Columns of 0 and 1 are read as the values of one facet.")
        return
    key = "data:role:facet"
    st.session_state[key] = [column for column in taken["facet"] if column in offered]

    def choose() -> None:
        mapped["facet"] = list(st.session_state[key])
        changed()

    st.multiselect("Facets", offered, key=key, help=glossary.FACET, on_change=choose, placeholder="none")


def _ask(question: Question, guess: Guess, answers: dict[str, str], changed: Callable) -> None:
    labels = {option.value: option.label for option in question.options}
    key = f"data:answer:{question.key}"
    now = guess.answers.get(question.key, question.suggested)
    st.session_state[key] = now

    def choose() -> None:
        if st.session_state[key] is not None:
            answers[question.key] = st.session_state[key]
        changed()

    st.radio(
        md_escape(question.text),
        list(labels),
        index=None,
        key=key,
        format_func=lambda value: md_escape(labels[value]),
        on_change=choose,
        horizontal=True,
    )
    if now is None:
        st.caption(":material/help: This cannot be guessed; choose one to go on.")


def _preview(guess: Guess, file: str) -> None:
    preview = guess.previews.get(file)
    if preview is not None:
        with st.expander(md("First rows of {name}", name=Path(file).name), expanded=False):
            st.dataframe(preview.astype("string"), hide_index=True, width="stretch")


def _layout(form: TableFormat) -> str:
    if form.form == "parquet":
        return "Parquet"
    if form.form == "jsonl":
        return f"JSON lines in {form.encoding}"
    separator = _SEPARATORS.get(form.separator, f"“{form.separator}”")
    what = {"table": "a table", "lists": "a list of items a line", "matrix": "a row per user and a column per item"}
    header = "with a header" if form.header else "without a header"
    comma = ", decimal commas" if form.decimal == "," else ""
    return f"{what[form.form]} separated by {separator}, {header}, in {form.encoding}{comma}"
