/* Browsers may refuse storage (private windows, blocked cookies, a frame of another site). Gradio reads it unguarded and
   would say "Loading…" for ever; a Map stands in, and the page says that it remembers nothing. */
(() => {
  if (window.self !== window.top) document.documentElement.dataset.framed = '';
  const works = (name) => {
    try {
      window[name].setItem('studio-probe', '1');
      window[name].removeItem('studio-probe');
      return true;
    } catch {
      return false;
    }
  };
  const standIn = () => {
    const kept = new Map();
    return {
      getItem: (name) => (kept.has(String(name)) ? kept.get(String(name)) : null),
      setItem: (name, value) => { kept.set(String(name), String(value)); },
      removeItem: (name) => { kept.delete(String(name)); },
      clear: () => kept.clear(),
      key: (number) => [...kept.keys()][number] ?? null,
      get length() { return kept.size; },
    };
  };
  for (const name of ['localStorage', 'sessionStorage']) {
    if (works(name)) continue;
    Object.defineProperty(window, name, {value: standIn(), configurable: true});
    document.documentElement.dataset.forgetful = '';
  }
})();
