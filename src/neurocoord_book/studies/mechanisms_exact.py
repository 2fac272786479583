"""What chapter 7 computes exactly: mechanisms without feedback against inference."""

from types import MappingProxyType

import numpy as np
import pandas as pd

from neurocoord._checks import Array, whole
from neurocoord.code import Setting
from neurocoord.experiment import Design
from neurocoord.information import (
    linear_fisher_information,
    noise_correlations,
    redundancy,
    shuffled_information,
)
from neurocoord.plasticity import lateral_weights, plain_hebb_limit, static_circuit
from neurocoord.theories import (
    EfficientCoding,
    GatedCircuit,
    Inference,
    LocalCircuit,
    SharedGain,
    SlowGatedCircuit,
    StaticInference,
    Theory,
    slope_and_covariance,
)
from neurocoord.world import CARDINAL, World
from neurocoord_book.studies._memo import study
from neurocoord_book.studies.mechanisms_match import solve, targets
from neurocoord_book.studies.pairs import predicted_bins

WEEKS = Design()
"""The experiment of the chapters before: where worlds and frames come from."""

THRESHOLD, STRONG = 0.1, 0.5
"""Signals near threshold, and strong ones."""

PLAIN_BACKGROUND = 0.2
"""kappa v of the plain rule in `plasticity`."""

CIRCUITS: MappingProxyType[str, Theory] = MappingProxyType(
    {
        theory.name: theory
        for theory in (Inference(), LocalCircuit(), GatedCircuit(), SlowGatedCircuit())
    }
)
"""Inference, and the circuits matched to it."""


def worlds(count: int, seed: int) -> list[World]:
    """Return worlds of the default experiment, each with a population of its own."""
    children = np.random.SeedSequence(seed).spawn(whole("count", count))
    return [WEEKS.draw_world(np.random.default_rng(child)) for child in children]


# ---- Static measurements -------------------------------------------------------------------


@study
def courses(*, populations: int = 40, seed: int = 72) -> pd.DataFrame:
    """Return what whole trials show while the pattern is learned, exactly, by mechanism.

    Returns
    -------
    DataFrame
        ``theory``, ``population``, ``learned`` (part of the pattern), ``total``, ``shuffled``,
        ``redundancy``, and ``evidence``, the information that the evidence holds.
    """
    rows = []
    for number, world in enumerate(worlds(populations, seed)):
        w = world.population.pattern(CARDINAL)
        evidence = WEEKS.frames * float(w @ np.linalg.solve(world.evidence_cov, w))
        for name, theory in CIRCUITS.items():
            for learned in (0.0, 0.25, 0.5, 0.75, 1.0):
                total, shuffled = _informations(theory, world, learned * w)
                rows.append(
                    {
                        "theory": name,
                        "population": number,
                        "learned": learned,
                        "total": total,
                        "shuffled": shuffled,
                        "redundancy": shuffled - total,
                        "evidence": evidence,
                    }
                )
    return pd.DataFrame(rows)


def _informations(theory: Theory, world: World, w_hat: Array) -> tuple[float, float]:
    """Return total and shuffled information of whole trials, as the experiment measures them."""
    moments = _whole_trials(theory, world, w_hat)
    return linear_fisher_information(*moments), shuffled_information(*moments)


def _whole_trials(theory: Theory, world: World, w_hat: Array) -> tuple[Array, Array]:
    """Return f' and Sigma of counts of whole trials, engaged, near threshold."""
    window = range(1, WEEKS.frames + 1)
    return slope_and_covariance(
        theory, world, CARDINAL, w_hat, THRESHOLD, noise="zero", frame=window
    )


