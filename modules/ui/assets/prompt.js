/* Under the prompt: chips for what may be named in it, a warning for what may not, starters, and a count of characters.
   value: {limit: int, starters: {kind: [text]}, given: null | {Image: [FileData], Element: [FileData | null]}} */
studio.define('prompt', ({element, props, watch}) => {
  const {el} = studio;
  const area = () => document.querySelector('#prompt textarea');
  const chips = el('div', {class: 'chips', role: 'group', 'aria-label': 'Insert into the prompt'});
  const warning = el('p', {class: 'problem warning', role: 'status'});
  const count = el('span', {class: 'count'});
  const kinds = el('div', {class: 'kinds', role: 'group', 'aria-label': 'Kinds of edit'});
  const starters = el('div', {class: 'starters'});
  element.replaceChildren(el('div', {class: 'under'}, chips, count), warning, kinds, starters, studio.problem('prompt'));
  document.documentElement.dataset.whole = ''; // the room that was kept for this is no longer needed

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
  const check = () => {
    const text = area() ? area().value : '';
    const limit = (props.value && props.value.limit) || 2500;
    count.textContent = `${text.trim().length.toLocaleString('en')} / ${limit.toLocaleString('en')}`;
    count.classList.toggle('over', text.trim().length > limit);
    const missing = [...new Set(studio.references(text)
      .filter(({kind, number}) => number < 1 || number > studio.given[kind].length).map(({kind, number}) => `@${kind}${number}`))];
    warning.textContent = missing.length ? `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} not given yet. Add the picture below, or change the prompt.` : '';
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

  ['input', 'filled'].forEach((kind) => document.addEventListener(kind, (event) => event.target === area() && check()));
  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === 'Enter' && event.target === area()) {
      event.preventDefault();
      event.target.blur();
      document.querySelector('#edit-button').click();
    }
  });
  window.addEventListener('studio:given', drawChips);
  drawKinds();
  drawChips();
  /* An example or an earlier edit brings its pictures along; the widgets that hold them may not be open yet. */
  watch('value', () => {
    const given = props.value && props.value.given;
    if (given) Object.entries(given).forEach(([kind, files]) => studio.give(kind, files.map((one) => (one ? one.url : ''))));
    drawKinds();
  });
});
