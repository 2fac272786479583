"""The claims of chapter 3, *The alternative: inference*."""

from functools import partial

import pandas as pd

from neurocoord_book.claims._registry import Evidence, above, below, between
from neurocoord_book.claims.comparison import CELLS, CHAPTER, EVERYWHERE, ONE_WORLD
from neurocoord_book.claims.evidence import mean_of, share_of
from neurocoord_book.claims.wording import AGREES, FALLS, NEARLY_ALL, RISES, worded
from neurocoord_book.studies import comparison, efficient
from neurocoord_book.studies import inference as study

POPULATIONS = "200 populations"


def _static(theory: str) -> pd.DataFrame:
    """Return what learning changes in a linear code at the SNR of the chapter."""
    return efficient.changes(theory=study.STATIC[theory], snr=study.SNR)


def _opposite() -> Evidence:
    """Return the share of populations in which the two theories move opposite ways."""
    falls, rises = _static("efficient coding"), _static("inference")
    return share_of(
        (falls["gain"] < 1)
        & (falls["single"] < 1)
        & (falls["fraction"] < 0)
        & (rises["gain"] > 1)
        & (rises["single"] > 1)
        & (rises["fraction"] > 0)
    )


def _at_every_snr() -> Evidence:
    """Return the share of populations in which inference raises redundancy at all three SNRs."""
    tables = [study.signs(snr=snr)["inference"] > 0 for snr in (efficient.LOW_SNR, 1.0, 30.0)]
    return share_of(tables[0] & tables[1] & tables[2])


def _simulated(quantity: str) -> Evidence:
    """Return the simulated over the exact moment, averaged over frames, by population."""
    mean = study.agreement().groupby("population").mean()
    return mean_of(mean[quantity] / mean[f"{quantity}_exact"])


def _contrast(change: str, measure: str, signal: float = efficient.SIGNAL) -> pd.Series:
    return comparison.contrasts(signal=signal).query("contrast == @change")[measure]


def _frames(column: str, signal: float = efficient.SIGNAL) -> pd.DataFrame:
    """Return a measure by population (rows) and frame (columns)."""
    table = study.by_frame().query("signal == @signal")
    return table.pivot_table(index="population", columns="frame", values=column)


def _summed() -> pd.Series:
    table = study.summed(lasts=(1, study.LAST), populations=200)
    wide = table.pivot_table(index="population", columns="frame", values="fraction")
    return wide[study.LAST] - wide[1]


def _alike(condition: str) -> pd.Series:
    table = comparison.conditions()
    return table[table["condition"] == condition].set_index("population")["alike"]


def _passive_is_naive() -> Evidence:
    """Return the largest difference in redundancy between passive and naive, exactly."""
    table = comparison.conditions().pivot_table(
        index="population", columns="condition", values="redundancy"
    )
    return Evidence(float((table["passive"] - table["naive"]).abs().max()))


def _formula() -> Evidence:
    table = study.wiener_gain()
    return Evidence(float((table["exact"] / table["formula"] - 1).abs().max()))


_claim = partial(worded, CHAPTER)

