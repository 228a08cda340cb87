"""What each reviewer has done."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.audit.queue import seconds_each
from explorer.audit.scores import run_score
from explorer.audit.values import TRIAL_KINDS, VERDICTS, Audit, same_reviewer

COLUMNS = (
    "reviewer", "judged", *VERDICTS, "named", "blind", "seconds", "inherited",
    *(f"{kind}{end}" for kind in TRIAL_KINDS for end in ("", "_answers")), "last",
)  # fmt: skip


def reviewer_table(audit: Audit) -> pd.DataFrame:
    """A row per reviewer, in the order of the alphabet.

    `judged` and a column per verdict: neurons; `named`: with a name of their own; `blind`: share of the judgements that
    were given before name and numbers were seen; `seconds`: median time on a neuron; `inherited`: not confirmed yet;
    a column per test with the share of correct decisions, and one with the number of answers; `last`: when they said
    something last.
    """
    rows = []
    for who in audit.reviewers:
        said = [one for one in audit.reviews if same_reviewer(one.reviewer, who)]
        own = [one for one in said if not one.inherited]
        judged = [one for one in own if one.judged]
        tests = {kind: run_score(audit, kind, who) for kind in TRIAL_KINDS}
        times = [one.at for one in (*said, *(one for one in audit.trials if same_reviewer(one.reviewer, who)))]
        rows.append(
            {
                "reviewer": who,
                "judged": len(judged),
                **{verdict: sum(one.verdict == verdict for one in own) for verdict in VERDICTS},
                "named": sum(bool(one.name) for one in own),
                "blind": sum(one.blind for one in judged) / len(judged) if judged else np.nan,
                "seconds": seconds_each(audit, who),
                "inherited": sum(bool(one.inherited) for one in said),
                **{kind: np.nan if found is None else found.share for kind, found in tests.items()},
                **{f"{kind}_answers": 0 if found is None else found.answers for kind, found in tests.items()},
                "last": max(times),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))
