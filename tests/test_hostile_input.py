"""Every public function of the library, each parameter in turn with hostile input.

A call is refused by a `ValueError` that names the parameter, or gives what the clean call gives.
The functions are found by looking into the modules: one without an example here fails a test.
"""

import dataclasses
import functools
import importlib
import inspect
import os
import pkgutil
import shutil
import tempfile
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import neurocoord
from neurocoord import (
    campaigns,
    code,
    experiment,
    information,
    learning,
    plasticity,
    sampling,
    theories,
    world,
)
from neurocoord.experiment import behaviour
from neurocoord.recordings import BONDY2018, Session
from neurocoord.theories import Inference

NO_LIBRARY = {"__main__", "claims", "figures", "studies", "results", "reproducibility", "tables"}
"""What only the book needs."""

MADE_BY_THE_LIBRARY = {
    "BeliefMoments",
    "Conditional",
    "Moments",
    "Paths",
    "Equivalence",
    "InformationEstimate",
    "Interval",
    "Recording",
    "SampledTrials",
    "Session",
    "Statistics",
    "TestResult",
    "Behaviour",
    "RecordingUnavailableError",
}
"""Classes that only hold what was found: functions check them where they take them."""

RNG = np.random.default_rng(0)
TRIALS = RNG.normal(size=(30, 4))
SLOPE = np.array([0.5, -1.0, 2.0])
COVARIANCE = np.array([[1.0, 0.2, 0.1], [0.2, 2.0, -0.3], [0.1, -0.3, 1.5]])
ONE = information.Statistics.of(TRIALS)
OTHER = information.Statistics.of(TRIALS[::-1] * 1.1)
WORLD = world.World(world.Population.draw(3, rng=np.random.default_rng(1)))
W = WORLD.population.pattern(world.CARDINAL)
RULE = learning.DeltaRule(0.3)
LEVELS = np.array([-1.0, 0.3, 1.0])
DESIGN = experiment.Design(
    subjects=1, tasks=("cardinal",), sessions=1, trials=20, neurons=5, tracked=4, practice=5,
    frames=2,
)  # fmt: skip
MODEL = sampling.SamplingModel(n_units=4, n_bits=3)
TABLE = pd.DataFrame(
    {
        "subject": np.repeat([1, 2], 8),
        "task": np.tile(np.repeat(["a", "b"], 4), 2),
        "session": np.tile([1, 2, 3, 4], 4),
        "m": RNG.normal(size=16),
    }
)
BLOCKS = pd.concat([TABLE.assign(engagement=c) for c in (1.0, 0.0)], ignore_index=True)
AT = code.Setting(WORLD, world.CARDINAL, W, 0.7, W[None, ::-1])
CODE = code.Code(
    AT, 0.5, np.eye(3)[:, :2], np.array([0.4, 0.6]), np.array([0.1, 0.2]), 0.1, 0.5, 0.2, W, 0.3,
    0.1, W[None],
)  # fmt: skip
FOLDER = Path(tempfile.gettempdir()) / f"hostile-input-{os.getpid()}"

SESSION = Session(
    "a", "b", np.array([0.01, 0.2]), np.array([5.0, 15.0, 25.0]), np.ones((2, 2, 3, 4), np.uint8)
)


def seeded():
    return np.random.default_rng(5)


def paths():
    return code.draw_paths(WORLD, world.CARDINAL, W, 0.2, trials=4, frames=3, rng=seeded())


def throw(dice, *, rng):
    return {"sums": pd.DataFrame({"sum": rng.integers(1, 7, size=dice)})}


GAMES = campaigns.Campaign("games", 1, functools.partial(throw, 2), [{}, {}, {}], ("sums",))
ROWS = campaigns.run(GAMES, workers=1)

# One of each theory: the fields of each are its parameters.
THEORIES = [
    theory()
    for theory in vars(theories).values()
    if inspect.isclass(theory)
    and issubclass(theory, theories.Theory)
    and not inspect.isabstract(theory)
    and all(f.default is not dataclasses.MISSING for f in dataclasses.fields(theory))
]
THEORIES += [theories.CommonNoise(Inference(), W, 0.3), theories.Arousal(Inference(), 0.2)]
RULE_OUT, RULE_IN = plasticity.AntiHebbian(0.1, 0.8), plasticity.Hebbian(0.1, 0.5, 0.7, 0.9)
PLACE = {
    "world": WORLD, "task": world.CARDINAL, "expected_pattern": W, "engagement": 0.5,
    "other_patterns": W[None, ::-1],
}  # fmt: skip


