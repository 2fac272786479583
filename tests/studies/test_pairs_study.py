"""Pairs of neurons: published statistics, and predictions against formulas written by hand."""

import dataclasses
import os
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from neurocoord import recordings
from neurocoord.code import Conditional, Moments, Setting
from neurocoord.experiment import Design
from neurocoord.theories import EfficientCoding, Inference, Theory
from neurocoord.world import OBLIQUE, Population, World
from neurocoord_book.studies import pairs as study

SMALL = Design(
    neurons=9,
    tracked=9,
    trials=40,
    frames=3,
    tasks=("oblique",),
    strengths=(0.0, 0.2),
    measured=(0.2,),
    correlation=0.1,
)


@dataclass(frozen=True)
class OneMode(Theory):
    """A Gaussian theory of known moments: Sigma = D + v w_hat w_hat^T, and f' = w."""

    shared: float = 0.7
    name: ClassVar[str] = "one mode"

    def code(self, at):
        return OneModeCode(at, self.shared)


@dataclass(frozen=True)
class OneModeCode:
    at: Setting
    shared: float

    def moments(self, signal, *, frame=1):
        n, w, v = len(frame), self.at.expected_pattern, self.at.engagement * self.shared
        own = np.diag(np.arange(1.0, w.size + 1))
        mean = n * self.at.world.population.pattern(self.at.task) * signal
        return Moments(mean, n * (own + v * np.outer(w, w)))

    def conditional(self, signal, paths, *, frame=1):
        given = self.moments(signal, frame=frame)
        nothing = np.zeros((len(paths.log_odds), 1))
        still = np.zeros((1, given.mean.size))
        return (Conditional(nothing, given.mean, still, given.covariance),)


def small_world(n=6, **changes):
    return World(Population.draw(n, rng=np.random.default_rng(3), amplitude=1.5), **changes)


def test_shipped_statistics_are_what_the_points_give():
    if not os.environ.get(recordings.MIRROR_VARIABLE):
        pytest.skip(f"{recordings.MIRROR_VARIABLE} names no folder with the recordings")
    shipped, provenance = study.SHIPPED.read()
    assert provenance["sha256"] == recordings.BONDY2018.sha256
    measured = study.published.__wrapped__()
    assert measured.source == "recording"
    assert len(measured.points) == 543
    for name, rows in shipped.items():
        pd.testing.assert_frame_equal(getattr(measured, name), pd.DataFrame(rows), rtol=2e-5)


def test_without_the_points_the_shipped_statistics_serve(monkeypatch, tmp_path):
    monkeypatch.setenv(recordings.MIRROR_VARIABLE, str(tmp_path))
    measured = study.published.__wrapped__()
    assert measured.source == "shipped"
    assert "come with the package" in measured.note
    assert measured.points is None
    assert measured.bins["pairs"].sum() == 543
    row = measured.summary.set_index("quantity").loc["Pearson r"]
    # Fisher: atanh r has standard error 1 / sqrt(n - 3).
    reach = stats.norm.ppf(0.975) / np.sqrt(540)
    assert np.arctanh(row["high"]) - np.arctanh(row["low"]) == pytest.approx(2 * reach, rel=1e-4)


def test_statistics_of_points_on_a_noisy_line():
    rng = np.random.default_rng(1)
    x = rng.normal(size=4000)
    y = 0.3 + 0.5 * x + 0.02 * rng.normal(size=4000)
    table = pd.DataFrame({"product": x, "correlation": y})
    tables = study.derive(pd.concat([table, table[:500]]), resamples=200)
    rows = pd.DataFrame(tables["summary"]).set_index("quantity")
    assert rows.loc["pairs", "value"] == 4500
    assert rows.loc["slope", "low"] < 0.5 < rows.loc["slope", "high"]
    # Standard error of a slope: noise over root n times the spread of x.
    width = 2 * 1.96 * 0.02 / np.sqrt(4500)
    assert rows.loc["slope", "high"] - rows.loc["slope", "low"] == pytest.approx(width, rel=0.1)
    assert rows.loc["fewest trials", "value"] == pytest.approx(1 / 0.02**2, rel=0.05)
    once = stats.pearsonr(table["product"], table["correlation"]).statistic
    assert rows.loc["Pearson r of distinct points", "value"] == pytest.approx(once, rel=1e-5)
    assert rows.loc["rank correlation", "low"] < rows.loc["rank correlation", "value"]


