"""Tags for previews of links: once each, absolute, and nothing a visitor says becomes markup."""

import re

from modules.ui.link_preview import page_preview, preview_tags, with_preview

GRADIOS = b"""<!doctype html><html><head>
<meta charset="utf-8" /><base href="./">
<meta property="og:title" content="Gradio" />
<meta
  property="og:image"
  content="https://elsewhere.example/image.jpg"
/>
<meta name="twitter:creator" content="@Gradio" />
<meta name="viewport" content="width=device-width">
<meta property="og:title" content="" />
</head><body><script>let a = 1 < 2;</script></body></html>"""


def test_the_tags_of_gradio_are_replaced_and_everything_else_stays():
    document = with_preview(GRADIOS, page_preview("https://studio.example")).decode()
    names = re.findall(r'<meta[^>]*(?:property|name)="([^"]+)"', document)
    assert sorted(names) == sorted(set(names)) and "viewport" in names
    assert "Gradio" not in document and "elsewhere.example" not in document
    assert 'property="og:image" content="https://studio.example/link-preview.jpg"' in document
    assert 'property="og:url" content="https://studio.example/"' in document
    assert document.index("charset") < document.index("og:title") < document.index("<base")
    assert document.endswith("<script>let a = 1 < 2;</script></body></html>")


def test_a_title_is_text():
    tags = preview_tags(url="u", title='"><script>x</script>', description="'&", picture="p")
    assert "<script" not in tags and "&lt;script&gt;" in tags and tags.count("<meta") == tags.count('">')
