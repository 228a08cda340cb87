"""What a page's address asks for, `?run=demo&neuron=17`: followed once, kept in step with what is shown, and never
silently ignored.

An address at which a page arrives is followed and left as it is, also where it says less than the page shows: Streamlit
can only add to the browser's history, and each addition is one more press of Back. What it left open is remembered, so
that Back shows the same again. The address is written when something else is chosen on the page.

Widgets are not bound to the address by Streamlit: a bound one forbids to change page with other parameters, Back
resets it, and a value that is not there vanishes before anybody can say so.

Where every release of a slider would be one more press of Back, the address is replaced instead (`show_address`).
Streamlit cannot do that, so a component of ours does it in the browser. Streamlit's own part of the browser does not
notice, and reports the address before; so the next run writes the same address once more, which it then finds there
and takes over without adding to the history.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar
from urllib.parse import urlencode

import streamlit as st

from explorer.text import md_escape

Value = TypeVar("Value")
EVERYWHERE = ("dataset", "run")
"""Parameters that all pages share."""
_MAX_QUOTE = 60
_MAX_REMEMBERED = 500
_HERE = "_address"
"""In the session: the page and the parameters of the address."""
_NEW = "_address_new"
"""In the session: whether the page has not yet run to its end at this address."""
_FOLLOWED = "_address_followed"
"""In the session: the parameters of this address that have been followed."""
_SHOWN = "_address_shown"
"""In the session: what this run of the page has shown so far, by name of the parameter."""
_REMEMBERED = "_addresses"
"""In the session: what was shown when a page arrived at an address that does not say all of it."""
_PAGES = "_address_of_page"
"""In the session: the parameters with which each page was last shown."""
_QUIET = "_address_quiet"
"""In the session: names of parameters whose change adds no step of Back."""
_REPLACED = "_address_replaced"
"""In the session: the parameters that the browser was told to show instead of those it reports, and when."""
_CHOSEN = "_address_chosen"
"""In the session: whether this run of the page was asked for by a choice on it."""
_SECONDS = 1.0
"""After which the browser is sure to show what it was told to."""
_RUNNING = "_address_running"
"""In the session: whether the whole page is running, and not only a fragment of it."""
_replace = st.components.v2.component(
    "explorer_address",
    html="<span></span>",
    # A run that is drawn again must not bring an older address back.
    js="""export default function ({ data }) {
  if (data.at <= (window.explorerAddress ?? 0)) return;
  window.explorerAddress = data.at;
  const wanted = location.pathname + data.search;
  if (location.pathname + location.search !== wanted) history.replaceState(history.state, "", wanted);
}""",
)


def asked_for(name: str, find: Callable[[str], Value | None], key: str | None = None) -> Value | None:
    """The value that a new address asks for by `?name=`; None if it asks for nothing or for what is not there.

    find: the value of a text in the address; None if there is none of it.
    key: of the session's choice, which an address that asks for nothing resets to the page's default.
    """
    state = st.session_state
    if name in state[_FOLLOWED]:
        return None
    state[_FOLLOWED].add(name)
    state.pop(_missing(name), None)
    text = st.query_params.get(name)
    if text is None:
        text = state.get(_REMEMBERED, {}).get(state[_HERE], {}).get(name) or None
    if text is None:
        if key is not None and _REMEMBERED in state:  # else nothing was chosen yet in this session
            state.pop(key, None)
        return None
    value = find(text)
    if value is None:
        state[_missing(name)] = (text, None)
    return value


def all_asked_for(names: Iterable[str]) -> dict[str, str] | None:
    """What a new address says of several parameters that belong together, those that it does not name left out; None if
    it has been followed before."""
    names, state = list(names), st.session_state
    if state[_FOLLOWED].issuperset(names):
        return None
    state[_FOLLOWED].update(names)
    said = {**state.get(_REMEMBERED, {}).get(state[_HERE], {}), **st.query_params.to_dict()}
    return {name: said[name] for name in names if said.get(name)}


def show_address(parameters: Mapping[str, str], quiet: Iterable[str] = ()) -> None:
    """The address is to say these too, nothing where it is to be without one. In a fragment that runs by itself it says
    so at once.

    quiet: those whose change adds no step of Back.
    """
    state = st.session_state
    state.setdefault(_SHOWN, {}).update(parameters)
    state.setdefault(_QUIET, set()).update(quiet)
    if not state.get(_RUNNING):
        _take_over(state["_page"])
        write_address(state["_page"])


def keep_address(name: str, shown: str, noun: str, missing: str = "This run has no {noun} “{asked}”.") -> None:
    """`?name=` is to say what is shown. If something else was asked for that is not there, say so until another one
    is chosen.

    shown: as it stands in the address; nothing where the address is to be without it.
    noun: what it is, as in `user`.
    missing: the sentence about what is not there.
    """
    state = st.session_state
    asked, instead = state.get(_missing(name), (None, None))
    if asked is not None and instead in (None, shown):
        state[_missing(name)] = (asked, shown)
        quoted = asked if len(asked) <= _MAX_QUOTE else asked[:_MAX_QUOTE] + "…"
        sentence = missing.format(noun=noun, asked=md_escape(quoted))
        instead = f" Shown instead: {noun} {md_escape(shown)}." if shown else ""
        st.warning(f"{sentence}{instead}", icon=":material/link_off:")
    else:
        state.pop(_missing(name), None)
    state.setdefault(_SHOWN, {})[name] = shown


def note_choice() -> None:
    """As a widget's callback, or in one: this run was asked for by a choice on the page. Of two quick ones the second
    still reports the address from before the first, and is not to be taken for a press of Back."""
    st.session_state[_CHOSEN] = True


def begin_address(page: str) -> None:
    """Before a page runs: where it is, and that it has shown nothing yet."""
    state, here = st.session_state, _address(page, _reported(page))
    chosen = state.pop(_CHOSEN, False) and state.get(_HERE, ("",))[0] == page
    if chosen:
        state[_NEW] = False  # also if the choice came before the page had run to its end: it is to be written
    if chosen and not state.get(_REPLACED):
        state[_HERE] = here
    if state.get(_HERE) != here:
        state.update({_HERE: here, _NEW: True, _FOLLOWED: set(), _REPLACED: None})
    _take_over(page)
    state.update({_SHOWN: {}, _RUNNING: True})


def write_address(page: str) -> None:
    """After a page ran: remember what it shows, and write it into the address if something else was chosen there. All
    is written at once, so that it is one step of Back."""
    state, now = st.session_state, _reported(page)
    state[_RUNNING] = False
    shown, here, remembered = state[_SHOWN], state[_HERE], state.setdefault(_REMEMBERED, {})
    state.setdefault(_PAGES, {})[page] = shown
    if state[_NEW]:
        state[_NEW] = False
        remembered.pop(here, None)
        if not _says(now, shown):
            remembered[here] = dict(shown)  # a fragment goes on with what is shown
            if len(remembered) > _MAX_REMEMBERED:
                remembered.pop(next(iter(remembered)))
        return
    replaced, at = state.get(_REPLACED) or (None, 0.0)
    told = remembered.get(here, now) if replaced is None else replaced
    if _says(told, shown):
        if replaced is not None:  # again, as it may have gone before the browser drew it
            _show_instead(replaced, at)
        return
    wanted = {name: value for name, value in {**now, **shown}.items() if value or name not in shown}
    if all(name in state.get(_QUIET, ()) or told.get(name, "") == value for name, value in shown.items()):
        _show_instead(wanted, time.time())
    else:
        st.query_params.from_dict(wanted)
        state.update({_HERE: _address(page, wanted), _REPLACED: None})


def _show_instead(parameters: dict[str, str], at: float) -> None:
    """Have the browser show another address in place of this one."""
    st.session_state[_REPLACED] = parameters, at
    search = f"?{urlencode(parameters)}" if parameters else ""
    with st.container(key="address-bar"):
        _replace(key="address-bar-component", data={"search": search, "at": at})


def _take_over(page: str) -> None:
    """What the browser was told to show is its address from now on. Too early, and it would be a step of Back."""
    state = st.session_state
    parameters, at = state.get(_REPLACED) or (None, 0.0)
    if parameters is not None and time.time() - at > _SECONDS:
        st.query_params.from_dict(parameters)
        state.get(_REMEMBERED, {}).pop(state[_HERE], None)  # no step of Back leads there any more
        state.update({_HERE: _address(page, parameters), _REPLACED: None})


def shown_parameters() -> dict[str, str]:
    """The parameters of a link to what is shown now, the run included, whatever the address says of it."""
    return {name: value for name, value in st.session_state.get(_SHOWN, {}).items() if value}


def parameters_of(page: str, **new: str) -> dict[str, str]:
    """The parameters of a link to a page: what it last showed of the run that is shown now, except for what is new."""
    now = {name: value for name, value in st.session_state.get(_SHOWN, {}).items() if name in EVERYWHERE}
    last = st.session_state.get(_PAGES, {}).get(page, {})
    own = {name: value for name, value in last.items() if value and name not in EVERYWHERE}
    return {**now, **(own if last.get("run") == now.get("run") else {}), **new}


def _says(parameters: Mapping[str, str], shown: Mapping[str, str]) -> bool:
    """Whether an address with these parameters tells all that is shown."""
    return all(parameters.get(name, "") == value for name, value in shown.items())


def _reported(page: str) -> dict[str, str]:
    """The parameters of the address. A click on the page's own link reports none and leaves the address as it is, so a
    bare address at which the page never arrived is that of before."""
    state, parameters = st.session_state, st.query_params.to_dict()
    last_page, last = state.get(_HERE, ("", ()))
    if not parameters and last_page == page and _address(page, {}) not in state.get(_REMEMBERED, {}):
        return dict(last)
    return parameters


def _address(page: str, parameters: dict[str, str]) -> tuple:
    return page, tuple(sorted(parameters.items()))


def _missing(name: str) -> str:
    return f"_{name}_missing"
