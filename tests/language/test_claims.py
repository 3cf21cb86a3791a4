import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.errors import LanguageError
from sarvl.language import Claim, Group, claims_from_json, claims_json
from sarvl.language.claims import in_canonical_order, quantity_claim, relation_claim
from sarvl.language.layout import POSITIONS

groups = st.builds(Group, st.sampled_from(("ship", "tank", "Schiff \u00e4")), st.none() | st.sampled_from(POSITIONS))
quantities = st.builds(
    quantity_claim, groups, st.sampled_from(("exactly", "at least")), st.integers(1, 30), st.just((0, 1))
)
relation_claims = st.builds(
    relation_claim, groups, st.sampled_from(("above", "below", "left of", "right of")), groups, st.just((2,))
)
claim_lists = st.lists(quantities | relation_claims | st.builds(lambda g: quantity_claim(g, "exactly", 0), groups))


@given(claim_lists)
def test_json_there_and_back(claims):
    assert set(claims_from_json(claims_json(claims))) == {claim.meaning() for claim in claims}


@given(claim_lists, st.randoms(use_true_random=False))
def test_order_repeats_and_evidence_do_not_change_the_json(claims, random):
    changed = [claim._replace(objects=(7,)) for claim in claims + claims]
    random.shuffle(changed)
    assert claims_json(changed) == claims_json(claims)


@given(claim_lists, claim_lists)
def test_json_is_equal_only_for_equal_meaning(first, second):
    same = {claim.meaning() for claim in first} == {claim.meaning() for claim in second}
    assert (claims_json(first) == claims_json(second)) == same


def test_json_as_it_is_kept():
    claims = [
        relation_claim(Group("ship", "upper right"), "below", Group("bridge")),
        quantity_claim(Group("ship"), "exactly", 5),
    ]
    assert json.loads(claims_json(claims)) == [
        {"kind": "count", "group": {"class": "ship"}, "comparison": "exactly", "number": 5},
        {
            "kind": "relation",
            "group": {"class": "bridge"},
            "relation": "above",
            "other": {"class": "ship", "position": "upper right"},
        },
    ]


def test_one_meaning_has_one_form():
    ship, tank = Group("ship"), Group("tank")
    assert quantity_claim(ship, "at least", 1) == Claim("presence", ship)
    assert quantity_claim(ship, "exactly", 0) == Claim("absence", ship)
    assert relation_claim(ship, "below", tank) == relation_claim(tank, "above", ship)
    assert relation_claim(ship, "right of", tank) == relation_claim(tank, "left of", ship)
    first, second = quantity_claim(tank, "exactly", 2), quantity_claim(ship, "exactly", 2)
    assert in_canonical_order([first, second, first]) == (second, first)


def test_claims_of_nothing_are_refused():
    with pytest.raises(LanguageError, match="claims nothing"):
        quantity_claim(Group("ship"), "at least", 0)


NO_CLAIMS = (
    *("", "{}", "[1]", '[{"kind": "count"}]', '[{"kind": "guess", "group": {"class": "ship"}}]'),
    '[{"kind": "count", "group": {"class": "ship"}, "comparison": "nearly", "number": 3}]',
)


@pytest.mark.parametrize("text", NO_CLAIMS)
def test_what_is_no_list_of_claims_is_refused(text):
    with pytest.raises(LanguageError, match="not a list of claims"):
        claims_from_json(text)
