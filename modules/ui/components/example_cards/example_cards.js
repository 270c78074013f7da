/* The examples. In scope: element, props, trigger, watch. */
const {el} = studio;
const card = (one) => {
  const picture = el('span', {class: 'picture'}, el('img', {src: one.poster.url, alt: '', loading: 'lazy', width: 320, height: 180}));
  const node = el('button', {type: 'button', class: 'example', 'data-testid': `example-${one.id}`, onclick: () => trigger('act', {id: one.id})},
    picture, el('b', {}, one.title), el('small', {}, one.kind));
  if (one.preview && !studio.stillWanted()) {
    const start = () => {
      if (picture.querySelector('video')) return;
      const clip = el('video', {src: one.preview.url, playsinline: true, loop: true, 'aria-hidden': 'true', tabindex: -1});
      clip.muted = true;
      clip.addEventListener('loadedmetadata', () => { const shape = clip.videoWidth / clip.videoHeight; clip.style.objectPosition = shape < 0.95 ? '50% 75%' : shape < 1.05 ? '50% 12%' : '50% 40%'; });
      clip.addEventListener('playing', () => clip.classList.add('on'));
      picture.append(clip);
      clip.play().catch(() => {});
    };
    const stop = () => { const clip = picture.querySelector('video'); if (clip) { clip.pause(); clip.remove(); } };
    node.addEventListener('pointerenter', start);
    node.addEventListener('focus', start);
    node.addEventListener('pointerleave', stop);
    node.addEventListener('blur', stop);
  }
  return node;
};
const draw = () => {
  studio.examples = props.value?.examples || [];  // link.js: a link may begin with one
  element.replaceChildren(el('p', {class: 'heading', id: 'examples-heading'}, 'Or begin with an example'),
  el('div', {class: 'examples', role: 'group', 'aria-labelledby': 'examples-heading'}, studio.examples.map(card)));
};
draw();
watch('value', draw);
