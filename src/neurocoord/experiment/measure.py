"""What is measured in one block of trials, and its exact counterpart."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from scipy.special import ndtr

from neurocoord._checks import Array
from neurocoord.code import Frame, as_window
from neurocoord.experiment.behaviour import Behaviour, expected_behaviour
from neurocoord.experiment.design import Design
from neurocoord.experiment.draw import Block, Drawn, by_statistics, by_trials
from neurocoord.information import (
    differential_variance,
    linear_fisher_information,
    moments_of,
    noise_correlations,
    single_neuron_information,
)
from neurocoord.information.estimates import SampleMoments
from neurocoord.theories import slope_and_covariance

Level = Literal["session", "neuron", "trial"]
Row = dict[str, object]
"""Some rows of a table that belong together: columns of equal length, or constants."""


def measure(
    design: Design, block: Block, drawn: dict[float, Drawn], *, level: Level, exact: bool
) -> Iterator[Row]:
    """Yield what the responses of a block show, a window and a strength at a time."""
    common = {
        "trials": design.trials,
        "neurons": block.tracked.size,
        "learned": _learned(block),
    }
    for k, window in enumerate(design.measured_windows):
        frames = as_window(window)
        label = f"{frames[0]}-{frames[-1]}" if len(frames) > 1 else f"{frames[0]}"
        for strength in design.measured:
            where = {"window": label, "frame": frames[-1], "signal": strength, **common}
            if level == "trial":
                yield where | _trials(drawn, k, strength, block)
                continue
            sample = moments_of(
                drawn[-strength].statistics[k],
                drawn[strength].statistics[k],
                2 * strength,
                drawn[0.0].statistics[k] if design.noise == "zero" else None,
            )
            kept = block.tracked[sample.kept]
            w = block.world.population.pattern(block.task)[kept]
            row = _session(sample, w) if level == "session" else _neurons(sample, w, kept)
            if exact:
                row |= exactly(_moments(design, block, kept, window, strength, level))
            yield where | row


def draw(design: Design, block: Block, rng: np.random.Generator) -> dict[float, Drawn]:
    """Draw the trials at zero signal and at the measured strengths, by either route."""
    shared = {"trials": design.trials, "frames": design.frames, "rng": rng}
    drawn = {}
    for signal in _signals(design):
        scatter = (signal == 0) == (design.noise == "zero")
        if design.route == "statistics":
            drawn[signal] = by_statistics(
                block, signal, design.measured_windows, scatter=scatter, **shared
            )
        else:
            drawn[signal] = by_trials(
                block,
                signal,
                design.measured_windows,
                scatter=scatter,
                poisson=design.counts == "poisson",
                **shared,
            )
    return drawn


def _signals(design: Design) -> Sequence[float]:
    """Return the signals whose responses are needed."""
    return [0.0, *(sign * s for s in design.measured for sign in (-1, 1))]


def _learned(block: Block) -> float:
    """Return the part of the pattern w that is in w_hat: 0 for the naive, 1 for the perfect."""
    w = block.world.population.pattern(block.task)
    return float(block.expected_pattern @ w / (w @ w))


def choices(
    design: Design, block: Block, drawn: dict[float, Drawn], rng: np.random.Generator
) -> list[int]:
    """Return how many choices were for s = +1 at each signal of the design."""
    curve = behaviour_of(design, block)
    # Where responses were drawn the choice follows from the same evidence.
    return [
        drawn[s].positive
        if s in drawn
        else rng.binomial(design.trials, ndtr(curve.sensitivity * s))
        for s in design.signals
    ]


def behaviour_of(design: Design, block: Block) -> Behaviour:
    """Return the exact behaviour of an engaged block."""
    return expected_behaviour(
        block.world,
        block.task,
        block.expected_pattern,
        design.signals,
        frames=design.frames,
        decision_noise=design.decision_noise,
    )


def exactly(values: dict[str, object]) -> Row:
    """Name exact values after what they are the truth of."""
    return {f"exact_{name}": value for name, value in values.items()}


def _weighted(information: Array, w: Array) -> float:
    """Return the mean weighted by relevance w_i^2."""
    return float(np.average(information, weights=w**2))


def _session(sample: SampleMoments, w: Array) -> Row:
    """Return the measures of a session."""
    estimate, single = sample.estimate(), sample.single_neurons()
    return {
        "total": estimate.total,
        "shuffled": estimate.shuffled,
        "redundancy": estimate.redundancy,
        "redundancy_fraction": estimate.redundancy_fraction,
        "single": float(single.mean()),
        "single_relevant": _weighted(single, w),
        "correlation": sample.mean_correlation(),
        "differential": sample.differential_variance(),
    }


def _neurons(sample: SampleMoments, w: Array, kept: Array) -> Row:
    """Return the measures of each neuron."""
    return {
        "neuron": kept,
        "pattern": w,
        "slope": sample.slope * sample.scale,
        "variance": sample.scale**2,
        "information": sample.single_neurons(),
    }


def _moments(
    design: Design, block: Block, kept: Array, window: Frame, strength: float, level: Level
) -> Row:
    """Return what `_session` or `_neurons` estimates, from the exact moments."""
    slope, covariance = slope_and_covariance(
        block.theory,
        block.world,
        block.task,
        block.expected_pattern,
        strength,
        noise=design.noise,
        frame=window,
        **block.common,
    )
    slope, covariance = slope[kept], covariance[np.ix_(kept, kept)]
    single = single_neuron_information(slope, covariance)
    if level == "neuron":
        return {"slope": slope, "variance": np.diag(covariance), "information": single}
    total, shuffled = linear_fisher_information(slope, covariance), float(single.sum())
    correlations = noise_correlations(covariance)
    return {
        "total": total,
        "shuffled": shuffled,
        "redundancy": shuffled - total,
        "redundancy_fraction": 1 - total / shuffled,
        "single": float(single.mean()),
        "single_relevant": _weighted(single, block.world.population.pattern(block.task)[kept]),
        "correlation": float(correlations[np.triu_indices(kept.size, 1)].mean()),
        "differential": differential_variance(slope, covariance),
    }


def _trials(drawn: dict[float, Drawn], window: int, strength: float, block: Block) -> Row:
    """Return single responses, trial by trial, at zero and at one strength."""
    signals = [-strength, 0.0, strength]
    responses = np.stack([drawn[s].responses[window] for s in signals])
    shape = responses.shape
    choices = np.stack([drawn[s].choices for s in signals])
    return {
        "stimulus": np.broadcast_to(np.array(signals)[:, None, None], shape).ravel(),
        "trial": np.broadcast_to(np.arange(shape[1])[:, None], shape).ravel(),
        "choice": np.broadcast_to(choices[:, :, None], shape).ravel(),
        "neuron": np.broadcast_to(block.tracked, shape).ravel(),
        "response": responses.ravel(),
    }
