"""Records what pycocoevalcap makes of our made captions, for tests that need neither it nor Java.

``pip install pycocoevalcap``, Java on the path, then ``python tests/measures/captions/record_peers.py``.
"""

import json
from pathlib import Path

from made_captions import made_captions
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge

FOLDER = Path(__file__).parent
CAPTIONS, SEED = 120, 0


def record_scores() -> None:
    captions, references = made_captions(CAPTIONS, SEED)
    truths, results = dict(enumerate(references)), {number: [text] for number, text in enumerate(captions)}
    scores = {}
    for name, scorer in (("bleu", Bleu(4)), ("rouge", Rouge()), ("cider", Cider())):
        value, each = scorer.compute_score(truths, results)
        scores[name] = {"value": _plain(value), "each": [_plain(score) for score in each]}
    (FOLDER / "peer_scores.json").write_text(json.dumps(scores) + "\n")


def _plain(value: object) -> object:
    return [float(part) for part in value] if isinstance(value, list) else float(value)


if __name__ == "__main__":
    record_scores()
