/* The clip: chosen, dropped or filled in by an example; uploaded with its progress shown; played here.
   value: {clip: FileData | null, limit: bytes} */
studio.define('clip', ({element, props, trigger, watch}) => {
  const {el} = studio;
  const input = el('input', {type: 'file', accept: 'video/*,.mp4,.mov,.mkv,.webm,.avi', 'aria-label': 'Choose a clip from this device'});
  const ask = el('label', {class: 'ask'}, el('span', {}, 'Drop a video here or ', el('u', {}, 'choose one')), input);
  const bar = el('i');
  const busy = el('div', {class: 'busy', role: 'progressbar', 'aria-label': 'Upload of the clip', 'aria-valuemin': 0, 'aria-valuemax': 100, hidden: true},
    el('span'), el('div', {class: 'bar'}, bar));
  const player = el('video', {playsinline: true, loop: true, preload: 'metadata', tabindex: 0, 'aria-label': 'Your clip',
    onpointerenter: () => { player.controls = true; }, onpointerleave: () => { player.controls = false; },
    onfocus: () => { player.controls = true; }, onblur: () => { player.controls = false; }});
  player.muted = true;
  const shown = el('div', {class: 'shown', hidden: true}, player,
    el('button', {type: 'button', class: 'remove', onclick: () => set(null)}, 'Choose another'));
  const note = el('p', {class: 'problem', role: 'status'});
  const root = el('div', {class: 'clip'}, ask, busy, shown, note);
  element.replaceChildren(...[studio.title(props.heading), root].filter(Boolean));
  let running = null;

  const set = (clip) => {
    props.value = {...props.value, clip};
    draw();
    trigger('change');
  };
  const tell = (share, name) => {
    busy.hidden = share === null;
    ask.hidden = share !== null;
    if (share === null) return;
    busy.setAttribute('aria-valuenow', Math.round(share * 100));
    busy.firstChild.textContent = share < 1 ? `Uploading ${name}, ${Math.round(share * 100)} %` : `Receiving ${name}`;
    bar.style.width = `${share * 100}%`;
  };
  const send = (file) => {
    note.textContent = '';
    const limit = (props.value && props.value.limit) || 200 * 2 ** 20;
    if (file.size > limit) {
      note.textContent = `${file.name} has ${Math.ceil(file.size / 2 ** 20)} MB; the most is ${Math.round(limit / 2 ** 20)} MB. Please cut or compress it first.`;
      return;
    }
    if (running) running.abort();
    const request = running = new XMLHttpRequest();
    const body = new FormData();
    body.append('files', file);
    request.open('POST', 'gradio_api/upload');
    request.responseType = 'json';
    request.upload.onprogress = (event) => tell(event.lengthComputable ? event.loaded / event.total : 0, file.name);
    request.onabort = () => tell(null);
    request.onerror = () => { tell(null); note.textContent = `${file.name} could not be uploaded: the connection broke. Nothing was lost, please try again.`; };
    request.onload = () => {
      tell(null);
      const path = request.status === 200 && Array.isArray(request.response) ? request.response[0] : null;
      if (path) set(studio.file(path, `gradio_api/file=${encodeURI(path).replace(/#/g, '%23').replace(/\?/g, '%3F')}`, file.name));
      else note.textContent = request.status === 413 ? `${file.name} is too large for this page.` : `${file.name} could not be uploaded. Please try again.`;
    };
    tell(0, file.name);
    request.send(body);
  };
  input.addEventListener('change', () => { if (input.files[0]) send(input.files[0]); input.value = ''; });
  root.addEventListener('dragover', (event) => { event.preventDefault(); root.classList.add('over'); });
  root.addEventListener('dragleave', () => root.classList.remove('over'));
  root.addEventListener('drop', (event) => {
    event.preventDefault();
    root.classList.remove('over');
    if (event.dataTransfer.files[0]) send(event.dataTransfer.files[0]);
  });
  const draw = () => {
    const url = props.value && props.value.clip ? props.value.clip.url : '';
    ask.hidden = Boolean(url) || Boolean(busy.hidden === false);
    shown.hidden = !url;
    if ((player.getAttribute('src') || '') === (url || '')) return;
    if (url) player.setAttribute('src', url);
    else { player.removeAttribute('src'); player.load(); }
  };
  draw();
  watch('value', draw);
});
