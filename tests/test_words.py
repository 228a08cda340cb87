"""What users read is in the words of the field: pages, commands, errors, settings, the README and the docs."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "src/explorer/ui").glob("*.py"))]
MODULES = sorted({*PAGES, *(ROOT / "src").rglob("*.py")})
DOCS = [ROOT / "README.md", ROOT / "benchmarks" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
INSTEAD = {
    r"\b(goes|going|gone|went) on with\b|[“\"]Go on\b": "resume",
    r"\btak(e|es|en|ing) in\b|\bhand(ed|s|ing)? (it )?on\b": "import, export, share",
    r"\bpasses over the data\b|\bMost passes\b": "epochs",
    r"\bno accident\b|\bTelling\b": "significant (p < .01)",
    r"\bchance would\b|\bis luck\b|\bluck alone\b": "expected by chance; what chance alone reaches",
    r"(?<!here )\b(is|are|was|were) no (?!longer\b|more\b)[a-z]": "is not a …",
    r"\bhidden (choice|positive)s?\b": "held-out positives",
    r"\b[Ll]east (rating|users|items|purity)\b": "minimum …",
    r"\bKinds? of it\b|\bIs a kind of\b": "parent, child, children",
    r"\b[Nn]eurons alone\b": "rebuilt from neurons",
    r"\bFires too\b|\bIts own, alive\b|\bFire per\b": "parent also fires; live neurons added; active per item (L0)",
    r"\b[Ff]ound again\b|\b[Ll]ikeness\b|\btheir likes\b": "matched, similarity, closest match",
    r"\bMostly because of\b|\bthe price\b|\bWhat the change costs\b": "main reason; effect of the change",
    r"\bMainstream first\b": "popular concepts come first",
    r"\bwithout a word\b|\bNothing was said\b": "it stopped unexpectedly; no output yet",
    r"\b[Ff]itted to\b|\bchosen to fit\b": "default for this data",
    r"\bgive 1 or more\b": "must be at least 1",
    r"\bperson can mend\b": "an error the user can fix",
    r"\bhave a?n?y? ?understood\b|\brecommender understood\b": "learned",
    r"\bNamed ones only\b|\bDraw it by\b": "only neurons with a name; compute UMAP",
    r"\d (per cent|percent)\b|\d[\u00a0\u202f ]%": "4%",
    r"\bp ?[<=] ?0\.0": "p = .03",
}
"""Phrases that users do not read here, as patterns, and what to write instead."""


def docstrings(tree: ast.AST) -> set[int]:
    """Identities of the constants that stand alone as a statement."""
    return {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


@functools.cache
def texts(path: Path) -> list[str]:
    """Every text of a module that may be shown: all but docstrings; of a command its help, too."""
    tree = ast.parse(path.read_text())
    hidden = docstrings(tree)
    found = [
        "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
    ]
    found += [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in hidden
    ]
    if path.parent.name == "cli":
        found.append(ast.get_docstring(tree) or "")
    return found


@pytest.fixture(scope="module")
def shown() -> dict[str, list[str]]:
    """All texts by the file they are in."""
    read = {str(path.relative_to(ROOT)): texts(path) for path in MODULES}
    return read | {str(path.relative_to(ROOT)): path.read_text().splitlines() for path in DOCS}


@pytest.mark.parametrize("phrase", INSTEAD)
def test_texts_are_in_the_words_of_the_field(shown, phrase):
    search = re.compile(phrase).search
    found = [f"{name}: {text!r}" for name, all_texts in shown.items() for text in all_texts if search(text)]
    assert not found, f"write: {INSTEAD[phrase]}"


def test_a_help_text_of_several_sentences_is_one_of_the_glossary():
    """One sentence says what a control does; what a term means has its one place."""
    long = []
    for path in PAGES:
        for node in ast.walk(ast.parse(path.read_text())):
            for keyword in node.keywords if isinstance(node, ast.Call) else ():
                value = keyword.value
                if keyword.arg == "help" and isinstance(value, ast.Constant) and re.search(r"[.!?] [A-Z]", value.value):
                    long.append(f"{path.name}:{value.lineno} {value.value!r}")
    assert not long


def test_no_sentence_of_a_page_has_more_than_25_words():
    too_long = [
        sentence
        for path in PAGES
        for text in texts(path)
        for sentence in re.split(r"(?<=[.!?:;]) |\n", text)
        if len(sentence.split()) > 25
    ]
    assert not too_long
