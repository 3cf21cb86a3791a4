"""SplitName: what a split may be called, since splits become names of files."""

import re
from typing import Annotated

from pydantic import Field

SPLIT_NAME = re.compile(r"[A-Za-z0-9_-]+")
SplitName = Annotated[str, Field(pattern=f"^{SPLIT_NAME.pattern}$")]
