"""What the packaged models say that they were taught, on which refusals and warnings of their answers rest."""

import pytest

from sarvl.models.answering.closed_world import check_question, taught_by
from sarvl.models.packaging.packaged_models import packaged_folder, packaged_names
from sarvl.models.sidecar import SIDECAR, read_sidecar


@pytest.mark.parametrize("name", packaged_names())
def test_every_stage_of_a_packaged_model_says_what_it_taught(name):
    """Two stages of an earlier version said nothing of questions, so that no kind could be told to be untaught."""
    taught = taught_by(read_sidecar(packaged_folder(name) / SIDECAR).stages)
    assert taught.classes and taught.kinds is not None


def test_a_kind_that_the_packaged_model_never_learnt_is_told():
    taught = taught_by(read_sidecar(packaged_folder("sarvl-gpt") / SIDECAR).stages)
    (remark,) = check_question("Which land cover dominates the image?", taught, ()).remarks
    assert remark == "the model was trained on no question of this kind (dominant_land_cover)"
    assert check_question("Does the image belong to the category T72 tank?", taught, ()).remarks == ()
