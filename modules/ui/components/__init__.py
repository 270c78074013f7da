"""The page's own components, for what Gradio lacks. Each folder holds one: its Python, its JavaScript, its
CSS."""

from modules.ui.components.base import OwnComponent
from modules.ui.components.comparison_grid import ComparisonGrid
from modules.ui.components.edit_list import EditList
from modules.ui.components.example_cards import ExampleCards
from modules.ui.components.prompt_tools import PromptTools
from modules.ui.components.references import References
from modules.ui.components.timeline import Timeline
from modules.ui.components.wipe import Wipe

OWN: tuple[type[OwnComponent], ...] = (
    Wipe,
    Timeline,
    ExampleCards,
    References,
    PromptTools,
    EditList,
    ComparisonGrid,
)

__all__ = [
    "OWN",
    "ComparisonGrid",
    "EditList",
    "ExampleCards",
    "OwnComponent",
    "PromptTools",
    "References",
    "Timeline",
    "Wipe",
]
