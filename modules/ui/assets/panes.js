/* Panes behind tabs, and folds. value of the tabs: {open: name}; props.panes: [[name, label]]; each pane is #pane-<name>.
   `act` asks once for what is built late, as soon as the page can be used. */
studio.define('tabs', ({element, props, trigger, watch}) => {
  const {el} = studio;
  const show = (name) => {
    document.documentElement.dataset.pane = name;
    tabs.forEach((tab) => {
      const chosen = tab.dataset.name === name;
      tab.setAttribute('aria-selected', String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    });
  };
  const choose = (name) => {
    if (name === document.documentElement.dataset.pane) return;
    props.value = {open: name};
    show(name);
    window.dispatchEvent(new CustomEvent('studio:opened', {detail: name}));
  };
  const tabs = props.panes.map(([name, label]) => el('button', {type: 'button', role: 'tab', id: `tab-${name}`, 'data-name': name, 'aria-controls': `pane-${name}`,
    onclick: () => choose(name)}, label));
  const list = el('div', {role: 'tablist', class: 'tablist', 'aria-label': 'Parts of this page'}, tabs);
  list.addEventListener('keydown', (event) => {
    const at = tabs.indexOf(document.activeElement);
    const next = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1}[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const tab = tabs[(next + tabs.length) % tabs.length];
    tab.focus();
    choose(tab.dataset.name);
  });
  element.replaceChildren(list);
  show((props.value && props.value.open) || props.panes[0][0]);
  studio.later(() => {
    trigger('act');
    studio.there('#under-prompt .kinds', () => { document.documentElement.dataset.whole = ''; });
    props.panes.forEach(([name]) => studio.there(`#pane-${name}`, (pane) => {
      pane.setAttribute('role', 'tabpanel');
      pane.setAttribute('aria-labelledby', `tab-${name}`);
    }));
  });
  watch('value', () => {
    const name = props.value && props.value.open;
    if (name && name !== document.documentElement.dataset.pane) {
      show(name);
      window.dispatchEvent(new CustomEvent('studio:opened', {detail: name}));
      window.scrollTo({top: 0});
    }
  });
});

/* value: unused; props.fold: {label, of: the id of what is folded} */
studio.define('fold', ({element, props}) => {
  const {el} = studio;
  const {label, of} = props.fold;
  const button = el('button', {type: 'button', class: 'fold', 'aria-expanded': 'false', 'aria-controls': of, onclick: () => {
    const open = button.getAttribute('aria-expanded') !== 'true';
    button.setAttribute('aria-expanded', String(open));
    studio.there(`#${of}`, (column) => column.toggleAttribute('data-open', open));
  }}, label);
  element.replaceChildren(button);
});

/* value: {group: sentence} */
studio.define('problems', ({props, watch}) => {
  const draw = () => Object.entries(props.value || {}).forEach(([group, sentence]) =>
    studio.there(`#problem-${group}`, (place) => { place.textContent = sentence; }));
  draw();
  watch('value', draw);
});

/* Files to take home. value: {video: FileData | null, sheet: FileData | null} */
studio.define('downloads', ({element, props, watch}) => {
  const {el} = studio;
  const link = (id, file, label, name) => (file ? el('a', {id, href: file.url, download: name}, label) : null);
  const draw = () => {
    const {video, sheet, name} = props.value || {};
    element.replaceChildren(el('div', {class: 'actions'}, ...[link('download', video, 'Download the video', `${name || 'edit'}.mp4`),
      link('sheet', sheet, 'Download a contact sheet', `${name || 'edit'}.png`)].filter(Boolean)));
  };
  draw();
  watch('value', draw);
});
