"""The command line without processes: what can be typed, exit codes, what is shown, where results go."""

import json

import pytest

from modules.cli.__main__ import main
from modules.cli.arguments import build_parser, elements_of
from modules.cli.exit_codes import MEANINGS, CommandFailed, ExitCode, code_of
from modules.cli.files import Output, fingerprint
from modules.cli.harmless import harmless
from modules.cli.progress_bar import to_go
from modules.cli.terminal import Terminal
from modules.edit.framing import Framing
from modules.edit.request import EditRequest, Element
from modules.jobs.errors import BudgetRefused, JobError, JournalTrouble
from modules.jobs.job import Stage
from modules.jobs.run.failure_kind import KINDS, failure_kind
from modules.jobs.view import JobView
from modules.media.errors import ClipError
from modules.segmind import errors
from modules.settings import Settings
from modules.visitors import VisitorTokens
from tests.support.jobs import a_job


def parsed(*words: str):
    return build_parser().parse_args(words)


class TestArguments:
    def test_the_nine_parameters_have_the_names_of_the_api(self):
        spelled = parsed(
            *(
                "edit",
                "clip.mp4",
                "--prompt",
                "x",
                "--mode",
                "std",
                "--duration",
                "7",
                "--aspect_ratio",
                "1:1",
            ),
            *("--keep_audio", "--shot_type", "wide", "--images", "a.jpg", "b.jpg"),
            *("--elements", "f.jpg", "v.jpg", "--elements", "g.jpg", "--start", "1.5", "--fit", "pad"),
        )
        assert (spelled.video, spelled.mode, spelled.duration, spelled.aspect_ratio) == (
            *("clip.mp4", "std", "7"),
            "1:1",
        )
        assert (spelled.keep_audio, spelled.shot_type, spelled.images) == (True, "wide", ["a.jpg", "b.jpg"])
        assert elements_of(spelled.elements) == (Element("f.jpg", ("v.jpg",)), Element("g.jpg"))
        assert (spelled.start, spelled.fit, spelled.short) == (1.5, "pad", "ask")

    def test_elements_may_be_the_json_of_the_api(self):
        card = [{"frontal_image": "a.jpg", "reference_images": ["b.jpg"]}, {"frontal_image_url": "c.jpg"}]
        assert elements_of([[json.dumps(card)]]) == (Element("a.jpg", ("b.jpg",)), Element("c.jpg"))

    @pytest.mark.parametrize(
        "text", ["[1]", "{", '[{"frontal_image": 5}]', '[{"frontal_image": ["a"]}]', "[" * 9999]
    )
    def test_other_json_is_refused(self, text):
        with pytest.raises(CommandFailed) as refused:
            elements_of([[text]])
        assert refused.value.code == ExitCode.USAGE

    @pytest.mark.parametrize(
        "words",
        [
            [],
            ["paint"],
            ["edit", "clip.mp4"],
            ["edit", "clip.mp4", "--prompt", "x", "--duration", "2"],
            ["edit", "clip.mp4", "--prompt", "x", "--start", "nan"],
            ["edit", "clip.mp4", "--prompt", "x", "--key", "SG_0123456789abcdef"],
            ["history", "--limit", "0"],
        ],
    )
    def test_a_mistake_ends_with_2_and_a_sentence(self, words, capsys):
        assert main([*words, "--json"]) == 2
        told = json.loads(capsys.readouterr().out)
        assert told["exit_code"] == 2 and "Nothing was sent" in told["error"]

    def test_the_help_has_every_exit_code(self, capsys):
        with pytest.raises(SystemExit) as ended:
            main(["--help"])
        assert ended.value.code == 0
        told = capsys.readouterr().out
        assert all(f"{code:>3}  " in told for code in MEANINGS)


class TestExitCodes:
    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            (ClipError("x"), "input"),
            (JobError("x", field="video_url"), "input"),
            (errors.Unauthorized("x"), "key"),
            (errors.Forbidden("x"), "key"),
            (errors.InsufficientCredits("x"), "money"),
            (BudgetRefused("x", field="api_key"), "money"),
            (errors.BadRequest("x"), "engine"),
            (errors.JobFailed("x", field="prompt"), "engine"),
            (errors.NotReached("x"), "network"),
            (errors.ServerError("x"), "network"),
            (JournalTrouble("x"), "studio"),
            (RuntimeError("x"), "studio"),
        ],
    )
    def test_a_failure_has_a_kind(self, error, kind):
        assert failure_kind(error) == kind

    def test_every_end_has_a_code(self):
        failed = [code_of(a_job(stage=Stage.FAILED, failure=kind)) for kind in KINDS]
        assert failed == [3, 4, 5, 6, 8, 1]
        assert code_of(a_job(stage=Stage.FAILED)) == 1  # of an earlier version
        assert code_of(a_job(stage=Stage.FAILED, cancelled=True)) == 130
        assert [code_of(a_job(stage=s)) for s in (Stage.COMPLETED, Stage.UNCERTAIN, Stage.EXPIRED)] == [
            0,
            7,
            7,
        ]


