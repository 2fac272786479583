"""The table of predictions by theory: every cell a claim, and the table as the page shows it."""

from types import MappingProxyType

import pandas as pd

from neurocoord_book.claims import wording
from neurocoord_book.claims._registry import Claim, Evidence, Region, Result, Verdict, evaluate
from neurocoord_book.claims.evidence import mean_of, share_of
from neurocoord_book.claims.wording import NEARLY_ALL, worded
from neurocoord_book.studies import comparison as study
from neurocoord_book.tables import HTML

CHAPTER = "03-inference"

THEORIES = MappingProxyType(
    {
        "efficient-high": "Efficient, high SNR",
        "efficient-low": "Efficient, low SNR",
        "inference": "Inference",
    }
)
"""The columns of the table."""

CHANGES = MappingProxyType(
    {
        "trained": "Learning: from naive to trained",
        "passive": "Passive viewing: from engaged to passive",
        "late": "Within the trial: from the first frame to the last",
    }
)
"""The three parts of the table."""

SAME, RISES, FALLS = "unchanged", "rises", "falls"

WIRED_IN = " ".join([SAME] * len(study.MEASURES))

DIRECTIONS = MappingProxyType(
    {
        # In the order of studies.comparison.MEASURES.
        ("efficient-high", "trained"): "falls falls falls falls falls unchanged rises falls",
        ("efficient-high", "passive"): WIRED_IN,
        ("efficient-high", "late"): WIRED_IN,
        ("efficient-low", "trained"): "rises rises rises rises rises unchanged rises rises",
        ("efficient-low", "passive"): WIRED_IN,
        ("efficient-low", "late"): WIRED_IN,
        ("inference", "trained"): "rises rises rises rises rises unchanged rises rises",
        ("inference", "passive"): "falls falls falls falls falls unchanged falls falls",
        ("inference", "late"): "rises rises rises rises falls unchanged falls falls",
    }
)
"""What each cell says of its quantity."""

TOLERANCE = 0.001
"""Changes of a mean correlation below this count as none, as in chapter 2."""


def region(direction: str, kind: str) -> Region:
    """Return the values that a direction stands for, of a ratio or of a difference."""
    centre = 1.0 if kind == "ratio" else 0.0
    if direction == SAME:
        return Region(centre - TOLERANCE, centre + TOLERANCE)
    infinity = float("inf")
    return Region(centre, infinity) if direction == RISES else Region(-infinity, centre)


def _cell(theory: str, change: str, measure: str, direction: str) -> Claim:
    name, kind = study.MEASURES[measure]
    before, after = study.CONTRASTS[change]
    said = f"{THEORIES[theory]}: {name} {'is' if direction == SAME else ''} {direction}"

    def compute() -> Evidence:
        table = study.contrasts(theory=theory)
        return mean_of(table.loc[table["contrast"] == change, measure])

    return Claim(
        f"table-{theory}-{measure.replace('_', '-')}-{change}",
        CHAPTER,
        " ".join(said.split()) + ".",
        f"{kind}, {_state(after)} against {_state(before)}, 200 populations",
        compute,
        region(direction, kind),
        words={
            Verdict.SUPPORTED: direction,
            Verdict.NOT_SUPPORTED: f"not: {direction}",
            Verdict.UNDECIDED: f"undecided: {direction}",
        },
        group=f"Cells of the comparison: {THEORIES[theory]}",
    )


def _state(condition: str) -> str:
    """Return a condition of the comparison in words."""
    return {"reference": "trained, engaged, last frame", "early": "first frame"}.get(
        condition, condition
    )


def _everywhere(theory: str) -> Claim:
    """Return the claim that nearly all populations show every cell of a theory."""

    def compute() -> Evidence:
        table = study.contrasts(theory=theory)
        holds = pd.Series(True, index=range(table["population"].nunique()))
        for change in CHANGES:
            rows = table[table["contrast"] == change].set_index("population")
            directions = zip(study.MEASURES, DIRECTIONS[theory, change].split(), strict=True)
            for measure, direction in directions:
                if measure == "correlation":
                    continue
                values = region(direction, study.MEASURES[measure][1])
                holds &= (rows[measure] > values.low) & (rows[measure] < values.high)
        return share_of(holds)

    return worded(
        CHAPTER,
        f"table-{theory}-everywhere",
        f"{THEORIES[theory]}: nearly all populations show every cell but the mean correlation.",
        "share of populations in which all of these cells hold",
        compute,
        Region(0.95, float("inf")),
        NEARLY_ALL,
    )


