"""Preprocessing: open_clip's ``preprocess_cfg`` as an input contract, and an input contract as it."""

from typing import Any

from sarvl.imagery import InputContract, Square

_RESIZE = {"squash": "squash", "longest": "pad", "shortest": "crop"}
_INTERPOLATION = {"bilinear": "linear", "bicubic": "cubic", "random": "cubic"}  # random: in training, else bicubic
_APPROXIMATE = "open_clip has no such resize; this is the nearest that it has"


def contract_of(preprocess: dict[str, Any], size: int) -> InputContract:
    """Return the contract of squares of ``size`` that a whole ``preprocess_cfg`` says, with the default ranges."""
    frame = Square(
        size=size,
        resize=_RESIZE[preprocess["resize_mode"]],  # type: ignore[arg-type]
        interpolation=_INTERPOLATION[preprocess["interpolation"]],  # type: ignore[arg-type]
        fill=preprocess["fill_color"],
    )
    contract = InputContract.of_pictures(size, tuple(preprocess["mean"]), tuple(preprocess["std"]))
    return contract.model_copy(update={"frame": frame})


def preprocess_of(contract: InputContract, frame: Square) -> dict[str, Any]:
    """Return the ``preprocess_cfg`` that says what a contract of squares does to display bytes.

    Of fewer bands than three, the first fill up what open_clip wants: the weights of those planes are 0.
    Where open_clip cannot do it (``nearest``, an average by area, ``shrink``), it says what comes nearest, with a
    remark.
    """
    exact = frame.antialias and frame.interpolation != "nearest" and frame.resize != "shrink"
    resize = "pad" if frame.resize == "shrink" else frame.resize
    return {
        "size": frame.size,
        "mode": "RGB",
        "mean": _of_three(contract.mean),
        "std": _of_three(contract.std),
        "interpolation": "bicubic" if frame.interpolation == "cubic" else "bilinear",
        "resize_mode": {ours: theirs for theirs, ours in _RESIZE.items()}[resize],
        "fill_color": frame.fill,
    } | ({} if exact else {"remark": _APPROXIMATE})


def _of_three(values: tuple[float, ...]) -> list[float]:
    return list((values * 3)[: max(3, len(values))])
