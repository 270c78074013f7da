/* Two videos kept in step behind one line. In scope: element, props, watch. See Wipe in __init__.py for the value. */
const {el} = studio;
const video = (name) => el('video', {class: name, playsinline: true, preload: 'metadata', tabindex: -1,
  'aria-label': name === 'before' ? 'The original clip' : 'The edited clip'});
const before = video('before');
const after = video('after');
before.muted = after.muted = true;
const still = el('img', {class: 'still', alt: 'First look at the edit, while the rest is being made', hidden: true});
const bar = el('div', {class: 'bar', role: 'slider', tabindex: 0, 'aria-label': 'Position of the line between original and edit',
  'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': 50});
const tags = [el('span', {class: 'tag left'}, 'Original'), el('span', {class: 'tag right'}, 'Edited')];
const stage = el('div', {class: 'stage'}, el('div', {class: 'pane original'}, before), el('div', {class: 'pane edited'}, after, still), bar, ...tags);
const play = el('button', {type: 'button', class: 'play', 'aria-label': 'Play', translate: 'no'});
const seek = el('input', {type: 'range', class: 'seek', min: 0, max: 1000, value: 0, step: 1, 'aria-label': 'Position in the clip'});
const time = el('span', {class: 'time'}, '0:00');
const sound = el('button', {type: 'button', class: 'sound', 'aria-pressed': 'false', translate: 'no'}, 'Sound off');
const layouts = {wipe: 'Wipe', beside: 'Side by side', edited: 'Edited'};
const layoutButtons = Object.entries(layouts).map(([name, text]) => el('button',
  {type: 'button', 'data-layout': name, 'aria-pressed': String(name === 'wipe'), onclick: () => layout(name)}, text));
const full = el('button', {type: 'button', class: 'full'}, 'Full screen');
const controls = el('div', {class: 'controls'}, el('div', {class: 'line'}, play, seek, time),
  el('div', {class: 'line'}, el('div', {class: 'layouts', role: 'group', 'aria-label': 'How to compare'}, layoutButtons), el('i'), sound, full));
const caption = el('p', {class: 'caption', dir: 'auto'});
const root = el('div', {class: 'wipe', 'data-testid': 'wipe'}, stage, controls, caption);
element.replaceChildren(root);

let position = 50;
let playing = false;
const move = (to) => {
  position = Math.max(0, Math.min(100, to));
  stage.style.setProperty('--line', `${position}%`);
  bar.setAttribute('aria-valuenow', Math.round(position));
};
const layout = (name) => {
  root.dataset.layout = name;
  layoutButtons.forEach((button) => button.setAttribute('aria-pressed', String(button.dataset.layout === name)));
};
const both = () => [before, after].filter((one) => one.getAttribute('src'));
const leader = () => (after.getAttribute('src') ? after : before);

/* What the button says follows what the browser does: it may refuse to play by itself. */
const show = (on) => {
  if (playing === on) return;
  playing = on;
  play.setAttribute('aria-label', on ? 'Pause' : 'Play');
  root.classList.toggle('playing', on);
  if (on) requestAnimationFrame(follow);
};
const setPlaying = (on) => both().forEach((one) => (on ? one.play().catch(() => {}) : one.pause()));
for (const one of [before, after]) {
  one.addEventListener('play', () => { if (one === leader()) show(true); });
  one.addEventListener('pause', () => { if (one === leader() && !one.ended) show(false); });
  one.addEventListener('emptied', () => { if (one === leader()) show(false); });
  const judge = (event) => {
    root.classList.toggle(`no-${one.className}`, Boolean(one.getAttribute('src')) && (event.type === 'error' || !one.videoWidth));
    told();
  };
  ['error', 'loadeddata', 'resize'].forEach((kind) => one.addEventListener(kind, judge));
}

/* From the end both begin again together. Not by `loop`: WebKit then restarts a clip of four seconds every 0.8 s. */
for (const one of [before, after]) {
  one.addEventListener('ended', () => {
    if (one !== leader()) return;
    const on = playing;
    both().forEach((each) => { each.currentTime = 0; });
    setPlaying(on || !studio.stillWanted());
  });
}

/* The original follows the edit: small drifts by speed, larger ones by a jump, at most one a second. WebKit shows no
   picture while it jumps or changes its speed, so there the speed is left alone. */
