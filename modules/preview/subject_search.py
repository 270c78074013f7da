"""Finds the subject that a plan needs, and says in the plan what was taken."""

from collections.abc import Sequence
from dataclasses import replace

from modules.preview import fallbacks
from modules.preview.prompt.plan import Plan, Who
from modules.preview.subject.early_looks import EarlyLooks
from modules.preview.subject.matte import Matte, tracks_first
from modules.preview.video.decode import TimedPicture


def needs_subject(plan: Plan) -> bool:
    """Whether anything in the plan depends on where the subject is."""
    back = plan.background
    behind = back is not None and back.kind != "sky"
    return behind or plan.subject is not None or any(look.part in _SUBJECTS for look in plan.looks)


_SUBJECTS = ("subject", "background")


def _meant(plan: Plan) -> Who:
    who = plan.who
    kept = bool(plan.looks) and plan.subject is None and plan.background is None
    if kept and not who.chooses and who.kind == "person" and all(x.part == "background" for x in plan.looks):
        return replace(who, kind="any", everyone=False)  # who is left as filmed: all of them
    return who


def _hides(plan: Plan) -> bool:
    return plan.subject is not None and plan.subject.kind in ("replace", "remove")


def _most(plan: Plan) -> int:
    return 1 if _hides(plan) and not plan.who.everyone else 2


def early_looks(plan: Plan, width: int, height: int) -> EarlyLooks | None:
    """What begins to look while samples are decoded; None when the plan needs no subject."""
    if not needs_subject(plan):
        return None
    who = _meant(plan)
    return EarlyLooks(who, width, height, tracked=tracks_first(who, _most(plan)))


def find_subject(
    plan: Plan, samples: Sequence[TimedPicture], width: int, height: int
) -> tuple[Plan, Matte | None]:
    """The plan with a sentence about whom or what it takes, and the matte that follows it; None when the plan
    needs no subject."""
    if not needs_subject(plan) or not samples:
        return plan, None
    who, most = _meant(plan), _most(plan)
    hides = _hides(plan)
    matte = Matte(width, height, people=most, wants_plate=hides and plan.background is None, who=who)
    matte.prepare([one.picture for one in samples], [one.seconds for one in samples])
    if matte.kind == "none":
        return plan, matte
    if matte.kind == "person" and plan.who.kind == "person":
        plan = plan.says(f"The subject is {matte.taken}.")
    elif matte.kind == "person" and plan.who.kind == "any":  # the pose network takes upright animals, too
        plan = plan.says(
            f"The subject is {matte.taken.replace('person', 'figure').replace('people', 'figures')}."
        )
    else:
        plan = plan.says(f"The {plan.who.noun or 'subject'} is taken to be {matte.taken}.")
    if matte.several:
        plan = plan.fell_back(fallbacks.GUESSED.format(matte.several, matte.taken))
    return plan, matte
