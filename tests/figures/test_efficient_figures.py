import numpy as np
import pandas as pd

from neurocoord_book.figures import efficient as figures
from neurocoord_book.studies import efficient as study


def test_learning_draws_the_means_of_the_table():
    table = pd.DataFrame(
        {
            "amount": [0.0, 0.0, 1.0, 1.0],
            "gain_ratio": [1.0, 1.0, 0.6, 0.8],
            "single_ratio": [1.0, 1.0, 0.5, 0.4],
            "total_ratio": [1.0, 1.0, 0.9, 1.0],
            "fraction": [0.1, 0.2, -0.5, -0.6],
        }
    )
    figure = figures.learning(table)
    means = table.groupby("amount").mean()
    for panel, column in zip(figure.axes, figures.PREDICTIONS, strict=True):
        np.testing.assert_allclose(panel.lines[0].get_ydata(), means[column])


def test_two_neurons_draws_ellipses_of_the_covariances():
    table = study.two_neurons(correlation=0.3)
    figure = figures.two_neurons(table)
    for panel, row in zip(figure.axes, table.itertuples(), strict=True):
        ensemble, low, high = panel.patches
        np.testing.assert_allclose(ensemble.width / 2, np.sqrt(row.ensemble_xx + row.ensemble_xy))
        for ellipse, sign in ((low, -1), (high, 1)):
            np.testing.assert_allclose(ellipse.center, 2 * [sign * row.slope])
            np.testing.assert_allclose(ellipse.width / 2, np.sqrt(row.given_xx + row.given_xy))
            np.testing.assert_allclose(ellipse.height / 2, np.sqrt(row.given_xx - row.given_xy))


def test_phase_diagram_shows_amplification_and_attenuation_on_the_right_sides():
    table = pd.DataFrame(
        {"snr": [0.1, 10.0] * 2, "price": [0.01, 0.01, 0.1, 0.1], "ratio": [2, 0.5, np.inf, 0.25]}
    )
    boundary = pd.DataFrame({"price": [0.01, 0.1], "snr": [1.0, 2.0]})
    panel = figures.phase_diagram(table, boundary).axes[0]
    drawn = panel.collections[0].get_array().reshape(2, 2)
    np.testing.assert_allclose(drawn, [[1, -1], [2, -2]])
    np.testing.assert_array_equal(panel.lines[0].get_xdata(), boundary["snr"])