def chain():
    return sampling.Chain(MODEL, np.ones((2, 1024)), seeded(), np.float64)


# By name: the valid arguments. Where an object is needed first, it is "self", made anew.
EXAMPLES = {
    "world.Task": {"name": "mine", "axis": 0.3},
    "world.Population": {"orientations": np.array([0.0, 1.0, 2.0]), "amplitudes": np.ones(3)},
    "world.Population.draw": {"n": 4, "rng": seeded, "amplitude": 0.5, "shape": 4.0},
    "world.Population.pattern": {"self": lambda: WORLD.population, "task": world.CARDINAL},
    "world.limited_range": {
        "orientations": np.array([0.0, 1.0]), "correlation": 0.2, "concentration": 4.0,
    },
    "world.World": {
        "population": WORLD.population, "tau": 1.0, "sigma": 1.0, "signal_sd": 0.5,
        "correlation": 0.02, "concentration": 4.0, "baseline": 4.0, "fano": 1.0,
    },
    "world.World.draw_evidence": {
        "self": lambda: WORLD, "task": world.CARDINAL, "signal": np.array([0.2, 0.1]), "trials": 2,
        "frames": 3, "rng": seeded,
    },
    "world.World.emit": {
        "self": lambda: WORLD, "rate": np.ones((2, 3)), "rng": seeded, "poisson": True,
    },
    "code.as_window": {"frame": range(2, 4)},
    "code.Paths.step": {"self": paths, "frame": 2},
    "code.Paths.categories": {"self": paths, "frame": range(2, 4), "sharpness": 0.5},
    "code.draw_paths": {
        "world": WORLD, "task": world.CARDINAL, "expected_pattern": W, "signal": 0.2, "trials": 4,
        "frames": 3, "rng": seeded,
    },
    "code.belief_moments": {"step_mean": 0.3, "step_variance": 0.9, "frame": range(2, 4)},
    "code.Setting": PLACE,
    "code.Setting.step": {"self": lambda: AT, "signal": 0.2},
    "code.Code": {f.name: getattr(CODE, f.name) for f in dataclasses.fields(CODE)},
    "code.Code.moments": {"self": lambda: CODE, "signal": 0.2, "frame": range(2, 4)},
    "code.Code.respond": {
        "self": lambda: CODE, "evidence": np.ones((2, 4, 3)), "rng": seeded, "poisson": False,
    },
    "code.Code.conditional": {"self": lambda: CODE, "signal": 0.2, "paths": paths, "frame": 2},
    "code.modes_of_patterns": {"world": WORLD, "*patterns": W},
    "code.gain_of_modes": {"gain": np.log1p, "world": WORLD, "*patterns": W},
    "code.assumed_prior": {
        "world": WORLD, "expected_pattern": W, "other_patterns": W[None, ::-1],
    },
    "code.with_covariate": {
        "given": code.Conditional(TRIALS[:, :1], SLOPE, SLOPE[None], COVARIANCE),
        "coupling": SLOPE / 9, "variance": 2.0,
    },
    "theories.Theory.moments": {"self": lambda: Inference(), "signal": 0.2, "frame": 2} | PLACE,
    "theories.Theory.respond": {
        "self": lambda: Inference(), "evidence": np.ones((2, 4, 3)), "rng": seeded, "poisson": True,
    } | PLACE,
    "theories.Theory.conditional": {
        "self": lambda: Inference(), "signal": 0.2, "paths": paths, "frame": range(1, 3),
    } | PLACE,
    "theories.slope_and_covariance": {
        "theory": Inference(), "signal": 0.1, "noise": "zero", "frame": range(1, 3),
    } | PLACE,
    **{f"theories.{type(t).__name__}": vars(t) for t in THEORIES},
    **{
        f"theories.{type(t).__name__}.code": {"self": lambda t=t: t, "at": AT}
        for t in THEORIES
        if "code" in vars(type(t))
    },
    "theories.LocalCircuit.modes": {"self": lambda: theories.GatedCircuit(), "at": AT},
    "gains.optimal_gain": {
        "variance": np.array([0.5, 2.0]), "price": 0.01, "input_noise": 0.7, "output_noise": 1.2,
    },
    "gains.boundary_snr": {"price": 0.01, "task_variance": 3.0, "output_noise": 1.2},
    "plasticity.AntiHebbian": {"rate": 0.1, "variance": 0.8},
    "plasticity.AntiHebbian.code": {"lateral": COVARIANCE},
    "plasticity.AntiHebbian.respond": {"lateral": COVARIANCE, "evidence": TRIALS[:, :3]},
    "plasticity.LateralRule.update": {
        "self": lambda: RULE_IN, "weights": COVARIANCE, "activity": TRIALS[:, :3],
    },
    "plasticity.LateralRule.mean_update": {
        "self": lambda: RULE_OUT, "weights": 0.1 * COVARIANCE, "evidence_cov": COVARIANCE,
    },
    "plasticity.AntiHebbian.learn": {
        "self": lambda: RULE_OUT, "evidence": TRIALS[:6, :3], "batch": 2,
    },
    "plasticity.AntiHebbian.mean_path": {
        "self": lambda: RULE_OUT, "evidence_cov": COVARIANCE, "steps": 2,
    },
    "plasticity.AntiHebbian.convergence_rate": {
        "self": lambda: RULE_OUT, "evidence_cov": COVARIANCE,
    },
    "plasticity.AntiHebbian.residual": {
        "self": lambda: RULE_OUT, "evidence_cov": COVARIANCE, "batch": 2,
    },
    "plasticity.AntiHebbian.stability_limit": {
        "self": lambda: RULE_OUT, "evidence_cov": COVARIANCE,
    },
    "plasticity.Hebbian": {"rate": 0.1, "strength": 0.5, "decay": 0.7, "variance": 0.9},
    "plasticity.Hebbian.fixed_point": {"self": lambda: RULE_IN, "evidence_cov": COVARIANCE},
    "plasticity.Hebbian.rate_limit": {"self": lambda: RULE_IN, "evidence_cov": COVARIANCE},
    "plasticity.plain_hebb_limit": {"background": 0.1},
    "plasticity.static_circuit": {
        "slope": 0.1 * SLOPE, "covariance": COVARIANCE, "pattern": SLOPE,
        "evidence_cov": COVARIANCE,
    },
    "plasticity.lateral_weights": {"code": COVARIANCE, "bottom_up_gain": 0.4},
    "campaigns.Campaign": vars(GAMES),
    "campaigns.run": {"campaign": GAMES, "place": None, "workers": 1},
    "campaigns.replay": {"campaign": GAMES, "jobs": [2, 0]},
    "campaigns.check_replay": {"campaign": GAMES, "stored": ROWS, "fresh": ROWS},
    "campaigns.save": {"path": FOLDER / "file", "content": b"content"},
    "learning.signal_moments": {"signals": LEVELS},
    "learning.DeltaRule": {"rate": 0.1},
    "learning.DeltaRule.stability_limit": {"signals": LEVELS},
    "learning.DeltaRule.update": {
        "self": lambda: RULE, "expected_pattern": W, "signal": 0.4, "evidence": np.ones((2, 3)),
    },
    "learning.DeltaRule.learn": {
        "self": lambda: RULE, "expected_pattern": W, "signals": LEVELS, "evidence": np.ones((3, 3)),
    },
    "learning.DeltaRule.trial_weights": {"self": lambda: RULE, "signals": LEVELS},
    "learning.DeltaRule.draw_after": {
        "self": lambda: RULE, "expected_pattern": 0 * W, "pattern": W, "signals": LEVELS,
        "noise_cov": COVARIANCE, "rng": seeded,
    },
    "learning.DeltaRule.mean": {
        "self": lambda: RULE, "expected_pattern": 0 * W, "pattern": W, "signals": LEVELS,
        "trials": 4,
    },
    "learning.DeltaRule.covariance": {
        "self": lambda: RULE, "expected_pattern": 0 * W, "pattern": W, "signals": LEVELS,
        "trials": 4, "noise_cov": COVARIANCE,
    },
    "learning.decision_weights": {"world": WORLD, "expected_pattern": W},
    "learning.log_odds": {"world": WORLD, "evidence": np.ones((2, 4, 3)), "expected_pattern": W},
    "learning.log_odds_moments": {
        "world": WORLD, "task": world.OBLIQUE, "expected_pattern": W, "signal": 0.2,
    },
    "learning.probability_correct": {
        "world": WORLD, "task": world.OBLIQUE, "expected_pattern": W, "signal": 0.2, "frames": 3,
    },
    "information.estimate_information": {
        "low": TRIALS, "high": TRIALS[::-1] + 1, "ds": 0.5, "zero": 0.9 * TRIALS,
    },
    "information.redundancy_interval": {
        "low": TRIALS, "high": TRIALS[::-1] + 1, "ds": 0.5, "zero": None, "fraction": False,
        "confidence": 0.9,
    },
    "information.redundancy_of_slope": {
        "slope": np.arange(4.0), "trials": TRIALS, "fraction": False, "confidence": 0.9,
    },
    "information.estimator_variance": {
        "information": 2.0, "n_neurons": 4, "degrees": 20, "noise": 0.1,
    },
    "information.naive_mean": {"information": 2.0, "n_neurons": 4, "degrees": 20, "noise": 0.1},
    "information.naive_shuffled_mean": {
        "shuffled": 2.0, "n_neurons": 4, "degrees": 20, "noise": 0.1,
    },
    "information.moments_of": {"low": ONE, "high": OTHER, "ds": 0.5, "zero": None},
    "information.trials_needed": {
        "information": 2.0, "n_neurons": 4, "ds": 0.5, "relative_error": 0.2,
    },
    "information.Statistics.of": {"trials": TRIALS, "scatter": True, "name": "trials"},
    "information.Statistics.pooled": {"parts": [ONE, ONE]},
    **{
        f"information.{name}": {"slope": SLOPE, "covariance": COVARIANCE}
        for name in (
            "differential_variance", "linear_fisher_information", "redundancy",
            "redundancy_fraction", "shuffled_information", "single_neuron_information",
        )
    },
    "information.noise_correlations": {"covariance": COVARIANCE},
    "information.total_correlation": {"covariance": COVARIANCE},
    "hypotheses.curves": {"table": TABLE, "measure": "m"},
    "hypotheses.interaction": {"table": BLOCKS, "measure": "m"},
    "hypotheses.trend": {"table": TABLE, "measure": "m"},
    "hypotheses.clustered_trend": {"table": TABLE, "measure": "m"},
    "hypotheses.relative": {"table": TABLE.assign(n=TABLE["m"] ** 2), "measure": "m", "to": "n"},
    "hypotheses.across_curves": {"table": TABLE, "measure": "m"},
    "hypotheses.across_subjects": {"table": TABLE, "measure": "m"},
    "hypotheses.mixed_trend": {"table": TABLE, "measure": "m", "random_slope": False},
    "hypotheses.sign_flip_trend": {"table": TABLE, "measure": "m", "resamples": 9, "seed": 1},
    "hypotheses.permutation_trend": {
        "table": TABLE, "measure": "m", "block": 2, "within_curves": True, "resamples": 9,
        "seed": 1,
    },
    "hypotheses.equivalence": {"table": TABLE, "measure": "m", "margin": 0.5},
    "hypotheses.effect_size": {"before": LEVELS, "after": LEVELS[:2]},
    "hypotheses.adjusted": {"p_values": {"a": 0.01, "b": 0.2}, "method": "holm"},
    "hypotheses.rejections": {"p_values": np.array([0.01, 0.2]), "level": 0.05},
    "recordings.table_of_matlab": {"script": b"data = [1, 2\n 3, 4]"},
    **({"recordings.fetch": {"recording": BONDY2018}} if "NEUROCOORD_DATA" in os.environ else {}),
    "recordings.v1_responses": {},
    "recordings.pair_correlations": {},
    "recordings.awake_v1_sessions": {},
    "recordings.Session.counts": {
        "self": lambda: SESSION, "start": 0.0, "stop": 20.0, "contamination": 0.05,
    },
    "experiment.Design": {f.name: getattr(DESIGN, f.name) for f in dataclasses.fields(DESIGN)}
    | {"windows": (1, range(1, 3)), "neurons": 5},
    "experiment.Design.expected_tracked": {"self": lambda: DESIGN, "session": 3},
    "experiment.Design.draw_world": {"self": lambda: DESIGN, "rng": seeded},
    "experiment.Design.draw_tracking": {"self": lambda: DESIGN, "rng": seeded},
    "experiment.run": {"design": DESIGN, "theory": Inference(), "level": "session", "exact": False},
    "experiment.run_many": {
        "design": DESIGN, "theory": Inference(), "experiments": 1, "level": "session",
        "exact": False, "jobs": 1,
    },
    "experiment.behaviour.psychometric": {
        "signals": LEVELS, "positive": np.array([[2, 6, 8]]), "trials": 10,
    },
    "experiment.behaviour.expected_behaviour": {
        "world": WORLD, "task": world.CARDINAL, "expected_pattern": W, "signals": LEVELS,
        "frames": 3, "decision_noise": 1.0,
    },
    "sampling.gratings": {"axis": 20.0},
    "sampling.draw_images": {"contrast": np.ones((2, 2)), "rng": seeded, "axis": 20.0},
    "sampling.SamplingModel": {
        "n_units": 4, "n_bits": 3, "feedback": 0.1, "axes": (0.0, 45.0), "task_prior": (1.0, 0.0),
        "onset": 3, "evidence_weight": 0.1,
    },
    "sampling.SamplingModel.for_task": {"task": "oblique", "n_units": 4},
    "sampling.simulate": {
        "model": MODEL, "contrast": np.ones((2, 2)), "rng": seeded, "n_samples": 4, "bins": 2,
        "axis": 0.0, "dtype": np.float64, "batch": 2, "progress": False,
    },
    "sampling.Chain": {
        "model": MODEL, "images": np.ones((2, 1024)), "rng": seeded, "dtype": np.float64,
    },
    "sampling.Chain.sweep": {"self": chain, "sample": 2},
    "sampling.Chain.update_units": {"self": chain, "order": np.array([1, 0, 3])},
    "sampling.Chain.update_bits": {"self": chain, "order": np.array([1, 0])},
    "sampling.Chain.update_beliefs": {"self": chain, "accumulate": True},
    "sampling.Chain.draw_contrast": {"self": chain, "previous": np.array([0.2, 0.3])},
}  # fmt: skip