def _in_one_world(observer: str, measure: str, private: float) -> pd.Series:
    """Return what learning changes under one theory, one value a population."""
    table = study.one_world(private_variance=private)
    return table[table["observer"] == observer].set_index("population")[measure]


def _opposite_in_one_world() -> Evidence:
    """Return the share of populations in which the theories differ in sign, in both worlds."""
    holds = pd.Series(True, index=range(200))
    for private in (1.0, 4.0):
        for observer in list(study.OBSERVERS)[1:]:
            holds &= _in_one_world(observer, "redundancy", private) > 0
        holds &= _in_one_world("efficient coding", "redundancy", private) < 0
    return share_of(holds)


def _one_world(
    name: str, observer: str, measure: str, criterion: Region, words: tuple[str, str, str]
) -> Claim:
    said, kind = study.MEASURES[measure]
    return worded(
        CHAPTER,
        f"one-world-{name}",
        f"In one world, {observer}: {said} {words[0]}.",
        f"{kind}, trained against naive, SNR 1, private variance 4, 200 populations",
        lambda: mean_of(_in_one_world(observer, measure, 4.0)),
        criterion,
        words,
        2,
    )


_EXPECTS_WEAK = list(study.OBSERVERS)[-1]

ONE_WORLD = (
    _one_world(
        "efficient", "efficient coding", "redundancy", region(FALLS, "difference"), wording.FALLS
    ),
    _one_world(
        "inference",
        "inference, last frame",
        "redundancy",
        region(RISES, "difference"),
        wording.RISES,
    ),
    _one_world(
        "first-total", "inference, first frame", "total", region(RISES, "ratio"), wording.RISES
    ),
    _one_world(
        "last-total", "inference, last frame", "total", region(RISES, "ratio"), wording.RISES
    ),
    _one_world("weak-total", _EXPECTS_WEAK, "total", region(RISES, "ratio"), wording.RISES),
    _one_world("weak-single", _EXPECTS_WEAK, "single", region(RISES, "ratio"), wording.RISES),
    _one_world(
        "weak-fraction", _EXPECTS_WEAK, "fraction", region(RISES, "difference"), wording.RISES
    ),
    worded(
        CHAPTER,
        "one-world-opposite",
        "In one world redundancy falls in efficient coding and rises in inference, in nearly all "
        "populations.",
        "share of populations in which it falls in efficient coding and rises in each kind of "
        "inference, SNR 1, private variance 1 and 4",
        _opposite_in_one_world,
        Region(0.95, float("inf")),
        NEARLY_ALL,
    ),
)
"""What learning changes under each theory where all share the same worlds."""

EVERYWHERE = tuple(_everywhere(theory) for theory in THEORIES)
"""How many populations show each column of the table."""

CELLS = tuple(
    _cell(theory, change, measure, direction)
    for theory in THEORIES
    for change in CHANGES
    for measure, direction in zip(study.MEASURES, DIRECTIONS[theory, change].split(), strict=True)
)
"""The claims of the table."""


def cell_text(result: Result) -> str:
    """Return what a cell of the table says: the direction, and the size if there is one."""
    if result.words == SAME:
        return SAME
    is_ratio = result.claim.quantity.startswith("ratio")
    sign = "" if is_ratio or result.evidence.value < 0 else "+"
    size = "\N{MULTIPLICATION SIGN}\N{NO-BREAK SPACE}" if is_ratio else sign
    size += result.value_text
    return f'{result.words}<br><span class="claim-interval">{size}</span>'


def comparison(change: str) -> HTML:
    """Return one part of the table of predictions, computed.

    Parameters
    ----------
    change : {"trained", "passive", "late"}
        What is varied.
    """
    results = {claim.id: evaluate(claim).confirm() for claim in CELLS}
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Quantity", *THEORIES.values()))
    rows = ""
    for measure, (name, _) in study.MEASURES.items():
        ids = [f"table-{theory}-{measure.replace('_', '-')}-{change}" for theory in THEORIES]
        cells = "".join(f"<td>{cell_text(results[name])}</td>" for name in ids)
        rows += f'<tr><th scope="row">{name}</th>{cells}</tr>'
    return HTML(
        f'<table class="comparison-table"><caption>{CHANGES[change]}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )
