"""The leaderboard: models side by side, by what their tasks name first."""

from sarvl.evaluation.results import RunResult
from sarvl.evaluation.rows import ResultRow
from sarvl.reporting.leaderboard import leaderboard


def result(model: str, top1: float, tmp_path, **changes) -> RunResult:
    same = {
        "row_version": 2,
        "task": "zeroshot",
        "protocol": "zeroshot-2",
        "source": "chips",
        "split": "test",
        "weights_hash": f"weights of {model}",
        "contract_hash": "c",
        "corpus_digest": "d" * 64,
        "model": model,
        "n": 10,
    } | changes
    rows = [
        ResultRow(metric="top1", value=top1, low=top1 - 0.1, high=top1 + 0.1, chance=0.5, **same),
        ResultRow(metric="ece", value=0.2, **same),
    ]
    return RunResult(tuple(rows), tmp_path / "rows.jsonl")


def test_models_stand_below_each_other_the_best_on_top_with_chance_below(tmp_path):
    results = [result(*given, tmp_path) for given in (("a", 0.6), ("b", 0.8), ("c", 0.7))]
    results.append(result("b", 0.9, tmp_path, source="scenes"))
    (card,) = leaderboard(results).cards
    (table,) = card.blocks
    assert [line.cells[0] for line in table.lines] == ["b", "c", "a", "chance"]
    assert [column.over for column in table.columns] == ["", "chips", "scenes"]
    first, second = table.lines[0].cells[1:]
    assert (first.text, first.interval) == ("80.0", "[70.0, 90.0]")
    assert (second.text, table.lines[1].cells[2].text) == ("90.0", "–")  # c was not measured on scenes
    assert table.lines[3].total


def test_what_differs_in_settings_is_another_column(tmp_path):
    results = [result(name, 0.6, tmp_path, settings={"shots": shots}) for name in "ab" for shots in (1, 2)]
    (card,) = leaderboard(results).cards
    assert [column.over for column in card.blocks[0].columns] == ["", "chips, shots 1", "chips, shots 2"]


def test_settings_that_all_share_are_not_told_and_lists_that_differ_keep_runs_apart(tmp_path):
    results = [result(name, 0.6, tmp_path, settings={"shots": 1, "templates": [name]}) for name in "ab"]
    (card,) = leaderboard(results).cards
    assert [column.over for column in card.blocks[0].columns] == [
        "",
        'chips, templates ["a"]',
        'chips, templates ["b"]',
    ]
    same = [result(name, 0.6, tmp_path, settings={"shots": 1}) for name in "ab"]
    assert [column.over for column in leaderboard(same).cards[0].blocks[0].columns] == ["", "chips"]


def test_one_model_or_other_images_make_no_leaderboard(tmp_path):
    assert leaderboard([result("a", 0.6, tmp_path)]) is None
    assert leaderboard([result("a", 0.6, tmp_path), result("b", 0.7, tmp_path, corpus_digest="e" * 64)]) is None
    assert leaderboard([result("a", 0.6, tmp_path), result("b", 0.7, tmp_path, split="val")]) is None


def test_rows_of_a_task_that_is_not_installed_are_left_to_their_own_card(tmp_path):
    assert leaderboard([result(name, 0.6, tmp_path, task="unknown") for name in "ab"]) is None


def test_runs_of_one_name_with_other_weights_or_another_temperature_are_told_apart(tmp_path):
    """Regression: the run before a calibration gave way to the one after it, without a word."""
    results = [
        result("a", 0.6, tmp_path, weights_hash="first"),
        result("a", 0.7, tmp_path, weights_hash="first", temperature=1.5),
        result("a", 0.8, tmp_path, weights_hash="second"),
        result("b", 0.5, tmp_path),
    ]
    (card,) = leaderboard(results).cards
    names = [line.cells[0] for line in card.blocks[0].lines]
    assert names == ["a, weights second", "a, weights first, temperature 1.5", "a, weights first", "b", "chance"]
