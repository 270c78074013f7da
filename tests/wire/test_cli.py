"""The command line as a shell sees it: real processes, exit codes, stdout and stderr."""

import os
from pathlib import Path

import pytest

from modules.media.read.clip import probe
from tests.support.command_line import CLIP, ESCAPE, QUICK, SLOW, CommandLine, frames
from tests.support.fake_job import JobPlan
from tests.support.studio_app import NOWHERE, REFS
from tests.support.upstream_faults import answer, close_after_body


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
