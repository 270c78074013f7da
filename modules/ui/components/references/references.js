/* Reference pictures: images in order, and cards of elements. In scope: element, props, trigger, watch, upload. */
const {el} = studio;
const MOST = 10;
const MOST_BYTES = 20 * 2 ** 20;
const KINDS = 'image/*,.heic,.heif,.avif';

/* A row of pictures. `list()` gives FileData, `set(list)` takes the new one; `most` bounds it. */
const row = ({list, set, most, label, nameOf, say}) => {
  const node = el('div', {class: 'pictures', role: 'group', 'aria-label': label});
  const input = el('input', {type: 'file', accept: KINDS, multiple: most > 1, class: 'picker', tabindex: -1, 'aria-label': `${label}: choose files`});
  const progress = el('p', {class: 'note busy', role: 'status'});
  const add = async (files) => {
    const room = Math.max(0, most - list().length);
    if (files.length > room) say(`Only ${studio.count(most, 'picture')} ${most > 1 ? 'fit' : 'fits'} here; the rest was left out.`);
    for (const one of [...files].slice(0, room)) {
      if (one.size > MOST_BYTES) { say(`${one.name} is over 20 MB. Please choose a smaller picture.`); continue; }
      progress.textContent = `Uploading ${one.name}…`;
      try {
        const {path, url} = await studio.uploading(upload(one));
        set([...list(), studio.file(path, url, one.name)]);
      } catch (failed) {
        say(`${one.name} could not be uploaded. Please try again.`);
      }
      progress.textContent = '';
    }
    input.value = '';
  };
  input.addEventListener('change', () => add([...input.files]));
  node.addEventListener('dragover', (event) => { event.preventDefault(); node.classList.add('over'); });
  node.addEventListener('dragleave', () => node.classList.remove('over'));
  node.addEventListener('drop', (event) => {
    event.preventDefault();
    node.classList.remove('over');
    add([...event.dataTransfer.files].filter((one) => one.type.startsWith('image/') || /\.(heic|heif|avif)$/i.test(one.name)));
  });
  const swap = (from, to) => {
    const next = [...list()];
    [next[from], next[to]] = [next[to], next[from]];
    set(next);
  };
  const tool = (label, sign, act) => el('button', {type: 'button', 'aria-label': label, onclick: act}, sign);
  const items = list();
  node.append(...items.map((picture, index) => el('figure', {},
    el('img', {src: picture.url, alt: nameOf ? nameOf(index) : `${label} ${index + 1}`}),
    nameOf ? el('figcaption', {}, nameOf(index)) : '',
    el('div', {class: 'tools'},
      index > 0 && tool('Move left', '←', () => swap(index, index - 1)),
      index < items.length - 1 && tool('Move right', '→', () => swap(index, index + 1)),
      tool(`Remove ${nameOf ? nameOf(index) : 'this picture'}`, '×', () => set(items.filter((_, at) => at !== index)))))),
  items.length < most ? el('button', {type: 'button', class: 'add', onclick: () => input.click()}, items.length ? 'Add' : label) : '',
  input, progress);
  return node;
};

const value = () => ({images: props.value?.images || [], elements: props.value?.elements || []});
const set = (part, redraw = true) => {
  props.value = {...value(), ...part};
  studio.give(props.value);
  if (redraw) draw();
  trigger('change');
};
const change = (index, part, redraw = true) => set({elements: value().elements.map((one, at) => (at === index ? {...one, ...part} : one))}, redraw);
const swap = (from, to) => {
  const next = [...value().elements];
  [next[from], next[to]] = [next[to], next[from]];
  set({elements: next});
};
const card = (one, index, count) => {
  const note = el('p', {class: 'note', role: 'status'});
  const say = (text) => { note.textContent = text; };
  const name = el('input', {type: 'text', value: one.name || '', maxlength: 40, placeholder: 'Name, for you', dir: 'auto', 'aria-label': `Name of element ${index + 1}`,
    oninput: (event) => change(index, {name: event.target.value}, false)});
  const now = () => value().elements[index] || {};
  const frontal = row({most: 1, label: 'Front view', say, list: () => (now().frontal ? [now().frontal] : []), set: (pictures) => change(index, {frontal: pictures[0] || null})});
  const others = row({most: 3, label: 'More views (up to 3)', say, list: () => now().references || [], set: (pictures) => change(index, {references: pictures})});
  const tool = (label, sign, disabled, act) => el('button', {type: 'button', 'aria-label': label, disabled, onclick: act}, sign);
  return el('section', {class: 'card', 'aria-label': `Element ${index + 1}`, 'data-testid': `element-${index + 1}`},
    el('header', {}, el('b', {}, `@Element${index + 1}`), name,
      tool(`Move element ${index + 1} up`, '↑', index === 0, () => swap(index, index - 1)),
      tool(`Move element ${index + 1} down`, '↓', index === count - 1, () => swap(index, index + 1)),
      tool(`Remove element ${index + 1}`, '×', false, () => set({elements: value().elements.filter((_, at) => at !== index)}))),
    el('div', {class: 'views'}, frontal, others),
    one.frontal && !(one.references || []).length
      ? el('button', {type: 'button', class: 'both', onclick: () => change(index, {references: [now().frontal]})}, 'Use the front view as its reference too') : '',
    note);
};
const heading = (text, note) => el('div', {class: 'heading'}, el('h3', {}, text), el('p', {class: 'note'}, note));
const draw = () => {
  const {elements} = value();
  const note = el('p', {class: 'note', role: 'status'});
  element.replaceChildren(
    heading('Images', 'A place, a style or a thing. Write @Image1 in the prompt to use the first one.'),
    el('div', {class: 'images'}, row({list: () => value().images, set: (images) => set({images}), most: MOST, label: 'Add images', nameOf: (n) => `@Image${n + 1}`,
      say: (text) => { note.textContent = text; }}), note),
    heading('Elements', 'A character or thing that should look the same throughout: one front view, and up to three more. Write @Element1 to use it.'),
    ...elements.map((one, index) => card(one, index, elements.length)),
    elements.length < MOST ? el('button', {type: 'button', class: 'add wide', onclick: () => set({elements: [...elements, {name: '', frontal: null, references: []}]})},
      elements.length ? 'Add another element' : 'Add an element') : el('p', {class: 'note'}, 'Ten elements: that is all the model takes.'));
};
draw();
studio.give(value());
watch('value', () => { draw(); studio.give(value()); });
