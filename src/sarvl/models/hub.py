"""The Hugging Face Hub: whether it can be reached, before a library tries for half a minute."""

from pathlib import Path
from threading import Thread

from sarvl.errors import ModelError

_CONFIGS = {"hf-hub:": "open_clip_config.json", "hf:": "config.json"}  # by the prefix of names
_MOST_SECONDS = 2.0


def check_hub(name: str) -> None:
    """Raise ModelError where a model is named on the Hub, is not in its cache, and the Hub does not answer.

    name: as ``load_model`` takes it; all that is neither behind ``hf-hub:`` nor ``hf:``, and every folder, passes.
    """
    prefix, _, repository = name.partition(":")
    config = _CONFIGS.get(f"{prefix}:")
    if config is None or (prefix == "hf" and Path(repository).exists()) or _is_cached(repository, config):
        return
    reason = _unreachable()
    if reason:
        raise ModelError(
            f"{name}: the Hugging Face Hub cannot be reached ({reason}), and its cache has no such model; "
            "check the network, or give a folder"
        )


def _is_cached(repository: str, config: str) -> bool:
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415 - only for names on the Hub
    from huggingface_hub.errors import HFValidationError  # noqa: PLC0415

    try:
        return isinstance(try_to_load_from_cache(repository, config), str)
    except HFValidationError:
        return True  # no name of a repository: the library says so at once


def _unreachable() -> str | None:
    """Return why the Hub does not answer, None where it does; what proxies and settings say is heeded."""
    problems: list[str] = ["no answer"]

    def ask() -> None:
        from huggingface_hub import constants, get_session  # noqa: PLC0415

        try:
            get_session().head(constants.ENDPOINT, timeout=_MOST_SECONDS)
        except Exception as problem:  # whatever the client of the library raises: no connection, no name, a bad proxy
            problems[:] = [" ".join(str(problem).split()) or type(problem).__name__]
        else:
            problems.clear()

    # In a thread: a name server that does not answer heeds no timeout.
    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_MOST_SECONDS)
    return problems[0] if problems else None
