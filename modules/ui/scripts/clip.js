/* The clip's gr.Video: more kinds of files than it offers, a drop anywhere on the page, and clips that this browser
   cannot play. */
(() => {
  const ACCEPT = 'video/*,image/gif,.mp4,.m4v,.mov,.mkv,.webm,.avi,.mpg,.mpeg,.mts,.m2ts,.ts,.3gp,.wmv,.flv,.ogv,.gif';
  const LIMIT = 200 * 2 ** 20;
  const LIKE_A_CLIP = /\.(mp4|m4v|mov|mkv|webm|avi|mpe?g|m?ts|m2ts|3gp|wmv|flv|ogv|gif)$/i;
  const input = () => document.querySelector('#clip input[type=file]');

  /* gr.Video takes files whose type says video; a GIF, and an MKV of which the system knows no type, are clips too. */
  const asVideo = (file) => (file.type.startsWith('video/') ? file : new File([file], file.name, {type: 'video/x-clip'}));
  const hand = (target, files) => {
    const carrier = new DataTransfer();
    files.forEach((one) => carrier.items.add(asVideo(one)));
    target.files = carrier.files;
  };
  /* Under the field, as long as no other file is chosen. What Gradio has drawn is left alone. */
  const say = (text) => {
    document.querySelector('#clip-said')?.remove();
    if (text) document.querySelector('#clip')?.after(studio.el('p', {id: 'clip-said', class: 'problem', role: 'alert'}, text));
  };
  const tooLarge = (file) => {
    if (file.size <= LIMIT) return false;
    say(`${file.name} has ${Math.ceil(file.size / 2 ** 20)} MB; the most is 200 MB. Please cut or compress it first.`);
    return true;
  };
  /* gr.Video does not catch that there is no camera, that it is in use, or that it was refused. */
  window.addEventListener('unhandledrejection', (event) => {
    if (!/^(NotFound|NotAllowed|NotReadable|Overconstrained)Error$/.test(event.reason?.name) || !document.querySelector('#clip .source-selection')) return;
    event.preventDefault();
    say('No camera could be used. Nothing was recorded. Allow it in the browser and try again, or upload a file.');
  });
  document.addEventListener('change', (event) => {
    if (event.target !== input() || !event.target.files.length) return;
    say('');
    const files = [...event.target.files];
    if (files.some(tooLarge)) { event.stopImmediatePropagation(); return; }
    if (files.some((one) => !one.type.startsWith('video/'))) hand(event.target, files);
  }, true);
  new MutationObserver(() => {
    const node = input();
    if (node && node.accept !== ACCEPT) node.accept = ACCEPT;
    /* Nothing can be dropped on a touch screen. */
    if (window.matchMedia('(hover: none)').matches) document.documentElement.dataset.touch = '';
  }).observe(document.documentElement, {subtree: true, childList: true});

  /* gr.Video fetches 32 MB of ffmpeg for its trim tool whenever a clip appears. The tool is hidden ("Start at" does
     that), so the request is never made: it would compete with the visitor's own upload. Uploads are noted, for
     the buttons that wait for them. */
  const fetchNow = window.fetch;
  window.fetch = (asked, ...rest) => {
    const url = String(asked?.url || asked);
    if (url.includes('/static/ffmpeg/')) return new Promise(() => {});
    const answer = fetchNow.call(window, asked, ...rest);
    return url.includes('/gradio_api/upload?') ? studio.uploading(answer) : answer;
  };

  /* A file that misses the field would replace the page. */
  const dropped = (file) => {
    const put = () => studio.there('#clip input[type=file]', (node) => {
      hand(node, [file]);
      node.dispatchEvent(new Event('change', {bubbles: true}));
    });
    const clear = document.querySelector('#clip button[aria-label="Clear"]');
    if (!input() && clear) clear.click();
    put();
  };
  for (const kind of ['dragover', 'drop']) {
    document.addEventListener(kind, (event) => {
      if (event.dataTransfer?.types.includes('Files') && !event.target.closest?.('.pictures')) event.preventDefault();
    });
  }
  document.addEventListener('drop', (event) => {
    if (event.target.closest?.('.pictures, #clip')) return;
    const file = [...(event.dataTransfer?.files || [])].find((one) => one.type.startsWith('video/') || LIKE_A_CLIP.test(one.name));
    if (file) dropped(file);
  });
  /* Onto the field itself: gr.Video checks the type when the file is dropped. */
  document.addEventListener('drop', (event) => {
    const file = event.dataTransfer?.files[0];
    if (!event.target.closest?.('#clip') || !file || file.type.startsWith('video/') || !LIKE_A_CLIP.test(file.name)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    dropped(file);
  }, true);

  /* That a clip cannot be played here is no error: the page says so and shows its still. gr.Video is not told, it would
     report a fault. */
  const playable = (event) => {
    if (event.target.tagName !== 'VIDEO' || !event.target.closest('#clip')) return;
    say('');
    document.documentElement.toggleAttribute('data-cannot-play', event.type === 'error' || !event.target.videoWidth);
    if (event.type === 'error') event.stopImmediatePropagation();
  };
  /* Not at `loadedmetadata`: WebKit knows the size of the picture a moment later, and what is below would jump. */
  for (const kind of ['error', 'loadeddata', 'resize']) document.addEventListener(kind, playable, true);
})();
