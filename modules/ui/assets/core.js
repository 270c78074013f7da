/* The page's own widgets. Each is a gr.HTML whose js_on_load calls studio.mount(name, context).
   A widget builds its DOM once and redraws from `props.value`; it tells the server through `props.value` and trigger(). */
window.studio = (() => {
  const widgets = {};

  /* el('button', {class: 'x', onclick: f, 'aria-label': 'y'}, child, ...): text children are never parsed as HTML. */
  const el = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    return node;
  };

  /* For what starts work or money: the second half of a double click is not a second wish. */
  const press = (act) => (event) => { if (event.detail < 2) act(event); };

  const clock = (seconds) => {
    const s = Math.max(0, Math.round(seconds));
    return s < 60 ? `${s} s` : `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  };

  const timecode = (seconds) => {
    const s = Math.max(0, seconds || 0);
    return `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, '0')}`;
  };

  const file = (path, url, name) => ({path, url, orig_name: name, meta: {_type: 'gradio.FileData'}});

  const copy = async (text, button) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch (refused) {
      const area = el('textarea', {style: 'position:fixed;opacity:0'});
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
    const before = button.textContent;
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = before; }, 1500);
  };

  /* Type into a text field as a person would, so that its widget follows. */
  const type = (area, text, caret) => {
    area.value = text;
    area.dispatchEvent(new Event('input', {bubbles: true}));
    area.focus();
    if (caret !== undefined) area.setSelectionRange(caret, caret);
  };

  /* When the page can be used and has been painted, and the visitor does nothing: what is only to be looked at stands in nobody's way. */
  const idle = (act) => (window.requestIdleCallback ? requestIdleCallback(act, {timeout: 500}) : setTimeout(act, 50));
  const later = (act) => {
    const usable = () => (document.querySelector('#edit-button') ? requestAnimationFrame(() => requestAnimationFrame(() => idle(act))) : setTimeout(usable, 50));
    usable();
  };

  /* The updates of one event that builds a wave of what is built late, the next one each time. `waves`: of every output, in which. */
  let built = 0;
  const wave = (waves) => {
    const updates = waves.map((one) => ({__type__: 'update', ...(one === built ? {visible: true} : {})}));
    built += 1;
    return updates;
  };

  /* act(node) when it is there: parts of the page are built late. */
  const there = (selector, act) => {
    const node = document.querySelector(selector);
    if (node) act(node);
    else setTimeout(() => there(selector, act), 40);
  };

  /* Where the problems of a group of fields are shown. */
  const problem = (group) => (group ? el('p', {class: 'problem', role: 'status', id: `problem-${group}`}) : null);
  /* A heading over a widget: {text, note}. */
  const title = (heading) => (heading ? el('div', {class: 'panel-title'}, el('h2', {}, heading.text), heading.note ? el('p', {}, heading.note) : null) : '');

  const stillWanted = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

  /* A list of {name, number} found in a prompt: the page's twin of modules/edit/references.py. */
  const references = (prompt) => [...prompt.matchAll(/@(element|image)[ _]?(\d{1,3})(?!\d)/gi)].map((found) => ({
    kind: found[1][0].toUpperCase() + found[1].slice(1).toLowerCase(), number: Number(found[2]),
  }));

  /* Pictures in the form, which the prompt's chips show; the two picture widgets write, the prompt widget reads. */
  const given = {Image: [], Element: []};
  const give = (kind, list) => {
    given[kind] = list;
    window.dispatchEvent(new CustomEvent('studio:given'));
  };

  return {
    el, press, idle, later, wave, there, problem, title, clock, timecode, file, copy, type, stillWanted, references, given, give,
    define: (name, mount) => { widgets[name] = mount; },
    mount: (name, context) => widgets[name](context),
  };
})();
