"""Terms are explained in one place, in short sentences, and each explanation is used."""

import copy
import re
from pathlib import Path

import pytest

from explorer import glossary
from explorer.glossary import TERMS, Term

ROOT = Path(__file__).parents[1]
MAX_WORDS = 25
CODE = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "src").rglob("*.py")]


def sentences(term: Term) -> list[str]:
    return re.split(r"(?<=[.!?]) ", f"{term.sentence} {term.details}".strip())


def test_a_term_reads_as_its_explanation_and_formula_and_keeps_its_parts():
    term = Term("Lift", "How many times the base rate.", "More is better.", "a / b")
    assert term == "How many times the base rate. More is better.\n\n`a / b`"
    same = copy.deepcopy(term)
    assert (same.title, same.sentence, same.details, same.formula) == ("Lift", term.sentence, term.details, "a / b")
    assert Term("Dead", "Never fires.") == "Never fires."


def test_no_sentence_is_longer_than_25_words_and_no_term_is_explained_twice():
    too_long = [text for term in TERMS for text in sentences(term) if len(text.split()) > MAX_WORDS]
    assert not too_long
    assert len({term.title for term in TERMS}) == len(TERMS)
    assert all(term.sentence.endswith(".") for term in TERMS)


def test_every_term_is_used_outside_the_glossary():
    code = "".join(path.read_text() for path in CODE if path.name != "glossary.py")
    used = [getattr(glossary, name, None) for name in re.findall(r"glossary\.([A-Z][A-Z0-9_]*)", code)]
    used += [*glossary.BASES.values(), *glossary.ARMS.values()]
    assert not [term.title for term in TERMS if term not in used]


def test_the_page_in_the_docs_is_what_the_command_prints():
    page = (ROOT / "docs" / "glossary.md").read_text()
    assert page.split("\n\n", 2)[2] == glossary.as_markdown() + "\n", (
        "python -m explorer glossary prints the terms of docs/glossary.md"
    )


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("purity", {"Purity@K", "Mean purity@K", "Held-out purity@K", "Held-out purity@10 of a neuron"}),
        ("MUTUAL", {"Mutual"}),
    ],
)
def test_terms_are_found_by_words_of_their_title(words, found):
    assert {term.title for term in glossary.find(words)} == found
    assert glossary.find("no such term") == []
    assert glossary.find("") == list(TERMS)
