"""What an address asks for is shown, or said to be missing."""

import json

from streamlit.testing.v1 import AppTest

from explorer.ui import address


def page():
    import streamlit as st

    from explorer.ui.address import asked_for, begin_address, keep_address, write_address

    begin_address("this page")
    state, known = st.session_state, ["ann", "bob"]
    user = asked_for("user", lambda text: text if text in known else None)
    if user is not None:
        state["user"] = user
    user = st.selectbox("User", known, key="user")
    keep_address("user", user, "user")
    write_address("this page")


def opened(**parameters: str) -> AppTest:
    at = AppTest.from_function(page)
    for name, value in parameters.items():
        at.query_params[name] = value
    return at.run()


def test_what_the_address_asks_for_is_shown_and_kept_there():
    at = opened(user="bob")
    assert at.selectbox[0].value == "bob"
    assert at.query_params["user"] == "bob"
    at.selectbox[0].set_value("ann").run()
    assert at.query_params["user"] == "ann"
    assert not at.warning


def test_what_is_not_there_is_named_with_what_is_shown_instead_until_something_else_is_chosen():
    at = opened(user="![x](http://host/)")
    assert at.selectbox[0].value == "ann"
    for _ in range(2):
        assert "has no user" in at.warning[0].value
        assert "\\[x\\]" in at.warning[0].value
        assert at.warning[0].value.endswith("Shown instead: user ann.")
        at.run()
    at.selectbox[0].set_value("bob").run()
    assert not at.warning


def test_a_typed_address_counts_again_after_the_page_has_written_its_own():
    at = opened(user="bob")
    at.query_params["user"] = "ann"
    at.run()
    assert at.selectbox[0].value == "ann"


def test_an_address_at_which_the_page_arrives_is_left_as_it_is_and_says_what_is_chosen_later():
    at = opened()
    assert dict(at.query_params) == {}
    at.selectbox[0].set_value("bob").run()
    assert at.query_params["user"] in ("bob", ["bob"])
    del at.query_params["user"]  # Back
    at.run()
    assert at.selectbox[0].value == "ann"
    assert not at.warning


def page_of_two():
    """Shows a user or a person, and says only the one that it shows."""
    import streamlit as st

    from explorer.ui.address import asked_for, begin_address, keep_address, write_address

    begin_address("page of two")
    for name in ("user", "likes"):
        found = asked_for(name, lambda text: text)
        if found is not None:
            st.session_state["kind"] = (name, found)
    kind = st.session_state.get("kind", ("user", "ann"))
    st.button("Other", on_click=lambda: st.session_state.update(kind=("likes", "1,2")))
    for name in ("user", "likes"):
        keep_address(name, kind[1] if kind[0] == name else "", name)
    st.text(" ".join(kind))
    write_address("page of two")


def test_what_is_no_longer_shown_leaves_the_address_and_comes_back_with_it():
    at = AppTest.from_function(page_of_two)
    at.query_params["user"] = "ann"
    at.run()
    at.button[0].click().run()
    assert at.query_params["likes"] in ("1,2", ["1,2"]) and "user" not in at.query_params
    del at.query_params["likes"]
    at.query_params["user"] = "ann"  # Back
    at.run()
    assert at.text[0].value == "user ann" and "likes" not in at.query_params


def quiet_page():
    import streamlit as st

    from explorer.ui.address import all_asked_for, begin_address, show_address, shown_parameters, write_address

    begin_address("quiet page")
    state = st.session_state
    asked = all_asked_for(["a", "b"])
    if asked is not None:
        state["values"] = asked
        state["followed"] = state.get("followed", 0) + 1
        state["b"] = asked.get("b", "")
    show_address({"a": state["values"].get("a", ""), "b": st.text_input("B", key="b")}, quiet=["a", "b"])
    state["link"] = shown_parameters()
    write_address("quiet page")


def told(at) -> str | None:
    """The address that the browser is told to show instead of the one it reports."""
    found = at.get("bidi_component")
    return json.loads(found[0].proto.json)["search"] if found else None


def test_a_quiet_change_is_shown_by_the_browser_and_taken_over_when_it_must_be_there(monkeypatch):
    at = AppTest.from_function(quiet_page)
    at.query_params["a"] = "1"
    at.run()
    assert told(at) is None and at.session_state["followed"] == 1
    at.text_input[0].set_value("x&=").run()
    assert told(at) == "?a=1&b=x%26%3D"
    assert dict(at.query_params) == {"a": "1"}  # Streamlit has not heard of it: that would be a step of Back
    at.run()
    assert told(at) == "?a=1&b=x%26%3D" and at.session_state["followed"] == 1
    monkeypatch.setattr(address, "_SECONDS", 0.0)
    at.text_input[0].set_value("y").run()
    assert at.query_params["b"] == "x&=" and told(at) == "?a=1&b=y"
    at.text_input[0].set_value("").run()
    assert told(at) == "?a=1"
    assert at.session_state["link"] == {"a": "1"}


def test_an_address_without_parameters_that_belong_together_resets_them():
    at = AppTest.from_function(quiet_page)
    at.query_params["a"] = "1"
    at.run()
    del at.query_params["a"]
    at.query_params["c"] = "1"  # Back to an address that does not name them
    at.run()
    assert at.session_state["values"].get("a") is None and at.session_state["followed"] == 2


def test_the_link_of_the_page_itself_which_reports_no_parameters_changes_nothing():
    at = AppTest.from_function(quiet_page)
    at.query_params["a"] = "1"
    at.run()
    at.text_input[0].set_value("x").run()
    del at.query_params["a"]
    at.run()
    assert at.session_state["link"] == {"a": "1", "b": "x"} and at.session_state["followed"] == 1
    assert told(at) == "?a=1&b=x"


def page_that_is_interrupted():
    """Its first run does not come to its end, as when somebody clicks while it is still being drawn."""
    import streamlit as st

    from explorer.ui.address import asked_for, begin_address, keep_address, note_choice, write_address

    begin_address("slow page")
    state = st.session_state
    if asked_for("selection", lambda text: text):
        state["selection"] = "half"

    def clear():
        note_choice()
        state["selection"] = ""

    st.button("Clear", on_click=clear)
    keep_address("selection", state.get("selection", ""), "selection")
    if "begun" not in state:
        state["begun"] = True
        st.stop()
    write_address("slow page")


def test_a_choice_before_the_page_has_run_to_its_end_is_written_into_the_address():
    at = AppTest.from_function(page_that_is_interrupted)
    at.query_params["selection"] = "half"
    at.run()
    at.button[0].click().run()
    assert at.session_state["selection"] == ""
    assert "selection" not in at.query_params
