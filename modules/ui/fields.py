"""The plain fields of the page: what each one is called and offers. `assets/fields.js` draws them."""

from modules.edit.request import ASPECT_RATIOS, DURATIONS

_SHAPES = {"16:9": "16:9 wide", "9:16": "9:16 tall", "1:1": "1:1 square"}

PROMPT = [
    {
        "name": "prompt",
        "kind": "area",
        "label": "Prompt",
        "hidden": True,
        "id": "prompt",
        "rows": 3,
        "placeholder": (
            "For example: turn the street into a snowy winter evening, keep the people as they are"
        ),
    }
]
ADDRESS = [
    {
        "name": "video_url",
        "kind": "line",
        "label": "Address of a clip",
        "hidden": True,
        "id": "clip-url",
        "framing": True,
        "placeholder": "or paste its address: https://…/clip.mp4",
    }
]
SETTINGS = [
    {
        "name": "mode",
        "kind": "choice",
        "label": "Quality",
        "id": "mode",
        "choices": [["Pro, better", "pro"], ["Standard, faster and cheaper", "std"]],
    },
    {
        "name": "aspect_ratio",
        "kind": "choice",
        "label": "Aspect ratio",
        "id": "aspect-ratio",
        "framing": True,
        "choices": [[_SHAPES[ratio], ratio] for ratio in ASPECT_RATIOS],
    },
    {
        "name": "duration",
        "kind": "range",
        "label": "Duration (seconds)",
        "id": "duration",
        "framing": True,
        "min": int(DURATIONS[0]),
        "max": int(DURATIONS[-1]),
        "step": 1,
        "note": "How much of the clip is edited. The price follows it.",
    },
    {"name": "keep_audio", "kind": "switch", "label": "Keep the sound of the clip", "id": "keep-audio"},
    {
        "name": "shot_type",
        "kind": "line",
        "label": "Shot type",
        "id": "shot-type",
        "note": "The model's own setting; “customize” follows the prompt.",
    },
]
FRAMING = [
    {
        "name": "start",
        "kind": "range",
        "label": "Start at (seconds)",
        "id": "start",
        "framing": True,
        "min": 0,
        "max": 60,
        "room": "room",
        "step": 0.1,
    },
    {
        "name": "fit",
        "kind": "choice",
        "label": "When the shape does not match the aspect ratio",
        "id": "fit",
        "framing": True,
        "choices": [
            ["Crop, keep the subject", "crop"],
            ["Add blurred edges", "pad"],
            ["Leave as it is", "leave"],
        ],
    },
    {
        "name": "short",
        "kind": "choice",
        "label": "When the clip is shorter than 3 seconds",
        "id": "short",
        "framing": True,
        "choices": [["Ask me", "ask"], ["Slow it down", "slow"], ["Loop it", "loop"]],
    },
]
FOLLOW = [
    {
        "name": "request_id",
        "kind": "line",
        "label": "Segmind request id",
        "id": "request-id",
        "note": (
            "From the SDK, another device, or a time-out elsewhere. Records last one hour; your key is "
            "needed (Edit, Engine and key)."
        ),
    }
]


def access(owner_pays: bool) -> list[dict]:
    """The engine and the key. A pasted key means Kling; a removed one the free engine, unless this page
    has a key of its own."""
    return [
        {
            "name": "engine",
            "kind": "choice",
            "label": "Engine",
            "id": "engine",
            "choices": [["Preview engine, free", "preview"], ["Kling O3 on Segmind", "segmind"]],
        },
        {
            "name": "key",
            "kind": "secret",
            "label": "Your Segmind key" + (" (optional: this page has one)" if owner_pays else ""),
            "id": "key",
            "placeholder": "SG_…",
            "chooses": {"engine": ["segmind" if owner_pays else "preview", "segmind"]},
            "note": (
                "Used for your edits only and kept in memory only, until they are done. Never stored, "
                "never logged."
            ),
        },
    ]


def prompts(most: int) -> list[dict]:
    """The prompts of a comparison: `prompt_1` and so on."""
    return [
        {"name": f"prompt_{n}", "kind": "area", "label": f"Prompt {n}", "id": f"compare-{n}", "rows": 2}
        for n in range(1, most + 1)
    ]
