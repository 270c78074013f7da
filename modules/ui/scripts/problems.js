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
  /* `values` as soon as the fields of all problems are there: Gradio has no message for a field that is not built yet. */
  studio.onceShown = async (values) => {
    const named = [...document.querySelectorAll('#problems [data-field]')].map((link) => PLACES[link.dataset.field] || PLACES.video);
    await Promise.all(named.map((place) => Promise.race([new Promise((done) => studio.there(place, done)), new Promise((done) => setTimeout(done, 5000))])));
    return values;
  };
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('#problems [data-field]');
    if (!link) return;
    event.preventDefault();
    go(link.dataset.field);
  });
})();
