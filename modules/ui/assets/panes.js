/* Panes behind tabs, and folds. value of the tabs: {open: name}; props.panes: [[name, label]]; each pane is #pane-<name>;
   props.folds: [[id, label]], columns that are opened and closed by a button above them; props.masthead: [title, sentence, notices].
   `act` asks, when the page can be used, for what is built late: three waves (page.py). */
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
  const [title, sentence, notices] = props.masthead;
  element.replaceChildren(el('header', {id: 'masthead'}, el('h1', {}, title), el('p', {}, sentence),
    notices.map((notice) => el('p', {class: 'notice'}, notice))), list);
  show((props.value && props.value.open) || props.panes[0][0]);
  studio.later(() => {
    const build = (left) => { trigger('act'); if (left > 1) studio.idle(() => build(left - 1)); };
    build(3);
    props.panes.forEach(([name]) => studio.there(`#pane-${name}`, (pane) => {
      pane.setAttribute('role', 'tabpanel');
      pane.setAttribute('aria-labelledby', `tab-${name}`);
    }));
    props.folds.forEach(([id, label]) => studio.there(`#${id}`, (column) => {
      const button = el('button', {type: 'button', class: 'fold', 'aria-expanded': 'false', 'aria-controls': id, onclick: () => {
        const open = column.toggleAttribute('data-open');
        button.setAttribute('aria-expanded', String(open));
      }}, label);
      column.before(el('div', {class: 'studio folding'}, button));
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
