"""A look at a clip before anything is asked of it: the searches that a first edit would begin with, so that
their answers lie in the memory of looks when it comes.

It shows the networks the very pictures that an edit with the clip's own shape and length shows them. Nothing
is rendered.
"""

import contextlib
import os
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

import cv2

from modules.edit.nearest import SECONDS_SLACK, longest_duration, nearest_ratio
from modules.edit.request import EditRequest
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
        if not samples:
            return
        # No ground is painted for water.
        ground = GroundReplacement("water", source.width, source.height)
        with ThreadPoolExecutor(2, thread_name_prefix="search") as pool:
            surveyed = pool.submit(ground.find, samples)
            matte = _search(ANY, sampled, source)
            memory.keep()
            likely, other = (PERSON, THING) if matte.kind == "person" else (THING, PERSON)
            coming: list[Future[object]] = [
                pool.submit(_search, likely, sampled, source),
                pool.submit(_finish, ground, surveyed, matte, samples),
                pool.submit(_search, other, sampled, source),
            ]
            for _ in as_completed(coming):
                memory.keep()
        for one in coming:
            one.result()


def framed(clip: str, mode: str) -> Source:
    """The clip as an edit takes it for which nothing is chosen, or the clip's own shape and length: a
    clip that was fitted is a few frames longer or shorter than its whole seconds."""
    shown = open_source(clip, seconds=LONGEST, aspect_ratio="", mode=mode)
    length = shown.frames_total / shown.fps
    seconds = longest_duration(length)
    if length > seconds + SECONDS_SLACK:
        seconds = max(seconds, EditRequest().seconds)
    ratio = nearest_ratio(shown.width, shown.height)
    return open_source(clip, seconds=seconds, aspect_ratio=ratio, mode=mode)


def _search(prompt: str, sampled: list[TimedPicture], source: Source) -> Matte:
    """The matte of whom a prompt means, which has looked at the first frame."""
    plan = direct(prompt, images=0, elements=0)
    _, matte = find_subject(plan, sampled, source.width, source.height)
    assert matte is not None  # all of the prompts need a subject
    matte.segment(sampled[0].picture, sampled[0].seconds)
    return matte


def _finish(ground: GroundReplacement, surveyed: Future[bool], matte: Matte, samples: list[Picture]) -> None:
    """The ground beside the subject that stands on it."""
    if surveyed.result():
        ground.prepare(matte.sample_pictures or samples, matte.sample_mattes)
