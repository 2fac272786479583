import dataclasses

import numpy as np
import pytest

from neurocoord.experiment import Design
from neurocoord.hypotheses import TestResult
from neurocoord.information import linear_fisher_information, shuffled_information
from neurocoord.learning import DeltaRule
from neurocoord.theories import Inference, slope_and_covariance
from neurocoord.world import OBLIQUE
from neurocoord_book.studies import sessions as study

SMALL = Design(
    subjects=1, tasks=("oblique",), sessions=3, neurons=12, tracked=9, trials=90, practice=400
)


def test_what_is_learned_has_the_mean_of_the_delta_rule():
    world = SMALL.draw_world(np.random.default_rng(1))
    pattern, rng = world.population.pattern(OBLIQUE), np.random.default_rng(2)
    paths = np.array([list(study.learned(SMALL, world, OBLIQUE, rng)) for _ in range(400)])
    rule = DeltaRule(SMALL.rate)
    for session in range(SMALL.sessions):
        trials = session * SMALL.practice
        expected = rule.mean(0 * pattern, pattern, SMALL.signals, trials)
        error = paths[:, session].std(axis=0) / np.sqrt(len(paths))
        assert (np.abs(paths[:, session].mean(axis=0) - expected) <= 4.5 * error).all()


def test_a_world_without_learning_stays_naive():
    design = dataclasses.replace(SMALL, rate=0.0)
    world, rng = SMALL.draw_world(np.random.default_rng(1)), np.random.default_rng(2)
    assert not any(w_hat.any() for w_hat in study.learned(design, world, OBLIQUE, rng))


@pytest.mark.parametrize("noise", ["zero", "signal"])
def test_recorded_blocks_estimate_the_exact_information(noise):
    rng = np.random.default_rng(3)
    world = SMALL.draw_world(rng)
    w_hat = 0.7 * world.population.pattern(OBLIQUE)
    neurons = np.array([0, 3, 4, 7, 11])
    slope, covariance = slope_and_covariance(
        Inference(), world, OBLIQUE, w_hat, 0.1, noise=noise, frame=range(1, 11), engagement=0.6
    )
    exact = slope[neurons], covariance[np.ix_(neurons, neurons)]
    found = [
        study.estimate(
            study.record(
                Inference(),
                world,
                OBLIQUE,
                w_hat,
                neurons,
                SMALL,
                rng,
                engagement=0.6,
                trials=120,
                scatter="all",
            ),
            SMALL,
            noise,
        )
        for _ in range(600)
    ]
    for name, truth in (
        ("total", linear_fisher_information(*exact)),
        ("shuffled", shuffled_information(*exact)),
    ):
        values = np.array([getattr(one, name) for one in found])
        assert abs(values.mean() - truth) < 4 * values.std() / np.sqrt(len(values))
    assert found[0].degrees == (119 if noise == "zero" else 238)


def test_curves_are_rows():
    table = study.as_curves([[1.0, 2.0], [3.0, 4.0]], [1, 20])
    assert table["subject"].tolist() == [0, 0, 1, 1]
    assert table["session"].tolist() == [1, 20, 1, 20]
    assert table["value"].tolist() == [1, 2, 3, 4]


def test_tally_counts_by_sign_of_the_significant():
    def found(estimate, p):
        return {("w", "s", "t"): TestResult("t", estimate, -1.0, 1.0, p)}

    studies = [found(1.0, 0.01), found(3.0, 0.2), found(-2.0, 0.04), found(2.0, 0.001)]
    (row,) = study.tally(studies).to_dict("records")
    assert row == {
        "world": "w",
        "setting": "s",
        "test": "t",
        "studies": 4,
        "mean": 1.0,
        "rises": 2,
        "falls": 1,
    }
