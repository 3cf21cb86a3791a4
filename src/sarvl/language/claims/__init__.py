"""Claims: what a text asserts; one file a kind, with its words, its check and its JSON."""

from sarvl.language.claims.claim import CLAIM_KINDS, Claim, ClaimKind

__all__ = ["CLAIM_KINDS", "Claim", "ClaimKind"]
