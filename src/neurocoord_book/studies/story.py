"""The whole story in one table: sessions by theory by engagement, from the studies of chapter 5."""

import pandas as pd

from neurocoord_book import results
from neurocoord_book.studies._memo import study
from neurocoord_book.studies.learning_runs import CAMPAIGN, TABLES

ENGAGEMENT = ("engaged", "passive")
"""How a block is recorded."""


@study
def story() -> pd.DataFrame:
    """Return skill and redundancy by session, theory and engagement in the stored studies.

    Returns
    -------
    DataFrame
        One row a theory, engagement, experiment and session: ``correct``, the share of right
        choices (of engaged blocks; NaN for passive ones), and ``fraction``, the redundancy
        fraction, each averaged over subjects and tasks; and their exact values ``exact_correct``
        and ``exact_fraction``.
    """
    wide = results.read(CAMPAIGN, "story")
    parts = []
    for theory, name in TABLES.items():
        for engagement in ENGAGEMENT:
            part = wide[["experiment", "session"]].assign(theory=theory, engagement=engagement)
            for kind in ("", "exact_"):
                part[f"{kind}fraction"] = wide[f"{kind}{name}_{engagement}"]
                if engagement == "engaged":
                    part[f"{kind}correct"] = wide[f"{kind}{name}_correct"]
            parts.append(part)
    return pd.concat(parts, ignore_index=True)
