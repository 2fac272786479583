import numpy as np
import pytest

from neurocoord.information import Statistics, moments_of
from neurocoord_book.recorded import Recorded, regress_out, select


@pytest.fixture(scope="module")
def trials():
    rng = np.random.default_rng(1)
    root = rng.standard_normal((5, 5))
    return [rng.standard_normal((60, 5)) @ root + shift for shift in (0.0, 0.2, 0.5)]


def of(trials):
    return Recorded(*map(Statistics.of, trials))


def test_selected_channels_have_the_statistics_of_their_trials(trials):
    found = select(of(trials), [3, 0])
    for one, group in zip(found, trials, strict=True):
        expected = Statistics.of(group[:, [3, 0]])
        np.testing.assert_allclose(one.mean, expected.mean)
        np.testing.assert_allclose(one.scatter, expected.scatter)


@pytest.mark.parametrize(
    ("weights", "kept"), [([0, 0, 0, 0, 1], range(4)), ([0.25] * 4 + [0], range(3))]
)
def test_regressing_statistics_is_regressing_trials(trials, weights, kept):
    """Least squares on the zero-signal trials, written with numpy's own solver."""
    found = regress_out(of(trials), np.array(weights), list(kept))
    x = [group @ weights for group in trials]
    design = np.column_stack([np.ones(60), x[1]])
    beta = np.linalg.lstsq(design, trials[1], rcond=None)[0][1]
    for name, own, along in zip(("low", "zero", "high"), trials, x, strict=True):
        left = (own - np.outer(along, beta))[:, list(kept)]
        one = getattr(found, name)
        np.testing.assert_allclose(one.mean, left.mean(axis=0))
        if name == "zero":
            np.testing.assert_allclose(one.scatter, Statistics.of(left).scatter, atol=1e-9)
            assert one.count - 1 == 58  # residuals of a line: two degrees of freedom are gone


def test_a_scatter_after_regression_is_unbiased_by_its_degrees_of_freedom():
    """The residual covariance given the covariate, over many small sessions."""
    rng = np.random.default_rng(2)
    covariance = np.array([[2.0, 0.5, 0.8], [0.5, 1.0, -0.3], [0.8, -0.3, 1.5]])
    root = np.linalg.cholesky(covariance)
    total = np.zeros((2, 2))
    for _ in range(4000):
        session = [Statistics.of(rng.standard_normal((8, 3)) @ root.T) for _ in range(3)]
        zero = regress_out(Recorded(*session), np.array([0, 0, 1.0]), [0, 1]).zero
        total += zero.scatter / (zero.count - 1) / 4000
    coupling = covariance[:2, 2]
    expected = covariance[:2, :2] - np.outer(coupling, coupling) / covariance[2, 2]
    np.testing.assert_allclose(total, expected, atol=0.06)


def test_regressed_statistics_serve_the_estimators(trials):
    found = regress_out(of(trials), np.array([0, 0, 0, 0, 1.0]), range(4))
    assert moments_of(found.low, found.high, 0.4, found.zero).degrees == 58


def test_a_covariate_that_never_varies_explains_nothing(trials):
    with pytest.raises(ValueError, match="never varies"):
        regress_out(of(trials), np.zeros(5), range(4))
    silent = [np.where(np.arange(5) == 4, 1.0, group) for group in trials]
    with pytest.raises(ValueError, match="never varies"):
        regress_out(of(silent), np.array([0, 0, 0, 0, 1.0]), range(4))
