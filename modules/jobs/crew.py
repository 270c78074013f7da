"""Who does the work: the jobs this process runs, its threads, its leases, and the taking over of orphans."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from modules.edit.errors import StudioError
from modules.edit.request import is_url
from modules.jobs.copies import Copies
from modules.jobs.errors import JobError, JournalTrouble, LeaseLost
from modules.jobs.following import ASK_KEY, poll, save
from modules.jobs.hub import Hub
from modules.jobs.job import SENT_STAGES, UNSENT_STAGES, Job, Stage
from modules.jobs.journal import LEASE_SECONDS, Held
from modules.jobs.kit import Kit
from modules.jobs.leases import Replica
from modules.jobs.live import Live, Stopped
from modules.jobs.steps import UNCERTAIN, cancel, carry_out, engine_name, fail, thumbnail
from modules.jobs.timetable import Timetable

log = logging.getLogger("studio.jobs")

_LAST_ANSWER_SECONDS = 65.0
"""The client gives up on an answer after 60 s."""
_KEPT_ROWS_SECONDS = 90 * 86400.0
_ABANDONED_SECONDS = 86400.0
"""A job that waits for its visitor's key for a day will not get it any more: its record upstream lives one hour."""


class Crew:
    """`beat`: seconds between heartbeats (leases are renewed and orphans looked for); `look`: between looks for what
    other replicas changed. Threads are few: `senders` prepare and submit, `askers` poll, `savers` copy results."""

    def __init__(self, kit: Kit, hub: Hub, replica: Replica, *, beat: float = 3.0, look: float = 1.0,
                 sweep: float = 600.0, senders: int = 12, askers: int = 6, savers: int = 4) -> None:
        self._kit, self._hub, self._replica = kit, hub, replica
        self._lives: dict[str, Live] = {}
        self._lock = threading.Lock()
        self.one_at_a_time = threading.RLock()
        self._senders = ThreadPoolExecutor(senders, thread_name_prefix="send")
        # An address may answer for minutes, byte by byte: those who wait for one hold up no clip that is here.
        self._far_senders = ThreadPoolExecutor(senders, thread_name_prefix="send-far")
        self._askers = ThreadPoolExecutor(askers, thread_name_prefix="ask")
        self._savers = ThreadPoolExecutor(savers, thread_name_prefix="save")
        self._cut_off = -LEASE_SECONDS + kit.monotonic()
        """When the journal last could not be reached (monotonic)."""
        self.copies = Copies(kit, self._savers)
        self._timetable = Timetable(kit.monotonic)
        self._rounds = [self._every(beat, self._beat), self._every(look, self._look), self._every(sweep, self._sweep)]

    # -- the face for the runner

    def live(self, job_id: str) -> Live | None:
        with self._lock:
            return self._lives.get(job_id)

    def room_for_one(self, limit: int) -> None:
        with self._lock:
            if len(self._lives) >= limit:
                raise JobError("This studio is running as many edits as it can. Nothing was spent. Please try again "
                               "in a few minutes.")

    def begin(self, live: Live) -> None:
        """Go on with the job at whatever stage it is."""
        with self._lock:
            self._lives[live.job.job_id] = live
        self._go_on(live)

    def cancel(self, job: Job) -> bool:
        """True when the job was ended before it was sent, or will be by the replica that runs it."""
        live = self.live(job.job_id)
        if live is None:
            asked = self._kit.journal.ask_cancel(job.job_id)
            if asked and job.needs_key:  # nobody runs it: end it here
                self._adopt(Held(job, None, True, True))
            return asked
        if live.job.stage == Stage.SUBMITTING:  # it may still wait for its turn: then it is never sent
            live.withdrawn = True
            deadline = self._kit.monotonic() + 1.0
            while live.job.stage == Stage.SUBMITTING and self._kit.monotonic() < deadline:
                self._kit.closing.wait(0.02)
            return live.job.cancelled
        with live.lock:  # the step that runs meanwhile finds the job ended at its next change
            if live.job.stage not in UNSENT_STAGES:
                return False
            with contextlib.suppress(Stopped, LeaseLost):
                cancel(self._kit, live)
            self._after(live)
            return live.job.cancelled

    def wake(self, job: Job, key: str) -> None:
        """Go on with a job that waited for its key."""
        with self.one_at_a_time:
            # The lease is nobody's, or ours when an earlier call got no further than to claim it.
            if self.live(job.job_id) or not any(
                    self._kit.journal.claim(job.job_id, was, self._replica.id) for was in (None, self._replica.id)):
                raise JobError("This edit goes on already.")
            job = self._kit.journal.get(job.job_id)
            live = Live(job, key=key, saved=job.version)
            with contextlib.suppress(Stopped, LeaseLost):
                self._kit.desk.change(live, needs_key=False, payer="visitor", message="Going on with your key")
                self.begin(live)

    def recover(self) -> int:
        """Take up what no living process holds; the number of jobs. JournalTrouble as it comes."""
        taken = 0
        for held in self._kit.journal.running():
            if self._is_orphan(held) and (not held.job.needs_key or held.cancel_asked or self._abandoned(held.job)):
                taken += self._adopt(held)
        return taken

    def _is_orphan(self, held: Held) -> bool:
        if held.owner == self._replica.id:
            # Ours by the journal, but not in hand: the answer to a commit was lost on the way.
            return held.expired and self.live(held.job.job_id) is None
        alive = self._replica.alive(held.owner)
        if alive is None:
            # When the database was away nobody could renew: the others get the time of a lease to come back.
            return held.expired and self._kit.monotonic() - self._cut_off >= LEASE_SECONDS
        return not alive

    def sweep_soon(self) -> None:
        """What the last process left lying about is removed without anybody waiting for it."""
        self._savers.submit(self._sweep)

    def close(self) -> None:
        self._kit.closing.set()
        self._timetable.close()
        for thread in self._rounds:
            thread.join(5)
        for pool in (self._senders, self._far_senders, self._askers, self._savers):
            pool.shutdown(wait=False, cancel_futures=True)
        # A submit that is under way is waited for, since its answer is the request id. All else can be done again.
        deadline = self._kit.monotonic() + _LAST_ANSWER_SECONDS
        while self._submitting() and self._kit.monotonic() < deadline:
            time.sleep(0.02)
        with contextlib.suppress(JournalTrouble):
            self._kit.journal.release(self._replica.id)
        self._replica.close()

    def _submitting(self) -> bool:
        with self._lock:
            return any(live.job.stage == Stage.SUBMITTING for live in self._lives.values())

    # -- going on

    def _go_on(self, live: Live, delay: float = 0.0) -> None:
        stage = live.job.stage
        if stage in (Stage.QUEUED, Stage.PROCESSING):
            self._timetable.put(delay, lambda: self._askers.submit(self._guard, live, self._ask))
        elif stage == Stage.SAVING:
            self._timetable.put(delay, lambda: self._savers.submit(self._guard, live, self._save))
        elif not live.job.terminal:
            afar = any(map(is_url, live.job.request.sources()))
            (self._far_senders if afar else self._senders).submit(self._guard, live, self._send)

    def _guard(self, live: Live, step: Callable[[Live], None]) -> None:
        """No thread dies and no job is left lying, whatever a step did."""
        try:
            if not self._kit.closing.is_set():
                step(live)
        except (Stopped, LeaseLost):
            pass
        except Exception:
            log.exception("job %s: a step failed", live.job.job_id)
            if live.job.stage in SENT_STAGES:
                with contextlib.suppress(RuntimeError):
                    self._go_on(live, 10.0 * self._kit.patience)
        self._after(live)

    def _send(self, live: Live) -> None:
        if carry_out(self._kit, live):
            now = live.job
            self._go_on(live, self._kit.schedule.next_poll(now.engine, now.request.mode, now.request.seconds, 0.0))
            thumbnail(self._kit, live)

    def _ask(self, live: Live) -> None:
        if live.gone or live.job.terminal:
            return
        delay = poll(self._kit, live)
        if delay is not None or live.job.stage == Stage.PREPARING:
            self._go_on(live, delay or 0.0)

    def _save(self, live: Live) -> None:
        if live.gone or live.job.terminal:
            return
        delay = save(self._kit, live)
        if delay is not None or live.job.stage == Stage.PREPARING:
            self._go_on(live, delay or 0.0)

    def _after(self, live: Live) -> None:
        """Let go of a job that ended, waits for its key, or went to another replica."""
        if live.gone or ((live.job.terminal or live.job.needs_key) and not live.dirty):
            with self._lock:
                if self._lives.get(live.job.job_id) is live:
                    del self._lives[live.job.job_id]
            if live.gone:
                self._hub.forget(live.job.job_id)
            live.key = None

    # -- taking over

    def _adopt(self, held: Held) -> int:
        if not self._kit.journal.claim(held.job.job_id, held.owner, self._replica.id):
            return 0
        job = self._kit.journal.get(held.job.job_id)
        live = Live(job, saved=job.version)
        with contextlib.suppress(Stopped, LeaseLost):
            if held.cancel_asked and job.stage in UNSENT_STAGES:
                cancel(self._kit, live)
            elif job.needs_key or self._must_have_key(job):
                self._park(live)
            elif job.stage == Stage.SUBMITTING and not job.free:
                # The process died between the marker and the answer: whether it was sent cannot be known.
                sentence = UNCERTAIN.format(engine=engine_name(live))
                self._kit.desk.change(live, Stage.UNCERTAIN, message=sentence, error=sentence, maybe_billed=True,
                                      then=self._kit.budget.settled(job.job_id, None))
            else:
                if job.stage in UNSENT_STAGES or job.stage == Stage.SUBMITTING:
                    self._kit.desk.change(live, Stage.PREPARING, message="Starting again after an interruption")
                self.begin(live)
        return 1

    @staticmethod
    def _must_have_key(job: Job) -> bool:
        """A visitor's key dies with its process; the copy of a result whose address is known needs none."""
        return job.payer == "visitor" and job.stage != Stage.SUBMITTING and not (
            job.stage == Stage.SAVING and job.result_url)

    def _park(self, live: Live) -> None:
        job = live.job
        if not self._abandoned(job):
            self._kit.desk.change(live, needs_key=True, message=f"{ASK_KEY}.")
        elif job.stage in UNSENT_STAGES:
            fail(self._kit, live, JobError("This edit waited a day for its key and was given up. Nothing was spent."),
                 needs_key=False)
        else:
            sentence = "This edit waited a day for its key; Segmind keeps a request for one hour. It may have been billed."
            self._kit.desk.change(live, Stage.EXPIRED, needs_key=False, message=sentence, error=sentence,
                                  maybe_billed=True)

    def _abandoned(self, job: Job) -> bool:
        return job.needs_key and self._kit.clock() - job.created_at > _ABANDONED_SECONDS

    # -- rounds

    def _every(self, seconds: float, work: Callable[[], None]) -> threading.Thread:
        def rounds() -> None:
            while not self._kit.closing.wait(seconds):
                try:
                    work()
                except JournalTrouble as trouble:
                    self._cut_off = self._kit.monotonic()
                    log.error("%s", trouble)
                except Exception:
                    log.exception("a round failed")

        thread = threading.Thread(target=rounds, name=work.__name__.strip("_"), daemon=True)
        thread.start()
        return thread

    def _beat(self) -> None:
        """Renew our leases, write what could not be written, look for orphans."""
        with self._lock:
            lives = list(self._lives.values())
        before = {live.job.job_id: live for live in lives if not live.job.terminal and not live.job.needs_key}
        kept = self._kit.journal.renew(self._replica.id, before)
        for job_id in before.keys() - kept:
            live = before[job_id]
            # It may have ended or been parked since the list was made; then the lease was given back, not lost.
            if not live.job.terminal and not live.job.needs_key and live.job.stage != Stage.SUBMITTING:
                log.warning("job %s went to another replica", job_id)
                live.gone = True
                self._after(live)
        for live in lives:
            if live.dirty:
                with contextlib.suppress(LeaseLost):
                    self._kit.desk.flush(live)
            self._after(live)
        self.recover()

    def _look(self) -> None:
        """What other replicas did with the jobs that are watched here."""
        with self._lock:
            own = set(self._lives)
        watched = {job_id: version for job_id, version in self._hub.watched().items() if job_id not in own}
        if watched:
            for job in self._kit.journal.newer(watched):
                if not self.copies.bring(job, self._hub.publish):
                    self._hub.publish(job)

    def _sweep(self) -> None:
        with contextlib.suppress(StudioError):
            self._kit.storage.sweep(self._kit.journal)
            self._kit.journal.prune(self._kit.clock() - _KEPT_ROWS_SECONDS)
            self._replica.tidy({held.owner for held in self._kit.journal.running() if held.owner})


