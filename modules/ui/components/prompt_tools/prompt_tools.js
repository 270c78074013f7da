/* Chips for what may be named in the prompt, a warning for what may not, ideas, and a count. In scope: element, props,
   watch. See PromptTools in __init__.py for the value. */
const {el} = studio;
const area = () => document.querySelector('#prompt textarea');
const chips = el('div', {class: 'chips', role: 'group', 'aria-label': 'Insert into the prompt'});
const warning = el('p', {class: 'problem warning', role: 'status'});
const count = el('span', {class: 'count'});
const kinds = el('div', {class: 'kinds', role: 'group', 'aria-label': 'Kinds of edit'});
const starters = el('div', {class: 'starters'});
element.replaceChildren(el('div', {class: 'under'}, kinds, chips, count), warning, starters);

const insert = (name) => {
  const box = area();
  const start = box.selectionStart ?? box.value.length;
  const end = box.selectionEnd ?? start;
  const left = box.value.slice(0, start);
  const gap = left && !/\s$/.test(left) ? ' ' : '';
  const text = `${left}${gap}${name}${box.value.slice(end)}`;
  studio.type(box, text, start + gap.length + name.length);
};
const drawChips = () => {
  const all = ['Element', 'Image'].flatMap((kind) => studio.given[kind].map((url, index) => ({name: `@${kind}${index + 1}`, url})));
  chips.replaceChildren(...all.map(({name, url}) => el('button', {type: 'button', class: 'chip', onmousedown: (event) => event.preventDefault(), onclick: () => insert(name)},
    url ? el('img', {src: url, alt: ''}) : null, name)));
  check();
};
/* The references in a prompt, found by the rules of modules/edit/references.json in the folded view that
   modules/edit/references.py describes. `number` is null when none was written. */
const references = (text) => {
  const {pattern, invisible, letters} = props.value?.spelling || {};
  if (!pattern) return [];
  const hidden = new RegExp(invisible, 'gu');
  const view = [...text].map((letter) => letters[letter] || letter.normalize('NFKC').replace(hidden, '')).join('');
  return [...view.matchAll(new RegExp(pattern, 'gi'))]
    .filter((found) => found[2] || found[4] || !/[\w.]$/.test(view.slice(0, found.index)))
    .map((found) => {
      const kind = found[1] || found[3];
      const digits = found[2] || found[4];
      return {kind: kind[0].toUpperCase() + kind.slice(1).toLowerCase(), number: digits ? Number(digits) : null};
    });
};
const unclear = (text) => {
  const said = references(text).map(({kind, number}) => {
    const given = kind === 'Video' ? 1 : studio.given[kind].length;
    if (number === null) return given === 1 ? '' : given ? `Say which ${kind.toLowerCase()}: @${kind}1 to @${kind}${given}.` : '';
    if (number >= 1 && number <= given) return '';
    return kind === 'Video' ? 'There is one clip only: call it “the video”.' : `@${kind}${number} is not given yet. Add the picture below, or change the prompt.`;
  });
  return [...new Set(said.filter(Boolean))].slice(0, 3).join(' ');
};
const check = () => {
  const text = area() ? area().value : '';
  const limit = (props.value && props.value.limit) || 2500;
  const characters = [...text.trim()].length;  // code points, as the server counts
  count.textContent = `${characters.toLocaleString('en')} / ${limit.toLocaleString('en')}`;
  count.classList.toggle('over', characters > limit);
  warning.textContent = unclear(text);
};
const show = (kind) => {
  const open = starters.dataset.kind === kind;
  starters.dataset.kind = open ? '' : kind;
  [...kinds.children].forEach((one) => one.setAttribute('aria-expanded', String(!open && one.textContent === kind)));
  starters.replaceChildren(...(open ? [] : ((props.value.starters || {})[kind] || []).map((text) =>
    el('button', {type: 'button', onclick: () => studio.type(area(), text, text.length)}, text))));
};
const drawKinds = () => kinds.replaceChildren(el('span', {}, 'Ideas:'), ...Object.keys((props.value && props.value.starters) || {}).map((kind) =>
  el('button', {type: 'button', 'aria-expanded': 'false', onclick: () => show(kind)}, kind)));

document.addEventListener('input', (event) => event.target === area() && check());
/* A text that Gradio sets comes without an input event: an example, an edit that is used again, a draft. */
window.addEventListener('studio:changed', check);
window.addEventListener('studio:given', drawChips);
drawKinds();
drawChips();
/* An example or an earlier edit brings its pictures along; the fold that holds them may be closed. */
watch('value', () => {
  const given = props.value?.given;
  if (given) studio.give({images: given.Image, elements: given.Element.map((frontal) => ({frontal}))});
  drawKinds();
});
