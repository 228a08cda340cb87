"""What tests say of neurons, in few words."""

from __future__ import annotations

from explorer.audit import Audit, Resolution, Review, Trial


def audit_of(*verdicts: str, **more) -> Audit:
    """An audit with a row of verdicts per reviewer, neuron 0 first: `r` real, `p` partly, `n` not, `s` skip, `.`
    nothing. Reviewers are Ann, Bob, Cy."""
    meant = {"r": "real", "p": "partly", "n": "not", "s": "skip"}
    reviews = [
        Review(neuron, who, meant[letter])
        for who, row in zip(("Ann", "Bob", "Cy"), verdicts, strict=False)
        for neuron, letter in enumerate(row)
        if letter in meant
    ]
    return Audit(tuple(sorted(reviews, key=lambda one: one.neuron)), **more)


def resolved(neuron: int, verdict: str | None, who: str = "Ann") -> Resolution:
    return Resolution(neuron, verdict, reviewer=who)


def intruder_trial(neuron: int, correct: bool, who: str = "Ann") -> Trial:
    answer = (5,) if correct else (0,)
    return Trial(neuron, who, "intruder", 0, tuple(range(6)), answer, (5,), int(correct), 1, 1 / 6)


def forward_trial(neuron: int, answer: str, who: str = "Ann") -> Trial:
    """`answer`: digits of the items that were chosen; 0 to 4 are right."""
    chosen, right = {int(digit) for digit in answer}, set(range(5))
    correct = sum((item in chosen) == (item in right) for item in range(10))
    return Trial(
        neuron, who, "forward", 0, tuple(range(10)), tuple(sorted(chosen)), tuple(sorted(right)), correct, 10, 0.5
    )
