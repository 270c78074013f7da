/* Several results that play in step. In scope: element, props, trigger, watch. */
const {el} = studio;
const PLACE = 'studio_comparison';
let playing = false;
let videos = [];
const follow = () => {
  if (!element.isConnected || !playing || !videos.length) return;
  const lead = videos[0];
  videos.slice(1).forEach((one) => {
    const drift = one.currentTime - lead.currentTime;
    if (Math.abs(drift) > 0.25 && lead.currentTime < (one.duration || 0)) one.currentTime = lead.currentTime;
    else one.playbackRate = 1 - Math.max(-0.08, Math.min(0.08, drift));
  });
  requestAnimationFrame(follow);
};
/* What the button says follows what the browser does: it may refuse to play by itself. */
const show = (on) => {
  if (playing === on) return;
  playing = on;
  button.textContent = on ? 'Pause all' : 'Play all';
  if (on) requestAnimationFrame(follow);
};
const setPlaying = (on) => videos.forEach((one) => (on ? one.play().catch(() => {}) : one.pause()));
const button = el('button', {type: 'button', class: 'playall', translate: 'no', onclick: () => setPlaying(!playing)}, 'Play all');
const cellOf = (cell, index, kept) => {
  let picture = el('div', {class: 'waiting'}, cell.still ? el('img', {src: cell.still.url, alt: ''}) : null);
  if (cell.video) {
    picture = kept.get(cell.video.url) || el('video', {src: cell.video.url, playsinline: true, loop: true, preload: 'auto', 'aria-label': `Result ${index + 1}`,
      onplay: ({target}) => { if (target === videos[0]) show(true); }, onpause: ({target}) => { if (target === videos[0]) show(false); }});
    picture.muted = true;
    videos.push(picture);
  }
  return el('figure', {'data-tone': cell.tone, 'data-testid': `cell-${index + 1}`}, picture,
    el('figcaption', {}, el('b', {}, cell.title), el('span', {dir: 'auto'}, cell.prompt), cell.message ? el('small', {}, cell.message) : null,
      cell.engine_said ? studio.quoted(cell.engine_said) : null,
      cell.video ? el('div', {class: 'actions'}, el('button', {type: 'button', onclick: () => trigger('act', {action: 'open', job_id: cell.job_id})}, 'Open'),
        el('a', {href: cell.video.url, download: cell.name}, 'Download')) : null));
};
const draw = () => {
  const cells = props.value?.cells || [];
  const kept = new Map(videos.map((one) => [one.getAttribute('src'), one]));
  videos = [];
  const nodes = cells.map((cell, index) => cellOf(cell, index, kept));
  element.replaceChildren(el('div', {class: 'grid', 'data-count': cells.length}, nodes), videos.length > 1 ? button : '');
  if (cells.length) sessionStorage.setItem(PLACE, JSON.stringify(cells.map((cell) => cell.job_id)));
  if (videos.length && cells.every((cell) => cell.video || cell.tone === 'bad') && !studio.stillWanted()) setPlaying(true);
};
draw();
watch('value', draw);
/* The results that this tab of the browser showed before the page was loaded again. */
if (!props.value?.cells?.length) {
  try {
    const ids = JSON.parse(sessionStorage.getItem(PLACE));
    if (Array.isArray(ids) && ids.length) trigger('resume', {ids});
  } catch { /* spoilt: as if there were none */ }
}
