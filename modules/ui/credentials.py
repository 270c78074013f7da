"""The fields that say which engine makes an edit, who pays for it, and by which right."""

import gradio as gr


def credential_inputs(studio) -> dict[str, gr.components.Component]:
    """The engine, the visitor's key and the owner's access code, by the names of `Widgets`; and the button of
    Hugging Face's login where there is one, which answers by itself."""
    owner, settings = studio.engines.owner_pays, studio.settings
    engine = gr.Radio(
        [("Preview engine, free", "preview"), ("Kling O3 on Segmind", "segmind")],
        value="segmind" if owner else "preview",
        label="Engine",
        elem_id="engine",
    )
    key = gr.Textbox(
        label="Your Segmind key" + (" (optional: this page has one)" if owner else ""),
        info="Used for your edits only and kept in memory only, until they are done. Never stored or logged.",
        placeholder="SG_…",
        type="password",
        elem_id="key",
        html_attributes=gr.InputHTMLAttributes(autocomplete="new-password", spellcheck=False),
    )
    if owner and settings.login:
        gr.LoginButton(elem_id="login", size="sm", variant="secondary")
    access_code = gr.Textbox(
        label="Access code of this page",
        info="The owner of this page pays for edits of those who know it. Needed once.",
        type="password",
        elem_id="access-code",
        visible=bool(owner and settings.access_code),
        html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
    )
    return {"engine": engine, "key": key, "access_code": access_code}
