/* Links that fill the form (form_link.py reads them): what of the address is a link, and a link to the form as it is. */
(() => {
  const FIELDS = ['prompt', 'mode', 'duration', 'aspect_ratio', 'keep_audio', 'video_url', 'shot_type'];
  const NAMES = [...FIELDS, 'example', 'share'];
  const MOST_CHARACTERS = 7500;  // proxies and this server refuse longer addresses
  const query = () => new URLSearchParams(location.search);

  studio.linked = () => NAMES.some((name) => query().has(name));

  /* The link was read: it leaves the address, so that loading the page again keeps what was typed since. */
  studio.linkRead = () => {
    if (!studio.linked()) return;
    const left = query();
    NAMES.forEach((name) => left.delete(name));
    history.replaceState(history.state, '', `${location.pathname}${left.size ? `?${left}` : ''}${location.hash}`);
  };

  const name = (file) => (file?.path || '').split(/[/\\]/).pop();
  const pictures = (references) => [...(references?.images || []), ...(references?.elements || []).flatMap((one) => [one.frontal, ...(one.references || [])])].filter(Boolean).map(name);

  /* The link, and what of the form cannot be in it. Of files only those of an example can. */
  const link = (form) => {
    const given = pictures(form.references);
    const example = (studio.examples || []).find((one) => form.video?.path?.includes('/examples/clips/') && one.clip === name(form.video)
      && one.pictures.join() === given.join());
    const asked = new URLSearchParams();
    if (example) asked.set('example', example.id);
    for (const field of FIELDS) {
      const value = form[field];
      if (field === 'shot_type' && value === 'customize') continue;
      if (field === 'video_url' && (form.video || !value)) continue;
      if (value !== null && value !== undefined && value !== '') asked.set(field, String(value));
    }
    const missing = example ? [] : [form.video ? 'clip' : '', given.length ? 'pictures' : ''].filter(Boolean);
    return {address: `${location.origin}${location.pathname}?${asked}`, missing};
  };

  studio.copyLink = (names, values) => {
    const button = document.querySelector('#copy-link');
    const {address, missing} = link(Object.fromEntries(names.map((field, at) => [field, values[at]])));
    if (address.length > MOST_CHARACTERS) studio.say(button, 'The prompt is too long for a link');
    else studio.copy(address, button, missing.length ? `Copied, without the ${missing.join(' and the ')}` : 'Copied');
  };
})();
