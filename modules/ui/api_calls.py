"""What programs may ask for, apart from how they ask: the calls behind the API's endpoints and the MCP tools.

Every call takes who asks, by whose allowances it counts, and answers plain values. A bad request is answered
as a job in stage FAILED, with a problem for each field; nothing was sent then.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import Any

from modules.checking import EditRefused, key_problem
from modules.clip_check import clip_check
from modules.edit.errors import StudioError
from modules.edit.framing import Framing
from modules.edit.price import estimate
from modules.edit.request import EditRequest, Problem
from modules.jobs.errors import NO_SUCH_JOB
from modules.jobs.identity import Identity
from modules.jobs.job import TERMINAL_STAGES, Job, payer_of
from modules.jobs.view import JobView, refusal
from modules.media.read.clip import ClipFacts
from modules.secret import NO_SECRET, Secret
from modules.ui.api_request import request_of, whole_seconds
from modules.ui.clip_report import facts_of
from modules.ui.form import plain_text


@dataclass(frozen=True)
class Caller:
    """Who asks: by whose allowances it counts, from which network address (for what is limited at once), with
    which key and access code."""

    who: Identity
    address: str
    key: Secret = NO_SECRET
    access_code: Secret = NO_SECRET


class ApiCalls:
    """The calls. None of them raises for what a caller sent."""

    def __init__(self, studio) -> None:
        self._studio = studio

    async def submit(self, caller: Caller, inputs: dict[str, Any]) -> JobView:
        """Begin an edit and answer at once: its job, with the id by which `job` finds it, or the refusal.
        `inputs`: the parameters of `request_of`."""
        studio = self._studio
        problems: list[Problem] = []
        draft = request_of(problems, **inputs)
        try:
            checked = await studio.check(
                draft,
                Framing(),
                caller.key,
                found=problems,
                who=caller.who,
                access_code=caller.access_code,
            )
            job_id = await studio.start(checked, _nobody(), caller.who)
            return studio.view(await studio.job(job_id))
        except StudioError as error:
            return refusal(_problems(error), studio.engines.choose(caller.key))

    async def edit(self, caller: Caller, inputs: dict[str, Any]) -> AsyncIterator[tuple[Job | None, JobView]]:
        """Begin an edit and follow it: the job at every change, None with a refusal. Who stops listening
        stops nothing."""
        begun = await self.submit(caller, inputs)
        if not begun.job_id:
            yield None, begun
            return
        async for job in self._studio.watch(begun.job_id):
            yield job, self._studio.view(job)
            if job.stage in TERMINAL_STAGES or job.needs_key:
                return

    async def job(self, job_id: Any) -> tuple[Job | None, JobView]:
        """One job as it is now; None for an id that is not known."""
        found = await self._studio.job(plain_text(job_id))
        if found is None:
            return None, refusal([Problem("job_id", NO_SUCH_JOB)], "")
        return found, self._studio.view(found)

    async def estimate(self, caller: Caller, mode: Any, duration: Any) -> dict[str, Any]:
        """What an edit costs, before anything is sent: `usd` on Kling O3 by `arithmetic`, and what a call of
        `edit` by this caller would run on and who would pay."""
        request = EditRequest(mode=str(mode), duration=whole_seconds(duration))
        wrong = [one for one in request.problems() if one.field in ("mode", "duration")]
        if caller.key and (bad := key_problem(caller.key)):
            wrong.append(bad)
        if wrong:
            return {"usd": None, "error": " ".join(one.message for one in wrong), "problems": _told(wrong)}
        price, engine = estimate(request), self._studio.engines.choose(caller.key)
        payer = payer_of(engine, caller.key)
        return {
            "usd": price.usd,
            "arithmetic": price.arithmetic,
            "seconds": price.seconds,
            "usd_per_second": price.rate,
            "engine": engine,
            "payer": payer,
            "would_be_charged_usd": 0.0 if payer == "nobody" else price.usd,
            "note": _WHO_PAYS[payer],
            "error": None,
            "problems": [],
        }

    async def check(
        self, caller: Caller, video: Any, duration: Any = "5", aspect_ratio: Any = "auto"
    ) -> dict[str, Any]:
        """A look at a clip: see `ClipCheck`. Nothing is kept, sent or charged."""
        problems: list[Problem] = []
        inputs = {**_BLANK, "video": video, "duration": duration, "aspect_ratio": aspect_ratio}
        request = request_of(problems, **inputs)
        named = {one.field for one in problems}
        fields = {"video_url", "duration", "aspect_ratio"}
        problems += [one for one in request.problems() if one.field in fields - named]
        if not problems:
            foreign = await asyncio.to_thread(self._studio.files.problem, request, caller.who.browser)
            problems += [foreign] if foreign else []
        if not problems:
            try:
                with self._studio.limits.hold("looks", caller.address):
                    facts: ClipFacts = await self._studio.looks.at(request, Framing(), facts_of)
                found = clip_check(facts, request.seconds, request.aspect_ratio, Framing())
                return {**asdict(found), "error": None, "problems": []}
            except StudioError as error:
                problems = _problems(error, "video_url")
        return {"ok": False, "error": " ".join(one.message for one in problems), "problems": _told(problems)}

    async def share(self, job_id: Any) -> dict[str, Any]:
        """Make the result of a job visible to everybody who has the link: `{"url": "/share/TOKEN"}`."""
        try:
            return {"url": f"/share/{await self._studio.sharing.share(plain_text(job_id))}", "error": None}
        except StudioError as error:
            return {"url": None, "error": error.sentence}

    async def unshare(self, job_id: Any) -> dict[str, Any]:
        """Take the link of a job back. `unshared`: whether there was one."""
        try:
            return {"unshared": await self._studio.sharing.unshare(plain_text(job_id)), "error": None}
        except StudioError as error:
            return {"unshared": False, "error": error.sentence}


_WHO_PAYS = {
    "nobody": "Without a key the free preview engine runs, which is not Kling: nothing would be charged.",
    "visitor": "An estimate; it would be charged to your key.",
    "owner": "An estimate; it would be paid from the budget of this page's owner, as far as that reaches.",
}
_BLANK: dict[str, Any] = {
    "prompt": "look",
    "video": None,
    "mode": "pro",
    "duration": "5",
    "aspect_ratio": "auto",
    "keep_audio": False,
    "shot_type": "customize",
    "images": None,
    "elements": None,
}


def _nobody() -> str:
    """The visitor of a call: of this call alone. The page takes no token of this form, so nobody can list its
    edits."""
    return "api-" + secrets.token_urlsafe(24)


def _problems(error: StudioError, field: str = "edit") -> list[Problem]:
    if isinstance(error, EditRefused):
        return list(error.problems)
    return [Problem(error.field or field, error.sentence)]


def _told(problems: list[Problem]) -> list[dict[str, Any]]:
    return [one.model_dump() for one in refusal(problems, "").problems]
