"""What a look at a project finds; ``journey doctor`` prints it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """What was looked at, and what was found."""

    name: str
    status: Literal["good", "warning", "bad"]
    text: str
    hint: str = ""
    exit_code: int = 0
