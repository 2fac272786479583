"""What chapters 5 to 8 conclude rests on the experiments that they name."""

import inspect
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neurocoord.experiment import Design
from neurocoord_book import claims, results
from neurocoord_book.claims import Verdict, mechanisms
from neurocoord_book.studies import learning_runs, limits, mechanisms_runs

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
CHAPTERS = ("05-simulated-learning", "06-signatures", "07-other-mechanisms", "08-limits")

learning = pytest.mark.xdist_group("05-simulated-learning")


def stored(name):
    with resources.files("neurocoord_book.data").joinpath(f"results/{name}.csv").open() as file:
        return pd.read_csv(file)


def value(claim_id):
    return claims.evaluate(claims.find(claim_id)).evidence.value


@learning
def test_rates_of_twenty_sessions_are_of_twenty_sessions():
    assert mechanisms_runs.WEEKS == learning_runs.WEEKS == Design()
    assert (learning_runs.WEEKS.sessions, learning_runs.BATCH.sessions) == (20, 6)
    table = stored("mechanisms-study")
    own = table[table["model"] == "efficient coding"]
    falls = int(((own["engaged"] < 0) & (own["engaged_p"] < 0.05)).sum())
    assert (falls, len(own)) == (473, 640)
    assert value("power-efficient") == falls / len(own)
    own = table[table["model"] == "inference"]
    assert value("power-twenty") == ((own["engaged"] > 0) & (own["engaged_p"] < 0.05)).mean()
    assert value("level-twenty") == (stored("signatures-null")["engaged_p"] < 0.05).mean()
    six = stored("learning-tests").query("world == 'efficient coding'")
    assert value("power-efficient-six") == (six["fixed curves"] < 0.05).mean()


@pytest.mark.xdist_group("06-signatures")
def test_each_mark_of_a_theory_has_one_estimate():
    """Chapter 6 takes what chapter 7 measures alike from its experiments; 7 repeats none of it."""
    known = {claim.id for claim in claims.all_claims()}
    table = stored("mechanisms-study")
    for model, end in (("inference", "inference"), ("efficient coding", "efficient")):
        own = table[table["model"] == model]
        hits = {
            "only-when-active": (own["interaction"] > 0)
            & (own["interaction_p"] < 0.05)
            & (own["flat_p"] < 0.05),
            "relevant-neurons-most": (own["held_out"] > 0) & (own["held_out_p"] < 0.05),
            "not-permanent": (own["switch"] > 0) & (own["switch_p"] < 0.05),
        }
        for name, found in hits.items():
            assert value(f"{name}-{end}") == found.mean()
        for mark in ("active", "relevant", "switch"):
            assert f"mark-{mark}-{model.replace(' ', '-')}" not in known


def test_claims_of_some_frames_say_how_many():
    for claim in claims.claims_of("07-other-mechanisms"):
        if claim.id.startswith(("mark-decision-", "mark-turn-", "marks-all-four-")):
            assert f"{len(mechanisms_runs.FRAMES.windows)} frames" in claim.sentence


@pytest.mark.parametrize(("share", "verdict"), [(0.02, "supported"), (0.5, "not supported")])
def test_a_mark_that_is_not_there_must_be_rare(monkeypatch, share, verdict):
    hits = pd.Series(np.arange(600) < 600 * share)
    monkeypatch.setattr(mechanisms, "_hits", lambda model, measure: hits)
    one = claims.find("mark-active-fixed-code")
    assert one.expected is Verdict.SUPPORTED
    assert claims.evaluate(one).verdict == verdict


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapters_name_the_regime_and_the_limit_of_their_comparisons(chapter):
    text = (NOTEBOOKS / f"{chapter}.ipynb").read_text(encoding="utf-8")
    assert "overconfident" in text
    limit = {
        inspect.signature(one).parameters["limit"].default
        for one in (results.compare, limits.compare_rates)
    }
    assert len(limit) == 1
    assert f"more than {limit.pop()} standard errors" in text
