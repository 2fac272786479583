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

from neurocoord._checks import columns, finite_array, instance, several


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
        If a measure is missing or not finite, one is a combination of others within a model, an
        experiment is not numbered by a whole number, or a half has too few experiments of a model
        for a covariance.
    """
    measures = [instance("each of measures", name, str) for name in several("measures", measures)]
    for name, column in (("model", model), ("unit", unit)):
        if instance(name, column, str) in measures:
            raise ValueError(f"{name} cannot be {column!r}: that is one of the measures")
    data = columns(table, [*measures, model, unit])
    x = np.column_stack([finite_array(name, data[name], (None,)) for name in measures])
    number = finite_array(unit, data[unit], (None,))
    if (number % 1 != 0).any():
        raise ValueError(f"{unit} must number the experiments by whole numbers")
    half = number % 2
    names = data[model].unique()
    scores = np.full((len(table), names.size), np.nan)
    for held_out in (0, 1):
        rows = half == held_out
        for k, name in enumerate(names):
            known = x[~rows & (data[model] == name).to_numpy()]
            if len(known) < len(measures) + 2:
                raise ValueError(
                    f"{len(known)} experiments of {name!r} to fit {len(measures)} measures: "
                    "simulate more"
                )
            spread = np.cov(known.T).reshape(len(measures), -1)
            if np.linalg.matrix_rank(spread, hermitian=True) < len(measures):
                raise ValueError(
                    f"measures {measures} of {name!r}: one is constant or a combination of others; "
                    "leave it out"
                )
            law = stats.multivariate_normal(known.mean(axis=0), spread)
            scores[rows, k] = law.logpdf(x[rows])
    return pd.Series(names[scores.argmax(axis=1)], index=table.index, name="called")


def confusion(true: pd.Series, called: pd.Series) -> pd.DataFrame:
    """Return how often the experiments of each model are called by each.

    Parameters
    ----------
    true, called : Series
        The model of each experiment and what `classify` calls it, row by row.

    Returns
    -------
    DataFrame
        One row a pair of models: ``model``, ``called``, ``rate`` (of the experiments of the
        model), ``se`` (its binomial standard error) and ``count`` (experiments of the model).

    Raises
    ------
    ValueError
        If the two do not have the same rows, a name is missing, or one is called that is no model.
    """
    for name, series in (("true", true), ("called", called)):
        if instance(name, series, pd.Series).empty or series.isna().any():
            raise ValueError(f"{name} must have a name in each row, and one row at least")
    if true.index.has_duplicates or not true.index.equals(called.index):
        raise ValueError("true and called must have the same index, each row once")
    names = list(true.unique())
    if strange := sorted(set(called.unique()) - set(names), key=str):
        raise ValueError(f"called names what is no model: {strange}")
    counts = pd.crosstab(true, called).reindex(index=names, columns=names, fill_value=0)
    total = counts.sum(axis=1)
    rates = counts.div(total, axis=0).rename_axis("model").reset_index()
    table = rates.melt("model", var_name="called", value_name="rate")
    table["count"] = table["model"].map(total)
    table["se"] = np.sqrt(table["rate"] * (1 - table["rate"]) / table["count"])
    return table[["model", "called", "rate", "se", "count"]]
