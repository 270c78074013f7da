"""The command line when it is killed or interrupted: what is taken up again, and what ends with it."""

import signal
import subprocess
import sys

import pytest

from tests.support.command_line import CLIP, QUICK, SLOW, frames, is_alive
from tests.support.studio_app import PROJECT
from tests.support.upstream_faults import hang, slow
from tests.support.waiting import until


class TestTakenUpAgain:
    def test_a_submitted_edit_is_fetched_by_its_id(self, paid, upstream, tmp_path):
        sent = paid.run("submit", CLIP, *QUICK)
        assert sent.code == 0, sent.err
        [job] = upstream.accepted
        assert sent.out == f"{job.id}\n" and f"resume {job.id}" in sent.err
        fetched = paid.run("resume", job.id, "-o", tmp_path / "out.mp4")
        assert fetched.code == 0 and fetched.out == f"{tmp_path / 'out.mp4'}\n"
        assert upstream.submits == 1 and frames(tmp_path / "out.mp4") > 0

    def test_one_that_was_sent_elsewhere_too(self, paid, upstream, tmp_path):
        job = upstream.accept({"prompt": "x", "duration": "5"}, upstream.key)
        made = paid.run("resume", job.id, "-o", tmp_path / "out.mp4")
        assert made.code == 0 and frames(tmp_path / "out.mp4") > 0
        assert upstream.submits == 0
        assert paid.run("resume", "no id at all!").code == 3

    @pytest.mark.parametrize("how", ["resume", "the same command"])
    def test_a_killed_command_never_pays_twice(self, paid, upstream, tmp_path, how):
        upstream.durations = SLOW
        target = tmp_path / "out.mp4"
        killed = paid.start("edit", CLIP, *QUICK, "-o", target).said("Request id: ")
        children = killed.children()
        killed.process.kill()
        assert killed.ended().process.returncode == -signal.SIGKILL
        [job] = upstream.accepted
        upstream.finish(job.id)
        words = ("resume", job.id) if how == "resume" else ("edit", CLIP, *QUICK)
        made = paid.run(*words, "-o", target)
        assert made.code == 0, made.err
        assert upstream.submits == 1 and frames(target) > 0
        assert children and until(lambda: not any(map(is_alive, children)), 20)

    def test_the_same_command_after_its_end_is_a_new_edit(self, paid, upstream, tmp_path):
        for _ in range(2):
            assert paid.run("edit", CLIP, *QUICK, "-o", tmp_path).code == 0
        assert upstream.submits == 2

    def test_what_a_killed_command_had_not_sent_is_withdrawn(self, paid, upstream, tmp_path):
        upstream.script("upload", hang(600))
        killed = paid.start("edit", CLIP, *QUICK, "-o", tmp_path / "out.mp4").said("Uploading")
        until(lambda: upstream.count("upload"))
        killed.process.kill()
        killed.ended()
        other = paid.run("submit", CLIP, "--prompt", "another", "--duration", "3")
        assert other.code == 0 and [job.payload["prompt"] for job in upstream.accepted] == ["another"]
        first = paid.run("history", "--json").answer["jobs"][-1]
        assert first["stage"] == "FAILED" and first["charged"] == "nothing"
        assert paid.run("edit", CLIP, *QUICK, "-o", tmp_path / "out.mp4").code == 0
        assert upstream.submits == 2

    def test_a_video_that_could_not_be_saved_is_saved_by_the_next_command(self, paid, upstream, tmp_path):
        upstream.durations, gone = SLOW, tmp_path / "gone"
        gone.mkdir()
        running = paid.start("edit", CLIP, *QUICK, "-o", gone / "out.mp4").said("Request id: ")
        gone.rmdir()
        upstream.finish(upstream.accepted[0].id)
        assert running.code == 1 and "It is kept as" in running.err
        made = paid.run("edit", CLIP, *QUICK, "-o", tmp_path / "out.mp4")
        assert made.code == 0 and "Nothing is sent again" in made.err
        assert upstream.submits == 1 and frames(tmp_path / "out.mp4") > 0


