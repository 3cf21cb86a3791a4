import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.errors import LanguageError
from sarvl.language import Group, claims_from_json, claims_json
from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.claims.kinds.absence import Absence
from sarvl.language.claims.kinds.extent import Extent
from sarvl.language.claims.kinds.presence import Presence
from sarvl.language.claims.kinds.relation import relation_claim
from sarvl.language.claims.kinds.share import Share
from sarvl.language.claims.kinds.size import Size
from sarvl.language.claims.kinds.speckle import Speckle
from sarvl.language.geometry.layout import POSITIONS
from sarvl.language.geometry.oriented_box import DIAGONAL, ORIENTATIONS
from sarvl.language.words.measures import AMOUNTS, SPECKLE_STRENGTHS

groups = st.builds(
    Group,
    st.sampled_from(("ship", "tank", "Schiff \u00e4")),
    st.none() | st.sampled_from(POSITIONS),
    st.none() | st.sampled_from((*ORIENTATIONS, DIAGONAL)),
)
quantities = st.builds(
    quantity_claim, groups, st.sampled_from(("exactly", "at least")), st.integers(1, 30), st.just((0, 1))
)
relation_claims = st.builds(
    relation_claim, groups, st.sampled_from(("above", "below", "left of", "right of", "has")), groups, st.just((2,))
)
meters = st.integers(1, 400)
measures = (
    st.builds(Size, groups, st.tuples(meters, meters), st.just((3,)))
    | st.builds(Extent, groups, st.tuples(meters, meters), st.just((3,)))
    | st.builds(Share, groups, st.sampled_from(AMOUNTS) | st.integers(1, 100))
    | st.builds(Speckle, st.sampled_from(SPECKLE_STRENGTHS))
)
absences = st.builds(lambda group: quantity_claim(group, "exactly", 0), groups)
claim_lists = st.lists(quantities | relation_claims | absences | measures)


@given(claim_lists)
def test_json_there_and_back(claims):
    found = claims_from_json(claims_json(claims))
    assert [claim.meaning() for claim in found] == sorted({claim.meaning() for claim in claims})
    assert not any(claim.objects for claim in found)


@given(claim_lists, st.randoms(use_true_random=False))
def test_order_repeats_and_evidence_do_not_change_the_json(claims, random):
    changed = [claim.resting_on((7,)) for claim in claims + claims]
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


def test_json_of_measures_as_it_is_kept():
    claims = [
        quantity_claim(Group("ship", None, "rising"), "exactly", 2),
        Share(Group("water"), 60),
        Share(Group("forest"), "large areas"),
        Size(Group("ship"), (120, 17)),
        Speckle("strong"),
    ]
    assert json.loads(claims_json(claims)) == [
        {"kind": "count", "group": {"class": "ship", "orientation": "rising"}, "comparison": "exactly", "number": 2},
        {"kind": "share", "group": {"class": "forest"}, "amount": "large areas"},
        {"kind": "share", "group": {"class": "water"}, "percent": 60},
        {"kind": "size", "group": {"class": "ship"}, "size_m": [120, 17]},
        {"kind": "speckle", "group": {"class": ""}, "amount": "strong"},
    ]


def test_one_meaning_has_one_form():
    ship, tank = Group("ship"), Group("tank")
    assert quantity_claim(ship, "at least", 1) == Presence(ship)
    assert quantity_claim(ship, "exactly", 0) == Absence(ship)
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
    '[{"kind": "share", "group": {"class": "water"}, "amount": "much"}]',
    '[{"kind": "speckle", "group": {"class": ""}, "amount": "dominant"}]',
    '[{"kind": "size", "group": {"class": "ship"}, "size_m": [120]}]',
    '[{"kind": "size", "group": {"class": "ship"}}]',
)


@pytest.mark.parametrize("text", NO_CLAIMS)
def test_what_is_no_list_of_claims_is_refused(text):
    with pytest.raises(LanguageError, match="not a list of claims"):
        claims_from_json(text)
