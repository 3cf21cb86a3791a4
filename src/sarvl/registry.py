"""Registry: what can be plugged in, found by name among a package's own modules and the entry points of others."""

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from sarvl.errors import SarvlError

Item = TypeVar("Item")


@dataclass(frozen=True)
class Registry(Generic[Item]):
    """All items of one kind. Each is one module with one exported value; its name is the module's.

    kind: what an item is called in messages. package: dotted name of the package whose modules are our own items.
    export: name of the value in such a module. entry_points: group in which other packages register theirs.
    value: class of the value. error: what is raised for a name that is not known, or a plug-in that cannot be used.
    hyphens: whether names have ``-`` where those of modules and entry points have ``_``. name_of: what an item calls
    itself, where it has a name of its own, which stands in files: another one than it is registered by is an error.
    """

    kind: str
    package: str
    export: str
    entry_points: str
    value: type[Item]
    error: type[SarvlError] = SarvlError
    hyphens: bool = False
    name_of: Callable[[Item], str] | None = None

    def names(self) -> list[str]:
        """Return every name: our own, then those of plug-ins, both sorted. Nothing is imported for it."""
        return [*self._own, *sorted(self._plugins().keys() - self._own.keys())]

    def get(self, name: str) -> Item:
        """Return the item of a name; raises ``error`` where there is none, naming those that there are."""
        if name in self._own:
            return self._checked(name, getattr(import_module(self._own[name]), self.export, None))
        self.check(name)
        point = self._plugins()[name]
        try:
            value = point.load()
        except Exception as problem:  # whatever may be wrong in the code of others
            reason = f"{type(problem).__name__}: {problem}"
            raise self.error(
                f"entry point {name!r} of {self.entry_points} cannot be loaded ({reason}); correct or remove it"
            ) from problem
        return self._checked(name, value)

    def check(self, name: str) -> None:
        """Raise ``error`` where there is no item of a name, naming those that there are; nothing is imported for it."""
        if name not in self.names():
            near = get_close_matches(name, self.names(), n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise self.error(f"no {self.kind} {name!r}; {meant}there are {', '.join(sorted(self.names()))}")

    def items(self) -> Iterator[tuple[str, Item]]:
        """Yield every name with its item, in the order of ``names``."""
        for name in self.names():
            yield name, self.get(name)

    def _checked(self, name: str, value: object) -> Item:
        if not isinstance(value, self.value):
            wanted = f"{self.value.__module__}.{self.value.__qualname__}"
            raise self.error(f"entry point {name!r} of {self.entry_points} is no {wanted}; correct it")
        if self.name_of and self.name_of(value) != name:
            raise self.error(
                f"entry point {name!r} of {self.entry_points} calls itself {self.name_of(value)!r}; give both one name"
            )
        return value

    @cached_property
    def _own(self) -> dict[str, str]:
        """The modules of our own by name, sorted."""
        modules = sorted(module.name for module in pkgutil.iter_modules(import_module(self.package).__path__))
        return {self._spelt(name): f"{self.package}.{name}" for name in modules if not name.startswith("_")}

    def _plugins(self) -> dict[str, EntryPoint]:
        return {self._spelt(point.name): point for point in entry_points(group=self.entry_points)}

    def _spelt(self, name: str) -> str:
        return name.replace("_", "-") if self.hyphens else name
