"""Colours, type and layout of every figure, in light and dark, wide and narrow.

The stage colours are an ordered ramp, dark to light, told apart also with colour-blind eyes and in greyscale; marks
carry an outline and a label, so that no meaning hangs on colour alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif'

_STAGES = {
    "light": ("#373265", "#376398", "#2699A8", "#8FC896", "#F8E017"),
    "dark": ("#905EE1", "#649DD3", "#4FC6CD", "#A5D9AA", "#F6E959"),
}
_CHANNELS = {
    "web": "#0072B2", "email": "#E69F00", "ad": "#CC79A7", "support": "#6B7280", "store": "#009E73",
    "social": "#56B4E9", "survey": "#B8860B", "other": "#9AA5B1",
}  # fmt: skip
_PALETTES: dict[str, dict[str, str]] = {
    "light": {
        "text": "#1B2430", "muted": "#5B6673", "line": "rgba(55,65,81,.55)", "grid": "#E3E7EC", "left": "#B3401F",
        "open": "#9AA5B1", "completed": "#0B6B4F", "label": "rgba(255,255,255,.82)",
    },
    "dark": {
        "text": "#E8EDF3", "muted": "#A7B2BF", "line": "rgba(226,232,240,.55)", "grid": "#2A3644", "left": "#F0764F",
        "open": "#7C8896", "completed": "#4CC38A", "label": "rgba(15,23,32,.78)",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How a figure is drawn: ``light`` or ``dark``, for a wide or a narrow screen."""

    theme: str
    is_narrow: bool

    @classmethod
    def all(cls) -> Iterator["Look"]:
        """Every look that a page may need."""
        for theme in _PALETTES:
            yield cls(theme, is_narrow=False)
            yield cls(theme, is_narrow=True)

    @property
    def name(self) -> str:
        """Key of the look in the page's data."""
        return f"{self.theme}-{'narrow' if self.is_narrow else 'wide'}"

    def color(self, role: str) -> str:
        """Colour of a role: text, muted, line, grid, left, open, completed, label."""
        return _PALETTES[self.theme][role]

    def stage_color(self, index: int, count: int) -> str:
        """Colour of a stage (index from 1) of a model with that many stages; a longer model goes through the ramp."""
        ramp = _STAGES[self.theme]
        if count <= len(ramp):
            return ramp[index - 1]
        return ramp[round((index - 1) * (len(ramp) - 1) / (count - 1))]

    def channel_color(self, channel: str) -> str:
        """Colour of a channel."""
        return _CHANNELS.get(channel, _CHANNELS["other"])

    def layout(self, height: int, **more: object) -> dict[str, Any]:
        """Layout that every figure starts from."""
        return {
            "height": height,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": 12 if self.is_narrow else 13, "color": self.color("text")},
            "hoverlabel": {"align": "left", "font": {"family": FONT, "size": 13}},
            "separators": ".,",
            **more,
        }


def faded(color: str, alpha: float) -> str:
    """A colour of the form #RRGGBB made translucent."""
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
