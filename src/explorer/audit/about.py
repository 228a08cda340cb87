"""What each thing of an audit is, by the name that it has in the code."""

from __future__ import annotations

from explorer import glossary

ABOUT = {
    "confirmed": glossary.CONFIRMED,
    "confidence": glossary.REVIEW_CONFIDENCE,
    "queue": glossary.QUEUE_ORDER,
    "random": glossary.RANDOM_SAMPLE,
    "intruder": glossary.INTRUDER_TEST,
    "forward": glossary.FORWARD_TEST,
    "score": glossary.TEST_SCORE,
    "correlation": glossary.HUMAN_CORRELATION,
    "share": glossary.REVIEWERS_AGREE,
    "Cohen": glossary.KAPPA,
    "Fleiss": glossary.FLEISS,
    "alpha": glossary.ALPHA,
    "inherited": glossary.INHERITED,
}
"""The last ones of agreement by the names of `Agreement`."""
