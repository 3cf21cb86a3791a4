"""TransformersDecoder: any causal language model of transformers, from a folder or a GGUF file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from importlib import import_module
from inspect import signature
from io import StringIO
from pathlib import Path
from typing import Any
from warnings import catch_warnings

from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.models.adapting.four_bits import four_bit_loading
from sarvl.models.answering.causal_texts import CACHES
from sarvl.models.answering.safe_folder import check_no_code
from sarvl.models.gpt.small_decoder import at_places

GGUF = ".gguf"
_READ_BESIDE_GGUF = "*config.json"


class TransformersDecoder(nn.Module):
    """A ``LanguageDecoder`` around a ``...ForCausalLM``, whose own code is what computes."""

    def __init__(self, model: Any) -> None:
        """Take a network of transformers; its output layer sees only the places whose logits are asked for."""
        super().__init__()
        self.model = model
        self.width: int = model.get_input_embeddings().weight.shape[1]
        self.context: int = getattr(model.config, "max_position_embeddings", None) or 2048
        self._kept: Tensor | None = None
        taken = signature(type(model).forward).parameters
        self._cache_name = next(name for name in CACHES if name in taken)
        model.get_output_embeddings().register_forward_pre_hook(self._keep_places)
        self.register_state_dict_post_hook(_without_tied)  # type: ignore[no-untyped-call]
        self.register_load_state_dict_pre_hook(_with_tied)  # type: ignore[no-untyped-call]

    def _keep_places(self, _layer: nn.Module, given: tuple[Tensor]) -> tuple[Tensor]:
        return given if self._kept is None else (at_places(given[0], self._kept),)

    def embed(self, tokens: Tensor) -> Tensor:
        """Return the vectors (..., width) of token ids."""
        vectors: Tensor = self.model.get_input_embeddings()(tokens)
        return vectors

    def logits(
        self, vectors: Tensor, positions: Tensor, allowed: Tensor, kept: Tensor, cache: Any | None = None
    ) -> Tensor:
        """Return the logits (B, K, V) behind the places ``kept``; see ``LanguageDecoder``."""
        self._kept = kept
        kept_before = {} if cache is None else {self._cache_name: cache}
        try:
            given = self.model(
                inputs_embeds=vectors,
                position_ids=positions,
                attention_mask=allowed[:, None],
                use_cache=cache is not None,
                **kept_before,
            )
        finally:
            self._kept = None
        logits: Tensor = given.logits
        return logits

    def new_cache(self) -> Any:
        """Return a cache of no tokens."""
        return import_module("transformers").DynamicCache()

    def choose(self, cache: Any, rows: Tensor) -> Any:
        """Return a cache that has, of each row r, the tokens of row ``rows[r]``."""
        cache.batch_select_indices(rows)
        return cache

    def set_grad_checkpointing(self, enable: bool = True) -> None:
        """Have activations computed again in the backward pass, or kept."""
        if set_checkpointing := checkpointing_of_transformers(self.model):
            set_checkpointing(enable)


def checkpointing_of_transformers(network: Any) -> Callable[[bool], None] | None:
    """Return what has a network of transformers compute activations again, or keep them; None of any other network."""
    if not hasattr(network, "gradient_checkpointing_enable"):
        return None

    def set_checkpointing(enable: bool) -> None:
        with catch_warnings(action="ignore"):  # the names change, and older versions know these alone
            if enable:
                network.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
            else:
                network.gradient_checkpointing_disable()

    return set_checkpointing


def _tied_name(decoder: Any) -> tuple[str, str] | None:
    """Return the names of the output layer's weights and of the embedding's, where both are the same tensor."""
    model = decoder.model
    output, tokens = model.get_output_embeddings().weight, model.get_input_embeddings().weight
    if output is not tokens:
        return None
    names = [name for name, value in model.named_parameters(remove_duplicate=False) if value is tokens]
    kept = next(name for name, _ in model.named_parameters() if name in names)
    other = next(name for name in names if name != kept)
    return f"model.{other}", f"model.{kept}"


def _without_tied(decoder: nn.Module, state: dict[str, Any], prefix: str, _metadata: Any) -> None:
    """Leave out of the weights what is in them twice: no file of safetensors takes one tensor under two names."""
    if names := _tied_name(decoder):
        state.pop(prefix + names[0], None)


def _with_tied(decoder: nn.Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
    if (names := _tied_name(decoder)) and prefix + names[1] in state:
        state[prefix + names[0]] = state[prefix + names[1]]


def open_language_model(path: Path, quantize: str | None = None) -> tuple[TransformersDecoder, Any]:
    """Return the decoder and the tokenizer of a folder, or of a GGUF file.

    quantize: the kind of 4 bits that its weights get, such as ``nf4``; ``float32`` where None.
    Raises ModelError where there is none, where transformers, or what it reads GGUF with, is not installed, and where
    it names code of its own.
    """
    transformers, where = _transformers(str(path)), str(path)
    if not path.exists():
        raise ModelError(f"{where}: no such folder or GGUF file; give one with a causal language model of transformers")
    more: dict[str, Any] = {"gguf_file": path.name} if path.suffix == GGUF else {}
    folder = path.parent if more else path
    check_no_code(folder, _READ_BESIDE_GGUF if more else "*.json")
    if more:
        _check_gguf(where, quantize)
    with _opening(where):
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **more, **_LOCAL)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            folder,
            **more,
            **_LOCAL,
            dtype="float32",
            attn_implementation="sdpa",
            **({} if more else {"use_safetensors": True}),
            **_four_bits(transformers, where, folder, quantize),
        )
    if more:
        del model.config.quantization_config  # the weights are numbers as ever from here on
    return TransformersDecoder(model.eval()), tokenizer


def _four_bits(transformers: Any, where: str, folder: Path, quantize: str | None) -> dict[str, Any]:
    if quantize is None:
        return {}
    config = transformers.AutoConfig.from_pretrained(folder, **_LOCAL)
    return four_bit_loading(where, quantize, config, transformers.AutoModelForCausalLM, has_tower=False)


def untrained_language_model(folder: Path) -> tuple[TransformersDecoder, Any]:
    """Return the decoder of a folder's configuration, its weights drawn, and the tokenizer.

    Raises ModelError as ``open_language_model``.
    """
    transformers = _transformers(str(folder))
    check_no_code(folder)
    with _opening(str(folder)):
        config = transformers.AutoConfig.from_pretrained(folder, **_LOCAL)
        model = transformers.AutoModelForCausalLM.from_config(
            config, attn_implementation="sdpa", trust_remote_code=False
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **_LOCAL)
    return TransformersDecoder(model.float().eval()), tokenizer


_LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}


def _transformers(where: str) -> Any:
    try:
        return import_module("transformers")
    except ImportError as problem:
        raise ModelError(
            f"{where}: a language model of transformers, which is not installed; pip install 'sarvl[transformers]'"
        ) from problem


def _check_gguf(where: str, quantize: str | None) -> None:
    if quantize:
        raise ModelError(f"{where}: quantize: {quantize} goes with whole weights; give the folder of the same model")
    for name in ("gguf", "accelerate"):
        try:
            import_module(name)
        except ImportError as problem:
            raise ModelError(
                f"{where}: {name} is needed for GGUF and not installed; pip install 'sarvl[gguf]'"
            ) from problem


@contextmanager
def _opening(where: str) -> Iterator[None]:
    """Say in one line that a language model cannot be opened; meanwhile transformers draws no bars of its own."""
    try:
        with catch_warnings(action="ignore"), redirect_stderr(StringIO()):
            yield
    except ModelError:
        raise
    except Exception as problem:  # of many types: what transformers makes of files
        reason = " ".join(str(problem).split())[:200] or type(problem).__name__
        raise ModelError(
            f"{where}: no causal language model ({reason}); give a folder or GGUF file of one"
        ) from problem