def public():
    """Yield every public function, class and method of the library, by name."""
    modules = [behaviour]
    for found in pkgutil.iter_modules(neurocoord.__path__):
        if found.name not in NO_LIBRARY and not found.name.startswith("_"):
            modules.append(importlib.import_module(f"neurocoord.{found.name}"))
    for module in modules:
        prefix = module.__name__.removeprefix("neurocoord.")
        names = getattr(module, "__all__", None) or [
            name
            for name, thing in vars(module).items()
            if not name.startswith("_") and getattr(thing, "__module__", "") == module.__name__
        ]
        for name in names:
            thing = getattr(module, name)
            if inspect.isfunction(thing):
                yield f"{prefix}.{name}", thing
            elif inspect.isclass(thing):
                if name not in MADE_BY_THE_LIBRARY and not inspect.isabstract(thing):
                    yield f"{prefix}.{name}", thing
                for method, raw in vars(thing).items():
                    plain = not method.startswith("_") and not isinstance(raw, property)
                    abstract = getattr(raw, "__isabstractmethod__", False)
                    if plain and not abstract and callable(getattr(thing, method)):
                        yield f"{prefix}.{name}.{method}", getattr(thing, method)


PUBLIC = dict(public())


def called(function, example):
    """Call with the example, whose makers of objects are called first."""
    ready = {k: v() if inspect.isfunction(v) else v for k, v in example.items()}
    me, many = ready.pop("self", None), ready.pop("*patterns", None)
    if "*patterns" in example:
        result = function(*ready.values(), many)
    else:
        result = function(**ready) if me is None else function(me, **ready)
    if "sampling.Chain." in f"{function.__module__}.{function.__qualname__}" or (
        isinstance(me, sampling.Chain) and result is None
    ):
        return me
    return result