def test_bins_hold_equally_many_pairs():
    table = pd.DataFrame({"product": [3.0, 1, 2, 4], "correlation": [0.3, 0.0, 0.2, 0.5]})
    bins = study.binned(table, 2)
    assert bins["product"].tolist() == [1.5, 3.5]
    assert bins["correlation"].tolist() == pytest.approx([0.1, 0.4])
    assert bins["se"].tolist() == pytest.approx([0.1, 0.1])  # half the distance of two values
    assert bins["pairs"].tolist() == [2, 2]


def test_pairs_of_one_shared_mode():
    world, s, n = small_world(), 0.3, 4
    table = study.predicted(
        OneMode(), world, task=OBLIQUE, learned=0.6, engagement=0.5, signal=s, frames=n
    )
    assert len(table) == 15
    true, v = world.population.pattern(OBLIQUE), 0.35
    w = 0.6 * true
    for row in table.itertuples():
        i, j = row.first, row.second
        root = np.sqrt((i + 1 + v * w[i] ** 2) * (j + 1 + v * w[j] ** 2))
        assert row.correlation == pytest.approx(v * w[i] * w[j] / root)
        # Counts over n frames: mean n w s, variance n times that of a frame.
        assert row.product == pytest.approx(4 * s**2 * n * true[i] * true[j] / root)


@pytest.mark.parametrize("engagement", [1.0, 0.4])
def test_pairs_of_inference_in_one_frame(engagement):
    # With uncorrelated evidence Q a = w_hat, and all that is shared lies along w.
    world = small_world(tau=1.3, sigma=0.8, correlation=0.0, baseline=3.0, fano=0.5)
    w, learned, s = world.population.pattern(OBLIQUE), 0.7, 0.25
    table = study.predicted(
        Inference(),
        world,
        task=OBLIQUE,
        learned=learned,
        engagement=engagement,
        signal=s,
        frames=1,
    )
    variance = 1.3**2 + 0.8**2
    k0 = 1.3**2 / variance
    g = (1 - k0) * engagement
    spread = learned**2 * w @ w / variance  # variance of the log odds
    step = learned * w @ w * s / variance  # their mean at signal s

    def mean(function, centre):
        density = stats.norm(centre, np.sqrt(spread)).pdf
        reach = 12 * np.sqrt(spread)
        return integrate.quad(lambda L: function(L) * density(L), centre - reach, centre + reach)[0]

    doubt = mean(lambda L: 1 - np.tanh(L) ** 2, 0.0)
    shared = learned**2 * g**2 + 2 * learned**2 * k0 * g * doubt
    own = k0**2 * variance + k0 * 0.8**2 + 1.5
    drive = k0 * s + g * learned * mean(np.tanh, step)
    for row in table.itertuples():
        a, b = w[row.first], w[row.second]
        root = np.sqrt((own + shared * a**2) * (own + shared * b**2))
        assert row.correlation == pytest.approx(shared * a * b / root, rel=1e-6)
        assert row.product == pytest.approx(4 * drive**2 * a * b / root, rel=1e-6)


def test_a_finite_recording_has_the_error_of_a_sample_correlation():
    world, rng = small_world(), np.random.default_rng(8)
    exact = study.predicted(OneMode(), world, frames=2)
    drawn = [study.predicted(OneMode(), world, frames=2, trials=60, rng=rng) for _ in range(800)]
    for table in drawn[:3]:
        np.testing.assert_array_equal(table["product"], exact["product"])
    # Fisher: atanh of a sample correlation has standard error 1 / sqrt(T - 3).
    z = np.arctanh([table["correlation"] for table in drawn])
    z -= np.arctanh(exact["correlation"].to_numpy())
    np.testing.assert_allclose(z.std(axis=0), 1 / np.sqrt(57), rtol=0.1)
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=0.03)


