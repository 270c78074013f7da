"""Clips fitted as they are for an engine, small where the size does not matter."""

from dataclasses import replace

from modules.edit.framing import Framing
from modules.media.fit.conform import conform
from modules.media.fit.conform_plan import plan_conform
from modules.media.read.clip import probe

AS_IT_IS = Framing()


def small(plan):
    """The same plan with a quarter of the width and height. The size that the model wants is the plan's
    business, and encoding it most of the time."""
    return replace(plan, width=plan.width // 8 * 2, height=plan.height // 8 * 2)


def converted(src, dst, seconds=3, ratio="16:9", framing=AS_IT_IS, keep_audio=True, whole=False):
    """`whole`: in the size that is sent; otherwise `small`."""
    plan = plan_conform(probe(src), seconds, ratio, framing)
    plan = plan if whole else small(plan)
    return plan, conform(src, dst, plan, keep_audio=keep_audio)
