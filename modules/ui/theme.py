"""The look of the page: system fonts, paper and ink, one accent; and our own style sheet and scripts, sent
inline.

Nothing is asked of any other host: no web fonts, no analytics, no script from outside.
"""

from pathlib import Path

import gradio as gr

from modules.ui.components import OWN

FOLDER = Path(__file__).parent
SCRIPTS = ("storage", "core", "link", "page", "clip", "draft", "problems")
"""In the order in which they must run: `core` defines what the others use."""

_SYSTEM = (
    "ui-sans-serif",
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "Helvetica Neue",
    "Arial",
    "sans-serif",
)
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
_PINE = gr.themes.Color(
    "#eef6f4",
    "#d5e9e4",
    "#abd3ca",
    "#7bb8ac",
    "#3f9485",
    "#157a6a",
    "#0b6558",
    "#085248",
    "#07413a",
    "#06352f",
    "#04211d",
)
_STONE = gr.themes.Color(
    "#fafaf8",
    "#f3f2ef",
    "#e4e2dd",
    "#cfccc5",
    "#a09c93",
    "#706c64",
    "#55514b",
    "#403d38",
    "#2a2825",
    "#1b1a18",
    "#121110",
)


def theme() -> gr.themes.Base:
    """The theme. Contrast of every pair used for text is at least 4.5:1 in both schemes (WCAG 2.2 AA)."""
    base = gr.themes.Base(
        primary_hue=_PINE,
        neutral_hue=_STONE,
        font=_SYSTEM,
        font_mono=_MONO,
        radius_size=gr.themes.sizes.radius_lg,
        text_size=gr.themes.sizes.text_md,
    )
    return base.set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_900",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="#b4b0a8",
        block_background_fill="white",
        block_background_fill_dark="*neutral_900",
        block_border_width="1px",
        block_shadow="none",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_text_color="*neutral_600",
        block_label_text_color_dark="#b4b0a8",
        block_title_text_color="*neutral_900",
        block_title_text_color_dark="*neutral_100",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="#b4b0a8",
        input_background_fill_dark="*neutral_800",
        input_border_color="#8f8b82",
        input_border_color_dark="#75716a",
        input_border_width="1px",
        input_background_fill="white",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="#9b978f",
        color_accent="*primary_600",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_dark="*primary_300",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_hover_dark="*primary_200",
        button_primary_text_color="white",
        button_primary_text_color_dark="*neutral_950",
        button_secondary_background_fill="white",
        button_secondary_background_fill_dark="*neutral_800",
        error_text_color="#a8261c",
        error_text_color_dark="#ff9c92",
        border_color_primary="*neutral_200",
        border_color_primary_dark="*neutral_700",
    )


def css() -> str:
    """The page's style sheet and those of its own components. In the dark scheme the accent is lighter, so
    that it stands out from the dark ground."""
    sheets = [(FOLDER / "page.css").read_text("utf-8"), *(component.styles() for component in OWN)]
    return "\n".join(sheets) + "\n.dark { --color-accent: var(--primary-300); }\n"


def scripts() -> tuple[str, ...]:
    """The inline scripts of `head()`, which the page's security policy names by hash."""
    return ("\n".join((FOLDER / "scripts" / f"{name}.js").read_text("utf-8") for name in SCRIPTS),)


def head() -> str:
    """What goes into the document's head: our scripts, and a colour for phone browsers."""
    code = "".join(f"<script>{one}</script>" for one in scripts())
    return f'<meta name="color-scheme" content="light dark">{code}'
