import pytest

from neurocoord import claims

CHAPTER = "04-inference-by-sampling"


@pytest.mark.parametrize("claim", claims.claims_of(CHAPTER), ids=lambda claim: claim.id)
def test_claim_has_the_verdict_that_the_prose_was_written_for(claim):
    result = claims.evaluate(claim).confirm()
    assert result.verdict in claim.words
