"""llava: the JSON lists that LLaVA and its relatives train on, one a split."""

from typing import Any

from sarvl.corpus.export.conversations import ImageConversation, image_conversations
from sarvl.corpus.export.form import OF_CONVERSATIONS, Export, ReadBack
from sarvl.corpus.export.job import ExportJob
from sarvl.corpus.export.json_list import write_json_list


def _write(job: ExportJob) -> None:
    for split in job.splits:
        write_json_list(job.folder / f"llava_{split}.json", map(_entry, image_conversations(job, split)))


def _entry(conversation: ImageConversation) -> dict[str, Any]:
    turns = [
        {"from": speaker, "value": value}
        for turn in conversation.turns
        for speaker, value in (("human", turn.prompt), ("gpt", turn.answer))
    ]
    return {"id": conversation.id, "image": conversation.file, "conversations": turns}


def _usage(job: ExportJob) -> str:
    split = next(iter(job.splits))
    return f"""\
`llava_{split}.json` is a list of `id`, `image` and `conversations`, whose turns are `from` `human` or `gpt`. The paths
of the images are relative to this folder:

    --data_path llava_{split}.json --image_folder .
"""


EXPORT = Export(
    _write,
    _usage,
    takes_questions=True,
    needs_caption=False,
    options=OF_CONVERSATIONS,
    read_back=ReadBack("conversations", "llava_{split}.json"),
)