def flat(value):
    """Return every number and word in a result, in order."""
    if isinstance(value, np.random.Generator):
        return []
    if isinstance(value, pd.DataFrame):
        return [*value.columns, *value.to_numpy().ravel()]
    if isinstance(value, (np.ndarray, pd.Series)):
        return list(np.asarray(value).ravel())
    if isinstance(value, dict):
        return [x for item in value.items() for x in flat(item)]
    if isinstance(value, (list, tuple)):
        return [x for item in value for x in flat(item)]
    if hasattr(value, "__dict__"):
        return flat(vars(value))
    return [value]


def same(one, two):
    one, two = flat(one), flat(two)
    return len(one) == len(two) and all(
        a == b or (a != a and b != b) or (isinstance(a, float) and a == pytest.approx(b))
        for a, b in zip(one, two, strict=True)
    )


ANY_AXES = {
    "world.World.emit", "learning.DeltaRule.update", "learning.DeltaRule.learn",
    "code.modes_of_patterns", "code.gain_of_modes", "gains.optimal_gain",
    "plasticity.AntiHebbian.code", "plasticity.AntiHebbian.respond",
    "plasticity.LateralRule.update", "plasticity.LateralRule.mean_update",
    "plasticity.lateral_weights",
}  # fmt: skip
"""Functions that take arrays of further axes, and numbers for arrays."""

