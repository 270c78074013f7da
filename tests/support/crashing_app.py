"""`app.py` with bugs: an edit whose prompt names one of CRASHES fails there, and tells all that it knows.

python -m tests.support.crashing_app
"""

from typing import Any

HANDLER, WORK, CARELESS = CRASHES = (
    "crash in the handler",
    "crash in the work",
    "crash with the bare key",
)
"""In the handler of a press or a call; in a thread of the server's, while the edit is carried out; and in
the handler, by a message into which somebody wrote the key itself."""


def main() -> None:
    import app
    from modules import studio
    from modules.jobs.run import steps

    started, sent = studio.Studio.start, steps.send

    def start(self: Any, edit: Any, *rest: Any, **named: Any) -> Any:
        if edit.request.prompt == HANDLER:
            raise RuntimeError(f"a bug with {edit} {edit.key} {vars(edit)} {self.settings!r}")
        if edit.request.prompt == CARELESS:
            raise RuntimeError(f"a bug with {edit.key.reveal()} {self.settings.segmind_api_key.reveal()}")
        return started(self, edit, *rest, **named)

    def send(context: Any, active: Any, sources: Any) -> Any:
        if active.job.request.prompt == WORK:
            raise RuntimeError(f"a bug with {active} {active.key} {vars(active)} {context.engines!r}")
        return sent(context, active, sources)

    studio.Studio.start, steps.send = start, send
    app.main()


if __name__ == "__main__":
    main()
