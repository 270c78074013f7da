/* This browser's edits. In scope: element, props, trigger, watch. */
const {el} = studio;
const UNDO_SECONDS = 10;
const forgotten = new Map(); // job id -> its timer: what is being forgotten can still be taken back
const forget = (job) => {
  forgotten.set(job.job_id, setTimeout(() => {
    forgotten.delete(job.job_id);
    trigger('act', {action: 'forget', job_id: job.job_id});
  }, UNDO_SECONDS * 1000));
  draw();
  element.querySelector(`[data-testid="undo-${job.job_id}"]`)?.focus();
};
const undo = (job) => {
  clearTimeout(forgotten.get(job.job_id));
  forgotten.delete(job.job_id);
  draw();
};
const act = (job, action) => (action === 'forget' ? forget(job) : trigger('act', {action, job_id: job.job_id}));
const gone = (job) => el('article', {class: 'edit gone', 'data-testid': `edit-${job.job_id}`},
  el('p', {class: 'note', role: 'status'}, `Will be forgotten with its files in ${UNDO_SECONDS} seconds.`),
  el('div', {class: 'actions'}, el('button', {type: 'button', 'data-testid': `undo-${job.job_id}`, onclick: () => undo(job)}, 'Undo')));
const card = (job) => (forgotten.has(job.job_id) ? gone(job) : el('article', {class: 'edit', 'data-tone': job.tone, 'data-testid': `edit-${job.job_id}`},
  job.thumbnail ? el('img', {src: job.thumbnail.url, alt: '', loading: 'lazy'}) : el('span', {class: 'blank'}),
  el('div', {},
    el('p', {class: 'prompt', dir: 'auto'}, job.prompt || 'Followed by its request id'),
    el('p', {class: 'note'}, [job.title, job.when, job.time, job.cost].filter(Boolean).join(' · ')),
    job.undone ? el('p', {class: 'note'}, job.undone) : null,
    job.share ? el('p', {class: 'note shared'}, 'Shared: everybody who has the link sees it. ', el('a', {href: job.share, target: '_blank', rel: 'noopener'}, 'Open the link')) : null,
    el('div', {class: 'actions'}, job.actions.map(([action, label]) => el('button', {type: 'button', onclick: studio.press(() => act(job, action))}, label)),
      job.result ? el('a', {href: job.result.url, download: job.name}, 'Download') : null))));
const turn = (page, label) => el('button', {type: 'button', onclick: () => trigger('turn', {page})}, label);
const pages = ({page, pages: most, total}) => (most > 1 ? el('nav', {class: 'pages', 'aria-label': 'Pages of My edits'},
  page > 1 ? turn(page - 1, 'Newer') : null,
  el('span', {class: 'note'}, `Page ${page} of ${most}, ${studio.count(total, 'edit')}`),
  page < most ? turn(page + 1, 'Older') : null) : null);
/* What has not changed stays where it is: the list is read anew whenever a job moves, and a press that is under
   way on a card that were replaced would be lost. */
const list = el('div', {class: 'edits'});
const drawn = new Map(); // job id -> {said, node}
const cardOf = (job) => {
  const said = JSON.stringify([job, forgotten.has(job.job_id)]);
  const known = drawn.get(job.job_id);
  const kept = known && known.said === said ? known : {said, node: card(job)};
  drawn.set(job.job_id, kept);
  return kept.node;
};
const draw = () => {
  const value = props.value || {};
  const jobs = value.jobs || [];
  const empty = value.search ? `No edit of this browser mentions “${value.search}”.`
    : 'Nothing here yet. Every edit you start in this browser is kept in this list.';
  const shown = new Set(jobs.map((job) => job.job_id));
  [...drawn.keys()].filter((id) => !shown.has(id)).forEach((id) => drawn.delete(id));
  const cards = jobs.map(cardOf);
  [...list.children].filter((one) => !cards.includes(one)).forEach((one) => one.remove());
  cards.forEach((one, at) => { if (list.children[at] !== one) list.insertBefore(one, list.children[at] || null); });
  const parts = [jobs.length ? list : el('p', {class: 'empty', role: 'status'}, empty), pages(value)].filter(Boolean);
  [...element.children].filter((one) => !parts.includes(one)).forEach((one) => one.remove());
  parts.forEach((one) => { if (one.parentNode !== element) element.append(one); });
};
draw();
watch('value', draw);
