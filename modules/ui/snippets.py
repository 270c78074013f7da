"""The current form as code, for four ways of calling the model. The key is always read from the environment.

A source that is still a local file stands in the code as its upload: `files.upload` of the SDK, or a
placeholder address.
"""

import json
from pathlib import PurePath
from typing import Literal

from modules.edit.request import SLUG, EditRequest, is_url

LANGUAGES: dict[str, Literal["python", "shell", "javascript"]] = {
    "Python (SDK)": "python",
    "Python (requests)": "python",
    "curl": "shell",
    "JavaScript": "javascript",
}
"""What is offered, and what `gr.Code` calls each language."""
BASE_URL = "https://api.segmind.com"
STORAGE_URL = "https://workflows-api.segmind.com"


def snippets(request: EditRequest) -> dict[str, str]:
    """Source text by language. Valid as it stands once SEGMIND_API_KEY is set and the named files are
    there."""
    return {
        "Python (SDK)": _sdk(request),
        "Python (requests)": _requests(request),
        "curl": _curl(request),
        "JavaScript": _javascript(request),
    }


def _file_names(request: EditRequest) -> dict[str, str]:
    """Local sources to the plain, distinct file names by which the code calls them."""
    names: dict[str, str] = {}
    for source in request.sources():
        if not is_url(source):
            base = PurePath(source).name or "clip.mp4"
            stem, suffix = PurePath(base).stem, PurePath(base).suffix
            name, turn = base, 2
            while name in names.values():
                name, turn = f"{stem}_{turn}{suffix}", turn + 1
            names[source] = name
    return names


def _python_value(value, names: dict[str, str], indent: int) -> str:
    """`value` as Python source; a local source becomes `url["name"]`."""
    pad, inner = " " * indent, " " * (indent + 4)
    if isinstance(value, dict):
        lines = "".join(
            f"{inner}{json.dumps(key)}: {_python_value(item, names, indent + 4)},\n"
            for key, item in value.items()
        )
        return "{\n" + lines + pad + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_python_value(item, names, indent) for item in value) + "]"
    if isinstance(value, str) and value in names:
        return f"url[{names[value]!r}]"
    return repr(value)


def _sdk(request: EditRequest) -> str:
    names = _file_names(request)
    upload = ""
    if names:
        files = "[" + ", ".join(repr(name) for name in names.values()) + "]"
        upload = f'files = {files}\nurl = dict(zip(files, client.files.upload(files)["file_urls"]))\n\n'
    arguments = "".join(
        f"    {key}={_python_value(value, names, 4)},\n" for key, value in request.payload().items()
    )
    return f'''"""pip install segmind; the key is read from SEGMIND_API_KEY."""
import os
import urllib.request

from segmind import SegmindClient
from segmind.files import Files

client = SegmindClient(base_url=os.environ.get("SEGMIND_BASE_URL", "{BASE_URL}") + "/v1")
Files.STORAGE_BASE_URL = os.environ.get("SEGMIND_STORAGE_URL", "{STORAGE_URL}")

{upload}job = client.submit_async(
    "{SLUG}",
{arguments})
print("request id:", job.request_id)
result = job.wait(timeout=1800, interval=5)
urllib.request.urlretrieve(result["video"]["url"], "edited.mp4")
print("edited.mp4", result["metrics"])
'''