SHARES = {
    "confidence", "level", "share", "relative_error", "correlation", "loss", "gain", "engagement",
    "strength", "relief",
}  # fmt: skip

DEGREES = {"world.Task": 45.0, "world.Population": [0, 45, 90], "world.limited_range": [0, 45]}


def hostile(name, parameter):
    """Return values that mean the same as that of the example, and values that mean nothing."""
    value = EXAMPLES[name][parameter]
    equal, wrong = alike_and_wrong(value)
    bare = inspect.signature(PUBLIC[name]).parameters.get(parameter)
    if parameter == "name":  # any words will do
        wrong = wrong[:-1]
    if name in ANY_AXES:
        wrong = [other for other in wrong if not sized(other)]
    if value is None or (bare is not None and bare.default is None):
        wrong = [other for other in wrong if other is not None]
    if parameter == "content":  # any bytes will do
        wrong = [other for other in wrong if not isinstance(other, bytes)]
    if parameter in SHARES and isinstance(value, float):
        wrong += [95, 1.5, -0.1]
    if parameter in ("axis", "orientations") and name in DEGREES:
        wrong.append(DEGREES[name])
    return equal, wrong


def sized(value):
    """Whether these are numbers of another shape, which are fine where axes may be added."""
    return not isinstance(value, np.ma.MaskedArray) and (
        isinstance(value, list)
        or (isinstance(value, np.ndarray) and value.dtype.kind == "f" and np.isfinite(value).all())
    )


