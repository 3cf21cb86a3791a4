"""What packages offer takes a path as a user of Python has it: text, or a Path."""

import inspect
from importlib import import_module
from pathlib import Path

from micro import micro_model

from sarvl.evaluation.rows import append_rows, read_rows
from sarvl.models import load_model, save_model
from sarvl.training import read_metrics

ROOMS = [
    *("annotations", "browsing", "corpus", "corpus.export", "discovery", "imagery", "inference", "language", "models"),
    *("quickstart", "recipes", "simulation", "training"),
]


def offered() -> list[tuple[str, object]]:
    rooms = ["sarvl", *(f"sarvl.{room}" for room in ROOMS)]
    named = [
        (f"{room}.{name}", getattr(import_module(room), name)) for room in rooms for name in import_module(room).__all__
    ]
    return [
        (name, value)
        for name, value in [*named, ("rows", read_rows), ("rows", append_rows)]
        if inspect.isfunction(value)
    ]


def test_no_function_that_is_offered_takes_a_path_alone():
    taken = [
        (name, parameter.name)
        for name, function in offered()
        for parameter in inspect.signature(function).parameters.values()
        if parameter.annotation is Path
    ]
    assert len(offered()) > 40
    assert not taken


def test_a_model_is_saved_to_a_folder_given_as_text(tmp_path):
    """Regression: text has no mkdir."""
    model = micro_model(tmp_path)
    save_model(model, str(tmp_path / "saved"), {}, "none")
    assert load_model(str(tmp_path / "saved")).weights_hash == model.weights_hash
    assert read_metrics(str(tmp_path)) == []
