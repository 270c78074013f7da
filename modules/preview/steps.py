"""From a task to the steps that carry it out: the plan, the subject that it needs, the scene, looks and
weather."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest

from modules.preview import fallbacks
from modules.preview.effects.base import Effect
from modules.preview.effects.looks import LOOKS
from modules.preview.effects.neural import PictureStyle
from modules.preview.effects.part_looks import PART_LOOKS
from modules.preview.effects.weather import WEATHER
from modules.preview.parts import LookOnPart
from modules.preview.prompt.direction import direct
from modules.preview.prompt.plan import Look, Plan
from modules.preview.prompt.wording import reworded
from modules.preview.scene import Scene
from modules.preview.subject.detection import SubjectMask
from modules.preview.subject.matte import Matte
from modules.preview.subject_search import early_looks, find_subject
from modules.preview.task import RenderTask
from modules.preview.video.arrays import Picture
from modules.preview.video.decode import Source, TimedPicture

Step = Scene | LookOnPart | Effect
Size = tuple[int, int, float]
"""Width, height and frames a second of a render."""


def steps_of(task: RenderTask, source: Source) -> tuple[Plan, Matte | None, list[Step]]:
    """The plan of a task, with its fallbacks, the matte of its subject if a step asks for it, and the
    prepared steps that carry it out, in order."""
    plan = direct(str(task.payload.get("prompt", "")), images=len(task.images), elements=len(task.elements))
    size = (source.width, source.height, source.fps)
    steps: list[Step] = []
    scene = None
    if plan.background is not None or plan.subject is not None:
        scene = Scene(plan, *size, images=task.images, elements=task.elements)
    with contextlib.ExitStack() as looking:
        early = early_looks(plan, source.width, source.height)
        take = looking.enter_context(early).take if early is not None else None
        sampled = source.sampled(whole=scene is not None or early is not None, on_sample=take)
        samples = [one.picture for one in sampled]
        plan, matte = _found(plan, scene, sampled, source)
    if scene is not None:
        plan = scene.prepare(plan, samples, matte)
        steps.append(scene)
    plan, looks = _looks(plan, task.images, size, matte)
    steps += looks
    if matte is not None and (matte.kind == "none" or not any(_asks_for_matte(step) for step in steps)):
        matte = None
    plan = _prepare(steps, samples, matte, plan)
    return reworded(plan), matte, steps


def _found(
    plan: Plan, scene: Scene | None, sampled: list[TimedPicture], source: Source
) -> tuple[Plan, Matte | None]:
    """The plan and the matte after what the scene surveys, which goes on beside the search for the
    subject."""
    size = source.width, source.height
    if scene is None:
        return find_subject(plan, sampled, *size)
    with ThreadPoolExecutor(1, thread_name_prefix="survey") as pool:
        surveying = pool.submit(scene.survey, plan, [one.picture for one in sampled])
        found = find_subject(plan, sampled, *size)
        surveyed = surveying.result()
    return found if surveyed is plan else find_subject(surveyed, sampled, *size)


def _asks_for_matte(step: Step) -> bool:
    return isinstance(step, LookOnPart) or (isinstance(step, Scene) and step.asks_for_matte)


def _looks(plan: Plan, images: tuple[str, ...], size: Size, matte: Matte | None) -> tuple[Plan, list[Step]]:
    """The steps of a plan's looks and weather, and the plan with what cannot be had."""
    steps: list[Step] = []
    drawn = {"rain"} if "storm" in plan.weather else set()
    nobody = matte is None or matte.kind == "none"
    # Looks of a part come first: they are measured on the clip as it was filmed.
    for look in sorted(plan.looks, key=lambda each: each.part is None):
        if nobody and look.part in ("subject", "background"):
            plan, whole = _without_subject(plan, look)
            if whole is None:
                continue
            look = whole
        effect = _effect(look, images, size)
        if effect is None:
            name = look.title or look.name
            plan = plan.fell_back(f"The look {name} is not among this engine's, so it was left out.")
            continue
        # A weather is drawn once, and not where the prompt refuses it ("cyberpunk, no rain").
        if effect.weather and (effect.weather in drawn or effect.weather in plan.extra.get("refused", ())):
            effect.weather_on = False
        elif effect.weather:
            drawn.add(effect.weather)
        steps.append(LookOnPart(look, effect) if look.part else effect)
    shares = plan.extra.get("weather_strength", {})
    placed = plan.background is not None and plan.background.kind in ("scene", "image") and not nobody
    for name in plan.weather:
        if name in WEATHER and name not in drawn:
            weather = WEATHER[name][1](*size, strength=float(shares.get(name, 1.0)))
            # The fog of a new place lies behind the subject, who would drown in it.
            behind = placed and name == "fog"
            steps.append(LookOnPart(Look(name, name, part="background"), weather) if behind else weather)
    return plan, steps


def _effect(look: Look, images: tuple[str, ...], size: Size) -> Effect | None:
    if look.image is not None and 0 < look.image <= len(images):
        return PictureStyle(*size, strength=look.strength, picture=images[look.image - 1])
    if look.name in ("recolour", "neon_outline"):
        return PART_LOOKS[look.name][1](*size, strength=look.strength, colour=look.colour)
    known = LOOKS | PART_LOOKS
    return known[look.name][1](*size, strength=look.strength) if look.name in known else None


def _without_subject(plan: Plan, look: Look) -> tuple[Plan, Look | None]:
    """A look of the subject is left out where there is none; one of its background is laid over all."""
    others = tuple(other for other in plan.looks if other != look)
    if look.part == "subject":
        return plan.fell_back(
            fallbacks.NO_PART.format(look.title[:1].lower() + look.title[1:]), looks=others
        ), None
    whole = Look(look.name, look.title, look.strength, look.image)
    looks = tuple(whole if other == look else other for other in plan.looks)
    return plan.fell_back(fallbacks.NO_SUBJECT, looks=looks), whole


def _prepare(steps: list[Step], samples: list[Picture], matte: Matte | None, plan: Plan) -> Plan:
    """The plan without the looks of parts that the clip does not show. Each step prepares on what it will
    be given. That is made from the first frame only: the steps before carry things over in time, and to
    them the first frame is simply shown twice."""
    first: SubjectMask | None = None
    mattes = matte.sample_mattes if matte is not None else []
    pictures = matte.sample_pictures if matte is not None else []
    replaced = plan.background is not None and plan.background.kind not in ("blur", "ground")
    for of_part in [step for step in steps if isinstance(step, LookOnPart)]:
        if not of_part.prepare(samples, pictures, mattes):
            steps.remove(of_part)
            left = tuple(look for look in plan.looks if look != of_part.look)
            plan = plan.fell_back(fallbacks.NO_SKY_TO_RESTYLE, looks=left)
    for step, following in zip_longest(steps, steps[1:]):
        if isinstance(step, Effect):
            step.prepare(samples)
        effect = step.effect if isinstance(step, LookOnPart) else step
        sky = getattr(effect, "sky", None)
        if sky is not None and replaced and not isinstance(step, Scene):
            sky.leave()
        if following is None:
            break
        if isinstance(step, Effect):
            samples = [step(samples[0], 0, 0.0)]
            continue
        if first is None and matte is not None:
            first = matte.segment(samples[0], 0.0)
        samples = [step(samples[0], 0, 0.0, first)]
    return plan
