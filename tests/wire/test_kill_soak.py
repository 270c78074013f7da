"""Random kills, many of them, on one data directory: nothing lost, nothing submitted twice, and what a kill
left in doubt is settled by the request history.

SOAK=full kills 220 times; the short form, 12 times. The figures are printed (pytest -rP) as one line.
"""

import os
import random
import time
from collections import Counter

import pytest

from modules.jobs.job import Stage
from tests.support.fake_upstream import FakeUpstream
from tests.support.runner_child import POINTS, Onlooker, Setting, Studio
from tests.support.upstream_faults import slow
from tests.support.waiting import until

FULL = os.environ.get("SOAK", "short") == "full"
KILLS = 220 if FULL else 12
SEED = int(os.environ.get("SOAK_SEED", "7"))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_random_kills_lose_nothing_and_submit_nothing_twice(tmp_path):
    rng, killed_in, made, told = random.Random(SEED), Counter(), {}, set()
    with FakeUpstream(durations=(0.1, 0.15)) as upstream:
        upstream.history.kept = True
        for route, seconds in (("submit", 0.1), ("upload", 0.08), ("file", 0.08), ("result", 0.03)):
            upstream.always(route, slow(seconds))
        onlooker = Onlooker(tmp_path)
        for number in range(KILLS):
            prompts = [f"Make it snow, take {number}.{n}" for n in range(rng.choice((1, 1, 2)))]
            jobs = tuple((f"visitor {prompt}", prompt, "segmind", None) for prompt in prompts)
            # Half of the kills come at a random moment, half at a boundary that a random moment would seldom
            # meet.
            die = rng.choice(POINTS) if rng.random() < 0.5 else ""
            with Studio(Setting(str(tmp_path), upstream.url, jobs=jobs, die=die)) as studio:
                moment = time.monotonic() + (3.0 if die else rng.uniform(0.05, 0.75))
                made |= dict.fromkeys(studio.started()) if die or rng.random() < 0.9 else {}
                while studio.process.is_alive() and time.monotonic() < moment:
                    time.sleep(0.005)
                studio.kill()
            running = onlooker.journal.leases.running()
            made |= {held.job.job_id: None for held in running}
            for held in running:
                killed_in[held.job.stage.value] += 1
                if held.job.stage == Stage.SUBMITTING:
                    told.add(held.job.job_id)
            killed_in["idle"] += not running
        with Studio(Setting(str(tmp_path), upstream.url)) as last:
            last.started()
            until(lambda: all(held.job.terminal for held in onlooker.journal.leases.running()), 60, every=0.1)
            last.close()

        ended = {job_id: onlooker.journal.get(job_id) for job_id in made}
        onlooker.close()
        sent = Counter(job.payload["prompt"] for job in upstream.accepted)
    twice = [prompt for prompt, count in sent.items() if count > 1]
    lost = [
        job
        for job_id, job in ended.items()
        if not (
            job is not None
            and (
                (job.stage == Stage.COMPLETED and job.cost_usd == 2.1 and (tmp_path / job.result).is_file())
                # What had arrived is found in the history: only what had not may stay in doubt.
                or (job.stage == Stage.UNCERTAIN and job_id in told and not sent[job.request.prompt])
            )
        )
    ]
    unknown = set(sent) - {job.request.prompt for job in ended.values() if job}
    ends = Counter(job.stage.value for job in ended.values() if job)
    print(
        f"kills {KILLS}, jobs {len(made)}, jobs running at a kill by stage {dict(killed_in)}, ends "
        f"{dict(ends)}, lost {len(lost)}, submitted twice {len(twice)}, seed {SEED}"
    )
    assert not lost and not twice and not unknown
    assert not [*tmp_path.rglob("*.part"), *tmp_path.rglob(".result.mp4.*.part.mp4")]
