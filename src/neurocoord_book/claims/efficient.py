"""The claims of chapter 2, *The standard model: efficient coding*."""

from functools import partial

import numpy as np
import pandas as pd

from neurocoord.gains import boundary_snr, optimal_gain
from neurocoord.plasticity import AntiHebbian
from neurocoord_book.claims._registry import Evidence, above, below, between
from neurocoord_book.claims.evidence import mean_of, share_of
from neurocoord_book.claims.wording import AGREES, FALLS, NEARLY_ALL, RISES, worded
from neurocoord_book.studies import efficient as study
from neurocoord_book.studies import lateral

CHAPTER = "02-efficient-coding"

POPULATIONS = "200 populations"


def _learner(quantity: str) -> Evidence:
    """Return the mean of a late quantity of the learners, relative to its closed form."""
    late = lateral.learner().query("trial == 400")
    return mean_of(late[quantity] / late[f"expected_{quantity}"])


def _whitened() -> pd.Series:
    return study.two_neurons().set_index("stage").loc["whitened"]


def _inhibition(step: int) -> pd.DataFrame:
    return lateral.lateral_inhibition().query("step == @step").set_index("population")


def _left() -> Evidence:
    """Return the part of the total correlation that inhibition leaves after 50 steps."""
    return mean_of(_inhibition(50)["expected_left"] / _inhibition(0)["expected_left"])


def _left_over_floor() -> Evidence:
    """Return what is left late in learning over what fluctuations should leave."""
    late = lateral.lateral_inhibition().query("60 <= step < 100").groupby("population").mean()
    return mean_of(late["left"] / late["floor"])


def _gain_after_task() -> pd.Series:
    return _inhibition(200)["gain"] / _inhibition(100)["gain"]


def _slowest_mode() -> Evidence:
    """Return the measured over the predicted rate of the mode of largest variance."""
    rows = lateral.approach().query("mode == 'largest'")
    before, after = rows["deviation"].iloc[-2:]
    return Evidence(float((1 - after / before) / rows["rate"].iloc[0]))


def _unstable() -> Evidence:
    """Return by how much a small deviation has grown in 100 steps just above the limit."""
    covariance = np.eye(1)
    rate = 1.05 * AntiHebbian(1.0).stability_limit(covariance)
    rule = AntiHebbian(rate)
    lateral_weight = start = np.full((1, 1), 1e-4)
    for _ in range(100):
        lateral_weight = rule.mean_update(lateral_weight, covariance)
    return Evidence(float(abs(lateral_weight / start).item()))


def _power(low: float, high: float, price: float) -> Evidence:
    """Return the exponent of the optimal gain in the variance of the mode, between two SNRs."""
    gains = optimal_gain([low, high], price=price)
    return Evidence(float(np.diff(np.log(gains)).item() / np.log(high / low)))


def _formula() -> Evidence:
    table = study.redundancy_by_gain()
    return Evidence(float(np.abs(table["exact"] - table["by_gain"]).max()))


def _task_variance() -> Evidence:
    """Return the variance along the task axis of the populations of the chapter."""
    return mean_of(study.changes()["task_variance"])


def _changes(column: str, snr: float = study.HIGH_SNR) -> pd.Series:
    return study.changes(snr=snr)[column]


_claim = partial(worded, CHAPTER)

