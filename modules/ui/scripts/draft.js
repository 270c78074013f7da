/* What was typed, kept in this tab of the browser: Gradio loads the page again after a broken connection. The key is
   never among it. */
(() => {
  const PLACE = 'studio_draft';
  let restored = false;
  /* Texts that were typed before the draft was read: they are newer than it. */
  const typed = {};
  const TEXTS = {prompt: '#prompt', video_url: '#clip-url', shot_type: '#shot-type', compare_1: '#compare-1', compare_2: '#compare-2', compare_3: '#compare-3', compare_4: '#compare-4'};

  const stored = () => {
    try {
      return JSON.parse(sessionStorage.getItem(PLACE)) || {};
    } catch {
      return {};  // spoilt: as if there were none
    }
  };
  const store = (values) => {
    try {
      sessionStorage.setItem(PLACE, JSON.stringify({...stored(), ...values}));
    } catch { /* a full store: the page works without a draft */ }
  };

  const here = async (file) => {
    if (!file?.url) return false;
    try {
      return (await fetch(file.url, {method: 'HEAD', cache: 'no-store'})).ok;
    } catch {
      return false;
    }
  };
  const only = async (files) => {
    const found = await Promise.all((files || []).map(here));
    return (files || []).filter((_, at) => found[at]);
  };
  /* Files that the server does not have any more are left out. */
  const kept = async (name, value) => {
    if (name === 'video') return (await here(value)) ? value : null;
    if (name !== 'references' || !value) return value;
    const elements = await Promise.all((value.elements || []).map(async (one) => ({
      ...one, frontal: (await here(one.frontal)) ? one.frontal : null, references: await only(one.references),
    })));
    return {images: await only(value.images), elements};
  };

  studio.keepDraft = (names, values) => {
    studio.give(values[names.indexOf('references')]);
    requestAnimationFrame(() => window.dispatchEvent(new CustomEvent('studio:changed')));
    if (restored) store(Object.fromEntries(names.map((name, at) => [name, values[at]])));
  };

  /* Gradio answers no event any more once its connection broke, until the page has loaded again: texts are kept by the
     browser's own event. */
  document.addEventListener('input', (event) => {
    const name = Object.keys(TEXTS).find((one) => event.target.closest?.(TEXTS[one]));
    if (!name) return;
    if (restored) store({[name]: event.target.value});
    else typed[name] = event.target.value;
  }, true);

  /* The draft as updates of the fields `names`; nothing for what it does not hold. */
  studio.draft = async (names) => {
    const draft = stored();
    const linked = studio.linked();  // by which the form is filled; the prompts to compare stay
    const updates = await Promise.all(names.map(async (name) => {
      const value = (!linked || name.startsWith('compare_')) && Object.hasOwn(draft, name) ? await kept(name, draft[name]) : undefined;
      return {__type__: 'update', ...(Object.hasOwn(typed, name) || value === undefined || value === null ? {} : {value})};
    }));
    restored = true;
    store(typed);
    if (draft.references) studio.give(updates[names.indexOf('references')].value);
    return updates;
  };
})();
