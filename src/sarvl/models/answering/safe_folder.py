"""A folder of transformers, looked through before anything in it is opened: nothing in it may name code to be run.

Looked at are the configuration, the processor, the tokenizer and the chat templates. Weights are safetensors alone.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sarvl.errors import ModelError, unreadable
from sarvl.files import file_bytes, read_json

CONFIG = "config.json"
PATTERNS = ("*.json", "*.safetensors", "*.jinja", "*.txt", "*.model")
"""The files of a repository that are fetched: no pickles, and no Python."""
_MOST_TEMPLATE_BYTES = 1 << 20
_CODE_KEYS = frozenset(("auto_map", "custom_pipelines", "custom_generate", "trust_remote_code"))
_ATTENTION_KEYS = frozenset(("attn_implementation", "_attn_implementation", "_attn_implementation_internal"))


def check_folder(folder: Path) -> dict[str, Any]:
    """Return the configuration of a folder; raises ModelError where it is none, or could run code.

    Refused are files that name code of their own, code from elsewhere for attention, a base model behind an adapter, a
    chat template that is no text or very large, and weights that are no safetensors.
    """
    config = read_json(folder / CONFIG, ModelError)
    if not isinstance(config, dict) or not isinstance(config.get("model_type"), str):
        raise ModelError(f"{folder / CONFIG}: names no `model_type`; give the folder of a model of transformers")
    check_no_code(folder)
    if not any(folder.glob("*.safetensors")):
        raise ModelError(f"{folder}: no .safetensors; ask for weights in that form, since pickles could run code")
    return config


def check_no_code(folder: Path, files: str = "*.json") -> None:
    """Raise ModelError where a folder names code, as ``check_folder``; files: the glob of those that are looked at."""
    for path in sorted(folder.glob(files)):
        if not path.name.endswith(".safetensors.index.json"):
            _check_json(path, read_json(path, ModelError))
    for path in sorted((*folder.glob("*.jinja"), *folder.glob("additional_chat_templates/*.jinja"))):
        _check_template(path)
    if (folder / "adapter_config.json").exists():
        raise ModelError(f"{folder}: an adapter beside another model's weights; merge it into them first")


def _check_json(path: Path, value: Any) -> None:
    for key, said in _entries(value):
        if key in _CODE_KEYS and said:
            raise ModelError(f"{path}: {key} names code of its own, which is never run; remove it")
        if key in _ATTENTION_KEYS and "/" in str(said):
            raise ModelError(f"{path}: {key} would fetch code from {said}, which is never run; remove it")


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every key of a JSON value with what it says, at any depth; of vocabularies only what stands around them."""
    open_values = [value]
    while open_values:
        current = open_values.pop()
        if isinstance(current, dict):
            yield from current.items()
            open_values += [inner for key, inner in current.items() if key not in ("vocab", "merges")]
        elif isinstance(current, list):
            open_values += [inner for inner in current if isinstance(inner, dict | list)]


def _check_template(path: Path) -> None:
    try:
        if file_bytes(path) > _MOST_TEMPLATE_BYTES:
            raise ModelError(f"{path}: larger than {_MOST_TEMPLATE_BYTES} bytes, which no chat template is; replace it")
        path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ModelError(unreadable(path, problem, "replace the chat template")) from problem