def alike_and_wrong(value):
    """Return values that mean the same as `value`, and values that mean nothing in its place."""
    junk = [None, object(), b"x", {}, [], np.array([]), complex(1, 1), np.datetime64("2020")]
    if inspect.isfunction(value):  # a source of randomness
        return [], [*junk, 1, 2.0, np.random, np.random.RandomState(1), np.random.default_rng]
    if callable(value):
        return [], [*junk, 1, "x", np.nan, [value]]
    if isinstance(value, range):
        bad = [range(2), range(3, 3), range(1, 6, 2), slice(1, 2), "x", [[1]], np.nan]
        return [], [*junk, *bad]
    if isinstance(value, bool):
        return [np.bool_(value)], [*junk, 2, 0.5, "False", [value], np.nan]
    if isinstance(value, (int, float)):
        equal = [np.float64(value), np.array(value), Fraction(value)]
        if value == int(value):
            equal += [int(value), float(value), np.int64(value)]
        bad = [str(value), "x", [value, value], [[[1]]], True, pd.NA, Decimal(1)]
        bad += [np.nan, np.inf, -np.inf, np.ma.masked_array(value, True)]
        return equal, junk + bad
    if isinstance(value, np.ndarray) and value.dtype != object:
        return arrays(value)
    if isinstance(value, pd.DataFrame):
        return tables(value)
    if isinstance(value, str):
        return [np.str_(value)], [*junk, True, np.nan, "no such"]
    if isinstance(value, dict):
        return [], [*junk, 1, "x", *({**value, "a": x} for x in (None, "1", np.nan, 95))]
    if type(value) in (tuple, list) and value:
        bad = [[x, *value[1:]] for x in (None, object(), np.nan, 1j, [1])]
        return [list(value), tuple(value)], [*junk, *bad, value[0], "x", dict.fromkeys("ab")]
    return [], [*junk, 1, "x", np.nan, type(value), [object()]]