CLAIMS = (
    _claim(
        "learner-mean-exact",
        "The delta rule learns the pattern as its closed form says.",
        "part of the pattern learned after 400 trials, simulated over closed form",
        lambda: _learner("learned"),
        between(0.95, 1.05),
        AGREES,
    ),
    _claim(
        "learner-error-exact",
        "The error that is left fluctuates as the closed form says.",
        "squared error of the pattern after 400 trials, simulated over closed form",
        lambda: _learner("error"),
        between(0.9, 1.1),
        AGREES,
    ),
    _claim(
        "whitening-flips-correlation",
        "Whitening leaves two neurons of one preference a negative noise correlation.",
        "noise correlation of the two neurons after whitening",
        lambda: Evidence(float(_whitened()["given_xy"] / _whitened()["given_xx"])),
        below(0),
        ("negative", "not negative", "perhaps negative"),
    ),
    _claim(
        "optimal-gain-exact",
        "The formula for the optimal gain is what numerical optimisation finds.",
        "largest relative difference over a grid of noises, prices and variances",
        lambda: Evidence(study.formula_error()),
        below(1e-6),
        AGREES,
        1,
    ),
    _claim(
        "gain-whitens-at-last",
        "Where noise is negligible the optimal gain whitens: it goes as c to the power -1/2.",
        "exponent of the gain in the variance of the mode, SNR 10^6 to 10^7, price 0.01",
        lambda: _power(1e6, 1e7, study.PRICE),
        between(-0.51, -0.49),
        ("whitens", "does not whiten", "may whiten"),
    ),
    _claim(
        "gain-half-whitens-between",
        "Where power is cheap and noise is not negligible, the gain goes as c to the power -1/4.",
        "exponent of the gain in the variance of the mode, SNR 100 to 1000, price 10^-8",
        lambda: _power(1e2, 1e3, 1e-8),
        between(-0.26, -0.24),
        ("half as fast", "not half as fast", "perhaps half as fast"),
    ),
    _claim(
        "inhibition-decorrelates",
        "Anti-Hebbian lateral inhibition removes the correlations of the evidence.",
        f"part of the total correlation left after 50 steps, averaged rule, {POPULATIONS}",
        _left,
        below(0.01),
        ("removes", "does not remove", "may remove"),
        1,
    ),
    _claim(
        "inhibition-floor-exact",
        "What learning trial by trial leaves is what fluctuations of the weights should leave.",
        f"total correlation left, simulated over predicted, {POPULATIONS}",
        _left_over_floor,
        between(0.9, 1.1),
        AGREES,
    ),
    _claim(
        "inhibition-slow-mode",
        "Modes of large variance approach their rest at the predicted rate.",
        "rate of the mode of largest variance, measured over predicted",
        _slowest_mode,
        between(0.98, 1.02),
        AGREES,
    ),
    _claim(
        "inhibition-unstable-beyond",
        "Just above the limit of the learning rate, small deviations grow.",
        "growth of a deviation in 100 steps at 1.05 times the limit",
        _unstable,
        above(1),
        ("grow", "do not grow", "may grow"),
    ),
    _claim(
        "inhibition-lowers-task-gain",
        "When a task begins, lateral inhibition learns to attenuate its axis.",
        f"gain along the task axis, 100 steps into the task over before, {POPULATIONS}",
        lambda: mean_of(_gain_after_task()),
        below(1),
        FALLS,
    ),
    _claim(
        "efficient-gain-falls",
        "At high SNR learning lowers the gain of the efficient code along the task axis.",
        f"task-axis gain, trained over naive, SNR {study.HIGH_SNR:g}, {POPULATIONS}",
        lambda: mean_of(_changes("gain")),
        below(1),
        FALLS,
    ),
    _claim(
        "efficient-single-falls",
        "Single neurons become less informative.",
        f"mean information of a neuron, trained over naive, SNR {study.HIGH_SNR:g}, {POPULATIONS}",
        lambda: mean_of(_changes("single")),
        below(1),
        ("less", "not less", "perhaps less"),
    ),
    _claim(
        "efficient-redundancy-falls",
        "The redundancy fraction falls.",
        f"redundancy fraction, trained less naive, SNR {study.HIGH_SNR:g}, {POPULATIONS}",
        lambda: mean_of(_changes("fraction")),
        below(0),
        FALLS,
    ),
    _claim(
        "efficient-synergy",
        "After learning the population is synergistic.",
        f"redundancy fraction of the trained code, SNR {study.HIGH_SNR:g}, {POPULATIONS}",
        lambda: mean_of(_changes("trained_fraction")),
        below(0),
        ("below zero", "not below zero", "perhaps below zero"),
    ),
    _claim(
        "efficient-synergy-everywhere",
        "It does in nearly all populations.",
        "share of populations in which gain, information of a neuron and redundancy all fall, "
        "the last to below zero",
        lambda: share_of(
            (_changes("gain") < 1)
            & (_changes("single") < 1)
            & (_changes("fraction") < 0)
            & (_changes("trained_fraction") < 0)
        ),
        above(0.95),
        NEARLY_ALL,
    ),
    _claim(
        "efficient-information-kept",
        "The population keeps nearly all of its information.",
        f"total information, trained over naive, SNR {study.HIGH_SNR:g}, {POPULATIONS}",
        lambda: mean_of(_changes("total")),
        between(0.9, 1),
        ("loses a little", "does not lose just a little", "may lose a little"),
    ),
    _claim(
        "whitening-lossless",
        "Without output noise it loses nothing at all.",
        "relative change of total information by whitening, no output noise",
        lambda: Evidence(study.lossless()),
        between(-1e-12, 1e-12),
        ("loses nothing", "loses or gains something", "may lose nothing"),
        1,
    ),
    _claim(
        "efficient-alike-falls",
        "Noise correlations fall between neurons that prefer the same category.",
        f"mean noise correlation of such pairs, trained less naive, {POPULATIONS}",
        lambda: mean_of(_changes("alike")),
        below(0),
        FALLS,
        2,
    ),
    _claim(
        "efficient-mean-correlation-blind",
        "The mean noise correlation of all pairs hardly moves.",
        f"mean noise correlation of all pairs, trained less naive, {POPULATIONS}",
        lambda: mean_of(_changes("correlation")),
        between(-0.001, 0.001),
        ("hardly moves", "moves", "may hardly move"),
        1,
    ),
    _claim(
        "redundancy-follows-gain",
        "In a large population the two gains alone give the redundancy fraction.",
        "largest error of the formula, 200 neurons, before, during and after learning",
        _formula,
        below(0.02),
        ("give", "do not give", "may give"),
        2,
    ),
    _claim(
        "efficient-passive-same",
        "The efficient code is the same in passive viewing.",
        "redundancy fraction of the trained code, engaged less passive",
        lambda: Evidence(study.passive_difference()),
        between(-1e-12, 1e-12),
        ("no difference", "a difference", "perhaps no difference"),
        1,
    ),
    _claim(
        "efficient-boundary",
        "The prediction changes sign at an SNR somewhat below one.",
        f"SNR of the boundary, price {study.PRICE:g}, task variance 4 times the background",
        lambda: Evidence(boundary_snr(study.PRICE)),
        between(0.3, 1),
        ("somewhat below one", "not somewhat below one", "perhaps somewhat below one"),
        2,
    ),
    _claim(
        "efficient-turn",
        "For the populations of the chapter as well, it changes sign at an SNR below one.",
        f"SNR at which learning changes nothing, price {study.PRICE:g}, {POPULATIONS}",
        lambda: mean_of(study.turns()["snr"]),
        between(0.3, 1),
        ("below one", "not below one", "perhaps below one"),
        2,
    ),
    _claim(
        "efficient-task-variance",
        "The task axis of the chapter's populations stands out by a factor of a few.",
        f"variance along the trained task axis over the background, {POPULATIONS}",
        _task_variance,
        between(2, 5),
        ("a few", "not a few", "perhaps a few"),
    ),
    _claim(
        "efficient-boundary-cheap",
        "For cheap power the boundary lies at one over the root of the task variance.",
        "SNR of the boundary, price 10^-8, task variance 4 times the background",
        lambda: Evidence(boundary_snr(1e-8)),
        between(0.499, 0.501),
        AGREES,
    ),
    _claim(
        "efficient-boundary-strong-task",
        "For a task axis of larger variance the boundary moves to lower SNR.",
        f"SNR of the boundary, price {study.PRICE:g}, task variance 9 times the background",
        lambda: Evidence(boundary_snr(study.PRICE, task_variance=9.0)),
        below(boundary_snr(study.PRICE)),
        ("lower", "not lower", "perhaps lower"),
    ),
    _claim(
        "efficient-gain-rises-in-noise",
        "At low SNR learning raises the gain of the efficient code along the task axis.",
        f"task-axis gain, trained over naive, SNR {study.LOW_SNR:g}, {POPULATIONS}",
        lambda: mean_of(_changes("gain", study.LOW_SNR)),
        above(1),
        RISES,
    ),
    _claim(
        "efficient-single-rises-in-noise",
        "At low SNR single neurons become more informative.",
        f"mean information of a neuron, trained over naive, SNR {study.LOW_SNR:g}, {POPULATIONS}",
        lambda: mean_of(_changes("single", study.LOW_SNR)),
        above(1),
        ("more", "not more", "perhaps more"),
    ),
    _claim(
        "efficient-redundancy-rises-in-noise",
        "At low SNR the redundancy fraction of the efficient code rises.",
        f"redundancy fraction, trained less naive, SNR {study.LOW_SNR:g}, {POPULATIONS}",
        lambda: mean_of(_changes("fraction", study.LOW_SNR)),
        above(0),
        RISES,
    ),
    _claim(
        "efficient-rises-everywhere-in-noise",
        "It does in nearly all populations.",
        f"share of populations in which gain and redundancy fraction rise, SNR {study.LOW_SNR:g}",
        lambda: share_of(
            (_changes("gain", study.LOW_SNR) > 1) & (_changes("fraction", study.LOW_SNR) > 0)
        ),
        above(0.95),
        NEARLY_ALL,
    ),
)
