"""sharegpt: the messages that LLaMA-Factory reads, one list a split, and the table that names them."""

from typing import Any

from sarvl.corpus.export.conversations import ImageConversation, image_conversations
from sarvl.corpus.export.form import OF_CONVERSATIONS, Export, ReadBack
from sarvl.corpus.export.job import ExportJob
from sarvl.corpus.export.json_list import write_json_list
from sarvl.files import write_json

_TAGS = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}


def _write(job: ExportJob) -> None:
    for split in job.splits:
        write_json_list(job.folder / f"sharegpt_{split}.json", map(_entry, image_conversations(job, split)))
    columns = {"messages": "messages", "images": "images"}
    lists = {
        f"sarvl_{split}": {
            "file_name": f"sharegpt_{split}.json",
            "formatting": "sharegpt",
            "columns": columns,
            "tags": _TAGS,
        }
        for split in job.splits
    }
    write_json(job.folder / "dataset_info.json", lists)


def _entry(conversation: ImageConversation) -> dict[str, Any]:
    messages = [
        {"role": role, "content": content}
        for turn in conversation.turns
        for role, content in (("user", turn.prompt), ("assistant", turn.answer))
    ]
    return {"messages": messages, "images": [conversation.file]}


def _usage(job: ExportJob) -> str:
    split = next(iter(job.splits))
    return f"""\
`sharegpt_{split}.json` is a list of `messages`, whose `role` is `user` or `assistant`, and `images`.
`dataset_info.json` names the lists for LLaMA-Factory. The paths of the images are relative to this folder:

    dataset_dir: FOLDER
    media_dir: FOLDER
    dataset: sarvl_{split}
"""


EXPORT = Export(
    _write,
    _usage,
    takes_questions=True,
    needs_caption=False,
    options=OF_CONVERSATIONS,
    read_back=ReadBack("conversations", "sharegpt_{split}.json"),
)
