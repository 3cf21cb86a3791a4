"""Answering by type: what may be an answer, as texts and as tokens; how sure it is; and what can be answered at all."""
