"""QuestionSettings: how many questions of each application an image gets, and how many of them have choices."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from sarvl.language.statement import Application
from sarvl.recipes import RecipeModel

APPLICATIONS: tuple[Application, ...] = get_args(Application)
Share = Annotated[float, Field(ge=0, le=1)]

# SARLANG-1M's own rates [S: its totals]: a region question a box, a counting and a positioning question a class, a
# classification and four to five identification questions an image; others in one image of six, of several offered.
_OTHERS_AS_SARLANG = 0.05
_BALANCED_PER_IMAGE = 14
_MOST_IDENTIFICATIONS = 5  # an image: SARLANG-1M has 484,620 questions of 104,985 images, 4.6 each


class QuestionSettings(RecipeModel):
    """How many questions an image gets, and how many of them have choices."""

    preset: Literal["sarlang", "balanced"] = "sarlang"
    """``sarlang`` has the rates of SARLANG-1M and no limit; ``balanced`` gives the seven applications the same room in
    at most 14 questions."""
    balance: Literal["blind", "published"] = "blind"
    """``blind``: one who does not see the image is at chance, since yes and no are right equally often, and so is each
    choice; what has one answer in more than 80 % of a source is not asked. ``published``: as
    SARLANG-1M balances them, by class alone."""
    per_image: int | None = Field(default=None, ge=1, examples=[14])
    """The most questions an image gets, instead of the preset's."""
    shares: dict[Application, Share] = Field(default={}, examples=[{"others": 0.1}])
    """By application, the share of the questions that it offers for an image that is asked, instead of the preset's."""
    multiple_choice: Share = 0.0
    """The share of questions that get choices, of those that can have them."""

    @property
    def most(self) -> int | None:
        """The most questions that an image gets; None for no limit."""
        return self.per_image or (_BALANCED_PER_IMAGE if self.preset == "balanced" else None)

    @property
    def most_identifications(self) -> int:
        """About how many identification questions an image gets: a seventh of all, two at least for a yes and a no."""
        return _MOST_IDENTIFICATIONS if self.most is None else min(self.most, max(2, self.most // len(APPLICATIONS)))

    def share_of(self, application: Application) -> float:
        """Return the share of an application's questions that is asked."""
        is_rare = application == "others" and self.preset == "sarlang"
        return self.shares.get(application, _OTHERS_AS_SARLANG if is_rare else 1.0)
