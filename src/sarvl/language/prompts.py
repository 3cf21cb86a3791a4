"""What a model is asked for a caption, and what a question is put as."""

CAPTION_PROMPT = "Describe the content of this image in one sentence."
"""SARLANG-1M's (Wei et al. 2025)."""
CAPTION_PROMPTS = (
    CAPTION_PROMPT,
    "Describe this image briefly.",
    "Write a caption for this image.",
    "Give a short description of this image.",
)
"""What exported conversations ask for a caption, in turn. Format ``conversations`` takes the answers to all of them for
captions."""
QUESTION_PROMPT = "Question: {question}. Answer the question concisely."
"""SARLANG-1M's, with ``{question}`` where the question goes."""
CHOICE_PROMPT = "{question}\nAnswer with the letter of the right choice."
"""Ours, of a question with choices."""


def question_in(prompt: str) -> str:
    """Return the question that a prompt of SARLANG-1M's asks; a prompt of another form as it is."""
    before, _, behind = QUESTION_PROMPT.partition("{question}")
    is_form = prompt.startswith(before) and prompt.endswith(behind)
    return prompt.removeprefix(before).removesuffix(behind) if is_form else prompt
