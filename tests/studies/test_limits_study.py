"""What chapter 8 computes from its stored studies, and exactly."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from neurocoord.information import (
    linear_fisher_information,
    redundancy,
    shuffled_information,
)
from neurocoord.theories import Inference, slope_and_covariance
from neurocoord.world import CARDINAL, OBLIQUE
from neurocoord_book import results
from neurocoord_book.claims._registry import CHAPTERS
from neurocoord_book.power import share_bound, subjects_needed
from neurocoord_book.studies import (
    apparatus,
    apparatus_runs,
    confound_runs,
    confounding,
    forking,
    mechanisms,
    signatures_runs,
)
from neurocoord_book.studies import limits as study
from neurocoord_book.studies.sessions import estimate, record
from neurocoord_book.tracking import draw_labels

chapter = pytest.mark.xdist_group("08-limits")


@pytest.fixture
def stored(monkeypatch):
    """Small tables in the place of the stored ones."""
    rows = [
        ("a share", "none", "t", 100, 0.1, 5, 3),
        ("a share", "one", "t", 100, 0.2, 30, 0),
        ("a share", "one", "t", 100, 0.4, 50, 0),
        ("a share", "both", "t", 50, 0.9, 50, 0),
    ]
    columns = ["world", "setting", "test", "studies", "mean", "rises", "falls"]
    table = pd.DataFrame(rows, columns=columns)
    monkeypatch.setattr(study, "stored", lambda: table)
    return table


def test_hits_are_counted_over_jobs(stored):
    found = study.hits("a share", "one", "t")
    assert (found.sum(), found.size) == (80, 200)
    assert study.hits("a share", "none", "t", "either").sum() == 8
    assert study.means("a share", "one", "t").tolist() == [0.2, 0.4]
    share, error = study.rate("a share", "one", "t")
    assert (share, error) == (0.4, pytest.approx(np.sqrt(0.4 * 0.6 / 200)))
    with pytest.raises(ValueError, match="nothing stored"):
        study.hits("a share", "three", "t")


@given(st.floats(0, 1))
def test_two_subjects_are_a_mixture_of_what_they_may_be(share):
    rates = {"none": 0.05, "one": 0.4, "both": 1.0}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "rate", lambda world, setting, test: (rates[setting], 0.0))
        found = study.two_subjects("t", share)
    expected = sum(
        (share if a else 1 - share)
        * (share if b else 1 - share)
        * rates[("none", "one", "both")[a + b]]
        for a, b in itertools.product((0, 1), repeat=2)
    )
    assert found == pytest.approx(expected)


def test_the_error_of_a_mixture_adds_in_squares(stored):
    weights = np.array([0.49, 0.42, 0.09])
    errors = [study.rate("a share", name, "t")[1] for name in study.STRATA]
    expected = np.sqrt((weights**2 * np.square(errors)).sum())
    assert study.two_subjects_error("t", 0.3) == pytest.approx(expected)


def test_found_by_most_is_a_quantile_with_its_distribution_free_interval():
    rng, inside = np.random.default_rng(1), 0
    for _ in range(400):
        value, low, high = study.found_by_most(rng.exponential(size=101))
        assert low <= value <= high
        inside += low <= -np.log(0.2) <= high
    assert stats.binomtest(inside, 400, 0.95).pvalue > 1e-3


def test_mean_estimates_have_the_error_between_jobs():
    table = pd.DataFrame(
        {
            "world": "w",
            "setting": "s",
            "test": "t",
            "studies": [10, 10, 10],
            "mean": [1.0, 2.0, 3.0],
            "rises": [10, 10, 10],
            "falls": [0, 0, 0],
        }
    )
    (found,) = study.mean_estimates(table).to_dict("records")
    assert found["se"] == pytest.approx(1 / np.sqrt(3))
    assert (found["value"], found["trials"]) == (2, 30)
    assert study.mean_estimates(table.assign(mean=1.0)).empty


def test_rates_are_compared_exactly(stored):
    """The p value by summing hypergeometric probabilities, written out."""
    fresh = stored.iloc[:1].assign(studies=8, rises=2, falls=0)
    found = study.compare_rates(stored, fresh).set_index("what")
    chances = stats.hypergeom(108, 7, 8).pmf(np.arange(8))
    p = chances[chances <= chances[2] * (1 + 1e-9)].sum()
    assert found.loc["rises", "z"] == pytest.approx(stats.norm.isf(p / 2))
    assert found.loc["falls", "z"] == pytest.approx(0, abs=1e-6)
    with pytest.raises(RuntimeError, match="a share; none; t; rises"):
        study.compare_rates(stored, fresh.assign(rises=8))


def test_two_slopes_are_significant_only_if_they_differ_by_less_than_a_sixth_of_their_mean():
    assert 0.94 / 6 < 2 / stats.t.ppf(0.975, 1) < 1 / 6
    found = [stats.ttest_1samp([1 - x / 2, 1 + x / 2], 0).pvalue < 0.05 for x in (0.155, 0.16)]
    assert found == [True, False]


@chapter
def test_fresh_studies_agree_with_the_stored_ones():
    table = study.agreement(studies=2)
    assert table["z"].abs().max() < 4.5
    assert set(table["world"]) >= {"all", "a share", "none", "drifting array", "inference"}


@chapter
def test_stored_tests_of_one_trend_agree_where_they_must():
    """The power in all sessions, with all trials and with all neurons is that of four subjects."""
    names = ("subjects 4", "sessions 20", "neurons 50")
    for test in ("over sessions", "across subjects"):
        assert len({study.rate("all", name, test) for name in names}) == 1
    curves = study.power_curves().set_index(["axis", "level", "test"])["share"]
    for test in ("over sessions", "across subjects"):
        assert curves["trials", 400, test] == curves["subjects", 4, test]


def test_naive_redundancy_has_the_mean_of_the_formula_written_out():
    nu, g = 99, 2 / (100 * 0.04)
    expected = nu / (nu - 2) * (6 + g * 10) - nu / (nu - 11) * (5 + g * 10)
    assert apparatus.naive_redundancy(5, 6, 10, 100) == pytest.approx(expected)


def test_few_trials_leave_out_what_cannot_be_corrected():
    table = apparatus.few_trials(draws=2, seed=3)
    assert table.groupby("neurons")["trials"].min().to_dict() == {20: 25, 50: 56}
    errors = apparatus.spread(
        pd.DataFrame({"neurons": 2, "trials": 9, "measured": [1.0, 5.0], "exact": [2.0, 2.0]})
    )
    assert errors["error"].item() == pytest.approx(np.sqrt(5))


def test_total_error_is_that_of_simulated_sessions():
    rng = np.random.default_rng(4)
    world = apparatus.DESIGN.draw_world(rng)
    neurons, naive = np.arange(12), np.zeros(world.size)
    total, _ = apparatus.exact_information(world, naive, neurons)
    found = [
        estimate(
            record(Inference(), world, CARDINAL, naive, neurons, apparatus.DESIGN, rng, trials=60),
            apparatus.DESIGN,
        ).total
        for _ in range(1500)
    ]
    assert apparatus.total_error(60, 12, total) == pytest.approx(np.std(found), rel=0.1)


def test_growth_of_the_error_is_that_of_simulated_sessions():
    """Far enough from the end of the correction that simulated errors do not jump."""
    rng = np.random.default_rng(84)
    world = apparatus.DESIGN.draw_world(rng)
    neurons, w = np.arange(apparatus.DESIGN.tracked), world.population.pattern(CARDINAL)
    errors = [
        np.std(
            [
                estimate(
                    record(
                        Inference(), world, CARDINAL, w, neurons, apparatus.DESIGN, rng, trials=n
                    ),
                    apparatus.DESIGN,
                ).total
                for _ in range(800)
            ]
        )
        for n in (100, 300)
    ]
    assert apparatus.growth_of_error(100, 300) == pytest.approx(errors[0] / errors[1], rel=0.12)
    assert apparatus.growth_of_error(54, 300) == np.inf


# ---- Forking -------------------------------------------------------------------------------


def test_one_sided_tests_look_at_the_engaged_trend_at_twice_the_level(monkeypatch):
    table = pd.DataFrame(
        {
            "theory": [forking.NULL] * 3 + ["inference"],
            "engaged_p": [0.04, 0.09, 0.11, 0.01],
            "interaction_p": [0.5, 0.5, 0.01, 0.5],
        }
    )
    monkeypatch.setattr(forking.signatures, "tests", lambda: table)
    assert forking.either_story().tolist() == [True, True, False]


@pytest.fixture
def marks(monkeypatch):
    p = [[0.01, 0.5, 0.6, 0.7], [0.02, 0.5, 0.6, 0.7], [0.04, 0.045, 0.03, 0.02], [0.2] * 4]
    table = pd.DataFrame(p, columns=list(forking.MARKS)).assign(theory=forking.NULL)
    monkeypatch.setattr(forking.signatures, "tests", lambda: table)
    forking.families.cache_clear()
    yield
    forking.families.cache_clear()


def test_families_of_four_by_hand(marks):
    """Holm multiplies the smallest p by 4; Benjamini and Hochberg take the largest p by 1."""
    table = forking.families()
    p_values = forking.signatures.tests()[list(forking.MARKS)].to_numpy()
    assert table["holm"].tolist() == [multipletests(p, method="holm")[0].any() for p in p_values]
    assert table["uncorrected"].tolist() == [True, True, True, False]
    assert table["holm"].tolist() == [True, False, False, False]
    assert table["fdr_bh"].tolist() == [True, False, True, False]


@chapter
def test_four_frames_find_all_four_marks_less_often_than_ten():
    """What chapter 8 says of chapter 7."""
    ten = forking.all_four("inference")
    four = mechanisms.marks().set_index(["model", "mark"]).loc[("inference", "all four"), "share"]
    assert len(ten) == signatures_runs.EXPERIMENTS
    assert four < ten.mean() - 2 * np.sqrt(0.25 / len(ten))


@chapter
def test_specification_curves_are_sorted_by_sign_and_p():
    table = forking.specification_curves()
    for _, own in table.groupby("world"):
        own = own.sort_values("order")
        assert own["order"].tolist() == list(range(1, 97))
        assert (np.diff(own["surety"]) >= 0).all()
        certain = own[own["p"] < 0.01]
        assert (np.sign(certain["surety"]) == np.sign(certain["estimate"])).all()


# ---- Confounds -----------------------------------------------------------------------------


def test_effects_of_confounds_follow_from_their_covariances():
    """Written out with the moments of the naive code: V = Sigma + what each adds."""
    subject = confound_runs.draw_subject(np.random.default_rng(5))
    table = confounding.effects_on(subject).set_index("world")
    naive, window = np.zeros(subject.world.size), range(1, 11)
    slope, covariance = slope_and_covariance(
        Inference(), subject.world, CARDINAL, naive, 0.1, noise="zero", frame=window
    )
    mean = Inference().moments(subject.world, CARDINAL, naive, 0.0, frame=window).mean
    g = confound_runs.GAIN
    added = {
        "gaze": covariance + confound_runs.JITTER**2 * np.outer(slope, slope),
        "arousal": (1 + g**2) * covariance + g**2 * np.outer(mean, mean),
        "other noise": covariance + (10 * g) ** 2 * np.outer(subject.other, subject.other),
    }
    kept = np.ix_(subject.tracked, subject.tracked)
    f = slope[subject.tracked]
    before = redundancy(f, covariance[kept])
    for name, after in added.items():
        row = table.loc[name]
        assert row["redundancy"] == pytest.approx(redundancy(f, after[kept]) - before)
        ratio = shuffled_information(f, after[kept]) / shuffled_information(f, covariance[kept])
        assert row["single"] == pytest.approx(ratio)
        assert row["task"] == 0
        assert row["decision"] == pytest.approx(0, abs=1e-9)
    assert table.loc["inference", "task"] > 0.5


def test_gaze_that_follows_the_task_turns_the_axis():
    (change,) = confounding.gaze_that_follows(populations=1, seed=6)
    rng = np.random.default_rng(6).spawn(1)[0]
    world = confound_runs.draw_subject(rng).world
    w = [world.population.pattern(task) for task in (CARDINAL, OBLIQUE)]
    sigma = Inference().moments(world, CARDINAL, 0 * w[0], 0.0, frame=range(1, 11)).covariance
    index = []
    for own in w:
        jitter = 10 * 0.5 * confound_runs.JITTER * own
        v = [x @ (sigma + np.outer(jitter, jitter)) @ x / (x @ x) for x in w]
        index.append((v[0] - v[1]) / (v[0] + v[1]))
    assert change == pytest.approx(index[0] - index[1])


# ---- Exercises -----------------------------------------------------------------------------


def test_exercise_an_exception():
    assert round(share_bound(3, 4), 3) == 0.249
    assert round(share_bound(2, 2), 3) == 0.224
    assert subjects_needed(0.95) == 59
    assert np.log(0.05) / np.log(0.95) == pytest.approx(58.4, abs=0.05)


def test_exercise_the_same_day():
    """Names wrong in the same way on two days do no harm, on a third they shrink."""
    rng, size, share = np.random.default_rng(7), 400, 0.3
    relevance = rng.gamma(2, size=size)
    before = 0.2 * relevance + 0.1 * rng.standard_normal(size)
    after = 3 * relevance + 0.1 * rng.standard_normal(size)

    def slope(x, y):
        return np.cov(x, y)[0, 1] / x.var(ddof=1)

    found = []
    for _ in range(600):
        day, other = (draw_labels(size, share, rng) for _ in range(2))
        found.append(slope(relevance[day], after[day] - before[other]))
    expected = slope(relevance, after) - (1 - share) ** 2 * slope(relevance, before)
    assert np.mean(found) == pytest.approx(expected, rel=0.01)
    assert np.mean(found) > slope(relevance, after - before)


@given(st.integers(2, 8), st.floats(0.001, 100), st.integers(0, 99))
def test_exercise_the_most_that_jitter_can_do(size, variance, seed):
    rng = np.random.default_rng(seed)
    slope, root = rng.standard_normal(size), rng.standard_normal((size, size))
    covariance = root @ root.T + np.eye(size)
    jittered = covariance + variance * np.outer(slope, slope)
    total = linear_fisher_information(slope, covariance)
    left = linear_fisher_information(slope, jittered)
    assert 1 / left == pytest.approx(1 / total + variance)
    ceiling = shuffled_information(slope, covariance)
    assert shuffled_information(slope, jittered) <= ceiling
    assert redundancy(slope, jittered) < ceiling


def test_the_stored_tables_belong_to_the_chapter():
    assert {"power", "limits"} <= set(results.CAMPAIGNS)
    assert "08-limits" in CHAPTERS
    assert apparatus_runs.THREE_DAYS.tracked == 50


@pytest.mark.parametrize("neurons", [2, 7, 50])
def test_chance_cosine_is_that_of_drawn_directions(neurons):
    drawn = np.random.default_rng(neurons).standard_normal((40_000, neurons))
    cosines = np.abs(drawn[:, 0]) / np.linalg.norm(drawn, axis=1)
    assert confounding.chance_cosine(neurons) == pytest.approx(cosines.mean(), rel=0.02)
    assert confounding.chance_cosine(2) == pytest.approx(2 / np.pi)
