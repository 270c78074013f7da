"""While an edit runs: the bar only rises, and the time is told."""

from tests.support.pages import choose_example, choose_quick, press_edit, wait_for_stage

WATCH = """() => {
  window.seen = {widths: [], times: []};
  new MutationObserver(() => {
    const bar = document.querySelector("#progress .bar i");
    const times = document.querySelector("#progress .times");
    if (bar) seen.widths.push(parseFloat(bar.style.width));
    if (times) seen.times.push(times.textContent);
  }).observe(document.querySelector('#progress'), {subtree: true, childList: true});
}"""


def test_the_bar_of_an_edit_never_runs_back_nor_reaches_its_end(studio, new_page):
    page = new_page(studio.url)
    choose_example(page, "gold")
    choose_quick(page)
    page.evaluate(WATCH)
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    seen = page.evaluate("seen")
    assert len(seen["widths"]) > 2 and seen["widths"] == sorted(seen["widths"]) and seen["widths"][-1] < 99
    assert any("so far, usually about" in said for said in seen["times"]), seen["times"]
