/* The same edit in several languages. value: {snippets: [[language, text]]} */
studio.define('code', ({element, props, trigger, watch}) => {
  const {el} = studio;
  let chosen = 0;
  const text = el('code', {tabindex: 0});
  const copy = el('button', {type: 'button', class: 'copy'}, 'Copy');
  copy.addEventListener('click', () => studio.copy(text.textContent, copy));
  const tabs = el('div', {class: 'languages', role: 'group', 'aria-label': 'Language'});
  element.replaceChildren(studio.title(props.heading), tabs, el('div', {class: 'code'}, copy, el('pre', {}, text)));
  const draw = () => {
    const snippets = (props.value && props.value.snippets) || [];
    tabs.replaceChildren(...snippets.map(([language], index) => el('button', {type: 'button', 'aria-pressed': String(index === chosen),
      onclick: () => { chosen = index; draw(); }}, language)));
    text.textContent = snippets[chosen] ? snippets[chosen][1] : '';
    text.setAttribute('aria-label', snippets[chosen] ? `${snippets[chosen][0]} code` : 'Code');
  };
  draw();
  window.addEventListener('studio:opened', (event) => event.detail === 'code' && trigger('select'));
  watch('value', draw);
});
