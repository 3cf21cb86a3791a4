"""Seeds: values that corpora and runs of earlier versions rest on."""

from hashlib import blake2b

from sarvl.seeds import seeded_bytes, seeded_number, seeded_random, torch_seed


def test_seeds_are_those_that_earlier_corpora_were_drawn_from():
    assert seeded_bytes(0, "a.png") == blake2b(b"0\0a.png", digest_size=8).digest()
    assert seeded_number(0, "a.png", "questions") == int.from_bytes(
        blake2b(b"0\0a.png\0questions", digest_size=8).digest(), "big"
    )
    assert torch_seed(0, 3) == int.from_bytes(blake2b(b"(0, 3)", digest_size=7).digest(), "big")
    assert seeded_random(1, "b").random() == seeded_random(1, "b").random() != seeded_random(1, "c").random()