@study
def late_frame(*, populations: int = 40, seed: int = 72) -> pd.Series:
    """Return what the last frame tells near threshold, over the evidence of one frame.

    Returns
    -------
    Series
        By population: exact total information of the last frame of a skilled and engaged subject
        under inference, over :math:`w^T Q^{-1} w`.
    """
    ratios = []
    for world in worlds(populations, seed):
        w = world.population.pattern(CARDINAL)
        moments = slope_and_covariance(
            Inference(), world, CARDINAL, w, THRESHOLD, frame=WEEKS.frames
        )
        evidence = float(w @ np.linalg.solve(world.evidence_cov, w))
        ratios.append(linear_fisher_information(*moments) / evidence)
    return pd.Series(ratios)


@study
def gain_correlation(*, seed: int = 72) -> float:
    """Return the exact mean noise correlation of whole trials under shared gain, when passive."""
    (world,) = worlds(1, seed)
    window = range(1, WEEKS.frames + 1)
    moments = SharedGain().moments(
        world, CARDINAL, np.zeros(world.size), 0.0, frame=window, engagement=0.0
    )
    return float(noise_correlations(moments.covariance)[np.triu_indices(world.size, 1)].mean())


@study
def strong_trials(*, populations: int = 40, seed: int = 72) -> pd.DataFrame:
    """Return the exact redundancy of whole trials at a strong signal, Sigma from these trials.

    Returns
    -------
    DataFrame
        One row a population, one column a theory of `CIRCUITS`; skilled and engaged subjects.
    """
    window = range(1, WEEKS.frames + 1)
    rows = []
    for world in worlds(populations, seed):
        w = world.population.pattern(CARDINAL)
        rows.append(
            {
                name: redundancy(
                    *slope_and_covariance(theory, world, CARDINAL, w, STRONG, frame=window)
                )
                for name, theory in CIRCUITS.items()
            }
        )
    return pd.DataFrame(rows)


@study
def coincidence(*, populations: int = 20, seed: int = 73) -> pd.DataFrame:
    """Return how far circuits without feedback are from the f' and Sigma of inference.

    Returns
    -------
    DataFrame
        One row a population: ``any circuit``, the largest error of f' and Sigma of the circuit
        that `neurocoord.plasticity.static_circuit` constructs, relative to their largest entries;
        ``loop``, the same of the code that its lateral weights settle to; ``matched``, the same of
        a local circuit that is matched to this population, in a world without limited-range
        correlations; and ``default``, the error of its redundancy under the default local circuit,
        relative to that under inference.
    """
    rows = []
    n = WEEKS.frames
    for world in worlds(populations, seed):
        w = world.population.pattern(CARDINAL)
        slope, covariance = _whole_trials(Inference(), world, w)
        Q = n * world.evidence_cov
        code, noise = static_circuit(slope, covariance, n * w, Q)
        loop = world.bottom_up_gain * np.linalg.inv(
            np.eye(w.size) - lateral_weights(code, world.bottom_up_gain)
        )
        plain = World(
            world.population,
            signal_sd=world.signal_sd,
            baseline=world.baseline,
            correlation=0.0,
        )
        own = solve(targets(WEEKS, [plain]), LocalCircuit)
        truth, found = (_informations(t, world, w) for t in (Inference(), LocalCircuit()))
        rows.append(
            {
                "any circuit": _error(
                    (slope, covariance), (n * code @ w, code @ Q @ code.T + noise)
                ),
                "loop": float(np.abs(loop - code).max() / np.abs(code).max()),
                "matched": _error(
                    _whole_trials(Inference(), plain, w), _whole_trials(own, plain, w)
                ),
                "default": (found[1] - found[0]) / (truth[1] - truth[0]) - 1,
            }
        )
    return pd.DataFrame(rows)


def _error(truth: tuple[Array, Array], found: tuple[Array, Array]) -> float:
    """Return the largest error of two arrays, each relative to its largest entry."""
    return max(
        float(np.abs(a - b).max() / np.abs(a).max()) for a, b in zip(truth, found, strict=True)
    )


