"""What is checked of all stages before the first one: none should fail when those before it have been trained."""

from sarvl.corpus import Corpus
from sarvl.errors import ModelError
from sarvl.models.adapting.lora import check_peft
from sarvl.models.protocols import Trainable
from sarvl.training.data.corpora import Corpora
from sarvl.training.executor import Executor
from sarvl.training.recipe import Stage, TrainRecipe
from sarvl.training.stage_loss import check_needs
from sarvl.training.weights.compiling import check_compile


def check_installed(recipe: TrainRecipe) -> None:
    """Raise ModelError where a stage needs what is not installed: it is told before the weights are loaded."""
    for stage in recipe.stages:
        if stage.lora:
            try:
                check_peft()
            except ModelError as problem:
                raise ModelError(f"stage {stage.name}: {problem}") from problem


def check_stages(recipe: TrainRecipe, model: Trainable, executor: Executor) -> None:
    """Raise ModelError where model or executor cannot train a stage, and CorpusError where a split is not there."""
    for stage in recipe.stages:
        check_needs(stage, model)
        executor.check(stage, model)
        check_compile(stage)
        _check_corpora(stage)


def _check_corpora(stage: Stage) -> None:
    corpora = Corpora(tuple(Corpus.open(part.corpus) for part in stage.learned))
    corpora.rows_of(stage.split)
    if stage.validation:
        corpora.rows_of(stage.validation, everywhere=False)
