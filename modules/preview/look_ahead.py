"""A look at a clip before anything is asked of it: the searches that a first edit would begin with, so that
their answers lie in the memory of looks when it comes.

It shows the networks the very pictures that an edit with the clip's own shape and length shows them. Nothing
is rendered.
"""

import contextlib
import os
from collections.abc import Callable
from functools import partial

import cv2

from modules.edit.nearest import longest_duration, nearest_ratio
from modules.preview import malloc_tuning
from modules.preview.effects.ground import GroundReplacement
from modules.preview.prompt.direction import direct
from modules.preview.subject.look_memory import LookMemory, remembering
from modules.preview.subject.matte import Matte
from modules.preview.subject.memory_file import memory_file
from modules.preview.subject_search import find_subject
from modules.preview.task import LookOrder
from modules.preview.video.arrays import Picture
from modules.preview.video.decode import LONGEST, Source, TimedPicture, open_source

ANY, PERSON, THING = "blur the background", "remove the person", "put the animal in a forest"
"""Prompts that stand for a search each: for whatever is there, for one person among all, for an animal or a
thing."""


def look_ahead(order: LookOrder) -> None:
    """Keep the answers of each search once it has ended. Raises RenderError for a clip that cannot be
    decoded."""
    malloc_tuning.keep()
    cv2.setNumThreads(max(1, min(2, os.cpu_count() or 1)))
    source = framed(order.clip, order.mode)
    memory = LookMemory(memory_file(order.folder, order.clip))
    with contextlib.closing(memory), remembering(memory):
        sampled = source.sampled()
        samples = [one.picture for one in sampled]
        # No ground is painted for water.
        ground = GroundReplacement("water", source.width, source.height)
        searches: tuple[Callable[[], object], ...] = (
            partial(_search, ANY, sampled, source),
            partial(ground.find, samples),
            partial(_search, PERSON, sampled, source),
            partial(_search_ground, ground, sampled, source),
            partial(_search, THING, sampled, source),
        )
        for search in searches:
            search()
            memory.keep()


def framed(clip: str, mode: str) -> Source:
    """The clip as an edit of it takes it when nothing else is chosen: its nearest shape, all of its whole
    seconds."""
    shown = open_source(clip, seconds=LONGEST, aspect_ratio="", mode=mode)
    seconds = longest_duration(shown.frames_total / shown.fps)
    ratio = nearest_ratio(shown.width, shown.height)
    return open_source(clip, seconds=seconds, aspect_ratio=ratio, mode=mode)


def _search(prompt: str, sampled: list[TimedPicture], source: Source) -> Matte | None:
    """The matte of whom a prompt means, which has looked at the first frame."""
    plan = direct(prompt, images=0, elements=0)
    _, matte = find_subject(plan, sampled, source.width, source.height)
    if matte is not None and sampled:
        matte.segment(sampled[0].picture, sampled[0].seconds)
    return matte


def _search_ground(ground: GroundReplacement, sampled: list[TimedPicture], source: Source) -> None:
    """The ground beside whatever stands on it."""
    samples: list[Picture] = [one.picture for one in sampled]
    matte = _search(ANY, sampled, source) if ground.mask.there else None
    if matte is not None:
        ground.prepare(matte.sample_pictures or samples, matte.sample_mattes)
