"""Claims: what a text asserts; one file a kind, with its words, its check and its JSON."""

from sarvl.language.claims.claim import CLAIM_KINDS, Claim, ClaimKind
from sarvl.language.claims.measured_claim import MeasuredClaim
from sarvl.language.claims.picture_claim import PictureClaim

__all__ = ["CLAIM_KINDS", "Claim", "ClaimKind", "MeasuredClaim", "PictureClaim"]
