/* The stages of a job. The server speaks only when something changes; seconds tick here. In scope: element, props,
   trigger, watch. See Timeline in __init__.py for the value. */
const {el} = studio;
let received = 0;
let ticker = null;
let told = null;
const title = document.title;

/* The bar between two of the server's points (seconds from now, share), and never back: the server cannot know what
   was drawn last. */
let drawn = {job: null, share: 0};
const shareNow = (points, passed) => {
  const next = points.findIndex(([at]) => at > passed);
  if (next < 1) return points[next ? points.length - 1 : 0][1];
  const [[from, low], [to, high]] = [points[next - 1], points[next]];
  return low + (high - low) * (passed - from) / (to - from);
};
const bar = (value, passed) => {
  if (drawn.job !== value.job_id) drawn = {job: value.job_id, share: 0};
  const points = value.bar || [];
  if (points.length) drawn.share = Math.max(drawn.share, shareNow(points, passed));
  const shown = points.length || drawn.share ? Math.floor(100 * drawn.share) : null;
  return el('div', {class: `bar${shown === null ? ' unknown' : ''}`, role: 'progressbar', 'aria-label': 'Progress of the edit', 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': shown},
    el('i', {style: `width:${shown === null ? 100 : (100 * drawn.share).toFixed(2)}%`}));
};
const times = (value, passed) => {
  const late = value.late_in !== null && value.late_in !== undefined && value.late_in < passed;
  const left = value.eta === null || value.eta === undefined ? null : value.eta - passed;
  const rest = late ? '. Taking longer than usual.'
    : value.usual ? `, ${value.usual}` : left === null ? '' : left > 0 ? `, about ${studio.clock(left)} to go` : ', any moment now';
  return el('p', {class: 'times'}, `${studio.clock(value.elapsed + passed)} so far${rest}`);
};
const steps = (value, passed) => el('ol', {class: 'steps'}, (value.steps || []).map((step) => el('li', {class: step.state},
  el('span', {}, step.name), el('time', {}, step.state === 'waiting' ? '' : studio.clock(step.seconds + (step.state === 'now' && value.running ? passed : 0))))));
const plan = (value) => value.plan && el('details', {class: 'plan', open: true}, el('summary', {}, 'What the preview engine understood'),
  (value.plan.cannot || []).length ? el('p', {class: 'cannot'}, value.plan.cannot.join(' ')) : null,
  value.plan.summary ? el('p', {}, value.plan.summary) : null,
  el('ul', {}, [...(value.plan.understood || []), ...(value.plan.fallbacks || [])].map((text) => el('li', {}, text))),
  (value.plan.not_understood || []).length ? el('p', {class: 'note'}, `Not understood: ${value.plan.not_understood.join(', ')}.`) : null);
const identity = (value) => {
  if (!value.request_id) return null;
  const button = el('button', {type: 'button', class: 'link'}, 'Copy');
  button.addEventListener('click', () => studio.copy(value.request_id, button));
  return el('p', {class: 'identity'}, 'Request id ', el('code', {}, value.request_id), ' ', button);
};
/* The link of a shared edit, and its frame for other pages. */
const share = (value) => {
  if (!value.share) return null;
  const address = new URL(value.share, document.baseURI).href;
  const frame = `<iframe src="${address}?embed" title="An edited video, beside its original" width="640" height="500" style="border:0;max-width:100%" loading="lazy" allowfullscreen></iframe>`;
  const copy = (text, label) => el('button', {type: 'button', onclick: (event) => studio.copy(text, event.currentTarget)}, label);
  return el('section', {class: 'share', 'aria-label': 'Sharing'},
    el('p', {}, 'Everybody who has this link sees the two videos, the prompt and the settings, and nothing else of you.'),
    el('input', {type: 'text', readonly: true, value: address, 'aria-label': 'Link to this edit', onfocus: (event) => event.target.select()}),
    el('div', {class: 'actions'}, copy(address, 'Copy link'), el('a', {href: address, target: '_blank', rel: 'noopener'}, 'Open it'),
      copy(frame, 'Copy code to embed it'),
      el('button', {type: 'button', onclick: studio.press(() => trigger('act', {action: 'unshare', job_id: value.job_id}))}, 'Stop sharing')));
};
const notify = (value) => {
  if (value.running) {
    document.title = `${value.title} · ${title}`;
    if (told !== value.job_id) show();
    told = value.job_id;
    return;
  }
  document.title = title;
  if (told !== value.job_id) return;
  told = null;
  if (document.hidden) {
    document.title = `${value.tone === 'good' ? 'Done' : 'Stopped'} · ${title}`;
    const back = () => { document.title = title; document.removeEventListener('visibilitychange', back); };
    document.addEventListener('visibilitychange', back);
    if (window.Notification && Notification.permission === 'granted') new Notification(value.title, {body: value.message});
  }
};
/* Bring what happens into view: the whole stage with the timeline below it, or the stage alone where both do not fit. */
const show = () => {
  const stage = document.querySelector('#stage') || frame;
  const top = stage.getBoundingClientRect().top;
  const bottom = Math.min(frame.getBoundingClientRect().bottom, top + window.innerHeight);
  if (top < 0 || bottom > window.innerHeight) stage.scrollIntoView({behavior: studio.stillWanted() ? 'auto' : 'smooth', block: 'start'});
  studio.focusTimeline(frame);
};
const bell = (value) => (value.running && window.Notification && Notification.permission === 'default'
  ? el('button', {type: 'button', class: 'link', onclick: (event) => { Notification.requestPermission(); event.target.remove(); }}, 'Tell me when it is done') : null);

/* The sentence a screen reader hears is a node of its own: it changes with the stage, not with every second. */
const status = el('div', {class: 'status', role: 'status', 'aria-live': 'polite', 'data-testid': 'status'});
const body = el('div', {class: 'body'});
const frame = el('section', {class: 'progress', tabindex: -1, 'aria-label': 'Your edit'}, status, body);
element.replaceChildren(frame);
const draw = () => {
  const value = props.value;
  frame.hidden = !value || !value.stage;
  if (frame.hidden) { document.title = title; return; }
  frame.dataset.stage = value.stage;
  frame.dataset.tone = value.tone;
  const said = `${value.title}\n${value.message}`;
  if (status.dataset.said !== said) {
    status.dataset.said = said;
    status.replaceChildren(el('b', {}, value.title), el('p', {}, value.message));
  }
  paint();
  notify(value);
};
const paint = () => {
  const value = props.value;
  const passed = (performance.now() - received) / 1000;
  const open = frame.querySelector('.plan');
  const wasOpen = open ? open.open : true;
  body.replaceChildren(...[
    value.running ? bar(value, passed) : null,
    value.running ? times(value, passed) : null,
    steps(value, passed),
    value.engine_said ? studio.quoted(value.engine_said) : null,
    value.note ? el('p', {class: 'note'}, value.note) : null,
    (value.facts || []).length ? el('dl', {class: 'facts'}, value.facts.map(([name, text]) => [el('dt', {}, name), el('dd', {}, text)])) : null,
    plan(value), identity(value),
    el('div', {class: 'actions'}, (value.actions || []).map(([action, label]) => el('button', {type: 'button', onclick: studio.press((event) => (action === 'copy'
      ? studio.copy(JSON.stringify(value.settings, null, 2), event.currentTarget)
      : trigger('act', {action, job_id: value.job_id})))}, label)), bell(value)),
    share(value),
  ].filter(Boolean));
  if (!wasOpen && body.querySelector('.plan')) body.querySelector('.plan').open = false;
};
const start = () => {
  received = performance.now();
  clearInterval(ticker);
  draw();
  if (props.value && props.value.running) ticker = setInterval(() => (element.isConnected ? tick() : clearInterval(ticker)), 1000);
};
const tick = () => { if (!body.contains(document.activeElement)) paint(); };
start();
watch('value', start);
