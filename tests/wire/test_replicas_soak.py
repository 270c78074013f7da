"""Three replicas on one PostgreSQL, two of them killed at random in every round: nothing lost, nothing
submitted twice.

SOAK=full kills 60 times; the short form, 6 times.
"""

import os
import random
import time
from collections import Counter

import pytest

from modules.jobs.job import Stage
from tests.support.fake_upstream import FakeUpstream
from tests.support.postgres import Postgres
from tests.support.runner_child import Onlooker, Setting, Studio
from tests.support.upstream_faults import slow
from tests.support.waiting import until

ROUNDS = 30 if os.environ.get("SOAK", "short") == "full" else 3


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_replicas_killed_in_turn_lose_nothing_and_submit_nothing_twice(tmp_path):
    rng, made, killed_in = random.Random(11), set(), Counter()
    with Postgres() as server, FakeUpstream(durations=(0.2, 0.4)) as upstream:
        for route, seconds in (("submit", 0.1), ("upload", 0.08), ("file", 0.08)):
            upstream.always(route, slow(seconds))
        database_url = server.new_database()
        onlooker = Onlooker(tmp_path, database_url)

        def replica(jobs: tuple = ()) -> Studio:
            return Studio(Setting(str(tmp_path), upstream.url, database_url, jobs=jobs, beat=0.3))

        replicas = [replica(), replica()]
        for number in range(ROUNDS):
            victim = number % 2
            jobs = tuple(
                (f"visitor {number}.{n}", f"Make it snow, take {number}.{n}", "segmind", None)
                for n in range(2)
            )
            with replica(
                jobs
            ) as third:  # it hands its edits over by being killed; then one of the others dies
                made |= set(third.started())
                time.sleep(rng.uniform(0.0, 0.8))
            replicas[victim].kill()
            running = onlooker.journal.leases.running()
            for held in running:
                killed_in[held.job.stage.value] += 1
            replicas[victim] = replica()
        until(lambda: all(held.job.terminal for held in onlooker.journal.leases.running()), 60, every=0.1)
        for studio in replicas:
            studio.kill()
        ended = [onlooker.journal.get(job_id) for job_id in made]
        onlooker.close()
        sent = Counter(job.payload["prompt"] for job in upstream.accepted)
    lost = [
        job
        for job in ended
        if job.stage != Stage.COMPLETED and not (job.stage == Stage.UNCERTAIN and job.request_id is None)
    ]
    twice = [prompt for prompt, count in sent.items() if count > 1]
    print(
        f"kills {2 * ROUNDS}, jobs {len(made)}, running at a kill by stage {dict(killed_in)}, ends "
        f"{dict(Counter(job.stage.value for job in ended))}, lost {len(lost)}, submitted twice {len(twice)}"
    )
    assert not lost and not twice
