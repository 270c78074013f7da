"""One edit in a command: begun or found again, followed to its end, saved; or what is true when it is left.

An edit is a job in the journal like those of the page. So a command that is killed has sent its edit at most
once, and the same command, or `resume`, goes on with it.
"""

import argparse
import asyncio
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from modules.checking import CheckedEdit, EditRefused
from modules.cli.arguments import PROGRAM
from modules.cli.exit_codes import CommandFailed, ExitCode, code_of
from modules.cli.files import Output, fingerprint
from modules.cli.interruption import Interruption
from modules.cli.session import NO_KEY, Session
from modules.cli.terminal import Shown, Terminal
from modules.edit.framing import Framing
from modules.edit.price import dollars, estimate, least_usd
from modules.edit.request import EditRequest
from modules.jobs.identity import NOBODY
from modules.jobs.job import SENT_STAGES, UNSENT_STAGES, Job, Stage
from modules.jobs.run.reopening import REOPENED
from modules.jobs.view import JobView
from modules.secret import NO_SECRET
from modules.settings import Settings

_LOOK_SECONDS = 0.5
"""Between two looks at a job that has not changed, for the bar and its time to go."""


def take_up(job: Job) -> str:
    return f"Take it up with: {PROGRAM} resume {shlex.quote(job.request_id or job.job_id)}"


