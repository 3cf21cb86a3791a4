"""OpenClipConfig: ``open_clip_config.json``, of which only fields that are known to be harmless are taken.

The networks of open_clip, timm and transformers take further arguments, and some of them fetch and run code. What is
not named here never reaches them. Fields are those of open_clip 3 (``CLIPVisionCfg``, ``CLIPTextCfg``,
``MultimodalCfg``, ``CLIP``, ``PreprocessCfg``); bounds are far above every model that there is.
"""

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import open_clip
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, ValidationError, model_validator

from sarvl.errors import ModelError
from sarvl.files import read_json
from sarvl.recipes import first_problem

CONFIG = "open_clip_config.json"
_MOST_PIXELS = 4096  # along a side
_MOST_LAYERS = 1000
_MOST_PATCHES = 256  # along a side


def _layers(value: Any) -> Any:
    counts = value if isinstance(value, list) and len(value) == 4 else [value]
    if not all(type(count) is int and 0 < count <= _MOST_LAYERS for count in counts):
        raise ValueError(f"give a number of layers up to {_MOST_LAYERS}, or four of a ResNet")
    return value


def _image_size(value: Any) -> Any:
    sides = value if isinstance(value, list) and len(value) == 2 else [value]
    if not all(type(side) is int and 0 < side <= _MOST_PIXELS for side in sides):
        raise ValueError(f"give the side of an image in pixels up to {_MOST_PIXELS}, or its height and width")
    return value


def _timm_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)?", name):
        raise ValueError("give the plain name of a model of timm, without a prefix or a path")
    return name


def _hub_name(name: str) -> str:
    if name and not re.fullmatch(r"\w[\w.-]*(/\w[\w.-]*)?", name, re.ASCII):
        raise ValueError("give the name of a tokenizer on the Hugging Face Hub, as OWNER/NAME")
    return name


def _text_tower(name: str) -> str:
    if name not in _known_text_towers():
        raise ValueError(f"the text towers that are fetched are {', '.join(sorted(_known_text_towers()))}")
    if Path(name).exists():
        raise ValueError(f"{name} would be read from the working directory; run this elsewhere")
    return name


@cache
def _known_text_towers() -> frozenset[str]:
    configs = [open_clip.get_model_config(name) for name in open_clip.list_models()]
    return frozenset(config["text_cfg"].get("hf_model_name") for config in configs) - {None}