class TestWhatIsShown:
    @pytest.mark.parametrize("steering", ["\x1b[2J", "\x9b2J", "\x07", "\x00", "\u202e", "\udc9b", "\x7f"])
    def test_nothing_steers_a_terminal(self, steering):
        shown = harmless(f"a{steering}b")
        assert not set(steering) & (set(shown) - set("[2J")) and shown.startswith("a") and shown.endswith("b")

    def test_text_of_every_script_is_left_alone(self):
        text = "Ein Übermaß – 雪 • नमस्ते 🙂 éa"
        assert harmless(text) == text and harmless("one\ntwo\r\n\tthree") == "one two   three"

    def test_json_is_ascii_and_whole(self, capsys):
        Terminal(as_json=True).result(["not shown"], {"prompt": "snow\x1b[2J \x9b é\u202e"})
        told = capsys.readouterr().out
        assert told.isascii() and told.count("\n") == 1 and "\x1b" not in told
        assert json.loads(told)["prompt"] == "snow\x1b[2J \x9b é\u202e"

    def test_quiet_says_errors_only(self, capsys):
        terminal = Terminal(quiet=True)
        terminal.tell("something")
        terminal.failed(3, "It failed.", {})
        assert capsys.readouterr() == ("", "It failed.\n")

    def test_the_time_to_go(self):
        assert to_go(JobView(eta=12.2)) == "about 12 s to go"
        assert to_go(JobView(eta=200.0, usual="usually 3-4 min")) == "usually 3-4 min"
        assert to_go(JobView(eta=200.0, late=True)) == "longer than usual"


class TestOutput:
    def test_a_result_appears_whole_and_replaces_nothing(self, tmp_path):
        result, target = tmp_path / "result.mp4", tmp_path / "out" / "a.mp4"
        result.write_bytes(b"new")
        target.parent.mkdir()
        output = Output(str(target), force=False)
        target.write_bytes(b"somebody else's")  # came meanwhile
        assert output.save(str(result)) == target.with_name("a-2.mp4")
        assert target.read_bytes() == b"somebody else's"
        assert Output(str(target), force=True).save(str(result)) == target
        assert target.read_bytes() == b"new"
        assert sorted(one.name for one in target.parent.iterdir()) == ["a-2.mp4", "a.mp4"]

    def test_a_result_that_cannot_be_written_stays_where_it_is(self, tmp_path):
        result, folder = tmp_path / "result.mp4", tmp_path / "out"
        result.write_bytes(b"new")
        folder.mkdir()
        output = Output(str(folder / "a.mp4"), force=False)
        folder.rmdir()
        with pytest.raises(CommandFailed) as failed:
            output.save(str(result))
        assert failed.value.code == ExitCode.TROUBLE and str(result) in failed.value.sentence
        assert result.read_bytes() == b"new"


class TestKnownAgain:
    def test_the_same_edit_is_known_by_its_options_and_its_files(self, tmp_path):
        clip, copy = tmp_path / "a.mp4", tmp_path / "b.mp4"
        clip.write_bytes(b"a clip")
        copy.write_bytes(b"a clip")

        def print_of(**changes):
            request = EditRequest(**{"prompt": "snow", "video_url": str(clip), **changes})
            return fingerprint(request, Framing(), "segmind")

        assert print_of() == print_of(video_url=str(copy))
        assert len({print_of(), print_of(prompt="rain"), print_of(mode="std"), print_of(duration="3")}) == 4
        clip.write_bytes(b"another")
        assert print_of() != print_of(video_url=str(copy))

    def test_the_command_line_has_one_token_and_no_other_has_it(self):
        tokens = VisitorTokens(b"secret")
        assert tokens.of_name("command line") == tokens.of_name("command line") != tokens.of_name("other")
        assert tokens.is_ours(tokens.of_name("command line"))
        assert not VisitorTokens(b"another").is_ours(tokens.of_name("command line"))
        assert not VisitorTokens(b"secret", "cookie").is_ours(tokens.of_name("command line"))


def test_what_visitors_are_asked_for_is_not_asked_of_the_owner():
    from modules.cli.session import for_one_person

    one = for_one_person(Settings(public=True, access_code="open", require_login=True, daily_budget_usd=3))
    assert (one.public, bool(one.access_code), one.require_login) == (False, False, False)
    assert one.daily_budget_usd == 3