@dataclass
class FollowedEdit:
    """One edit of an open session. `output`: where its video goes, None when it is not waited for."""

    session: Session
    terminal: Terminal
    output: Output | None

    def view(self, job: Job) -> JobView:
        return self.session.studio.view(job)

    def shown(self, job: Job) -> dict[str, object]:
        """The job for `--json`, as `/edit` answers it."""
        return self.view(job).model_dump()

    async def begin(
        self,
        options: argparse.Namespace,
        request: EditRequest,
        engine: str,
        interruption: Interruption,
        *,
        find_finished: bool,
    ) -> Job:
        """The job of this edit: the one that the same command began before it was killed, else a new one."""
        framing = Framing(options.start, options.fit, options.short)
        asked = await asyncio.to_thread(fingerprint, request, framing, engine)
        if not options.again and (known := await self._known(asked, find_finished)):
            return known
        studio = self.session.studio
        studio.files.allow(*request.sources())
        try:
            checked: CheckedEdit = await studio.check(request, framing, NO_SECRET, engine, who=NOBODY)
        except EditRefused as refused:
            if all(problem.field == "api_key" for problem in refused.problems):
                raise CommandFailed(ExitCode.MONEY, await self._over_budget(request)) from None
            said = (
                refused.sentence
                if "Nothing was" in refused.sentence
                else f"{refused.sentence} Nothing was sent."
            )
            raise CommandFailed(ExitCode.INPUT, said, problems=refused.problems) from None
        if engine == "segmind":
            self.terminal.tell(
                f"About {estimate(checked.request).arithmetic} on Segmind, less for a shorter clip."
            )
        if interruption.event.is_set():
            raise CommandFailed(
                ExitCode(interruption.exit_code), "Stopped before the edit was begun. Nothing was sent."
            )
        job_id = await studio.start(checked, self.session.token, NOBODY, fingerprint=asked)
        return await studio.job_of(self.session.token, job_id)

    async def _over_budget(self, request: EditRequest) -> str:
        left = (await self.session.studio.allowance(NOBODY)).usd
        return (
            f"The budget of {dollars(self.session.studio.settings.daily_budget_usd)} in 24 hours "
            f"(STUDIO_DAILY_BUDGET_USD), which the page shares, has {dollars(left)} left; this edit needs "
            f"at least {dollars(least_usd(request))}. Nothing was sent."
        )

    async def _known(self, asked: str, find_finished: bool) -> Job | None:
        """The job that was begun for the same edit and has not been delivered. Raises CommandFailed for one
        whose outcome is not known: it may have been charged."""
        jobs, _ = await self.session.studio.jobs_of(self.session.token, size=100)
        for job in jobs:
            if job.fingerprint != asked or self.session.is_delivered(job):
                continue
            if job.stage == Stage.COMPLETED and find_finished and job.result:
                self.terminal.tell(
                    "The same edit was finished before: this is its video. Nothing is sent again."
                )
                return job
            if not job.terminal:
                self.terminal.tell(
                    "The same edit is under way already: going on with it. Nothing is sent again."
                )
                return job
            if job.stage in REOPENED:
                raise CommandFailed(
                    ExitCode.UNKNOWN,
                    "The same edit was begun before, and what became of it is not known. Nothing is sent. "
                    f"{take_up(job)}, or send it once more with --again.",
                    job=self.shown(job),
                )
        return None

    async def find(self, wanted: str) -> Job:
        """The job for a request id, or a job id of this command line. Raises StudioError."""
        studio, token = self.session.studio, self.session.token
        job = await studio.job(wanted)
        if job is None or job.visitor != token:
            if not studio.engines.owner_pays:
                raise CommandFailed(ExitCode.KEY, NO_KEY.format(verb="ask about a request"))
            job = await studio.job_of(token, await studio.follow(wanted, token, None, NOBODY))
        if job.stage in REOPENED and job.over:
            if not studio.engines.owner_pays and not job.result_url:
                raise CommandFailed(ExitCode.KEY, NO_KEY.format(verb="ask about a request"))
            await studio.look_again(job.job_id, token, NO_SECRET)
            job = await studio.job_of(token, job.job_id)
        return job

    async def follow(
        self, job: Job, interruption: Interruption, until: Callable[[Job], bool] = lambda job: job.terminal
    ) -> Job:
        """The job when `until` says so, or nothing more happens by itself. CommandFailed when interrupted."""
        studio, told = self.session.studio, False
        with self.terminal.progress() as shown:
            while not (job.over or job.stage == Stage.COMPLETED or job.needs_key or until(job)):
                self._show(shown, job)
                if job.request_id and not told and not job.free and not job.resumed:
                    told = True
                    shown.tell(f"Request id: {job.request_id}")
                changed = asyncio.ensure_future(studio.changed(job.job_id, job.version, _LOOK_SECONDS))
                stopped = asyncio.ensure_future(interruption.event.wait())
                await asyncio.wait({changed, stopped}, return_when=asyncio.FIRST_COMPLETED)
                stopped.cancel()
                if interruption.event.is_set():
                    changed.cancel()
                    break
                job = await changed or job
            self._show(shown, job)
        # Said after the bar: beside it nothing else may write to the terminal.
        if interruption.event.is_set():
            await self._interrupted(job, interruption)
        return job

    def _show(self, shown: Shown, job: Job) -> None:
        shown.update(job, self.view(job))

    async def deliver(self, job: Job, interruption: Interruption, *, asked_on: bool = False) -> int:
        """Wait for the video of `job`, save it and say where. `asked_on`: wait for an edit in doubt as long
        as the engine's history is asked, up to a quarter of an hour."""
        ended = (lambda one: one.over) if asked_on else (lambda one: one.terminal)
        job = await self.follow(job, interruption, ended)
        if job.needs_key:  # the key was refused; nobody waits for another one here
            await self.session.studio.forget(job.job_id, self.session.token)
            raise CommandFailed(ExitCode.KEY, job.message, job=self.shown(job))
        if job.stage != Stage.COMPLETED:
            raise self.not_done(job)
        if not job.result or self.output is None:
            raise CommandFailed(
                ExitCode.UNKNOWN,
                "This edit was finished, and its video is no longer kept here (STUDIO_RESULT_DAYS).",
                job=self.shown(job),
            )
        saved = await asyncio.to_thread(self.output.save, job.result)
        await asyncio.to_thread(self.session.mark_delivered, job)
        self.terminal.tell(f"{job.message} It was made by {self._maker(job)}.")
        self.terminal.result([str(saved)], {"output": str(saved), "job": self.shown(job)})
        return ExitCode.DONE

    def _maker(self, job: Job) -> str:
        """Who made the video, as far as that is known: another address may be anybody's."""
        if job.engine == "preview":
            return "the preview engine, not Kling"
        place = self.session.studio.settings.segmind_base_url
        vendor = Settings.segmind_base_url
        return "Kling O3 on Segmind" if place == vendor else f"the engine at {place}"

    def not_done(self, job: Job) -> CommandFailed:
        """What a job says that ended without a video."""
        sentence = job.error or job.message
        if job.engine_error and job.engine_error not in sentence:
            sentence = f"{sentence} In the engine's words: {job.engine_error[:500]}"
        code = code_of(job)
        if code == ExitCode.MONEY and not job.request_id and "budget" in sentence:
            sentence = f"{sentence} It is set by STUDIO_DAILY_BUDGET_USD."
        if code == ExitCode.UNKNOWN and not job.resumed:
            sentence = f"{sentence} {take_up(job)}"
        return CommandFailed(code, sentence, job=self.shown(job))

    async def _interrupted(self, job: Job, interruption: Interruption) -> None:
        """End an edit that was not sent; of one that was, say what goes on. Always raises CommandFailed."""
        studio, token = self.session.studio, self.session.token
        if not studio.carries(job.job_id) and not job.terminal:
            said = "Stopped waiting. Another process has this edit, and goes on with it."
            said = said if job.free else f"{said} {take_up(job)}"
        elif job.free:
            said = "Stopped. The preview engine ends with the command. Nothing was spent."
        else:
            if job.stage in UNSENT_STAGES or job.stage == Stage.SUBMITTING:
                await studio.cancel(job.job_id, token)
                job = await studio.job_of(token, job.job_id)
            if job.stage == Stage.SUBMITTING and not job.checking:
                self.terminal.tell(
                    "The edit is being sent just now: waiting for the answer (again: end at once)."
                )
                job = await self._answered(job)
            said = _true_of(job)
        raise CommandFailed(ExitCode(interruption.exit_code), said, job=self.shown(job))

    async def _answered(self, job: Job) -> Job:
        while job.stage == Stage.SUBMITTING and not job.checking:
            job = await self.session.studio.changed(job.job_id, job.version, _LOOK_SECONDS) or job
        return job


def _true_of(job: Job) -> str:
    """What is true of a paid edit when its command is interrupted."""
    if job.cancelled:
        return "Stopped before the edit was sent. Nothing was spent."
    if job.stage in SENT_STAGES or job.stage == Stage.COMPLETED:
        return (
            f"Stopped. Segmind has the edit, and no cancel: it goes on there and is charged. {take_up(job)}"
        )
    if job.stage == Stage.FAILED:
        return f"Stopped. {job.error or job.message}"
    return (
        "Stopped. The connection broke while the edit was being sent, so it may run and be charged; it is "
        f"not sent again by itself. {take_up(job)}"
    )