ImageSize = Annotated[Any, PlainValidator(_image_size)]
Flag = Annotated[bool, Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, ge=0, lt=1)]
Ratio = Annotated[float, Field(strict=True, gt=0, le=100)]
Width = Annotated[int, Field(strict=True, ge=1, le=2**14)]
Length = Annotated[int, Field(strict=True, ge=1, le=2**13)]
Vocabulary = Annotated[int, Field(strict=True, ge=1, le=2**21)]
Token = Annotated[int, Field(strict=True, ge=0, le=2**21)]
TimmName = Annotated[str, Field(strict=True), AfterValidator(_timm_name)]
HubName = Annotated[str, Field(strict=True), AfterValidator(_hub_name)]
TextTower = Annotated[str, Field(strict=True), AfterValidator(_text_tower)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Activation(_Part):
    """``act_kwargs``."""

    approximate: Literal["none", "tanh"] = "none"


class Norm(_Part):
    """``norm_kwargs``."""

    eps: Ratio = 1e-5


class Tokenizer(_Part):
    """``tokenizer_kwargs``: what open_clip's own tokenizers take, and nothing that goes on to transformers."""

    clean: Literal["whitespace", "lower", "canonicalize"] = "whitespace"
    strip_sep_token: Flag = False
    language: Annotated[str, Field(pattern="^[A-Za-z_]{1,20}$")] | None = None


class _Blocks(_Part):
    """What the transformers of both towers have in common."""

    mlp_ratio: Ratio = 4.0
    ls_init_value: Number | None = None
    output_tokens: Flag = False
    act_kwargs: Activation | None = None
    norm_kwargs: Norm | None = None
    final_ln_after_pool: Flag = False
    block_type: Literal["default", "custom"] | None = None
    qk_norm: Flag = False
    scaled_cosine_attn: Flag = False
    scale_heads: Flag = False
    scale_attn_inner: Flag = False
    scale_attn: Flag = False
    scale_fc: Flag = False


class Vision(_Blocks):
    """``vision_cfg``."""

    layers: Annotated[Any, PlainValidator(_layers)] = 12
    width: Width = 768
    head_width: Width = 64
    patch_size: Annotated[int, Field(strict=True, ge=1, le=_MOST_PIXELS)] | None = 16
    image_size: ImageSize = 224
    patch_dropout: Share = 0.0
    attentional_pool: Literal[True, False, "parallel", "cascade"] = False
    attn_pooler_queries: Length = 256
    attn_pooler_heads: Width = 8
    no_ln_pre: Flag = False
    pos_embed_type: Literal["learnable", "sin_cos_2d"] = "learnable"
    pool_type: Literal["tok", "avg", "none"] = "tok"
    timm_model_name: TimmName | None = None
    timm_model_pretrained: Flag = False
    timm_pool: Literal["", "avg", "map", "token", "abs_attn", "rot_attn", "max", "avgmax"] = "avg"
    timm_proj: Literal["", "linear", "mlp", "none"] | None = "linear"
    timm_proj_bias: Flag = False
    timm_drop: Share = 0.0
    timm_drop_path: Share | None = None

    @model_validator(mode="after")
    def _few_patches(self) -> Self:
        sides = self.image_size if isinstance(self.image_size, list) else [self.image_size]
        if self.patch_size and max(sides) // self.patch_size > _MOST_PATCHES:
            raise ValueError(f"more than {_MOST_PATCHES} patches along a side of the image")
        return self


class Text(_Blocks):
    """``text_cfg``."""

    context_length: Length = 77
    vocab_size: Vocabulary = 49408
    hf_tokenizer_name: HubName | None = None
    tokenizer_mode: Literal["", "clips"] | None = None
    tokenizer_kwargs: Tokenizer | None = None
    width: Width = 512
    heads: Width = 8
    layers: Annotated[int, Field(strict=True, ge=1, le=_MOST_LAYERS)] = 12
    embed_cls: Flag = False
    pad_id: Token = 0
    eos_id: Token = 2
    no_causal_mask: Flag = False
    pool_type: Literal["argmax", "eos", "first", "last", "none"] = "argmax"
    proj_bias: Flag = False
    proj_type: Literal["linear", "none"] = "linear"
    hf_model_name: TextTower | None = None
    hf_model_pretrained: Flag = True
    hf_proj_type: Literal["linear", "mlp"] | None = "mlp"
    hf_pooler_type: Literal["mean_pooler", "max_pooler", "cls_pooler", "cls_last_hidden_state_pooler"] | None = (
        "mean_pooler"
    )


class Multimodal(Text):
    """``multimodal_cfg``, the decoder of a CoCa."""

    dim_head: Width = 64
    n_queries: Length = 256
    attn_pooler_heads: Width = 8


class Network(_Part):
    """``model_cfg``."""

    embed_dim: Width
    vision_cfg: Vision
    text_cfg: Text
    multimodal_cfg: Multimodal | None = None
    custom_text: Flag = False
    quick_gelu: Flag = False
    init_logit_scale: Number = 2.6592
    init_logit_bias: Number | None = None
    nonscalar_logit_scale: Flag = False
    pad_id: Token = 0


class Preprocessing(_Part):
    """``preprocess_cfg``; what it does not say, open_clip's own defaults say: those of CLIP.

    remark: our own, where open_clip cannot do what a contract says.
    """

    size: ImageSize | None = None
    mode: Literal["RGB"] | None = None
    mean: Annotated[list[Number], Field(min_length=3, max_length=3)] | None = None
    std: Annotated[list[Ratio], Field(min_length=3, max_length=3)] | None = None
    interpolation: Literal["bilinear", "bicubic", "random"] | None = None
    resize_mode: Literal["squash", "longest", "shortest"] | None = None
    fill_color: Annotated[int, Field(strict=True, ge=0, le=255)] | None = None
    remark: str | None = None


class OpenClipConfig(_Part):
    """All of ``open_clip_config.json``."""

    model_cfg: Network
    preprocess_cfg: Preprocessing = Preprocessing()


def read_config(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return ``model_cfg`` and ``preprocess_cfg`` as they stand in a file.

    Raises ModelError where it cannot be read, or where a field is not among those that are known, or of another type.
    """
    value = read_json(path, ModelError)
    try:
        OpenClipConfig.model_validate(value)
    except ValidationError as problem:
        reason = first_problem(problem, "the file")
        raise ModelError(f"{path}: {reason}; only known settings of open_clip are taken") from problem
    return value["model_cfg"], value.get("preprocess_cfg", {})