class TestSignals:
    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_of_an_edit_that_was_sent_it_says_what_goes_on(self, paid, upstream, tmp_path, number, code):
        upstream.durations = SLOW
        running = paid.start("edit", CLIP, *QUICK, "-o", tmp_path / "out.mp4").said("Request id: ")
        children = running.children()
        assert running.interrupt(number).code == code
        [job] = upstream.accepted
        assert "goes on there and is charged" in running.err and f"resume {job.id}" in running.err
        assert running.out == "" and until(lambda: not any(map(is_alive, children)), 10)

    def test_who_only_waits_for_the_edit_of_another_command_stops_nothing(self, paid, upstream, tmp_path):
        upstream.script("upload", slow(8))
        first = paid.start("edit", CLIP, *QUICK, "-o", tmp_path / "first.mp4").said("Uploading")
        second = paid.start("edit", CLIP, *QUICK, "-o", tmp_path / "second.mp4").said("under way already")
        assert second.interrupt().code == 130 and "Another process" in second.err
        assert first.code == 0 and upstream.submits == 1

    def test_one_that_was_not_sent_is_withdrawn(self, paid, upstream, tmp_path):
        upstream.script("upload", hang(600))
        running = paid.start("edit", CLIP, *QUICK, "-o", tmp_path / "out.mp4").said("Uploading")
        until(lambda: upstream.count("upload"))
        assert running.interrupt().code == 130
        assert "Nothing was spent" in running.err
        # And nothing of it is left that a later command would go on with.
        assert paid.run("submit", CLIP, "--prompt", "another", "--duration", "3").code == 0
        assert [job.payload["prompt"] for job in upstream.accepted] == ["another"]

    def test_while_it_is_being_sent_the_answer_is_waited_for(self, paid, upstream, tmp_path):
        upstream.durations = SLOW
        upstream.script("submit", slow(3))
        running = paid.start("edit", CLIP, *QUICK, "-o", tmp_path / "out.mp4")
        until(lambda: upstream.count("submit"))
        assert running.interrupt().code == 130
        [job] = upstream.accepted
        assert f"resume {job.id}" in running.err

    def test_the_second_one_ends_it_at_once_with_an_answer(self, paid, upstream, tmp_path):
        upstream.script("submit", hang(60))
        running = paid.start("edit", CLIP, *QUICK, "-o", tmp_path / "out.mp4", "--json")
        until(lambda: upstream.count("submit"))
        assert running.interrupt().said("is being sent just now").interrupt().ended(10).code == 130
        assert running.answer["exit_code"] == 130 and "goes on and is charged" in running.answer["error"]

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_look_at_a_slow_server_ends_at_once(self, paid, upstream, number):
        upstream.always("file", hang(60))
        running = paid.start("check", upstream.file_url)
        until(lambda: upstream.count("file"))
        assert running.interrupt(number).ended(10).process.returncode == 128 + number
        assert "Nothing was sent" in running.err

    def test_a_killed_preview_leaves_nothing_running_and_is_made_anew(self, free, tmp_path):
        words = ("edit", CLIP, "--prompt", "oil painting", "--duration", "5", "-o", tmp_path / "out.mp4")
        killed = free.start(*words).said("is editing")
        children = killed.children()
        killed.process.kill()
        assert children and until(lambda: not any(map(is_alive, children)), 20)
        assert free.run(*words).code == 0
        stages = [job["stage"] for job in free.run("history", "--json").answer["jobs"]]
        assert stages == ["COMPLETED", "FAILED"]

    def test_a_reader_that_goes_away_is_no_error(self, free, tmp_path):
        reader = "| true"
        told = subprocess.run(
            f"{sys.executable} -m modules.cli check {CLIP} --json {reader}; echo ${{PIPESTATUS[0]}}",
            shell=True,
            executable="/bin/bash",
            cwd=PROJECT,
            env=free.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (told.stdout, told.stderr) == ("0\n", "")

    def test_a_preview_ends_with_its_command(self, free, tmp_path):
        words = ("edit", CLIP, "--prompt", "oil painting", "--duration", "5", "-o", tmp_path / "out.mp4")
        running = free.start(*words).said("is editing")
        children = running.children()
        assert running.interrupt().code == 130
        assert "Nothing was spent" in running.err
        assert children and until(lambda: not any(map(is_alive, children)), 20)
        [job] = free.run("history", "--json").answer["jobs"]
        assert job["stage"] == "FAILED" and job["charged"] == "nothing"