const steadySpeed = /AppleWebKit/.test(navigator.userAgent) && !/Chrom/.test(navigator.userAgent);
let jumped = 0;
const keepInStep = (lead) => {
  const target = Math.min(lead.currentTime, Math.max(0, before.duration - 0.05));
  const drift = before.currentTime - target;
  root.dataset.drift = drift.toFixed(3);
  if (before.seeking || lead.seeking) return;
  if (Math.abs(drift) > 0.25 && performance.now() - jumped > 1000) {
    jumped = performance.now();
    before.currentTime = target;
  } else if (!steadySpeed) {
    const rate = 1 - Math.max(-0.08, Math.min(0.08, drift));
    if (Math.abs(rate - before.playbackRate) > 0.005) before.playbackRate = rate;
  }
  if (before.paused && before.readyState > 2 && lead.currentTime < before.duration - 0.1) before.play().catch(() => {});
};
const follow = () => {
  if (!root.isConnected || !playing) return;
  const lead = leader();
  if (lead.duration) {
    if (document.activeElement !== seek) seek.value = 1000 * lead.currentTime / lead.duration;
    time.textContent = `${studio.timecode(lead.currentTime)} / ${studio.timecode(lead.duration)}`;
    if (lead !== before && before.duration) keepInStep(lead);
  }
  requestAnimationFrame(follow);
};

let dragging = false;
const drag = (event) => {
  const box = stage.getBoundingClientRect();
  move(100 * (event.clientX - box.left) / box.width);
};
stage.addEventListener('pointerdown', (event) => {
  if (root.dataset.layout !== 'wipe' || root.classList.contains('one')) return;
  dragging = true;
  stage.setPointerCapture(event.pointerId);
  drag(event);
});
stage.addEventListener('pointermove', (event) => dragging && drag(event));
stage.addEventListener('pointerup', () => { dragging = false; });
stage.addEventListener('pointercancel', () => { dragging = false; });
bar.addEventListener('keydown', (event) => {
  const step = {ArrowLeft: -2, ArrowRight: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100}[event.key];
  if (step) { event.preventDefault(); move(position + step); }
  if (event.key === ' ') { event.preventDefault(); setPlaying(!playing); }
});
play.addEventListener('click', () => setPlaying(!playing));
seek.addEventListener('input', () => {
  const lead = leader();
  if (!lead.duration) return;
  both().forEach((one) => { one.currentTime = Math.min(seek.value / 1000 * lead.duration, Math.max(0, one.duration - 0.05) || 0); });
  time.textContent = `${studio.timecode(lead.currentTime)} / ${studio.timecode(lead.duration)}`;
});
const mute = (on) => {
  after.muted = on;
  sound.textContent = on ? 'Sound off' : 'Sound on';
  sound.setAttribute('aria-pressed', String(!on));
};
sound.addEventListener('click', () => mute(!after.muted));
/* Phones know full screen for a video alone. */
const alone = leader().webkitEnterFullscreen && !root.requestFullscreen;
full.hidden = !root.requestFullscreen && !alone;
full.addEventListener('click', () => {
  if (alone) leader().webkitEnterFullscreen();
  else if (document.fullscreenElement) document.exitFullscreen();
  else root.requestFullscreen().catch(() => {});
});

/* A clip that this browser cannot play: its still is shown, and nothing can be played or sought. */
const told = () => {
  const unseen = shown.state === 'clip' && root.classList.contains('no-before');
  caption.textContent = unseen ? 'This browser cannot play your clip here; it can be edited. The edit will appear here.' : shown.caption || '';
};
const put = (node, source) => {
  const url = source ? source.url || '' : '';
  if ((node.getAttribute('src') || '') === url) return false;
  if (url) node.setAttribute('src', url);
  else { node.removeAttribute('src'); if (node.load) node.load(); }
  return true;
};
let shown = {};
const draw = () => {
  const value = props.value || {};
  // The poster of a chosen clip comes when the stage may already show its edit, or another clip.
  if (value.state === 'clip' && value.poster && !(shown.state === 'clip' && shown.before?.url === value.before?.url)) return;
  shown = value;
  root.dataset.state = value.state || 'empty';
  const poster = value.poster && value.poster.url;
  // With an edit there the poster is a picture of the edit, which the original must not show.
  [[before, value.after ? null : poster], [after, poster]].forEach(([one, picture]) => (picture ? one.setAttribute('poster', picture) : one.removeAttribute('poster')));
  const changed = [put(before, value.before), put(after, value.after)].some(Boolean);
  put(still, value.still);
  still.hidden = !value.still || Boolean(value.after);
  root.classList.toggle('one', !value.after && !value.still);
  // Without the original on this server there is nothing to compare with.
  if (value.after && !value.before) layout('edited');
  else if (changed && root.dataset.layout === 'edited') layout('wipe');
  sound.hidden = !value.audio;
  mute(true);
  told();
  if (changed) {
    move(50);
    if (studio.stillWanted()) setPlaying(false);
    else setPlaying(true);
  }
};
layout('wipe');
move(50);
draw();
watch('value', draw);
