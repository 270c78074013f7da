/* Pictures: a row of thumbnails with add, remove and reorder, all on the page; and the element cards built from such rows. */
(() => {
  const {el} = studio;

  /* A row of pictures. `list()` gives FileData, `set(list)` takes the new one; `most` bounds it. */
  const row = ({list, set, upload, most, label, itemName, say}) => {
    const node = el('div', {class: 'pictures', role: 'group', 'aria-label': label});
    const input = el('input', {type: 'file', accept: 'image/*,.heic,.heif,.avif', multiple: most > 1, class: 'picker', 'aria-label': `${label}: choose files`});
    const add = async (files) => {
      const room = Math.max(0, most - list().length);
      if (files.length > room) say(`Only ${most} picture${most > 1 ? 's' : ''} fit here; the rest was left out.`);
      for (const one of [...files].slice(0, room)) {
        if (one.size > 20 * 2 ** 20) { say(`${one.name} is over 20 MB. Please choose a smaller picture.`); continue; }
        node.classList.add('busy');
        try {
          const {path, url} = await upload(one);
          set([...list(), studio.file(path, url, one.name)]);
        } catch (failed) {
          say(`${one.name} could not be uploaded. Please try again.`);
        }
        node.classList.remove('busy');
      }
      input.value = '';
    };
    input.addEventListener('change', () => add(input.files));
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
    const draw = () => {
      const items = list();
      node.replaceChildren(
        ...items.map((picture, index) => el('figure', {},
          el('img', {src: picture.url, alt: itemName ? itemName(index) : `${label} ${index + 1}`}),
          itemName ? el('figcaption', {}, itemName(index)) : null,
          el('div', {class: 'tools'},
            index > 0 && el('button', {type: 'button', 'aria-label': 'Move left', onclick: () => swap(index, index - 1)}, '←'),
            index < items.length - 1 && el('button', {type: 'button', 'aria-label': 'Move right', onclick: () => swap(index, index + 1)}, '→'),
            el('button', {type: 'button', 'aria-label': `Remove ${itemName ? itemName(index) : 'this picture'}`, onclick: () => set(items.filter((_, at) => at !== index))}, '×')))),
        items.length < most ? el('button', {type: 'button', class: 'add', onclick: () => input.click()}, items.length ? 'Add' : label) : '',
        input);
    };
    draw();
    return {node, draw};
  };

  /* value: {pictures: [FileData]} */
  studio.define('pictures', ({element, props, trigger, watch, upload}) => {
    const note = el('p', {class: 'note', role: 'status'});
    const list = () => (props.value && props.value.pictures) || [];
    const set = (pictures) => { props.value = {pictures}; redraw(); trigger('change'); };
    const strip = row({list, set, upload, most: 10, label: 'Add images', itemName: (n) => `@Image${n + 1}`, say: (text) => { note.textContent = text; }});
    const redraw = () => { strip.draw(); studio.give('Image', list().map((one) => one.url)); };
    element.replaceChildren(studio.title(props.heading), strip.node, note, studio.problem('images'));
    redraw();
    watch('value', redraw);
  });

  /* value: {elements: [{name, frontal: FileData|null, references: [FileData]}]} */
  studio.define('elements', ({element, props, trigger, watch, upload}) => {
    const MOST = 10;
    const list = () => (props.value && props.value.elements) || [];
    const set = (elements, redraw = true) => {
      props.value = {elements};
      studio.give('Element', elements.map((one) => (one.frontal ? one.frontal.url : '')));
      if (redraw) draw();
      trigger('change');
    };
    const change = (index, part, redraw = true) => set(list().map((one, at) => (at === index ? {...one, ...part} : one)), redraw);
    const swap = (from, to) => {
      const next = [...list()];
      [next[from], next[to]] = [next[to], next[from]];
      set(next);
    };
    const card = (one, index, count) => {
      const note = el('p', {class: 'note', role: 'status'});
      const say = (text) => { note.textContent = text; };
      const name = el('input', {type: 'text', value: one.name || '', maxlength: 40, placeholder: 'Name, for you', 'aria-label': `Name of element ${index + 1}`,
        oninput: (event) => change(index, {name: event.target.value}, false)});
      const frontal = row({most: 1, label: 'Front view', upload, say, list: () => (list()[index] && list()[index].frontal ? [list()[index].frontal] : []),
        set: (pictures) => change(index, {frontal: pictures[0] || null})});
      const references = row({most: 3, label: 'More views (up to 3)', upload, say, list: () => (list()[index] || {}).references || [],
        set: (pictures) => change(index, {references: pictures})});
      return el('section', {class: 'card', 'aria-label': `Element ${index + 1}`, 'data-testid': `element-${index + 1}`},
        el('header', {}, el('b', {}, `@Element${index + 1}`), name,
          el('button', {type: 'button', 'aria-label': `Move element ${index + 1} up`, disabled: index === 0, onclick: () => swap(index, index - 1)}, '↑'),
          el('button', {type: 'button', 'aria-label': `Move element ${index + 1} down`, disabled: index === count - 1, onclick: () => swap(index, index + 1)}, '↓'),
          el('button', {type: 'button', 'aria-label': `Remove element ${index + 1}`, onclick: () => set(list().filter((_, at) => at !== index))}, '×')),
        el('div', {class: 'views'}, frontal.node, references.node), note);
    };
    const cards = el('div');
    element.replaceChildren(studio.title(props.heading), cards, studio.problem('elements'));
    const draw = () => {
      const items = list();
      cards.replaceChildren(...items.map((one, index) => card(one, index, items.length)),
        items.length < MOST ? el('button', {type: 'button', class: 'add wide', onclick: () => set([...items, {name: '', frontal: null, references: []}])},
          items.length ? 'Add another element' : 'Add an element') : el('p', {class: 'note'}, 'Ten elements: that is all the model takes.'));
    };
    draw();
    studio.give('Element', list().map((one) => (one.frontal ? one.frontal.url : '')));
    watch('value', () => { draw(); studio.give('Element', list().map((one) => (one.frontal ? one.frontal.url : ''))); });
  });
})();
