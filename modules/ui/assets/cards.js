/* Cards that are chosen or acted upon: the examples, and this browser's edits. */
(() => {
  const {el} = studio;

  /* value: {examples: [{id, title, kind, prompt, poster, preview}]} */
  studio.define('examples', ({element, props, trigger, watch}) => {
    const card = (one) => {
      const picture = el('span', {class: 'picture'}, el('img', {src: one.poster.url, alt: '', loading: 'lazy', width: 320, height: 180}));
      const node = el('button', {type: 'button', class: 'example', 'data-testid': `example-${one.id}`, onclick: () => trigger('act', {id: one.id})},
        picture, el('b', {}, one.title), el('small', {}, one.kind));
      if (one.preview && !studio.stillWanted()) {
        const start = () => {
          if (picture.querySelector('video')) return;
          const clip = el('video', {src: one.preview.url, playsinline: true, loop: true, 'aria-hidden': 'true', tabindex: -1});
          clip.muted = true;
          clip.addEventListener('loadedmetadata', () => { clip.style.objectPosition = clip.videoHeight > clip.videoWidth ? '50% 75%' : '50% 40%'; });
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
    const draw = () => element.replaceChildren(el('div', {class: 'examples', role: 'group', 'aria-label': 'Examples'}, ((props.value && props.value.examples) || []).map(card)));
    draw();
    watch('value', draw);
  });

  /* value: {jobs: [{job_id, prompt, title, tone, when, time, cost, thumbnail, result, finished, actions: [[action, label]]}]} */
  studio.define('history', ({element, props, trigger, watch}) => {
    const card = (job) => el('article', {class: 'edit', 'data-tone': job.tone, 'data-testid': `edit-${job.job_id}`},
      job.thumbnail ? el('img', {src: job.thumbnail.url, alt: '', loading: 'lazy'}) : el('span', {class: 'blank'}),
      el('div', {},
        el('p', {class: 'prompt'}, job.prompt || 'Followed by its request id'),
        el('p', {class: 'note'}, [job.title, job.when, job.time, job.cost].filter(Boolean).join(' · ')),
        el('div', {class: 'actions'}, job.actions.map(([action, label]) => el('button', {type: 'button', onclick: studio.press(() => trigger('act', {action, job_id: job.job_id}))}, label)),
          job.result ? el('a', {href: job.result.url, download: `edit-${job.job_id.slice(0, 8)}.mp4`}, 'Download') : null)));
    const draw = () => {
      const jobs = (props.value && props.value.jobs) || [];
      element.replaceChildren(studio.title(props.heading), jobs.length ? el('div', {class: 'edits'}, jobs.map(card))
        : el('p', {class: 'empty'}, 'Nothing here yet. Every edit you start in this browser is kept in this list.'));
    };
    draw();
    window.addEventListener('studio:opened', (event) => event.detail === 'history' && trigger('select'));
    watch('value', draw);
  });

  /* Several results that play in step. value: {cells: [{prompt, title, message, video, still, tone}]} */
  studio.define('grid', ({element, props, watch}) => {
    let playing = false;
    let videos = [];
    const follow = () => {
      if (!element.isConnected || !playing || !videos.length) return;
      const lead = videos[0];
      videos.slice(1).forEach((one) => {
        const drift = one.currentTime - lead.currentTime;
        if (Math.abs(drift) > 0.25 && lead.currentTime < (one.duration || 0)) one.currentTime = lead.currentTime;
        else one.playbackRate = 1 - Math.max(-0.08, Math.min(0.08, drift));
      });
      requestAnimationFrame(follow);
    };
    const setPlaying = (on) => {
      playing = on;
      button.textContent = on ? 'Pause all' : 'Play all';
      videos.forEach((one) => (on ? one.play().catch(() => {}) : one.pause()));
      if (on) requestAnimationFrame(follow);
    };
    const button = el('button', {type: 'button', class: 'playall', onclick: () => setPlaying(!playing)}, 'Play all');
    const draw = () => {
      const cells = (props.value && props.value.cells) || [];
      const kept = new Map(videos.map((one) => [one.getAttribute('src'), one]));
      videos = [];
      const nodes = cells.map((cell, index) => {
        let picture = el('div', {class: 'waiting'}, cell.still ? el('img', {src: cell.still.url, alt: ''}) : null);
        if (cell.video) {
          picture = kept.get(cell.video.url) || el('video', {src: cell.video.url, playsinline: true, loop: true, preload: 'auto', 'aria-label': `Result ${index + 1}`});
          picture.muted = true;
          videos.push(picture);
        }
        return el('figure', {'data-tone': cell.tone, 'data-testid': `cell-${index + 1}`}, picture, el('figcaption', {}, el('b', {}, cell.title), el('span', {}, cell.prompt), cell.message ? el('small', {}, cell.message) : null));
      });
      element.replaceChildren(el('div', {class: 'grid', 'data-count': cells.length}, nodes), videos.length > 1 ? button : '');
      if (videos.length && cells.every((cell) => cell.video || cell.tone === 'bad') && !studio.stillWanted()) setPlaying(true);
    };
    draw();
    watch('value', draw);
  });
})();
