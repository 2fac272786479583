"""Chapter 4, recomputed with the sampler that it shows, in bare numpy and with few trials."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import special, stats

from neurocoord.information import (
    linear_fisher_information,
    noise_correlations,
    redundancy,
    redundancy_fraction,
    shuffled_information,
)
from neurocoord.sampling import SamplingModel, _gibbs, _model, simulate
from neurocoord.theories import Inference, slope_and_covariance
from neurocoord.world import CARDINAL
from neurocoord_book import claims, reference, results
from neurocoord_book.studies import sampling_runs as runs

PAGE = "04-inference-by-sampling"
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / f"{PAGE}.ipynb"
SAMPLER = ("fields", "fields-all", "priors-code", "units", "bits-code", "category-code")
BLANK, SIGNAL = 240, 120
STORED = 6000
"""Trials without a grating in the stored tables; with each grating there are half as many."""
CARDINAL_WITH, CARDINAL_WITHOUT = "cardinal, feedback 0.08", "cardinal, feedback 0"
ANGLE = 180 / 128 * np.arange(128)
W = np.cos(2 * np.deg2rad(ANGLE))
PLUS, MINUS = np.cos(np.pi / 4) - 1e-9 <= W, np.cos(np.pi / 4) - 1e-9 <= -W


def cells():
    return json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]


def information(low, zero, high):
    """Total and shuffled information of every fourth unit, without bias, by formula."""
    low, zero, high = (one.sum(axis=0)[::4].T for one in (low, zero, high))
    slope = (high.mean(axis=0) - low.mean(axis=0)) / 2
    noise, nu, size = 1 / (2 * len(low)), len(zero) - 1, slope.size
    covariance = np.cov(zero, rowvar=False)
    naive = slope @ np.linalg.solve(covariance, slope)
    total = naive * (nu - size - 1) / nu - size * noise
    shuffled = (slope**2 / np.diag(covariance)).sum() * (nu - 2) / nu - size * noise
    return total, shuffled


@pytest.fixture(scope="module")
def fresh():
    """The sampler of the page: 240 trials of noise and 120 of each grating, for each feedback."""
    rng = np.random.default_rng(44)
    page = {"np": np, "special": special, "rng": rng}
    for cell in cells():
        if cell["id"] in (*SAMPLER, "trial-code", "run-code"):
            exec("".join(cell["source"]), page)
    found = {}
    for feedback in (0.08, 0.0):
        runs_ = []
        for contrast in (page["gratings"][:, [1]], 0.0, page["gratings"][:, [0]]):
            trials = SIGNAL if np.size(contrast) > 1 else BLANK
            images = contrast + rng.standard_normal((1024, trials))
            runs_.append(page["run_trials"](images, feedback))
        found[feedback] = SimpleNamespace(low=runs_[0], zero=runs_[1], high=runs_[2])
    return found


@pytest.fixture(scope="module")
def stored():
    return {name: (one.evidence, one.claim) for name, one in claims.stored().items()}


def error_of(name, quantity, table="population", scale=STORED / BLANK):
    rows = results.read(runs.CAMPAIGN, table).set_index(["condition", "quantity"])
    return float(rows.loc[(name, quantity), "se"]) * np.sqrt(1 + scale)


def agrees(value, evidence, error):
    return abs(value - evidence.value) < 4 * error


def test_noise_follows_the_task(stored):
    """The leading eigenvector of the stored correlations of pairs, in bins of orientation."""
    pairs = results.read(runs.CAMPAIGN, "pairs").set_index("condition")
    middle = np.deg2rad(ANGLE.reshape(16, 8).mean(axis=1))
    cosines = []
    for task, axis in (("cardinal", 0), ("oblique", np.pi / 4)):
        values = pairs.loc[f"{task}, feedback 0.08", "value"].to_numpy().reshape(16, 16)
        mode = np.linalg.eigh((values + values.T) / 2).eigenvectors[:, -1]
        expected = np.cos(2 * (middle - axis))
        cosines.append(abs(mode @ expected) / np.linalg.norm(expected))
    evidence, _ = stored["sampling-noise-follows-task"]
    assert min(cosines) == pytest.approx(evidence.value, abs=0.01)


def test_the_sampler_of_the_page_follows_the_task_only_with_feedback(fresh):
    cosine = {
        feedback: abs(np.linalg.svd(x - x.mean(axis=0))[2][0] @ W) / 8  # |w| is 8
        for feedback, x in ((f, one.zero[0].sum(axis=0).T) for f, one in fresh.items())
    }
    assert cosine[0.08] > 0.85
    assert cosine[0.0] < 0.6


def test_belief_drifts_as_far_without_feedback(fresh, stored):
    last = {f: np.tanh(one.zero[1][90:] / 2) ** 2 for f, one in fresh.items()}
    mean = {f: values.mean() for f, values in last.items()}
    relative = [values.mean(axis=0).std() / np.sqrt(BLANK) / mean[f] for f, values in last.items()]
    evidence, _ = stored["sampling-drift-without-feedback"]
    assert agrees(mean[0.08] / mean[0.0], evidence, np.hypot(*relative))


def test_choice_probability_by_counting_pairs(fresh, stored):
    units, odds = fresh[0.08].zero
    response, chosen = units[:, 0].sum(axis=0), odds[-1] > 0
    value = (response[chosen, None] > response[~chosen]).mean()
    evidence, _ = stored["sampling-choice-probability"]
    assert agrees(value, evidence, error_of(CARDINAL_WITH, "choice probability 0"))


def test_choices_without_feedback(fresh, stored):
    one = fresh[0.0]
    right = 100 * np.mean([one.high[1][-1] > 0, one.low[1][-1] < 0])
    evidence, _ = stored["sampling-chance-without"]
    assert agrees(right, evidence, 100 * np.sqrt(0.25 / (2 * SIGNAL)))
    # Twenty blocks know the binomial error to within a third.
    binomial = 2 * stats.t.ppf(0.975, 19) * 100 * np.sqrt(0.25 / STORED)
    assert evidence.high - evidence.low == pytest.approx(binomial, rel=0.4)


def test_a_linear_reader_without_feedback(stored):
    """Least squares on the categories, which is Fisher's discriminant; other trials and units."""
    rng, model = np.random.default_rng(45), SamplingModel.for_task("cardinal", feedback=0)
    contrast = np.repeat([[6.0, 0.0], [0.0, 6.0]], 500, axis=0)[rng.permutation(1000)]
    response = simulate(model, contrast, rng, dtype=np.float32).response[:, 0, 1::4].astype(float)
    category = np.sign(contrast[:, 0] - contrast[:, 1])
    design = np.column_stack([response, np.ones(1000)])
    weights = np.linalg.lstsq(design[:600], category[:600])[0]
    right = np.mean(np.sign(design[600:] @ weights) == category[600:])
    evidence, _ = stored["sampling-reader-without"]
    share, n = evidence.value, 400
    assert abs(right - share) < 4 * np.sqrt(share * (1 - share) * (1 / n + 1 / 400))
    z = stats.norm.ppf(0.975)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    assert evidence.high - evidence.low == pytest.approx(2 * half, rel=1e-4)