CLAIMS = (
    _claim(
        "static-inference-gain-rises",
        "Learning raises the gain of static inference along the task axis.",
        f"task-axis gain, trained over naive, SNR 1, {POPULATIONS}",
        lambda: mean_of(_static("inference")["gain"]),
        above(1),
        RISES,
    ),
    _claim(
        "static-inference-single-rises",
        "Single neurons become more informative.",
        f"mean information of a neuron, trained over naive, SNR 1, {POPULATIONS}",
        lambda: mean_of(_static("inference")["single"]),
        above(1),
        ("more", "not more", "perhaps more"),
    ),
    _claim(
        "static-inference-redundancy-rises",
        "The redundancy fraction of static inference rises.",
        f"redundancy fraction, trained less naive, SNR 1, {POPULATIONS}",
        lambda: mean_of(_static("inference")["fraction"]),
        above(0),
        RISES,
    ),
    _claim(
        "mirror-efficient-redundancy-falls",
        "In the same worlds the redundancy fraction of efficient coding falls.",
        f"redundancy fraction, trained less naive, SNR 1, {POPULATIONS}",
        lambda: mean_of(_static("efficient coding")["fraction"]),
        below(0),
        FALLS,
    ),
    _claim(
        "mirror-inference-little-at-high-snr",
        "At high SNR inference hardly raises the redundancy fraction.",
        f"redundancy fraction, trained less naive, inference, SNR 10, {POPULATIONS}",
        lambda: mean_of(study.signs(snr=efficient.HIGH_SNR)["inference"]),
        between(0, 0.1),
        ("hardly raises", "does more than hardly raise", "perhaps hardly raises"),
        1,
    ),
    _claim(
        "mirror-efficient-much-at-high-snr",
        "There efficient coding lowers it far.",
        f"redundancy fraction, trained less naive, efficient coding, SNR 10, {POPULATIONS}",
        lambda: mean_of(study.signs(snr=efficient.HIGH_SNR)["efficient coding"]),
        below(-0.5),
        ("lowers it far", "does not lower it far", "may lower it far"),
        2,
    ),
    _claim(
        "mirror-opposite-everywhere",
        "In nearly all populations the two theories move opposite ways.",
        "share of populations in which gain, information of a neuron and redundancy fraction "
        "all fall in efficient coding and all rise in inference, SNR 1",
        _opposite,
        above(0.95),
        NEARLY_ALL,
    ),
    _claim(
        "static-inference-total-rises",
        "With private noise the population gains information.",
        f"total information, trained over naive, SNR 1, {POPULATIONS}",
        lambda: mean_of(_static("inference")["total"]),
        above(1),
        RISES,
    ),
    _claim(
        "static-inference-lossless",
        "Without private noise inference changes no information at all.",
        "total information of the trained code over that of the evidence, less one",
        lambda: Evidence(study.lossless()),
        between(-1e-12, 1e-12),
        ("changes nothing", "changes something", "may change nothing"),
        1,
    ),
    _claim(
        "wiener-gain-formula",
        "The ratio of gains is that of exercise 3.1.",
        "largest relative difference, SNR 0.05, 1 and 10",
        _formula,
        below(1e-9),
        AGREES,
        1,
    ),
    _claim(
        "inference-rises-at-every-snr",
        "The sign of the prediction of inference does not depend on the SNR.",
        "share of populations in which the redundancy fraction rises at SNR 0.05, 1 and 30",
        _at_every_snr,
        above(0.95),
        NEARLY_ALL,
    ),
    _claim(
        "same-sign-at-low-snr",
        "At low SNR both theories predict a rise of redundancy.",
        "share of populations in which it rises in both, SNR 0.05",
        lambda: share_of((study.signs(snr=efficient.LOW_SNR) > 0).all(axis=1)),
        above(0.95),
        NEARLY_ALL,
    ),
    _claim(
        "trial-gain-exact",
        "Simulated responses have the mean that the equations give.",
        f"gain along the task axis, simulated over exact, {POPULATIONS}",
        lambda: _simulated("gain"),
        between(0.97, 1.03),
        AGREES,
    ),
    _claim(
        "trial-variance-exact",
        "Simulated responses have the variance along the task axis that the equations give.",
        f"variance along w, simulated over exact, {POPULATIONS}",
        lambda: _simulated("variance"),
        between(0.97, 1.03),
        AGREES,
    ),
    _claim(
        "trial-stein-exact",
        "Evidence and belief covary as Stein's lemma says.",
        f"covariance of a frame's evidence and the belief, simulated over exact, {POPULATIONS}",
        lambda: _simulated("stein"),
        between(0.97, 1.03),
        AGREES,
    ),
    _claim(
        "inference-skill",
        "A trained subject near threshold is right more often than not, and not always.",
        f"probability of a correct choice, signal 0.1, {POPULATIONS}",
        lambda: mean_of(study.within_evidence()["correct"]),
        between(0.5, 1),
        ("better than chance", "no better than chance", "perhaps better than chance"),
        2,
    ),
    _claim(
        "inference-overconfident",
        "The subject that expects signals of strength 1 overrates weak ones.",
        "probability that it gives to its own choice less that of being right, last frame, "
        f"signal 0.1, {POPULATIONS}",
        lambda: mean_of(study.confidence()["confidence"] - study.confidence()["correct"]),
        above(0),
        ("overconfident", "not overconfident", "perhaps overconfident"),
        2,
    ),
    _claim(
        "inference-confidence",
        "It is nearly sure of its choices.",
        f"mean of (1 + |b|) / 2, last frame, signal 0.1, {POPULATIONS}",
        lambda: mean_of(study.confidence()["confidence"]),
        above(0.95),
        ("nearly sure", "not nearly sure", "perhaps nearly sure"),
        2,
    ),
    _claim(
        "inference-differential-rises",
        "Learning raises the variance along f'.",
        f"variance along the trained f', trained over naive, last frame, {POPULATIONS}",
        lambda: mean_of(study.covariance_change()["differential"]),
        above(1),
        RISES,
    ),
    _claim(
        "inference-mode-aligned",
        "The leading mode of what learning adds to the covariance points along f'.",
        f"cosine of the mode with f', last frame, {POPULATIONS}",
        lambda: mean_of(study.covariance_change()["along_slope"]),
        above(0.99),
        ("points along", "does not point along", "may point along"),
        5,
    ),
    _claim(
        "inference-mode-alone",
        "That mode is nearly all that learning adds.",
        f"part of the summed absolute eigenvalues of the change, {POPULATIONS}",
        lambda: mean_of(study.covariance_change()["share"]),
        above(0.99),
        ("nearly all", "not nearly all", "perhaps nearly all"),
        5,
    ),
    _claim(
        "inference-neurons-by-relevance",
        "What a neuron gains is nearly proportional to w_i^2.",
        f"exponent of its gain in information in w_i^2, last frame, {POPULATIONS}",
        lambda: mean_of(study.relevance()["exponent"]),
        between(0.95, 1.05),
        ("nearly proportional", "not proportional", "perhaps nearly proportional"),
    ),
    _claim(
        "inference-redundancy-rises",
        "Learning raises the redundancy fraction at the last frame.",
        f"redundancy fraction, trained less naive, signal 0.1, {POPULATIONS}",
        lambda: mean_of(_contrast("trained", "fraction")),
        above(0),
        RISES,
    ),
    _claim(
        "inference-rises-everywhere",
        "It does in nearly all populations, and no population loses information.",
        "share of populations in which gain, information of a neuron, redundancy and its "
        "fraction rise, and total information does not fall",
        lambda: share_of(
            (_contrast("trained", "gain") > 1)
            & (_contrast("trained", "single") > 1)
            & (_contrast("trained", "redundancy") > 0)
            & (_contrast("trained", "fraction") > 0)
            & (_contrast("trained", "total") >= 1)
        ),
        above(0.95),
        NEARLY_ALL,
    ),
    _claim(
        "inference-total-rises",
        "The responses of the last frame carry more information in all.",
        f"total information, trained over naive, last frame, {POPULATIONS}",
        lambda: mean_of(_contrast("trained", "total")),
        above(1),
        RISES,
    ),
    _claim(
        "inference-within-evidence",
        "They never carry more than all evidence up to then.",
        f"total information of the last frame over that of all evidence, {POPULATIONS}",
        lambda: mean_of(study.within_evidence()["part"]),
        below(1),
        ("less than", "more than", "perhaps less than"),
    ),
    _claim(
        "inference-passive-naive",
        "In passive viewing the effect of learning vanishes.",
        f"largest difference in redundancy, passive less naive, {POPULATIONS}",
        _passive_is_naive,
        below(1e-9),
        ("vanishes", "does not vanish", "may vanish"),
        1,
    ),
    _claim(
        "inference-half-engaged",
        "Half the feedback adds less than half the redundancy.",
        f"redundancy added by learning, half over fully engaged, last frame, {POPULATIONS}",
        lambda: mean_of(study.half_engaged()["ratio"]),
        below(0.5),
        ("less than half", "not less than half", "perhaps less than half"),
    ),
    _claim(
        "inference-frame-redundancy-rises",
        "Near threshold the redundancy of one frame rises through the trial.",
        f"redundancy, last frame less first, signal 0.1, {POPULATIONS}",
        lambda: mean_of(_frames("redundancy")[study.LAST] - _frames("redundancy")[1]),
        above(0),
        RISES,
    ),
    _claim(
        "inference-frame-fraction-falls",
        "The redundancy fraction of one frame falls at the same time.",
        f"redundancy fraction, last frame less first, signal 0.1, {POPULATIONS}",
        lambda: mean_of(_frames("fraction")[study.LAST] - _frames("fraction")[1]),
        below(0),
        FALLS,
    ),
    _claim(
        "inference-summed-fraction-rises",
        "The redundancy fraction of counts summed since the first frame rises.",
        f"redundancy fraction of summed counts, ten frames less one, signal 0.1, {POPULATIONS}",
        lambda: mean_of(_summed()),
        above(0),
        RISES,
    ),
    _claim(
        "inference-frames-everywhere",
        "All three hold in nearly all populations, the first two at every frame.",
        "share of populations in which redundancy rises and its fraction falls at every frame, "
        "and the fraction of summed counts rises",
        lambda: share_of(
            (_frames("redundancy").diff(axis=1).iloc[:, 1:] > 0).all(axis=1)
            & (_frames("fraction").diff(axis=1).iloc[:, 1:] < 0).all(axis=1)
            & (_summed() > 0)
        ),
        above(0.95),
        NEARLY_ALL,
    ),
    _claim(
        "inference-strong-redundancy-falls",
        "At a strong signal the redundancy of one frame falls through the trial.",
        f"redundancy, last frame over first, signal {study.STRONG:g}, {POPULATIONS}",
        lambda: mean_of(
            _frames("redundancy", study.STRONG)[study.LAST] / _frames("redundancy", study.STRONG)[1]
        ),
        below(1),
        FALLS,
    ),
    _claim(
        "inference-strong-everywhere",
        "It does in nearly all populations.",
        f"share of populations in which it falls, signal {study.STRONG:g}",
        lambda: share_of(
            _frames("redundancy", study.STRONG)[study.LAST] < _frames("redundancy", study.STRONG)[1]
        ),
        above(0.95),
        NEARLY_ALL,
    ),
    _claim(
        "inference-strong-zero-rises",
        "With the noise of zero-signal trials it rises even then.",
        "redundancy, last frame over first, f' from signals 0.5 and Sigma from zero signal, "
        f"{POPULATIONS}",
        lambda: mean_of(study.zero_signal_noise()["last"] / study.zero_signal_noise()["first"]),
        above(1),
        RISES,
    ),
    _claim(
        "inference-strong-zero-everywhere",
        "It does in nearly all populations.",
        "share of populations in which it rises with the noise of zero-signal trials",
        lambda: share_of(study.zero_signal_noise()["last"] > study.zero_signal_noise()["first"]),
        above(0.95),
        NEARLY_ALL,
    ),
    _claim(
        "inference-alike-rises",
        "Noise correlations rise between neurons that prefer the same category.",
        f"mean noise correlation of such pairs, trained less naive, last frame, {POPULATIONS}",
        lambda: mean_of(_alike("reference") - _alike("naive")),
        above(0),
        RISES,
        2,
    ),
    *ONE_WORLD,
    *EVERYWHERE,
    *CELLS,
)
