// What is wrong with the page that is open, in words. Nothing here is part of the hub.
const wrong = [];
const say = (what, element) => wrong.push(what + ': ' + (element ? element.outerHTML.slice(0, 160) : ''));
const style = element => getComputedStyle(element);
const box = element => element.getBoundingClientRect();
const seen = element => element.getClientRects().length > 0 && style(element).visibility !== 'hidden'
  && box(element).width > 1 && box(element).height > 1 && box(element).right > 0;

// Words of others are words, not a program or a picture.
if (window.owned) say('a foreign program ran');
for (const element of document.querySelectorAll('script, iframe, object, embed, [onerror], [onload], [onclick]')) say('foreign', element);

// A phone held upright shows all of it.
const doc = document.documentElement;
if (doc.scrollWidth > doc.clientWidth) {
  const wide = [...document.querySelectorAll('main *')].filter(seen).find(element => box(element).right > doc.clientWidth + 1);
  say('wider than the window by ' + (doc.scrollWidth - doc.clientWidth), wide);
}

// Who does not see the page finds his way (WCAG 2.2: 1.3.1, 2.4.6, 4.1.2).
if (document.querySelectorAll('h1').length !== 1) say('there is not one heading');
if (!doc.lang || !document.title) say('language or title is missing');
const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
for (const id of ids.filter((id, place) => ids.indexOf(id) !== place)) say('two are called #' + id);
for (const field of document.querySelectorAll('input:not([type=hidden]):not([hidden]), select, textarea')) {
  if (field.labels.length === 0 && !field.getAttribute('aria-label')) say('a field without a label', field);
}
for (const target of document.querySelectorAll('button, a[href], summary')) {
  if (!target.textContent.trim() && !target.getAttribute('aria-label')) say('nameless', target);
}
let level = 1;
for (const heading of document.querySelectorAll('main h1, main h2, main h3, main h4')) {
  const its = Number(heading.tagName[1]);
  if (its > level + 1) say('a level is left out', heading);
  level = its;
}

// A finger hits it (2.5.8: 24 px).
for (const target of document.querySelectorAll('button, select, input:not([type=hidden]):not([type=checkbox]):not([type=radio])')) {
  if (seen(target) && (box(target).height < 24 || box(target).width < 24)) say('small', target);
}

// It can be read (1.4.3).
const parse = text => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return { rgb: [r, g, b], a }; };
const light = rgb => {
  const [r, g, b] = rgb.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = element => {
  for (let at = element; at; at = at.parentElement) {
    const ground = parse(style(at).backgroundColor);
    if (ground.a === 1) return ground.rgb;
  }
  return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255];
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || !seen(element) || element.closest('option, svg')) continue;
  const [one, other] = [light(parse(style(element).color).rgb), light(behind(element))].sort((a, b) => b - a);
  const size = parseFloat(style(element).fontSize);
  const large = size >= 24 || size >= 18.66 && Number(style(element).fontWeight) >= 700;
  const contrast = (one + 0.05) / (other + 0.05);
  if (contrast < (large ? 3 : 4.5)) say('contrast ' + contrast.toFixed(2), element);
}
return wrong;
