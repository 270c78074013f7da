/* What was typed, kept in this tab of the browser: Gradio loads the page again after a broken connection. The key is
   never among it. */
(() => {
  const PLACE = 'studio_draft';
  let restored = false;
  /* What was typed before the draft was read. */
  let early = null;

  const here = async (file) => {
    if (!file?.url) return false;
    try {
      return (await fetch(file.url, {method: 'HEAD'})).ok;
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
    if (!restored) { early = [names, values]; return; }
    try {
      sessionStorage.setItem(PLACE, JSON.stringify(Object.fromEntries(names.map((name, at) => [name, values[at]]))));
    } catch { /* a full store: the page works without a draft */ }
  };

  /* The draft as updates of the fields `names`; nothing for what it does not hold. */
  studio.draft = async (names) => {
    let draft = {};
    try {
      draft = JSON.parse(sessionStorage.getItem(PLACE)) || {};
    } catch { /* spoilt: as if there were none */ }
    const updates = await Promise.all(names.map(async (name) => {
      const value = Object.hasOwn(draft, name) ? await kept(name, draft[name]) : undefined;
      return {__type__: 'update', ...(value === undefined || value === null ? {} : {value})};
    }));
    restored = true;
    if (early) studio.keepDraft(...early);
    if (draft.references) studio.give(updates[names.indexOf('references')].value);
    return updates;
  };
})();
