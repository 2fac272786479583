import numpy as np
import pandas as pd

from neurocoord_book.figures import learning as figures
from neurocoord_book.studies import learning as study


def test_over_sessions_draws_means_bands_and_exact_lines():
    rng = np.random.default_rng(0)
    rows = [
        {
            "theory": theory,
            "experiment": k,
            "session": j,
            **dict.fromkeys(figures.PANELS, rng.random()),
        }
        for theory in study.THEORIES
        for k in range(5)
        for j in (1, 2, 3)
    ]
    table = pd.DataFrame(rows)
    exact = table.groupby(["theory", "session"]).mean().reset_index()
    figure = figures.over_sessions(table, exact)
    assert len(figure.axes) == len(figures.PANELS)
    for panel, name in zip(figure.axes, figures.PANELS, strict=True):
        expected = table[table["theory"] == "inference"].groupby("session")[name].mean()
        measured, truth = panel.lines[:2]
        np.testing.assert_allclose(measured.get_ydata(), expected)
        np.testing.assert_allclose(truth.get_ydata(), expected)


def test_rejected_draws_shares_with_wilsons_interval():
    table = pd.DataFrame(
        [
            {"world": world} | dict.fromkeys(study.METHODS, p)
            for world, small in (("inference", 3), (study.NULL, 1))
            for p in [0.01] * small + [0.5] * (4 - small)
        ]
    )
    figure = figures.rejected(table)
    (panel,) = figure.axes
    shares = [container[0].get_xdata() for container in panel.containers]
    np.testing.assert_allclose(shares, [[0.75] * 4, [0.25] * 4])


def test_pairs_draws_every_pair_and_the_mean():
    table = study.pairs(seed=2)
    figure = figures.pairs(table)
    for panel, stage in zip(figure.axes, ("naive", "trained"), strict=True):
        own = table[table["stage"] == stage]
        assert len(panel.collections[0].get_offsets()) == len(own)
        assert panel.lines[0].get_ydata()[0] == own["correlation"].mean()


def test_lab_and_behaviour_draw_what_was_measured():
    rows = [
        {
            "theory": theory,
            "subject": subject,
            "task": "cardinal",
            "session": session,
            "redundancy": session + subject,
            "exact_redundancy": session,
            "bias": 0.0,
            "sensitivity": float(session),
            "threshold": 0.67 / session,
            "exact_threshold": 0.7 / session,
        }
        for theory in study.THEORIES
        for subject in (1, 2)
        for session in (1, 2, 3)
    ]
    table = pd.DataFrame(rows)
    top, bottom = figures.lab(table).axes
    np.testing.assert_allclose(top.lines[0].get_ydata(), [2, 3, 4])
    np.testing.assert_allclose(bottom.lines[1].get_ydata(), [1, 2, 3])
    curve, threshold = figures.behaviour(table, sessions=(1, 3)).axes
    middle = curve.lines[1].get_ydata()[45]
    assert middle == 0.5
    np.testing.assert_allclose(threshold.lines[1].get_ydata(), [0.7, 0.35, 0.7 / 3])
