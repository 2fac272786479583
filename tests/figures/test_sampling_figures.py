import numpy as np

from neurocoord_book.figures import sampling as figures
from neurocoord_book.studies import sampling as study
from neurocoord_book.studies import sampling_runs as runs


def test_matrices_show_the_pairs_of_each_condition_in_place():
    pairs = study.stored("pairs")
    figure = figures.matrices(pairs)
    shown = [panel.images[0].get_array() for panel in figure.axes[:4]]
    oblique = pairs[pairs["condition"] == study.condition_name("oblique", study.WITH)]
    cell = oblique.set_index("quantity").loc["3 12", "value"]
    np.testing.assert_allclose(shown[1][3, 12], cell)
    np.testing.assert_allclose(shown[1], shown[1].T, atol=1e-5)


def test_strength_draws_shuffled_above_total():
    population = study.stored("population")
    top, bottom = figures.strength(population).axes
    rows = population.query("condition == 'strength' and quantity == 'total information'")
    # Error bars keep their data as objects.
    shuffled, total = (bars.lines[0].get_ydata().astype(float) for bars in top.containers)
    np.testing.assert_allclose(total, rows["value"])
    assert (shuffled > total).all()
    assert bottom.containers[0].lines[0].get_ydata()[0] < 55


def test_within_trial_draws_every_bin():
    figure = figures.within_trial(study.stored("time"))
    for panel in figure.axes:
        for container in panel.containers:
            assert len(container.lines[0].get_xdata()) == runs.TIME_BINS
