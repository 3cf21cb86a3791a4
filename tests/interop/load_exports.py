"""Load what ``write_exports.py`` wrote, as VLMEvalKit and lmms-eval load it; run in an environment that has both.

python tests/interop/load_exports.py OUT
"""

import os
import sys
from pathlib import Path


def load_in_vlmevalkit(folder: Path) -> None:
    """Build a data set of each table, and the prompt of each of its rows."""
    os.environ["LMUData"] = str(folder)  # noqa: SIM112 - as it is called there
    from vlmeval.dataset import build_dataset

    for table in sorted(folder.glob("*.tsv")):
        data = build_dataset(table.stem)
        assert data is not None, table
        prompts = [data.build_prompt(row) for row in range(len(data))]
        kinds = {part["type"] for prompt in prompts for part in prompt}
        pictures = {part["value"] for prompt in prompts for part in prompt if part["type"] == "image"}
        assert kinds == {"image", "text"}, kinds
        assert all(Path(path).stat().st_size for path in pictures)
        text = next(part["value"] for part in prompts[0] if part["type"] == "text")
        print(f"vlmeval: {table.stem}: {type(data).__name__}, {len(prompts)} prompts, {len(pictures)} pictures")
        print(f"  {text!r} -> {data[0]['answer']!r}")


def load_in_lmms_eval(folder: Path) -> None:
    """Load each task by its file, and show, ask and compare each of its rows."""
    os.chdir(folder)
    os.environ["HF_DATASETS_CACHE"] = str(folder.parent / "datasets")
    from lmms_eval.tasks import TaskManager, get_task_dict

    names = [path.stem for path in sorted(folder.glob("*.yaml"))]
    manager = TaskManager(include_path=str(folder), include_defaults=False)
    for name in names:
        task = get_task_dict([name], manager, task_type="simple")[name]
        rows = list(task.test_docs())
        assert rows, name
        for row in rows:
            (picture,) = task.doc_to_visual(row)
            assert picture.mode == "RGB"
            assert task.process_results(row, [task.doc_to_target(row)]) == {"exact": 1.0}
            assert task.process_results(row, ["nothing of the kind"]) == {"exact": 0.0}
        print(f"lmms-eval: {name}: {type(task).__name__}, {len(rows)} rows")
        print(f"  {task.doc_to_text(rows[0])!r} -> {task.doc_to_target(rows[0])!r}")


def main() -> None:
    folder = Path(sys.argv[1]).absolute()
    load_in_vlmevalkit(folder / "vlmeval")
    load_in_lmms_eval(folder / "lmms-eval")


if __name__ == "__main__":
    main()
