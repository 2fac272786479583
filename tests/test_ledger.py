"""What pages computed against what is stored: each kind of difference stops a build."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

sys.path.append(str(Path(__file__).parents[1] / "book" / "_ext"))
import ledger

RECORD = {
    "claim": "it-rises", "value": 0.123456, "low": 0.1, "high": 0.2,
    "verdict": "supported", "expected": "supported",
}  # fmt: skip


def page(*records):
    outputs = [new_output("display_data", metadata={"claim": record}) for record in records]
    return new_notebook(cells=[new_code_cell(outputs=[new_output("stream"), *outputs])])


@pytest.fixture
def root(tmp_path):
    (tmp_path / ledger.STORED).parent.mkdir(parents=True)
    (tmp_path / ledger.STORED).write_text(
        "page,claim,value,low,high\n01,it-rises,0.123456,0.1,0.2\n"
    )
    return tmp_path


def test_what_is_stored_passes_whatever_the_processor(root):
    ledger.check(root, {"01": page(RECORD | {"value": 0.123456 * (1 + 1e-6)})}, root)
    assert (root / "claims.csv").read_text() == (root / ledger.STORED).read_text()


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([RECORD | {"value": 0.12346}], "it-rises: value stored 0.123456, computed 0.12346"),
        ([RECORD | {"high": 0.3}], "it-rises: high stored 0.2, computed 0.3"),
        ([RECORD | {"verdict": "undecided"}], "is undecided, and the text was written for suppo"),
        ([RECORD, RECORD], "it-rises is settled more than once"),
        ([], "it-rises is stored, and no page settles it"),
        ([RECORD, RECORD | {"claim": "it-falls"}], "it-falls is not stored"),
    ],
)
def test_each_difference_stops_the_build_and_says_what_to_do(root, records, said):
    with pytest.raises(ledger.ClaimError, match=said) as error:
        ledger.check(root, {"01": page(*records)}, root)
    assert str(error.value).endswith(f"If this is right: cp claims.csv {ledger.STORED}")


def test_a_book_without_claims_needs_no_table(tmp_path):
    ledger.check(tmp_path, {"01": page()}, tmp_path)
    with pytest.raises(ledger.ClaimError, match="is not there"):
        ledger.check(tmp_path, {"01": page(RECORD)}, tmp_path)


def test_a_page_is_stale_when_a_claim_that_it_cites_came_to_something_else():
    env = SimpleNamespace(settled={"a": {"value": 1}, "b": {"value": 2}})
    assert ledger.stale(env) == []
    env.cited = {"one": {"a": {"value": 1}}, "two": {"a": {"value": 1}, "b": {"value": 3}}}
    assert ledger.stale(env) == ["two"]
    env.cited["one"]["gone"] = None
    assert ledger.stale(env) == ["one", "two"]
    ledger.forget(None, env, "one")
    ledger.forget(None, env, "two")
    assert ledger.stale(env) == []