def test_information_with_and_without_feedback(fresh, stored):
    parts = {
        feedback: information(one.low[0], one.zero[0], one.high[0])
        for feedback, one in fresh.items()
    }
    (total, shuffled), (total_0, shuffled_0) = parts[0.08], parts[0.0]
    for name, value, quantity in (
        ("sampling-total-kept", total / total_0, "total information"),
        ("sampling-shuffled-rises", shuffled / shuffled_0, "shuffled information"),
    ):
        evidence, _ = stored[name]
        table = results.read(runs.CAMPAIGN, "population").set_index(["condition", "quantity"])
        relative = [
            error_of(k, quantity) / table.loc[(k, quantity), "value"]
            for k in (CARDINAL_WITH, CARDINAL_WITHOUT)
        ]
        assert agrees(value, evidence, value * np.hypot(*relative))
    rise = (1 - total / shuffled) - (1 - total_0 / shuffled_0)
    reach = [error_of(k, "redundancy fraction") for k in (CARDINAL_WITH, CARDINAL_WITHOUT)]
    assert agrees(rise, stored["sampling-redundancy-rises"][0], np.hypot(*reach))


def test_correlations_within_bins(fresh, stored):
    units = fresh[0.08].zero[0]
    early, late = (np.corrcoef(units[bin_].sum(axis=0)) for bin_ in (slice(10, 20), slice(90, 100)))
    blocks = [early[np.ix_(side, side)] for side in (PLUS, MINUS)]
    same = np.concatenate([block[np.triu_indices_from(block, 1)] for block in blocks]).mean()
    error = error_of(CARDINAL_WITH, "same 1", "time")
    assert agrees(same, stored["sampling-no-correlation-before"][0], error)
    growth = (late - early)[np.ix_(PLUS, MINUS)].mean()
    error = error_of(CARDINAL_WITH, "opposite growth", "time")
    assert agrees(growth, stored["sampling-opposition-waits"][0], error)


