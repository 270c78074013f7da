"""The inputs of the subject and prompt benchmarks: masks that fit their clips, prompts that can render."""

import cv2
import pytest

from tests.bench import bench_prompts, bench_subject
from tests.bench.bench_prompts import chosen, clip_of, prompts, shares


def test_every_clip_has_four_masks_of_its_shape():
    every = bench_subject.masks()
    assert len(every) == 6 and all(len(frames) == 4 for frames in every.values())
    for clip, frames in every.items():
        wide, high = (int(side) for side in clip.rsplit("_", 1)[1].split("x"))
        for path in (path for of_frame in frames.values() for path in of_frame.values()):
            mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            assert set(mask.ravel()) == {0, 255}, path
            assert mask.shape[1] / mask.shape[0] == pytest.approx(wide / high, rel=0.01), path


def test_each_frame_has_one_main_mask():
    for frames in bench_subject.masks().values():
        for of_frame in frames.values():
            assert sum(who in bench_subject.MAIN for who in of_frame) == 1


def test_sixty_prompts_half_of_them_about_looks():
    every = prompts()
    about_looks = [prompt for prompt in every if prompt["group"] in ("look", "combination")]
    assert (len(every), len(about_looks)) == (60, 30)
    assert len({prompt["prompt"] for prompt in every}) == 60
    refs = bench_prompts.ROOT / "examples" / "refs"
    for prompt in every:
        assert prompt["expect"] in ("done", "refused") and prompt["note"]
        assert clip_of(prompt).is_file()
        assert all((refs / name).is_file() for key in ("images", "elements") for name in prompt.get(key, ()))


def test_prompts_are_chosen_by_number():
    assert chosen("", 3) == [1, 2, 3]
    assert chosen("1,7-9,70", 60) == [1, 7, 8, 9]


def test_shares_are_of_the_prompts_that_were_judged(tmp_path, monkeypatch):
    verdicts = tmp_path / "verdicts.toml"
    monkeypatch.setattr(bench_prompts, "VERDICTS", verdicts)
    assert "No verdicts" in shares()[0]
    verdicts.write_text('[before]\n1 = "done"\n26 = "refused"\n31 = "wrongly_claimed"\n32 = "maybe"\n')
    wrong, *lines = shares()
    assert "before.32 = 'maybe'" in wrong
    assert lines == [
        "before, all: 3 judged: done 1 (33%), refused 1 (33%), wrongly_claimed 1 (33%); as expected 2",
        "before, not looks: 2 judged: done 1 (50%), refused 1 (50%), wrongly_claimed 0 (0%); as expected 2",
        "before, looks: 1 judged: done 0 (0%), refused 0 (0%), wrongly_claimed 1 (100%); as expected 0",
    ]
