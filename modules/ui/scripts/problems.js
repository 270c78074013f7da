/* After a press that found something wrong: scroll to the first field that needs a change, and put the focus there. */
(() => {
  const PLACES = {
    prompt: '#prompt textarea', video: '#clip button, #clip video', video_url: '#clip-url input, #clip-url textarea', key: '#key input',
    references: '#references button', mode: '#mode input', aspect_ratio: '#aspect-ratio input', duration: '#duration input',
    keep_audio: '#keep-audio input', shot_type: '#shot-type input, #shot-type textarea', start: '#start input', fit: '#fit input', short: '#short input',
  };
  const go = (field) => studio.there(PLACES[field] || PLACES.video, (node) => {
    node.scrollIntoView({block: 'center', behavior: studio.stillWanted() ? 'auto' : 'smooth'});
    node.focus({preventScroll: true});
  });
  studio.showProblem = () => {
    const first = document.querySelector('#problems [data-field]');
    if (first) go(first.dataset.field);
  };
  /* Gradio has no message for a field that is not built yet, and takes all of them away when any event ends: the values
     for the check that brings them, as soon as the fields are there and no look at the form is under way. */
  let looks = 0;
  studio.begun = (values) => { looks += 1; return values; };
  studio.ended = () => { looks -= 1; };
  studio.onceQuiet = async (values) => {
    const named = [...document.querySelectorAll('#problems [data-field]')].map((link) => PLACES[link.dataset.field] || PLACES.video);
    const wait = () => looks > 0 || named.some((place) => !document.querySelector(place));
    for (const until = Date.now() + 10000; wait() && Date.now() < until;) await new Promise((done) => setTimeout(done, 50));
    return values;
  };
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('#problems [data-field]');
    if (!link) return;
    event.preventDefault();
    go(link.dataset.field);
  });
})();
