"""What chapter 8 computes about species, tests and stored studies."""

from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from neurocoord._checks import Array, whole
from neurocoord_book import results
from neurocoord_book.power import share_bound
from neurocoord_book.results import Campaign
from neurocoord_book.studies import limits_runs, power_runs, signatures
from neurocoord_book.studies._memo import study
from neurocoord_book.studies.sessions import KEY

Kind = Literal["rises", "falls", "either"]

POWER = 0.8
"""The power that is usually asked of a study."""

AXES = {
    "subjects": power_runs.SUBJECTS,
    "sessions": power_runs.SESSIONS,
    "trials": power_runs.TRIALS,
    "neurons": power_runs.NEURONS,
}
"""What the power curves vary."""


@study
def stored() -> pd.DataFrame:
    """Return what the stored studies found, one row a job and finding.

    Returns
    -------
    DataFrame
        world, setting, test, studies, mean, rises, falls
        (`neurocoord_book.studies.sessions.tally`).
    """
    parts = [results.read(one.CAMPAIGN, "found") for one in (power_runs, limits_runs)]
    return pd.concat(parts, ignore_index=True)


def rows(world: str, setting: str, test: str, table: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the stored rows of one finding.

    Raises
    ------
    ValueError
        If there is none.
    """
    table = stored() if table is None else table
    found = table[
        (table["world"] == world) & (table["setting"] == setting) & (table["test"] == test)
    ]
    if found.empty:
        raise ValueError(f"nothing stored for {world!r}, {setting!r}, {test!r}")
    return found


def hits(world: str, setting: str, test: str, kind: Kind = "rises") -> Array:
    """Return in which studies a test found a rise, a fall, or either, as ones and zeros."""
    found = rows(world, setting, test)
    columns = ["rises", "falls"] if kind == "either" else [kind]
    count, total = int(found[columns].to_numpy().sum()), int(found["studies"].sum())
    return np.repeat([1.0, 0.0], [count, total - count])


def means(world: str, setting: str, test: str) -> Array:
    """Return the mean estimate of each job; jobs have equally many studies."""
    return rows(world, setting, test)["mean"].to_numpy()


def rate(world: str, setting: str, test: str, kind: Kind = "rises") -> tuple[float, float]:
    """Return the share of studies with a finding, and its standard error."""
    found = hits(world, setting, test, kind)
    share = float(found.mean())
    return share, float(np.sqrt(share * (1 - share) / found.size))


def power_curves() -> pd.DataFrame:
    """Return the power of two tests by subjects, sessions, trials and neurons.

    Returns
    -------
    DataFrame
        axis, level, test, share, error. Where sessions, trials or neurons vary, there are
        `power_runs.REFERENCE` subjects.
    """
    table = []
    for axis, levels in AXES.items():
        for level in levels:
            # With all trials a study is one with all neurons.
            full = axis == "trials" and level == power_runs.TRIALS[-1]
            setting = f"neurons {power_runs.NEURONS[-1]}" if full else f"{axis} {level}"
            for test in ("across subjects", "over sessions"):
                share, error = rate("all", setting, test)
                table.append(
                    {"axis": axis, "level": level, "test": test, "share": share, "error": error}
                )
    return pd.DataFrame(table)


STRATA = ("none", "one", "both")
"""How many of two subjects have the effect."""


def two_subjects(test: str, share: float) -> float:
    r"""Return how often a test finds a rise in two subjects, by the share of carriers.

    .. math:: (1 - q)^2\, r_0 + 2 q (1 - q)\, r_1 + q^2\, r_2

    with the rates :math:`r_k` in studies of k carriers.

    Parameters
    ----------
    test : str
        Of `neurocoord_book.studies.power_runs.TESTS`, or "each subject".
    share : float
        q, the share of the species that has the effect.
    """
    q = np.array([(1 - share) ** 2, 2 * share * (1 - share), share**2])
    return float(q @ [rate("a share", name, test)[0] for name in STRATA])


def two_subjects_error(test: str, share: float) -> float:
    """Return the standard error of `two_subjects`."""
    q = np.array([(1 - share) ** 2, 2 * share * (1 - share), share**2])
    return float(np.linalg.norm(q * [rate("a share", name, test)[1] for name in STRATA]))


def by_share(points: int = 11) -> pd.DataFrame:
    """Return `two_subjects` of each test over the share of carriers.

    Returns
    -------
    DataFrame
        share, test, rate, error.
    """
    tests = ("over sessions", "each subject", "across subjects")
    return pd.DataFrame(
        {
            "share": q,
            "test": test,
            "rate": two_subjects(test, q),
            "error": two_subjects_error(test, q),
        }
        for test in tests
        for q in np.linspace(0, 1, points)
    )


def bounds(most: int = 30) -> pd.DataFrame:
    """Return what n of n animals show: the lower bound of the share of the species.

    Returns
    -------
    DataFrame
        subjects, bound.
    """
    numbers = np.arange(1, whole("most", most) + 1)
    return pd.DataFrame({"subjects": numbers, "bound": [share_bound(n, n) for n in numbers]})


@study
def missed() -> pd.DataFrame:
    """Return the smallest margin and rise of each stored study without an effect.

    Returns
    -------
    DataFrame
        study, subjects, sessions, kind ("margin", "rise"), value; in redundancy per session.
    """
    table = results.read(power_runs.CAMPAIGN, "missed")
    long = table.rename_axis("study").reset_index().melt("study")
    parts = long["variable"].str.split(" ", expand=True)
    return pd.DataFrame(
        {
            "study": long["study"],
            "kind": parts[0],
            "subjects": parts[1].astype(int),
            "sessions": parts[2].astype(int),
            "value": long["value"],
        }
    )


def engaged_trend() -> float:
    """Return the mean engaged trend of redundancy per session under inference (chapter 6)."""
    return float(signatures.tests().query("theory == 'inference'")["engaged"].mean())


def in_units(kind: str, subjects: int, sessions: int) -> Array:
    """Return `missed` of one kind of study in units of the engaged trend."""
    table = missed()
    chosen = (
        (table["kind"] == kind) & (table["subjects"] == subjects) & (table["sessions"] == sessions)
    )
    return table.loc[chosen, "value"].to_numpy() / engaged_trend()


def mean_estimates(table: pd.DataFrame) -> pd.DataFrame:
    """Return the mean estimates with the standard error between jobs, for `results.compare`.

    What comes out the same in every job has no error to be judged by, and is left out.
    """
    groups = table.groupby(list(KEY))
    jobs = groups["mean"].agg(value="mean", se="sem").assign(trials=groups["studies"].sum())
    return jobs[jobs["se"] > 0].reset_index()


def compare_rates(known: pd.DataFrame, fresh: pd.DataFrame, *, limit: float = 4.5) -> pd.DataFrame:
    """Compare how often studies found something, by Fisher's exact test: rates may be 0 or 1.

    Parameters
    ----------
    known, fresh : DataFrame
        As `stored`.
    limit : float
        Largest difference allowed, as for `results.compare`: in standard errors with the same p.

    Returns
    -------
    DataFrame
        One row a finding: world, setting, test, what ("rises" or "falls"), stored, fresh, z.

    Raises
    ------
    RuntimeError
        If a difference is larger.
    """
    totals = [one.groupby(list(KEY))[["studies", "rises", "falls"]].sum() for one in (known, fresh)]
    both = totals[1].add_suffix("_fresh").join(totals[0].add_suffix("_stored"))
    table = []
    for key, row in both.iterrows():
        for kind in ("rises", "falls"):
            hits = np.array([row[f"{kind}_stored"], row[f"{kind}_fresh"]])
            sizes = np.array([row["studies_stored"], row["studies_fresh"]])
            p = stats.fisher_exact(np.array([hits, sizes - hits]).astype(int)).pvalue
            stored_rate, fresh_rate = hits / sizes
            z = np.sign(fresh_rate - stored_rate) * stats.norm.isf(p / 2)
            found = {"what": kind, "stored": stored_rate, "fresh": fresh_rate, "z": float(z)}
            table.append(dict(zip(KEY, key, strict=True)) | found)
    rates = pd.DataFrame(table)
    beyond = rates[rates["z"].abs() > limit]
    if len(beyond):
        words = beyond[[*KEY, "what"]].agg("; ".join, axis=1)
        raise RuntimeError(f"recomputed rates differ from the stored ones: {' | '.join(words)}")
    return rates


@study
def agreement(*, studies: int = 8, seed: int = 81) -> pd.DataFrame:
    """Run a few studies of each kind anew, and compare them with the stored ones.

    Returns
    -------
    DataFrame
        world, setting, test, what, stored, fresh, z.

    Raises
    ------
    RuntimeError
        If a rate or a mean differs from the stored one beyond sampling error.
    """
    half = whole("studies", studies, least=2) // 2
    fresh = []
    for module, size in ((power_runs, "groups"), (limits_runs, "studies")):
        kinds = module.KINDS
        jobs = [dict(kind) if isinstance(kind, dict) else {"kind": kind} for kind in kinds]
        # Two jobs of each kind, so that means have a spread.
        jobs = [job | {size: half} for job in jobs for _ in range(2)]
        fresh.append(results.run(Campaign("a few", seed, module.job, jobs, ("found",)))["found"])
    table = pd.concat(fresh, ignore_index=True)
    known, found = mean_estimates(stored()), mean_estimates(table)
    found = found.merge(known[list(KEY)], on=list(KEY))
    means = results.compare(known, found, KEY).assign(what="mean")
    return pd.concat([compare_rates(stored(), table), means], ignore_index=True)


CONTROLS = ("as recorded", "gaze taken out", "mean taken out")
"""Redundancy as it is recorded, and after each control."""


def control_rates() -> pd.DataFrame:
    """Return how often redundancy has a trend in each world with a confound, by control.

    Returns
    -------
    DataFrame
        world, control, rises, rises_error, falls, falls_error.
    """
    table = []
    for world in ("inference", "gaze", "arousal", "other noise"):
        for control in CONTROLS:
            row: dict[str, object] = {"world": world, "control": control}
            for kind in ("rises", "falls"):
                row[kind], row[f"{kind}_error"] = rate(world, control, "redundancy", kind)
            table.append(row)
    return pd.DataFrame(table)


def missed_effects() -> pd.DataFrame:
    """Return the margin and the rise that designs find in 80% of studies, with 95% intervals.

    Returns
    -------
    DataFrame
        kind, design, value, low, high; in units of the engaged trend under inference.
    """
    table = []
    for kind in ("margin", "rise"):
        for subjects, sessions in power_runs.PASSIVE:
            value, low, high = found_by_most(in_units(kind, subjects, sessions))
            design = f"{subjects} subjects,\n{sessions} sessions"
            table.append({"kind": kind, "design": design, "value": value, "low": low, "high": high})
    return pd.DataFrame(table)


def found_by_most(smallest: Array) -> tuple[float, float, float]:
    """Return the effect that 80% of studies find, with its 95% interval.

    Parameters
    ----------
    smallest : (studies,) array
        The smallest effect that each study would find.

    Returns
    -------
    value, low, high : float
        The quantile, and the order statistics whose ranks bound it by the binomial distribution.
    """
    ordered, n = np.sort(smallest), len(smallest)
    low, high = stats.binom.ppf([0.025, 0.975], n, POWER).astype(int)
    return float(np.quantile(ordered, POWER)), float(ordered[low - 1]), float(ordered[high])