def _requests(request: EditRequest) -> str:
    names = _file_names(request)
    upload = ""
    if names:
        files = "[" + ", ".join(repr(name) for name in names.values()) + "]"
        upload = f"""

def upload(path):
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    with open(path, "rb") as file:
        data = base64.b64encode(file.read()).decode()
    asset = {{"data_urls": [f"data:{{kind}};base64,{{data}}"]}}
    answer = requests.post(STORAGE + "/upload-asset", headers=HEADERS, json=asset, timeout=300)
    answer.raise_for_status()
    return answer.json()["file_urls"][0]


url = {{name: upload(name) for name in {files}}}
"""
    imports = (
        "import base64\nimport mimetypes\nimport os\nimport time\n" if names else "import os\nimport time\n"
    )
    storage = f'STORAGE = os.environ.get("SEGMIND_STORAGE_URL", "{STORAGE_URL}")\n' if names else ""
    return f'''{imports}
import requests

API = os.environ.get("SEGMIND_BASE_URL", "{BASE_URL}")
{storage}HEADERS = {{"x-api-key": os.environ["SEGMIND_API_KEY"], "Content-Type": "application/json"}}
{upload}
payload = {_python_value(request.payload(), names, 0)}
# Sent once: the API has no idempotency key, so a repeated submit is charged again.
answer = requests.post(API + "/v2/{SLUG}", headers=HEADERS, json=payload, timeout=120)
answer.raise_for_status()
request_id = answer.json()["request_id"]
print("request id:", request_id)

while True:
    body = requests.get(f"{{API}}/v2/requests/{{request_id}}/status", headers=HEADERS, timeout=60).json()
    if body.get("status") == "COMPLETED":
        break
    if body.get("status") == "FAILED":
        raise SystemExit(body.get("error"))
    time.sleep(5)

result = requests.get(f"{{API}}/v2/requests/{{request_id}}", headers=HEADERS, timeout=60).json()
with open("edited.mp4", "wb") as file:
    file.write(requests.get(result["video"]["url"], timeout=300).content)
print("edited.mp4", result["metrics"])
'''


def _with_placeholders(request: EditRequest) -> EditRequest:
    return request.with_sources(
        {source: f"https://example.com/{name}" for source, name in _file_names(request).items()}
    )


def _curl(request: EditRequest) -> str:
    body = json.dumps(_with_placeholders(request).payload(), indent=2, ensure_ascii=False)
    # A quoted here-document takes the JSON as it is, whatever quotes the prompt has; only its end mark must
    # not occur.
    mark = "JSON"
    while mark in body.splitlines():
        mark += "_"
    return f'''# 1. Send the edit. Each accepted POST is charged: do not repeat it.
#    Put your files' public addresses in first.
curl -sS -X POST "{BASE_URL}/v2/{SLUG}" \\
  -H "x-api-key: $SEGMIND_API_KEY" -H "Content-Type: application/json" \\
  --data-binary @- <<'{mark}'
{body}
{mark}

# 2. Ask until "status" is COMPLETED (REQUEST_ID is in the first answer).
curl -sS -H "x-api-key: $SEGMIND_API_KEY" "{BASE_URL}/v2/requests/$REQUEST_ID/status"

# 3. Read the result; "output" is the address of the video.
curl -sS -H "x-api-key: $SEGMIND_API_KEY" "{BASE_URL}/v2/requests/$REQUEST_ID"
'''


def _javascript(request: EditRequest) -> str:
    body = json.dumps(_with_placeholders(request).payload(), indent=2, ensure_ascii=False)
    body = body.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f'''// Node 18 or later, on a server: a key does not belong in a web page.
// Put your files' public addresses in first.
import {{ writeFile }} from "node:fs/promises";

const api = process.env.SEGMIND_BASE_URL ?? "{BASE_URL}";
const headers = {{ "x-api-key": process.env.SEGMIND_API_KEY, "Content-Type": "application/json" }};
const payload = {body};

// Sent once: a repeated submit is charged again.
const sent = await fetch(`${{api}}/v2/{SLUG}`, {{ method: "POST", headers, body: JSON.stringify(payload) }});
if (!sent.ok) throw new Error(await sent.text());
const {{ request_id: id }} = await sent.json();
console.log("request id:", id);

let state;
do {{
  await new Promise((resolve) => setTimeout(resolve, 5000));
  state = await (await fetch(`${{api}}/v2/requests/${{id}}/status`, {{ headers }})).json();
  if (state.status === "FAILED") throw new Error(state.error);
}} while (state.status !== "COMPLETED");

const result = await (await fetch(`${{api}}/v2/requests/${{id}}`, {{ headers }})).json();
await writeFile("edited.mp4", Buffer.from(await (await fetch(result.video.url)).arrayBuffer()));
console.log("edited.mp4", result.metrics);
'''
