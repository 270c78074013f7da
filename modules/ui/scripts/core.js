/* What the page's own components share. Text children are never parsed as HTML. */
window.studio = (() => {
  /* el('button', {class: 'x', onclick: f, 'aria-label': 'y'}, child, …) */
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
  const count = (number, one, many = `${one}s`) => `${number.toLocaleString('en')} ${number === 1 ? one : many}`;

  /* An engine's own words, `{title, text}`, in a fold. */
  const quoted = (said) => el('details', {class: 'quoted'}, el('summary', {}, said.title), el('blockquote', {dir: 'auto'}, said.text));

  const file = (path, url, name) => ({path, url, orig_name: name, meta: {_type: 'gradio.FileData'}});

  /* A word on a button, for a moment. */
  const say = (button, text) => {
    button.dataset.label = button.dataset.label || button.textContent;
    button.textContent = text;
    clearTimeout(button.saying);
    button.saying = setTimeout(() => { button.textContent = button.dataset.label; delete button.dataset.label; }, 2000);
  };
  const copy = async (text, button, said = 'Copied') => {
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
    say(button, said);
  };

  /* Type into a text field as a person would, so that Gradio's component follows. */
  const type = (area, text, caret) => {
    area.value = text;
    area.dispatchEvent(new Event('input', {bubbles: true}));
    area.focus();
    if (caret !== undefined) area.setSelectionRange(caret, caret);
  };

  const stillWanted = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

  /* Addresses of the pictures in the form, which the prompt's chips show. */
  const given = {Image: [], Element: []};
  const give = (value) => {
    const next = {Image: (value?.images || []).map((one) => one?.url || ''), Element: (value?.elements || []).map((one) => one?.frontal?.url || '')};
    if (JSON.stringify(next) === JSON.stringify({...given})) return;
    Object.assign(given, next);
    window.dispatchEvent(new CustomEvent('studio:given'));
  };

  /* Uploads that are under way: a press of a button waits for them (page.js). */
  const uploads = new Set();
  const uploading = (promise) => {
    uploads.add(promise);
    promise.catch(() => {}).finally(() => uploads.delete(promise));
    return promise;
  };

  /* act(node) when it is there: what is folded away or behind a tab is built when it is opened. */
  const there = (selector, act, tries = 100) => {
    const node = document.querySelector(selector);
    if (node) act(node);
    else if (tries) setTimeout(() => there(selector, act, tries - 1), 50);
  };

  return {el, press, clock, timecode, count, file, copy, say, quoted, type, stillWanted, given, give, uploads, uploading, there};
})();
