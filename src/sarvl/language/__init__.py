"""Language: annotations to sentences that carry their claims and evidence, and the check of any such sentence."""

from sarvl.language.captions import CAPTION_FAMILIES
from sarvl.language.claims import CLAIM_KINDS, Claim
from sarvl.language.claims.construction import claims_from_json, claims_json
from sarvl.language.description import describe
from sarvl.language.group import Group
from sarvl.language.questions import QUESTION_KINDS, QuestionSettings, Survey, ask, survey
from sarvl.language.reader.text_reader import Reading, UnreadSpan, read_claims
from sarvl.language.statement import Statement
from sarvl.language.verification import verify
from sarvl.language.words.vocabulary import Vocabulary, vocabulary_of

__all__ = [
    "CAPTION_FAMILIES",
    "CLAIM_KINDS",
    "QUESTION_KINDS",
    "Claim",
    "Group",
    "QuestionSettings",
    "Reading",
    "Statement",
    "Survey",
    "UnreadSpan",
    "Vocabulary",
    "ask",
    "claims_from_json",
    "claims_json",
    "describe",
    "read_claims",
    "survey",
    "verify",
    "vocabulary_of",
]
