"""Language: annotations to sentences that carry their claims and evidence, and the check of any such sentence."""

from sarvl.language.claims import claims_from_json, claims_json
from sarvl.language.describe import describe
from sarvl.language.families import CAPTION_FAMILIES
from sarvl.language.questions import QuestionSettings, ask, class_prevalence
from sarvl.language.reading import parse_claims
from sarvl.language.statement import Claim, Group, Statement
from sarvl.language.verify import verify
from sarvl.language.vocabulary import Vocabulary, vocabulary_of

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
