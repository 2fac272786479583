r"""Model recovery: telling from the measures of an experiment which model they come from.

Each model is simulated many times. The measures of its experiments are described by a Gaussian,

.. math:: x \mid m \sim \mathcal N(\mu_m, S_m),

fitted to one half of them; an experiment of the other half is called by the model under which its
measures are most likely, all models being equally probable beforehand. Each experiment is called
once, by models fitted without it.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from neurocoord._checks import finite_array


def classify(
    table: pd.DataFrame, measures: Sequence[str], *, model: str = "model", unit: str = "experiment"
) -> pd.Series:
    """Return the model that each row is called by, from fits to the rows of the other half.

    Parameters
    ----------
    table : DataFrame
        One row an experiment of a model.
    measures : sequence of str
        The columns to go by.
    model, unit : str
        The columns that name the model and number the experiment; even and odd numbers are the
        two halves.

    Returns
    -------
    Series of str
        As the rows of the table.

    Raises
    ------
    ValueError
        If a measure is missing or not finite, or a half has too few experiments of a model for a
        covariance.
    """
    measures = list(measures)
    if missing := [name for name in [*measures, model, unit] if name not in table]:
        raise ValueError(f"the table has no columns {missing}")
    x = finite_array("measures", table[measures], (None, len(measures)))
    half = (table[unit] % 2).to_numpy()
    names = table[model].unique()
    scores = np.full((len(table), names.size), np.nan)
    for held_out in (0, 1):
        rows = half == held_out
        for k, name in enumerate(names):
            known = x[~rows & (table[model] == name).to_numpy()]
            if len(known) < len(measures) + 2:
                raise ValueError(
                    f"{len(known)} experiments of {name!r} to fit {len(measures)} measures: "
                    "simulate more"
                )
            law = stats.multivariate_normal(known.mean(axis=0), np.cov(known.T))
            scores[rows, k] = law.logpdf(x[rows])
    return pd.Series(names[scores.argmax(axis=1)], index=table.index, name="called")


def confusion(true: pd.Series, called: pd.Series) -> pd.DataFrame:
    """Return how often the experiments of each model are called by each.

    Returns
    -------
    DataFrame
        One row a pair of models: ``model``, ``called``, ``rate`` (of the experiments of the
        model), ``se`` (its binomial standard error) and ``count`` (experiments of the model).
    """
    names = list(true.unique())
    counts = pd.crosstab(true, called).reindex(index=names, columns=names, fill_value=0)
    total = counts.sum(axis=1)
    rates = counts.div(total, axis=0).rename_axis("model").reset_index()
    table = rates.melt("model", var_name="called", value_name="rate")
    table["count"] = table["model"].map(total)
    table["se"] = np.sqrt(table["rate"] * (1 - table["rate"]) / table["count"])
    return table[["model", "called", "rate", "se", "count"]]