@pytest.mark.parametrize(
    ("name", "table", "quantity", "kind"),
    [
        ("sampling-noise-follows-task", "population", "alignment", None),
        ("sampling-choice-probability", "population", "choice probability 0", None),
        ("sampling-no-correlation-before", "time", "same 1", None),
        ("sampling-opposition-waits", "time", "opposite growth", None),
        ("sampling-shuffled-rises", "population", "shuffled information", np.divide),
        ("sampling-total-kept", "population", "total information", np.divide),
        ("sampling-redundancy-rises", "population", "redundancy fraction", np.subtract),
        ("sampling-drift-without-feedback", "time", "belief 9", np.divide),
    ],
)
def test_width_of_intervals(stored, name, table, quantity, kind):
    """From the stored standard errors: of twenty blocks, or of two independent conditions."""
    rows = results.read(runs.CAMPAIGN, table).set_index(["condition", "quantity"])
    with_, without = (rows.loc[(k, quantity)] for k in (CARDINAL_WITH, CARDINAL_WITHOUT))
    evidence, _ = stored[name]
    width = evidence.high - evidence.low
    if kind is None:
        assert width == pytest.approx(2 * stats.t.ppf(0.975, 19) * with_["se"], rel=1e-4)
        return
    rng = np.random.default_rng(1)
    draws = [rng.normal(row["value"], row["se"], 200_000) for row in (with_, without)]
    ends = np.quantile(kind(*draws), [0.025, 0.975])
    assert width == pytest.approx(np.diff(ends)[0], rel=0.03)


def test_every_claim_is_checked_here():
    text = Path(__file__).read_text(encoding="utf-8")
    for claim in claims.claims_of(PAGE):
        assert f'"{claim.id}"' in text


def test_the_table_of_parameters_is_that_of_the_code():
    (table,) = (c for c in cells() if c["id"] == "parameters")
    rows = re.findall(r"^\|(.*)\|(.*)\|(.*)\|$", "".join(table["source"]), re.MULTILINE)
    said = {what.partition(";")[0].strip(): value.strip() for _, what, value in rows}
    model = SamplingModel()
    tasks = " or ".join(f"{axis:g}" for axis in _model.TASKS.values())
    assert said["units"] == str(model.n_units)
    assert said["{term}`bits <bit>`, 0 or 1, with evenly spaced orientations $\\phi_k$"] == str(
        model.n_bits
    )
    assert said["pixels of the image, whose side is one unit of length"] == "32 by 32"
    assert _model.SIDE == 32
    assert said["Gabor pattern of a unit: wavelength"] == f"{_model.WAVELENGTH:g}"
    assert said["its window: spread along the wave, and across it"] == (
        f"{_model.WIDTH:g} and {_model.LENGTH:g}"
    )
    assert said["axis of the {term}`task <task axis>`: cardinal or oblique"] == f"{tasks} degrees"
    assert said["contrast of a grating: its length as a vector of pixels"] == f"{runs.CONTRAST:g}"
    assert said["strength of the feedback: with, or without"] == f"{model.feedback:g} or 0"
    assert said["contrast variable: first value, and standard deviation of a step"] == (
        f"{_gibbs.CONTRAST_START:g} and {_gibbs.CONTRAST_STEP:g}"
    )
    assert said["samples before the belief accumulates"] == str(model.onset)
    assert said["weight of one sample's evidence about the category"] == (
        f"1/{1 / model.evidence_weight:g}"
    )


@pytest.mark.parametrize("expected", ["world", 1.0])
@pytest.mark.parametrize("private", [0.25, 4.0])
@pytest.mark.parametrize("seed", [0, 5])
def test_verdicts_of_the_shortcut_do_not_hang_on_its_parameters(expected, private, seed):
    world = reference.draw_world(seed, private=private)
    w, theory = world.population.pattern(CARDINAL), Inference(feedback=1.0, expected=expected)
    trial = range(1, 11)
    naive, skilled, first, last = (
        slope_and_covariance(theory, world, CARDINAL, part * w, 0.1, noise="zero", frame=frame)
        for part, frame in ((0, trial), (1, trial), (1, 1), (1, 10))
    )
    turned = np.cos(2 * world.population.orientations)
    sides = np.ix_(turned > np.cos(np.pi / 4), turned < -np.cos(np.pi / 4))
    mode = np.linalg.eigh(skilled[1]).eigenvectors[:, -1]
    assert abs(mode @ w) / np.linalg.norm(w) > 0.9
    assert noise_correlations(skilled[1])[sides].mean() < 0
    for measure in (linear_fisher_information, shuffled_information, redundancy_fraction):
        assert measure(*skilled) > measure(*naive)
    assert redundancy(*last) > redundancy(*first)
    assert redundancy_fraction(*last) < redundancy_fraction(*first)
    assert noise_correlations(first[1])[sides].mean() < 0


def test_an_optimal_reader_and_one_neuron():
    """The correlation of a neuron with the best linear estimate is the root of I_i / I."""
    rng = np.random.default_rng(3)
    root = rng.standard_normal((6, 6))
    covariance, slope = root @ root.T, rng.standard_normal(6)
    total = linear_fisher_information(slope, covariance)
    weights = np.linalg.solve(covariance, slope) / total
    spread = np.sqrt(np.diag(covariance))
    correlation = covariance @ weights / spread / np.sqrt(weights @ covariance @ weights)
    np.testing.assert_allclose(abs(correlation), np.sqrt(slope**2 / spread**2 / total))
