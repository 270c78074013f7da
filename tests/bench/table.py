"""The figures of all benches as one Markdown table, which reads as plain text too."""

from collections.abc import Iterable
from itertools import zip_longest

from tests.bench.figure import Figure
from tests.bench.outcome import Outcome

HEADS = ("group", "figure", "ours", "yardstick", "ratio", "target")


def number(value: float) -> str:
    """About three digits that count, with commas for thousands: 1,234; 12.3; 0.123."""
    size = abs(value)
    if size >= 100 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.1 else f"{value:.2g}"


def amount(value: float, unit: str) -> str:
    return f"{number(value)}{'' if unit == '%' else ' '}{unit}".strip()


def ratio(figure: Figure) -> float | None:
    """Ours divided by the yardstick; None where there is none, or it is nothing."""
    return figure.value / figure.yardstick if figure.yardstick else None


def meets(figure: Figure) -> bool | None:
    """Whether the target is met; None without one."""
    if figure.target is None:
        return None
    return figure.value >= figure.target if figure.better == "higher" else figure.value <= figure.target


def row(figure: Figure) -> tuple[str, ...]:
    beside = ""
    if figure.yardstick is not None:
        name = f" ({figure.yardstick_name})" if figure.yardstick_name else ""
        beside = f"{amount(figure.yardstick, figure.unit)}{name}"
    times = ratio(figure)
    target = ""
    if figure.target is not None:
        limit = "at least" if figure.better == "higher" else "at most"
        target = f"{limit} {amount(figure.target, figure.unit)}, {'met' if meets(figure) else 'MISSED'}"
    arrow = "↑" if figure.better == "higher" else "↓"
    ours = amount(figure.value, figure.unit)
    return (
        figure.group,
        f"{arrow} {figure.name}",
        ours,
        beside,
        "" if times is None else f"{number(times)}×",
        target,
    )


def table(outcomes: Iterable[Outcome]) -> str:
    """A row for each figure, and one for each bench that failed. The group stands in its first row only."""
    rows, last = [HEADS], ""
    for outcome in outcomes:
        for figure in outcome.figures:
            group, *rest = row(figure)
            rows.append(("" if group == last else group, *rest))
            last = group
        if outcome.error:
            told = outcome.error.replace("|", "/")
            rows.append((outcome.bench, f"FAILED: {told[:160]}", "", "", "", ""))
            last = ""
    # What failed is told across the columns, so it does not widen them.
    told = [one for one in rows if not one[1].startswith("FAILED")]
    widths = [max(map(len, column)) for column in zip_longest(*told, fillvalue="")]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(one, widths, strict=True)) + " |"
        for one in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
