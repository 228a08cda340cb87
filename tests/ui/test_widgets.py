"""Texts of data get into labels through one place, and no page can forget it."""

import ast
import re
from pathlib import Path

import pytest

from explorer.text import md_escape
from explorer.ui.widgets import md

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "pages").glob("*.py"), *(ROOT / "src" / "explorer" / "ui").glob("*.py")])
LABELLED = {
    *("title", "header", "subheader", "markdown", "caption", "metric", "button", "download_button", "page_link"),
    *("selectbox", "multiselect", "slider", "select_slider", "text_input", "text_area", "number_input", "toggle"),
    *("checkbox", "radio", "pills", "segmented_control", "file_uploader", "expander", "popover", "tabs"),
    *("info", "warning", "error", "success", "toast", "progress", "spinner"),
}
"""Calls of Streamlit that read their text as Markdown."""
SAFE_CALLS = {"md", "md_escape", "percent", "number", "duration", "bytes_text", "len"}
"""Calls whose result is escaped or a number."""
FROM_DATA = re.compile(r"name|label|user|genre|note|message|error|problem|source|dataset|asked|title|described?\b")
"""What values are called that come from data, files, addresses or other processes."""
OF_OURS = re.compile(r"__name__|chart\.title|PRESETS|nouns\.|glossary\.|measure\(|model\.title|_title\(|^title$")
"""And what is called so but is written in the source."""


def test_whatever_is_put_into_a_text_is_shown_verbatim_and_the_text_around_it_is_markdown():
    hostile = "![a](http://host/x.png)"
    assert md("Delete **{name}**?", name=hostile) == f"Delete **{md_escape(hostile)}**?"
    assert md("{share:.1f} of {n:,}", share=0.25, n=1234) == "0.2 of 1,234"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_label_has_a_value_in_it_that_was_not_escaped(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [found for call in ast.walk(tree) if is_labelled(call) for found in unescaped(call)] == []


def is_labelled(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LABELLED


def unescaped(call: ast.Call) -> list[str]:
    """What f-strings in the first argument or the help of a call put in without escaping."""
    texts = [*call.args[:1], *(word.value for word in call.keywords if word.arg in ("label", "help", "body", "text"))]
    found = [value for text in texts for value in values(text)]
    return [f"line {value.lineno}: {ast.unparse(value.value)}" for value in found if is_from_data(value)]


def values(node: ast.AST):
    """The values that are put into f-strings, but for those inside of a call that escapes."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in SAFE_CALLS:
        return
    if isinstance(node, ast.FormattedValue):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from values(child)


def is_from_data(value: ast.FormattedValue) -> bool:
    if value.format_spec is not None:  # a number
        return False
    if isinstance(value.value, ast.Call) and next(values(ast.Expr(value.value)), None) is None:
        called = value.value.func
        if (getattr(called, "id", None) or getattr(called, "attr", "")) in SAFE_CALLS:
            return False
    written = ast.unparse(value.value)
    return bool(FROM_DATA.search(written)) and not OF_OURS.search(written)