@study
def plasticity(*, points: int = 60) -> pd.DataFrame:
    r"""Return the gain that Hebbian rules come to rest at, over the variance of what is learned.

    Returns
    -------
    DataFrame
        ``rule``: "bounded" (`Hebbian` with the default of `LocalCircuit`), or "plain"
        (`plain_hebb_limit`, with :math:`\kappa v` = 0.2); ``excess``, S in units of the variance v
        without a task; ``gain``, :math:`1 / (1 - \rho)`.
    """
    circuit, background = LocalCircuit(), PLAIN_BACKGROUND
    v = WEEKS.tau**2 + WEEKS.sigma**2
    excess = np.linspace(0, 2, points)
    bounded = circuit.strength * excess * v / (excess * v + circuit.half)
    # Where the plain rule rests, kappa c = (rho + kappa v) (1 - rho)^2, up to its limit.
    _, top = plain_hebb_limit(background)
    rho = np.linspace(0, 1 - 1 / top, points)
    drive = (rho + background) * (1 - rho) ** 2
    tables = [
        pd.DataFrame({"rule": "bounded", "excess": excess, "gain": 1 / (1 - bounded)}),
        pd.DataFrame({"rule": "plain", "excess": drive / background - 1, "gain": 1 / (1 - rho)}),
    ]
    return pd.concat(tables, ignore_index=True)


# ---- Time within the trial -----------------------------------------------------------------


@study
def frames(*, populations: int = 40, seed: int = 74) -> pd.DataFrame:
    """Return the exact redundancy of single frames in skilled, engaged subjects, by mechanism.

    Returns
    -------
    DataFrame
        ``theory``, ``population``, ``strength``, ``frame``, ``redundancy``.
    """
    rows = []
    for number, world in enumerate(worlds(populations, seed)):
        w = world.population.pattern(CARDINAL)
        for name, theory in CIRCUITS.items():
            for strength in (THRESHOLD, STRONG):
                for frame in (1, 2, 3, 5, 7, 10):
                    moments = slope_and_covariance(
                        theory, world, CARDINAL, w, strength, frame=frame
                    )
                    value = shuffled_information(*moments) - linear_fisher_information(*moments)
                    where = {"theory": name, "population": number, "strength": strength}
                    rows.append(where | {"frame": frame, "redundancy": value})
    return pd.DataFrame(rows)


@study
def wiener_error(*, populations: int = 20, seed: int = 73) -> float:
    r"""Return how far a local circuit of the posterior's strength is from the Wiener filter.

    That is, with :math:`\rho_{\max} = 1 - k_0` and :math:`h = \tau^2`, at half of the pattern and
    at all of it: the largest difference of the codes, relative to the largest entry.
    """
    worst = 0.0
    for world in worlds(populations, seed):
        k0 = world.bottom_up_gain
        circuit = LocalCircuit(strength=1 - k0, half=world.tau**2, inner=0.0)
        for learned in (0.5, 1.0):
            w_hat = learned * world.population.pattern(CARDINAL)
            at = Setting(world, CARDINAL, w_hat)
            code, wiener = circuit.code(at).matrix, StaticInference().code(at).matrix
            worst = max(worst, float(np.abs(code - wiener).max() / np.abs(wiener).max()))
    return worst


PAIR_THEORIES = MappingProxyType(
    {
        "inference": Inference(),
        "local": LocalCircuit(),
        "gain": SharedGain(),
        "efficient": EfficientCoding(),
    }
)
"""The theories whose pairs of neurons are compared with published ones."""

PAIR_TRIALS = 400
"""Trials of a simulated recording in that comparison."""


@study
def pair_predictions() -> pd.DataFrame:
    """Return `pairs.predicted_bins` of the `PAIR_THEORIES`, of finite recordings."""
    tables = [predicted_bins(theory, trials=PAIR_TRIALS) for theory in PAIR_THEORIES.values()]
    return pd.concat(tables, ignore_index=True)
