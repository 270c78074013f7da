/* Plain form fields: the browser's own controls. They are far lighter than a component of Gradio each.
   props.fields: [{name, kind: area|line|secret|choice|range|switch, label, hidden, note, placeholder, choices: [[label, value]],
                   min, max, step, room: the entry of the value that holds the maximum, id, framing, chooses: {other: [empty, filled]}}]
   value: {name: value}. Events: change (any field has settled), release (one with `framing` has), submit (Enter in a line, or a press on the button that props.button names). */
studio.define('fields', ({element, props, trigger, watch}) => {
  const {el} = studio;
  const drawn = [];
  let waiting = 0;

  const value = (name) => (props.value || {})[name];
  const keep = (name, now) => { props.value = {...props.value, [name]: now}; };
  const settle = (field) => {
    clearTimeout(waiting);
    waiting = 0;
    trigger('change');
    if (field.framing) trigger('release');
  };

  const text = (field, id) => {
    const node = el(field.kind === 'area' ? 'textarea' : 'input', {id: `${id}-field`, placeholder: field.placeholder,
      rows: field.kind === 'area' ? field.rows || 3 : null, type: {line: 'text', secret: 'password'}[field.kind],
      autocomplete: 'off', spellcheck: field.kind === 'area' ? null : 'false', 'aria-describedby': field.note ? `${id}-note` : null});
    let told = '';
    const tell = () => {
      if (node.value === told) return;
      told = node.value;
      settle(field);
    };
    const grow = () => {
      if (field.kind !== 'area') return;
      node.style.height = 'auto';
      if (node.scrollHeight) node.style.height = `${Math.min(node.scrollHeight + 2, 280)}px`;
    };
    node.addEventListener('input', () => {
      keep(field.name, node.value);
      for (const [other, [empty, filled]] of Object.entries(field.chooses || {})) {
        keep(other, node.value.trim() ? filled : empty);
        draw();
      }
      grow();
      clearTimeout(waiting);
      waiting = setTimeout(tell, 500);
    });
    node.addEventListener('blur', tell);
    node.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && field.kind !== 'area') { tell(); trigger('submit'); }
    });
    drawn.push(() => {
      const now = String(value(field.name) ?? '');
      if (node.value === now) return;
      node.value = told = now;
      node.dispatchEvent(new Event('filled', {bubbles: true}));
      grow();
    });
    return [el('label', {for: `${id}-field`, class: field.hidden ? 'unseen' : 'name'}, field.label), node];
  };

  const choice = (field, id) => {
    const options = field.choices.map(([label, one]) => {
      const input = el('input', {type: 'radio', name: `${id}-field`, value: one, onchange: () => { keep(field.name, one); settle(field); }});
      drawn.push(() => { input.checked = value(field.name) === one; });
      return el('label', {}, input, el('span', {}, label));
    });
    return [el('fieldset', {'aria-describedby': field.note ? `${id}-note` : null}, el('legend', {class: 'name'}, field.label), el('div', {class: 'options'}, options))];
  };

  const range = (field, id) => {
    const limits = {min: field.min, max: field.max, step: field.step};
    const slide = el('input', {...limits, id: `${id}-field`, type: 'range', 'aria-describedby': field.note ? `${id}-note` : null});
    const exact = el('input', {...limits, type: 'number', 'aria-label': `${field.label}, exact`});
    const take = (from) => {
      const most = Number(slide.max);
      const now = Math.min(most, Math.max(field.min, Math.round(Number(from.value) / field.step) * field.step || 0));
      keep(field.name, Number(now.toFixed(2)));
      if (from === slide) exact.value = slide.value;
      else slide.value = now;
    };
    slide.addEventListener('input', () => take(slide));
    exact.addEventListener('input', () => take(exact));
    slide.addEventListener('change', () => settle(field));
    exact.addEventListener('change', () => { take(exact); draw(); settle(field); });
    drawn.push(() => {
      const most = field.room ? value(field.room) ?? field.max : field.max;
      for (const input of [slide, exact]) {
        input.max = most;
        if (Number(input.value) !== value(field.name) || input.value === '') input.value = value(field.name) ?? field.min;
      }
    });
    return [el('label', {for: `${id}-field`, class: 'name'}, field.label), el('div', {class: 'range'}, slide, exact)];
  };

  const flag = (field, id) => {
    const input = el('input', {type: 'checkbox', id: `${id}-field`, onchange: () => { keep(field.name, input.checked); settle(field); }});
    drawn.push(() => { input.checked = Boolean(value(field.name)); });
    return [el('label', {class: 'switch'}, input, el('span', {}, field.label))];
  };

  const kinds = {area: text, line: text, secret: text, choice, range, switch: flag};
  element.replaceChildren(...[studio.title(props.heading),
    el('div', {class: 'fields'}, props.fields.map((field) => el('div', {class: `field ${field.kind}`, id: field.id},
      kinds[field.kind](field, field.id), field.note ? el('p', {class: 'note', id: `${field.id}-note`}, field.note) : null))),
    studio.problem(props.problem),
    props.button ? el('div', {class: 'actions'}, el('button', {type: 'button', onclick: () => trigger('submit')}, props.button)) : null].filter(Boolean));
  const draw = () => drawn.forEach((one) => one());
  draw();
  watch('value', draw);
  /* A comparison begins with the prompt of the edit: asked for when its pane opens. */
  if (props.opens) window.addEventListener('studio:opened', (event) => event.detail === props.opens && trigger('select'));
});
