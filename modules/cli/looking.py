"""The commands that only look: `estimate`, `check`, `history`. Nothing is sent, and no engine is started."""

import argparse
import asyncio
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from modules.cli.exit_codes import CommandFailed, ExitCode
from modules.cli.files import refuse, source_of
from modules.cli.harmless import harmless
from modules.cli.session import NO_KEY, token_of
from modules.cli.terminal import Terminal
from modules.clip_check import ClipCheck, clip_check
from modules.edit.framing import Framing
from modules.edit.nearest import longest_duration
from modules.edit.price import dollars, estimate
from modules.edit.request import EditRequest, is_url
from modules.engines import Engines, PreviewProcess
from modules.jobs.job import Job
from modules.jobs.opening import NAME, open_journal
from modules.jobs.store.database import BUSY_SECONDS
from modules.jobs.store.file_system import unfit_for_sqlite
from modules.jobs.store.journal import Journal
from modules.jobs.view import view_of
from modules.media.errors import MediaError
from modules.media.fetch.safe_fetch import SafeFetcher
from modules.media.read.clip import ClipFacts, probe
from modules.media.sandbox.pool import MediaWorkers
from modules.settings import Settings

_MONTH = 30 * 86400.0


def _facts(source: str, settings: Settings) -> ClipFacts:
    """What can be read of a clip, in a process that may fail alone. Raises MediaError."""
    with MediaWorkers(1) as workers:
        if is_url(source):
            fetcher = SafeFetcher(settings.trusted_hosts, contact=settings.contact)
            return workers.run(fetcher.probe_clip, source)
        return workers.run(probe, source)


async def estimated(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """What an edit costs on Segmind, for the clip that is given, if one is."""
    request, length = EditRequest(mode=options.mode, duration=options.duration), None
    if options.video:
        source = source_of(options.video, "video_url")
        length = (await _looked_at(source, settings)).seconds
        request = request.with_duration(longest_duration(length))
    told = estimate(request)
    value = {
        "usd": told.usd,
        "arithmetic": told.arithmetic,
        "seconds": told.seconds,
        "usd_per_second": told.rate,
        "mode": request.mode,
        "clip_seconds": length,
        "engine": "segmind" if settings.segmind_api_key else "preview",
    }
    lines = [f"About {told.arithmetic} on Segmind ({request.mode}); what is charged, its answer says."]
    if length is not None:
        lines.append(f"The clip has {length:.1f} s; whole seconds are paid for, never more than it has.")
    if not settings.segmind_api_key:
        lines.append("No SEGMIND_API_KEY is set: the preview engine would make this edit for nothing.")
    terminal.result(lines, value)
    return ExitCode.DONE


async def check(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """A clip's report: its facts, what would be changed, and why it could not be sent."""
    source = source_of(options.video, "video_url")
    facts = await _looked_at(source, settings)
    framing = Framing(options.start, options.fit, options.short)
    told = clip_check(facts, int(options.duration), options.aspect_ratio, framing)
    lines = _report_lines(told)
    if facts.made_with:
        lines.append(f"  {'Made with':<12} {facts.made_with.request.prompt} ({facts.made_with.request.mode})")
    if told.problem:
        for line in lines:
            terminal.tell(line)
        raise refuse("video_url", told.problem)
    terminal.result(list(map(harmless, lines)), asdict(told))
    return ExitCode.DONE


def _report_lines(told: ClipCheck) -> list[str]:
    marks = {"ok": " ", "warn": "!", "bad": "!"}
    lines = [
        f"{marks.get(one['level'], ' ')} {one['name']:<12} {one['value']}"
        + (f"  ({one['fix']})" if one["fix"] else "")
        for one in told.report
    ]
    sent = "; ".join(told.changes) if told.changes else "it is, without its metadata"
    lines.append(f"  {'Is sent as':<12} {sent} ({told.aspect_ratio}, {told.seconds:g} s)")
    return lines + [f"  {note}" for note in told.notes]


async def _looked_at(source: str, settings: Settings) -> ClipFacts:
    try:
        return await asyncio.to_thread(_facts, source, settings)
    except MediaError as error:
        raise refuse("video_url", error.sentence) from None


async def history(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """The edits of this command line, or the account's requests."""
    if options.segmind:
        rows = await asyncio.to_thread(_requests, options, settings)
        key = "requests"
        lines = [
            f"{row['created']}  {row['state']:<10} {row['cost']:>7}  {row['request_id']}  {row['prompt']}"
            for row in rows
        ]
    else:
        jobs = await asyncio.to_thread(_jobs, options, settings)
        now, key = time.time(), "jobs"
        rows = [view_of(job, now).model_dump() for job in jobs]
        lines = list(map(_job_line, jobs))
    terminal.result(list(map(harmless, lines)), {key: rows})
    if not rows:
        terminal.tell("There are none.")
    return ExitCode.DONE


def _jobs(options: argparse.Namespace, settings: Settings) -> list[Job]:
    """Read from the journal, which is not made when there is none. Raises JournalTrouble."""
    if not settings.data_dir.is_dir():
        return []
    nothing_yet = not (settings.database_url or settings.journal_dir or (settings.data_dir / NAME).exists())
    if nothing_yet and unfit_for_sqlite(settings.data_dir) is None:
        return []
    opened = open_journal(
        settings.data_dir,
        settings.database_url,
        BUSY_SECONDS,
        journal_dir=settings.journal_dir,
        unfit=unfit_for_sqlite,
        copying={},
    )
    try:
        token = token_of(settings, settings.data_dir)
        return Journal(opened.database).page_of(token, options.search, 1, options.limit)[0]
    finally:
        opened.close()


def _job_line(job: Job) -> str:
    cost = "free" if job.free else dollars(job.cost_usd) if job.cost_usd is not None else job.charged
    return "  ".join(
        (
            _day(job.created_at),
            f"{job.stage.value:<10}",
            f"{cost:>8}",
            job.request_id or job.job_id,
            _short(job.request.prompt),
        )
    )


def _requests(options: argparse.Namespace, settings: Settings) -> list[dict[str, Any]]:
    """The newest requests of the account, as Segmind lists them. Raises SegmindError."""
    if not settings.segmind_api_key:
        raise CommandFailed(ExitCode.KEY, NO_KEY.format(verb="ask for the list of requests"))
    client = Engines(settings, PreviewProcess(Path())).client("segmind", None)
    found = []
    for row in client.history.since(time.time() - _MONTH + 86400.0, attempts=2):
        prompt = str(row.body.get("prompt") or "")
        if all(word.lower() in f"{prompt} {row.request_id}".lower() for word in options.search.split()):
            found.append(
                {
                    "request_id": row.request_id,
                    "state": row.state.value if row.state else "",
                    "cost": "" if row.cost is None else dollars(row.cost),
                    "created": _day(row.created_at) if row.created_at else "",
                    "prompt": _short(prompt),
                }
            )
    return found[: options.limit]


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M")


def _short(text: str) -> str:
    told = harmless(text)
    return told if len(told) <= 60 else f"{told[:59]}…"