@pytest.mark.parametrize("theory", [Inference(), EfficientCoding()])
def test_a_finite_recording_of_a_theory_approaches_its_exact_correlations(theory):
    world, rng = small_world(correlation=0.3), np.random.default_rng(9)
    exact = study.predicted(theory, world, frames=3)
    drawn = study.predicted(theory, world, frames=3, trials=200_000, rng=rng)
    np.testing.assert_allclose(drawn["correlation"], exact["correlation"], atol=5 / 200_000**0.5)


def test_relation_over_populations_is_that_of_each_condition():
    table = study.predicted_relation.__wrapped__(
        Inference(), design=SMALL, populations=3, seed=5
    ).set_index(["population", "subject", "block"])
    assert len(table) == 12
    world = SMALL.draw_world(np.random.default_rng(np.random.SeedSequence(5).spawn(3)[2]))
    for (subject, learned), (block, c) in [
        (x, y) for x in study.SUBJECTS.items() for y in study.BLOCKS.items()
    ]:
        found = study.predicted(
            Inference(), world, task=OBLIQUE, learned=learned, engagement=c, signal=0.2, frames=3
        )
        x, y = found["product"], found["correlation"]
        row = table.loc[(2, subject, block)]
        assert row["pearson"] == pytest.approx(np.corrcoef(x, y)[0, 1])
        slope, intercept = np.polyfit(x, y, 1)
        assert row["slope"] == pytest.approx(slope)
        assert row["rank"] == pytest.approx(np.corrcoef(x.rank(), y.rank())[0, 1])
        residual = y - intercept - slope * x
        assert row["scatter"] == pytest.approx(np.sqrt((residual**2).sum() / (len(x) - 2)))


def test_what_is_not_engaged_or_not_learned_is_not_in_the_pairs():
    table = study.predicted_relation.__wrapped__(Inference(), design=SMALL, populations=2)
    wide = table.pivot_table(index="population", columns=["subject", "block"], values="slope")
    naive = wide["naive", "engaged"]
    np.testing.assert_allclose(wide["trained", "passive"], naive)
    assert (wide["trained", "engaged"] > naive).all()


def test_bins_of_a_theory_pool_its_populations():
    table = study.predicted_bins.__wrapped__(OneMode(), design=SMALL, populations=4, groups=3)
    assert set(table["theory"]) == {"one mode"}
    assert table.groupby(["subject", "block"])["pairs"].sum().tolist() == [4 * 36] * 4
    alone = study.predicted_bins.__wrapped__(OneMode(), design=SMALL, populations=4, groups=1)
    pooled = table.groupby(["subject", "block"])["correlation"].mean()
    np.testing.assert_allclose(alone.set_index(["subject", "block"])["correlation"], pooled)


def test_pairs_that_share_neurons_tell_less_than_as_many_independent_ones():
    # As many pairs as were published, in one population: r varies beyond Fisher's standard error.
    design = dataclasses.replace(Design(), neurons=33, tracked=33)
    table = study.predicted_relation.__wrapped__(
        Inference(), design=design, populations=60, trials=400
    )
    trained = table[(table["subject"] == "trained") & (table["block"] == "engaged")]
    fisher = 1 / np.sqrt(33 * 32 / 2 - 3)
    assert np.arctanh(trained["pearson"]).std() > 2 * fisher


def test_bad_requests_say_what_is_wrong():
    world = small_world()
    with pytest.raises(ValueError, match="learned must lie between 0 and 1"):
        study.predicted(OneMode(), world, learned=1.2)
    with pytest.raises(ValueError, match="give rng with trials"):
        study.predicted(OneMode(), world, trials=50)
    with pytest.raises(ValueError, match="trials must be a whole number of at least 3"):
        study.predicted(OneMode(), world, trials=2, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="populations"):
        study.predicted_relation.__wrapped__(OneMode(), populations=0)
