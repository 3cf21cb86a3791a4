"""Kinds of questions: one file a kind, named as the ``family`` of its questions."""
