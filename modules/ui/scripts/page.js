/* The page as a whole: addresses of the tabs, the keyboard, and what Gradio's folds do not say to a screen reader. */
(() => {
  const TABS = ['edit', 'compare', 'history', 'code'];
  const button = (name) => document.getElementById(`tab-${name}-button`);
  const asked = () => (TABS.includes(location.hash.slice(1)) ? location.hash.slice(1) : 'edit');

  /* An open tab is part of the address, so Back and a reload lead to it. */
  studio.tabShown = () => {
    const open = TABS.find((name) => button(name)?.getAttribute('aria-selected') === 'true');
    if (open && open !== asked()) history.pushState(null, '', open === 'edit' ? location.pathname + location.search : `#${open}`);
  };
  const follow = () => { if (button(asked())?.getAttribute('aria-selected') === 'false') button(asked()).click(); };
  window.addEventListener('popstate', follow);
  if (asked() !== 'edit') studio.there(`#tab-${asked()}-button`, follow);

  /* A comparison begins with the prompt of the edit, the last of `texts`, when nothing was typed into it. */
  studio.firstPrompt = (texts) => {
    const prompt = texts.pop();
    return texts.some((one) => one?.trim()) || !prompt?.trim() ? {__type__: 'update'} : prompt;
  };

  /* Gradio's tabs know neither the arrow keys nor, for a screen reader, whose panel is whose. */
  document.addEventListener('keydown', (event) => {
    const tab = event.target.closest?.('[role=tab]');
    if (!tab) return;
    const all = [...tab.parentElement.querySelectorAll('[role=tab]')];
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? all.length - 1 : step ? (all.indexOf(tab) + step + all.length) % all.length : null;
    if (to === null) return;
    event.preventDefault();
    all[to].click();
    all[to].focus();
  });

  /* Gradio's folds do not say whether they are open, and its buttons may be translated while they change. */
  const describe = () => {
    for (const fold of document.querySelectorAll('.label-wrap')) {
      const open = String(fold.classList.contains('open'));
      if (fold.getAttribute('aria-expanded') !== open) fold.setAttribute('aria-expanded', open);
    }
    for (const panel of document.querySelectorAll('[role=tabpanel]:not([aria-labelledby])')) panel.setAttribute('aria-labelledby', `${panel.id}-button`);
    for (const node of document.querySelectorAll('#edit-button, #compare-button, #offer, #progress')) node.setAttribute('translate', 'no');
    // gr.Textbox leaves this empty for a password; a browser would then put a saved password into it.
    for (const node of document.querySelectorAll('#key input:not([autocomplete=new-password])')) node.setAttribute('autocomplete', 'new-password');
    for (const node of document.querySelectorAll('#prompt textarea, #compare-prompts textarea')) node.setAttribute('dir', 'auto');
  };
  /* Nothing can be dropped on a touch screen: of gr.Video's "Drop … or … click" only the last part holds. By place, not
     by word: Gradio translates it. */
  const touched = () => {
    const or = document.documentElement.hasAttribute('data-touch') && document.querySelector('#clip .upload-container .or');
    const [drop, click] = or ? [...or.parentElement.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()) : [];
    if (!click) return;
    drop.data = '';
    or.closest('button').setAttribute('aria-label', click.data.trim());
  };
  new MutationObserver(() => { describe(); touched(); }).observe(document.documentElement, {subtree: true, childList: true, attributes: true, attributeFilter: ['class']});

  /* Ctrl+Enter edits; the caret stays where it was. */
  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === 'Enter' && event.target.closest?.('#prompt')) {
      event.preventDefault();
      document.querySelector('#edit-button')?.click();
    }
  });

  /* A press while a clip or pictures are being uploaded waits for them. */
  document.addEventListener('click', (event) => {
    const pressed = event.target.closest?.('#edit-button, #compare-button');
    if (!pressed || !studio.uploads.size) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (pressed.dataset.waiting) return;
    pressed.dataset.waiting = pressed.textContent;
    pressed.textContent = 'Waiting for the upload…';
    Promise.allSettled([...studio.uploads]).then(() => {
      pressed.textContent = pressed.dataset.waiting;
      delete pressed.dataset.waiting;
      setTimeout(() => pressed.click());
    });
  }, true);

  /* The button that was pressed is disabled while its edit runs, and a disabled button loses the focus: what happens
     is said in the timeline, so the focus goes there. */
  studio.focusTimeline = (frame) => {
    if (document.activeElement === document.body || document.activeElement?.id === 'edit-button') frame.focus({preventScroll: true});
  };
})();
