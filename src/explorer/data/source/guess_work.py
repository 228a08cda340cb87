"""What every part of a guess works with: samples of the files, what a person said of them, and the questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.data.source.roles import plain_name, role_of
from explorer.data.source.sniff import Sample


@dataclass(frozen=True)
class Option:
    """One answer to a question."""

    value: str
    label: str


@dataclass(frozen=True)
class Question:
    """What the files leave open.

    key: by which it is answered. text: the question. options: its answers. suggested: the likeliest; None: it has to
    be answered.
    """

    key: str
    text: str
    options: tuple[Option, ...]
    suggested: str | None


class Work:
    """One guess, as it is made: the beginnings of all files, what a person said, and what is asked and said."""

    def __init__(self, samples: list[Sample], mapped: Mapping, answers: Mapping, noticed: list[str]):
        self.samples, self.mapped, self.answers, self.noticed = samples, mapped, answers, noticed
        self.questions: list[Question] = []

    def ask(self, key: str, text: str, options: Sequence[tuple[str, str]], suggested: str | None) -> str | None:
        """The answer to a question: a person's, else the suggested one."""
        self.questions.append(Question(key, text, tuple(Option(*option) for option in options), suggested))
        return self.answers.get(key, suggested)

    def named(self, sample: Sample, role: str) -> str | None:
        """The column that a person gave this role, if the file has it."""
        return next((column for column in self.mapped.get(role, ()) if column in sample.table), None)

    def none(self, *roles: str) -> bool:
        """Whether a person said that nothing has one of these roles."""
        return any(role in self.mapped and not self.mapped[role] for role in roles)

    def column(self, sample: Sample, role: str, without: Sequence[str | None] = ()) -> str | None:
        """The column of a role, by what a person says, else by its name."""
        if named := self.named(sample, role):
            return named
        if self.none(role):
            return None
        taken = {column for columns in self.mapped.values() for column in columns} | set(without)
        matching = [c for c in sample.table if role_of(c) == role and c not in taken]
        # `user_id` rather than `user`, `product_id` rather than `product`.
        return next((c for c in matching if plain_name(c).endswith("id")), matching[0] if matching else None)
