"""The command line as a shell sees it: real processes, exit codes, stdout and stderr, kills and signals."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import av
import pytest

from modules.media.read.clip import probe
from tests.support.command_line import CLIP, QUICK, CommandLine, is_alive
from tests.support.fake_upstream import FakeUpstream, JobPlan
from tests.support.studio_app import NOWHERE, PROJECT, REFS
from tests.support.upstream_faults import answer, close_after_body, hang, slow
from tests.support.waiting import until

SLOW = (0.1, 600.0)
"""An edit that takes longer than any test."""
ESCAPE = "\x1b]0;owned\x07\x1b[2J"


@pytest.fixture
def upstream():
    with FakeUpstream(durations=(0.05, 0.1)) as made:
        yield made


@pytest.fixture
def paid(tmp_path, upstream) -> CommandLine:
    return CommandLine(tmp_path / "data", upstream)


@pytest.fixture
def free(tmp_path) -> CommandLine:
    return CommandLine(tmp_path / "data")


def frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


class TestEdit:
    def test_without_a_key_the_preview_engine_makes_it_and_says_so(self, free, tmp_path):
        target = tmp_path / "out.mp4"
        made = free.run("edit", CLIP, *QUICK, "-o", target)
        assert made.code == 0, made.err
        assert made.out == f"{target}\n"
        assert "It is not Kling" in made.err and "\x1b" not in made.err
        assert frames(target) > 60
        assert not list(tmp_path.glob("*.part")) and not list(tmp_path.glob(".*"))

    def test_a_paid_edit_is_sent_once_with_all_its_parameters(self, paid, upstream, tmp_path):
        picture = REFS / "sunset.jpg"
        made = paid.run(
            *("edit", CLIP, "--prompt", "-", "--mode", "std", "--duration", "3", "--aspect_ratio", "1:1"),
            *("--keep_audio", "--shot_type", "wide", "--images", picture, "--elements", picture, picture),
            *("-o", tmp_path / "out.mp4", "--json"),
            stdin="Put @Element1 before @Image1",
        )
        assert made.code == 0, made.err
        [job] = upstream.accepted
        sent = job.payload
        assert sent["prompt"] == "Put @Element1 before @Image1"
        assert (sent["mode"], sent["duration"], sent["aspect_ratio"]) == ("std", "3", "1:1")
        assert (sent["keep_audio"], sent["shot_type"]) == (True, "wide")
        assert len(sent["image_urls"]) == len(sent["elements"]) == 1
        told = made.answer
        assert told["exit_code"] == 0 and told["error"] is None
        assert Path(told["output"]).read_bytes() and told["job"]["request_id"] == job.id
        said = probe(told["output"]).made_with
        assert (said.request.prompt, said.request.shot_type) == (sent["prompt"], "wide")
        assert said.request_id == job.id
        assert told["job"]["cost_usd"] == 0.945 and "About 3 s x $0.315" in made.err

    def test_a_name_is_made_in_a_folder_and_never_replaces_a_file(self, paid, tmp_path):
        first, second = (paid.run("edit", CLIP, *QUICK, "-o", tmp_path).out for _ in range(2))
        assert Path(first.strip()).name == "person-park-1280x720-snowy-winter.mp4"
        assert Path(second.strip()).name == "person-park-1280x720-snowy-winter-2.mp4"

    def test_a_key_on_the_command_line_is_no_option(self, paid):
        assert paid.run("edit", CLIP, *QUICK, "--api-key", "SG_0123456789abcdef").code == 2


class TestBeforeAnythingIsSent:
    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (["no-such.mp4"], "There is no file"),
            (["{folder}"], "is a folder"),
            (["{empty}"], "is empty"),
            (["{pipe}"], "is a pipe or a device"),
            (["{clip}", "--images", "{pipe}"], "is a pipe or a device"),
            (["{clip}", "-o", "{pipe}", "--force"], "is a pipe or a device"),
            (["{text}"], "is not a video"),
            (["{clip}", "--images", "no-such.jpg"], "There is no file"),
            (["{clip}", "-o", "{folder}/missing/out.mp4"], "There is no folder"),
            (["{clip}", "-o", "{text}"], "exists already"),
            (["{clip}", "-o", "{clip}", "--force"], "is the clip itself"),
            (["{clip}", "-o", "/proc/out.mp4"], "Nothing can be written to"),
        ],
    )
    def test_what_would_fail_at_the_end_fails_at_once(self, paid, upstream, tmp_path, words, sentence):
        (tmp_path / "empty.mp4").touch()
        (tmp_path / "notes.mp4").write_text("no video at all, but words")
        names = {
            "{folder}": str(tmp_path),
            "{empty}": str(tmp_path / "empty.mp4"),
            "{text}": str(tmp_path / "notes.mp4"),
            "{clip}": str(CLIP),
            "{pipe}": str(tmp_path / "pipe.mp4"),
        }
        os.mkfifo(names["{pipe}"])
        for placeholder, name in names.items():
            words = [word.replace(placeholder, name) for word in words]
        made = paid.run("edit", *words, *QUICK, "--json")
        assert made.code == 3, made.err
        assert sentence in made.answer["error"] and "Nothing was sent" in made.answer["error"]
        assert made.answer["problems"] and upstream.seen == []
        assert made.err == "" and (tmp_path / "notes.mp4").read_text().startswith("no video")

    def test_a_damaged_clip_is_told_in_one_sentence(self, paid, upstream, tmp_path):
        damaged = tmp_path / "damaged.mp4"
        damaged.write_bytes(CLIP.read_bytes()[:2000])
        made = paid.run("edit", damaged, *QUICK, "--quiet", "-o", tmp_path / "out.mp4")
        assert made.code == 3 and len(made.err.strip().splitlines()) == 1
        assert upstream.submits == 0 == upstream.count("upload")

    def test_the_form_of_the_edit_is_checked(self, paid, upstream):
        made = paid.run("edit", CLIP, "--prompt", "Use @Image2", "--json")
        assert made.code == 3 and made.answer["problems"][0]["field"] == "prompt"
        assert paid.run("edit", CLIP, "--prompt", "snow", "--duration", "16").code == 2
        usage = paid.run("edit", "--json")
        assert usage.code == 2 == usage.answer["exit_code"]
        assert upstream.seen == []


class TestWithoutAKey:
    @pytest.mark.parametrize(
        "words", [("submit", CLIP, *QUICK), ("resume", "abcdef0123456789"), ("history", "--segmind")]
    )
    def test_segmind_is_not_asked(self, free, words):
        made = free.run(*words)
        assert made.code == 4 and "SEGMIND_API_KEY" in made.err and made.out == ""

    def test_an_edit_on_segmind_wants_one(self, free):
        assert free.run("edit", CLIP, *QUICK, "--engine", "segmind").code == 4


class TestFailures:
    @pytest.mark.parametrize(
        ("fault", "code"),
        [
            (answer(401, {"error": "Invalid API key"}), 4),
            (answer(402, {"error": "Not enough credits"}), 5),
            (answer(400, {"error": "duration is wrong"}), 6),
        ],
    )
    def test_a_refused_submit_has_its_code(self, paid, upstream, tmp_path, fault, code):
        upstream.script("submit", fault)
        made = paid.run("edit", CLIP, *QUICK, "-o", tmp_path / "out.mp4", "--json")
        assert made.code == code == made.answer["exit_code"], made.err
        assert made.answer["error"] and not (tmp_path / "out.mp4").exists()
        assert upstream.count("submit") == 1

    def test_an_edit_that_failed_at_the_engine_is_told_as_text(self, paid, upstream, tmp_path):
        upstream.next_jobs.append(JobPlan("FAILED", f"bad {ESCAPE} prompt"))
        made = paid.run("edit", CLIP, *QUICK, "-o", tmp_path / "out.mp4")
        assert made.code == 6 and "Nothing was charged" in made.err
        assert "bad" in made.err and not set("\x1b\x07\x9b") & set(made.err + made.out)

    def test_the_budget_of_the_day_holds(self, paid, upstream, tmp_path):
        made = paid.run("edit", CLIP, *QUICK, "-o", tmp_path / "out.mp4", STUDIO_DAILY_BUDGET_USD="0.5")
        assert made.code == 5 and "STUDIO_DAILY_BUDGET_USD" in made.err and "Nothing was sent" in made.err
        assert upstream.seen == []

    def test_a_lost_answer_is_found_and_goes_on(self, paid, upstream, tmp_path):
        upstream.history.kept = True
        upstream.script("submit", close_after_body())
        assert paid.run("edit", CLIP, *QUICK, "-o", tmp_path / "out.mp4").code == 0
        assert upstream.submits == 1

    def test_an_edit_in_doubt_is_not_sent_again_unless_asked_for(self, paid, upstream, tmp_path):
        target = tmp_path / "out.mp4"
        upstream.script("submit", close_after_body())
        assert paid.run("edit", CLIP, *QUICK, "-o", target).code == 7
        again = paid.run("edit", CLIP, *QUICK, "-o", target)
        assert again.code == 7 and "--again" in again.err
        assert upstream.submits == 1
        assert paid.run("edit", CLIP, *QUICK, "-o", target, "--again").code == 0
        assert upstream.submits == 2


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


class TestLooking:
    def test_an_estimate_shows_its_sum_and_starts_nothing(self, paid, upstream):
        made = paid.run("estimate", CLIP, "--duration", "15", "--mode", "std", "--json")
        assert made.code == 0
        assert made.answer["arithmetic"] == "5 s x $0.315 = $1.575" and made.answer["usd"] == 1.575
        assert "10 s x $0.42 = $4.20" in paid.run("estimate", "--duration", "10").out
        assert upstream.seen == [] and not paid.data.exists()

    def test_a_clip_is_reported(self, free, tmp_path):
        made = free.run("check", CLIP, "--aspect-ratio", "9:16", "--duration", "3", "--json")
        told = made.answer
        assert made.code == 0 and (told["facts"]["width"], told["facts"]["height"]) == (1280, 720)
        assert any("first 3 s" in change for change in told["changes"])
        assert {"name", "value", "level", "fix"} == set(told["report"][0])
        assert not free.data.exists()

    def test_the_history_is_of_this_command_line_only(self, paid, upstream, tmp_path):
        upstream.history.kept = True
        paid.run("submit", CLIP, "--prompt", f"snow {ESCAPE}", "--duration", "3")
        [job] = upstream.accepted
        told = paid.run("history", "--search", "snow")
        assert told.code == 0 and job.id in told.out
        assert paid.run("history", "--search", "rain").out == ""
        upstream.accept({"prompt": "elsewhere"}, upstream.key)
        rows = paid.run("history", "--segmind", "--json").answer["requests"]
        assert {row["prompt"] for row in rows} >= {"elsewhere"}


def test_it_runs_beside_the_app_on_the_same_folder(studio, tmp_path):
    beside = CommandLine(studio.data)
    made = beside.run("edit", CLIP, *QUICK, "-o", tmp_path / "out.mp4")
    assert made.code == 0, made.err
    assert studio.process.poll() is None


def test_a_page_without_a_key_leaves_alone_what_a_command_sent(studio, upstream, tmp_path):
    beside = CommandLine(studio.data, upstream)
    upstream.durations = SLOW
    sent = beside.run("submit", CLIP, *QUICK)
    job = upstream.accepted[-1]
    # The page looks for work that nobody holds every three seconds; a free edit is there before it ends.
    beside.run("edit", CLIP, *QUICK, "--engine", "preview", "-o", tmp_path / "free.mp4")
    upstream.finish(job.id)
    made = beside.run("resume", sent.out.strip(), "-o", tmp_path / "out.mp4")
    assert made.code == 0, made.err


def test_an_engine_that_is_not_there_is_the_network(tmp_path):
    command = CommandLine(tmp_path / "data", SEGMIND_API_KEY="SG_0123456789abcdef")
    assert command.environment["SEGMIND_BASE_URL"] == NOWHERE
    made = command.run("edit", CLIP, *QUICK, "-o", tmp_path / "out.mp4")
    assert made.code == 8, made.err
    assert "Nothing was" in made.err


def test_on_a_terminal_there_is_a_bar_and_nothing_steers_it(paid, upstream, tmp_path):
    told = paid.on_a_terminal("edit", CLIP, "--prompt", f"snow {ESCAPE}", "--duration", "3", "-o", tmp_path)
    assert told.code == 0, told.screen
    assert "%" in told.screen and "━" in told.screen and "Request id: " in told.screen
    assert "\x1b]0;" not in told.screen and "\x1b[2J" not in told.screen
