/* What the two videos of a share page are given; see Wipe for the value. */
studio.shared = () => {
  const element = document.getElementById('stage');
  const {original, edited, poster, audio} = element.dataset;
  const file = (address) => (address ? {url: address} : null);
  const value = {before: file(original), after: file(edited), poster: file(poster), caption: '', state: 'result', audio: audio === 'true'};
  return [element, {value}, () => {}];
};