def arrays(value):
    equal = [value.tolist(), np.asfortranarray(value), np.ma.masked_array(value), value * 1.0]
    equal += [value.astype(object), value.astype(np.longdouble)]
    if value.ndim == 2:
        equal.append(pd.DataFrame(value))
    if value.ndim == 1:
        equal += [pd.Series(value, index=np.arange(value.size)[::-1]), tuple(value)]
    first = np.zeros(value.shape, bool)  # where one entry is broken
    first.flat[0] = True
    bad = [np.where(first, x, value.astype(float)) for x in (np.nan, np.inf, -np.inf)]
    bad += [np.where(first, x, value.astype(object)) for x in (None, "1", pd.NA, True, 1j)]
    bad += [np.ma.masked_array(value, first), value.astype(str), value.astype(complex), value[None]]
    bad += [[value, [1.0]], None, object(), "x", b"x", {}, np.nan, set(value.ravel().tolist())]
    return equal, bad if value.ndim > 1 else [*bad, np.zeros(0)]


def tables(value):
    numbers = [c for c in value if value[c].dtype.kind in "if"]
    equal = [value.astype(dict.fromkeys(numbers, float)), value.set_index(value.index[::-1])]
    equal += [value.assign(other="x"), value[list(value)[::-1]], value.astype(object)]
    equal += [value.astype({c: "category" for c in value if c not in numbers})]
    bad = [value.iloc[:0], value.iloc[:2], value.to_dict(), None, 1, "x", value.iloc[:, -1]]
    bad += [value.drop(columns=c) for c in value]
    for column in value:
        broken = value[column].astype(object)
        bad += [value.assign(**{column: broken.where(value.index != 0, x)}) for x in (None, np.nan)]
        bad.append(pd.concat([value, value[column]], axis=1))
    for column in numbers:
        bad += [value.assign(**{column: x}) for x in ("1", np.inf, 1j, True)]
    bad += [pd.concat([value, value])]
    return equal, bad


@pytest.fixture(scope="module", autouse=True)
def _folder():
    yield
    shutil.rmtree(FOLDER, ignore_errors=True)


def test_every_public_function_has_an_example():
    assert set(PUBLIC) - {"recordings.fetch"} == set(EXAMPLES) - {"recordings.fetch"}


CASES = [
    pytest.param(name, parameter, id=f"{name}-{parameter}")
    for name, example in EXAMPLES.items()
    for parameter in example
    if parameter != "self"
]


@pytest.mark.parametrize(("name", "parameter"), CASES)
def test_hostile_input_is_refused_by_name_or_changes_nothing(name, parameter):
    function, example = PUBLIC[name], EXAMPLES[name]
    clean = called(function, example)
    equal, wrong = hostile(name, parameter)
    for value in equal:
        assert same(called(function, example | {parameter: value}), clean), value
    for value in wrong:
        with pytest.raises(ValueError) as caught:
            called(function, example | {parameter: value})
        assert type(caught.value) is ValueError  # and none of numpy's own, such as LinAlgError
        names = {parameter.strip("*")}  # or of the column that it stands for
        if isinstance(value, (pd.DataFrame, str)):
            names |= {value} if isinstance(value, str) else set(value)
        assert any(str(word) in str(caught.value) for word in names), value
