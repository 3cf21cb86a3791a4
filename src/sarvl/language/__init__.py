"""Language: annotations to sentences that carry their claims and evidence, and the check of any such sentence."""

from sarvl.language.captions import CAPTION_FAMILIES
from sarvl.language.claims.construction import claims_from_json, claims_json
from sarvl.language.description import describe
from sarvl.language.questions import QuestionSettings, ask, class_prevalence
from sarvl.language.reader.text_reader import parse_claims
from sarvl.language.statement import Claim, Group, Statement
from sarvl.language.verification import verify
from sarvl.language.words.vocabulary import Vocabulary, vocabulary_of

__all__ = [
    "CAPTION_FAMILIES",
    "Claim",
    "Group",
    "QuestionSettings",
    "Statement",
    "Vocabulary",
    "ask",
    "claims_from_json",
    "claims_json",
    "class_prevalence",
    "describe",
    "parse_claims",
    "verify",
    "vocabulary_of",
]
