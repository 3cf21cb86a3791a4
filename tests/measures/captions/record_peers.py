"""Records what pycocoevalcap and its Java programs make of our own texts, for tests that need neither.

``pip install pycocoevalcap``, Java on the path, then
``PYTHONPATH=src python tests/measures/captions/record_peers.py RSICD/captions.json``; of RSICD only a digest of the
tokens is kept. It also says how many of the texts get other tokens of ours, and writes which characters the reference
takes for letters, digits, marks and symbols.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

from made_captions import made_captions
from made_strings import made_strings
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.meteor.meteor import Meteor
from pycocoevalcap.rouge.rouge import Rouge
from pycocoevalcap.tokenizer import ptbtokenizer

from sarvl.measures.captions import ptb_rules
from sarvl.measures.captions.tokens import ptb_tokens

FOLDER = Path(__file__).parent
CAPTIONS, SEED = 120, 0
STRINGS, TOLD, BLOCK = 50_000, 1_000, 100
LINE_ENDS = "\n\r\x0b\x0c\x85\u2028\u2029"


def main() -> None:
    record_characters()
    record_scores()
    record_tokens()


def java_lines(texts: list[str]) -> list[str]:
    """Return the line that the tokenizer writes for each text; a word between two keeps them apart."""
    jar = Path(ptbtokenizer.__file__).parent / ptbtokenizer.STANFORD_CORENLP_3_4_1_JAR
    command = ["java", "-cp", str(jar), "edu.stanford.nlp.process.PTBTokenizer", "-preserveLines", "-lowerCase"]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="\n") as file:
        file.write("\nq\n".join(texts) + "\nq\n")
        file.flush()
        unicode = {**os.environ, "LC_ALL": "C.UTF-8"}
        done = subprocess.run([*command, file.name], env=unicode, capture_output=True, check=True)
    return done.stdout.decode().split("\n")[: 2 * len(texts) : 2]


def java_tokens(texts: list[str]) -> list[list[str]]:
    """Return the tokens as coco-caption's wrapper leaves them, without empty ones."""
    lines = java_lines(texts)
    return [
        [word for word in line.rstrip().split(" ") if word and word not in ptbtokenizer.PUNCTUATIONS] for line in lines
    ]


def record_tokens() -> None:
    strings = made_strings(STRINGS, SEED)
    tokens = java_tokens(strings)
    differ = sum(ptb_tokens(text) != own for text, own in zip(strings, tokens, strict=True))
    print(f"{STRINGS} strings, {differ} with other tokens")
    blocks = [tokens[start : start + BLOCK] for start in range(0, STRINGS, BLOCK)]
    kept = {"tokens": tokens[:TOLD], "digests": [digest(block) for block in blocks], "rsicd": rsicd_digest()}
    (FOLDER / "peer_tokens.json").write_text(json.dumps(kept, ensure_ascii=False, separators=(",", ":")) + "\n")


def rsicd_digest() -> str:
    entries = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    captions = [caption for entry in entries for caption in entry["captions"]]
    tokens = java_tokens(captions)
    differ = sum(ptb_tokens(text) != own for text, own in zip(captions, tokens, strict=True))
    print(f"{len(captions)} captions of RSICD, {differ} with other tokens")
    return digest(tokens)


def digest(tokens: list[list[str]]) -> str:
    return hashlib.sha256(json.dumps(tokens).encode()).hexdigest()[:16]


def record_characters() -> None:
    """Ask of every character of the first plane what it is alone, inside a word and a number, and between hyphens."""
    characters = [chr(code) for code in range(1, 0x10000) if not 0xD800 <= code < 0xE000 and chr(code) not in LINE_ENDS]
    forms = ("q {} q", "q a{}b q", "q 1{}2 q", "q a-{}-b q", "q {}1 q")
    lines = java_lines([form.format(character) for character in characters for form in forms])
    kinds: dict[str, list[str]] = {"letters": [], "digits": [], "marks": [], "symbols": []}
    for number, character in enumerate(characters):
        told = lines[len(forms) * number : len(forms) * (number + 1)]
        if kind := _kind(character, [line.replace(character.lower(), "C") for line in told]):
            kinds[kind].append(character)
    head = "# What PTBTokenizer (CoreNLP 3.4.1) takes each character for, in hexadecimal (record_peers.py).\n"
    text = head + "".join(f"{kind}: {_ranges(own)}\n" for kind, own in kinds.items())
    Path(ptb_rules.__file__).with_name("ptb_characters.txt").write_text(text)


def _kind(character: str, lines: list[str]) -> str | None:
    if unicodedata.category(character) == "Nd" and lines[0] == "q C q":
        return "digits"
    known = {
        ("q C q", "q aCb q", "q 1C2 q", "q a-C-b q", "q C1 q"): "letters",
        ("q C q", "q aCb q", "q 1 C2 q", "q a - C - b q", "q C1 q"): "marks",
        ("q C q", "q a C b q", "q 1 C 2 q", "q a - C - b q", "q C 1 q"): "symbols",
    }
    return "letters" if character.isascii() and character.isalpha() else known.get(tuple(lines))


def _ranges(characters: list[str]) -> str:
    ends: list[list[int]] = []
    for code in map(ord, characters):
        if ends and code == ends[-1][1] + 1:
            ends[-1][1] = code
        else:
            ends.append([code, code])
    return " ".join(f"{low:x}-{high:x}" if high > low else f"{low:x}" for low, high in ends)


def record_scores() -> None:
    captions, references = made_captions(CAPTIONS, SEED)
    truths, results = dict(enumerate(references)), {number: [text] for number, text in enumerate(captions)}
    scores = {}
    for name, scorer in (("bleu", Bleu(4)), ("rouge", Rouge()), ("cider", Cider()), ("meteor", Meteor())):
        value, each = scorer.compute_score(truths, results)
        scores[name] = {"value": _plain(value), "each": [_plain(score) for score in each]}
    (FOLDER / "peer_scores.json").write_text(json.dumps(scores) + "\n")


def _plain(value: Any) -> Any:
    return [float(part) for part in value] if isinstance(value, list) else float(value)


if __name__ == "__main__":
    main()
