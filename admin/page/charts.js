// Small charts of the last five minutes: a line, its highest value, and the last one in words.
import {bytes, duration, percent, short} from './format.js';
import {find, make, setAttribute, setText} from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';
const SECONDS = 300;
const LEAST_SECONDS = 60;
const WIDTH = 300;
const HEIGHT = 60;

function svg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

class Chart {
  constructor(parent, title, show, floor) {
    this.title = title;
    this.show = show;
    this.floor = floor;
    this.value = make('strong', {}, '–');
    this.most = make('span', {className: 'muted'});
    this.area = svg('path', {class: 'area'});
    this.line = svg('path', {class: 'line', 'vector-effect': 'non-scaling-stroke'});
    this.image = svg('svg', {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img',
      'aria-label': `${title}: nothing seen yet`,
    });
    this.image.append(this.area, this.line);
    parent.append(make('figure', {},
        make('figcaption', {}, make('span', {}, title), this.value), this.image, this.most));
  }

  /** `points` are {time, value}, the oldest first. */
  draw(points, end) {
    if (points.length === 0) return;
    const top = Math.max(this.floor, ...points.map((point) => point.value));
    const span = Math.min(SECONDS, Math.max(LEAST_SECONDS, end - points[0].time));
    const x = (time) => (WIDTH * (1 - (end - time) / span)).toFixed(1);
    const y = (value) => (HEIGHT - 2 - (HEIGHT - 6) * value / top).toFixed(1);
    const line = points.map((point) => `${x(point.time)},${y(point.value)}`).join('L');
    setAttribute(this.line, 'd', 'M' + line);
    setAttribute(this.area, 'd', `M${x(points[0].time)},${HEIGHT}L${line}` +
        `L${x(points[points.length - 1].time)},${HEIGHT}Z`);
    const last = this.show(points[points.length - 1].value);
    const most = this.show(Math.max(...points.map((point) => point.value)));
    setText(this.value, last);
    const past = `in the last ${duration(span)}`;
    setText(this.most, `highest ${most} in ${duration(span)}`);
    setAttribute(this.image, 'aria-label', `${this.title}: ${last}; at most ${most} ${past}`);
  }
}

export class Charts {
  constructor() {
    const parent = find('charts');
    this.samples = [];
    this.sessions = new Chart(parent, 'Sessions', short, 4);
    this.rate = new Chart(parent, 'New sessions / s', short, 4);
    this.bytes = new Chart(parent, 'Relayed / s', bytes, 1024);
    this.busy = new Chart(parent, 'Busiest reactor', percent, 0.05);
  }

  /// The samples of a weir that is no more.
  forget() {
    this.samples = [];
  }

  get after() {
    return this.samples.length ? this.samples[this.samples.length - 1].number : 0;
  }

  show(history) {
    const fresh = history.samples;
    if (fresh.length && this.samples.length && fresh[0].number <= this.after) this.samples = [];
    this.samples.push(...fresh);
    const end = this.samples.length ? this.samples[this.samples.length - 1].time : 0;
    this.samples = this.samples.filter((sample) => sample.time > end - SECONDS - 1);
    const rates = (field) => this.samples.slice(1).map((sample, index) => {
      const before = this.samples[index];
      const seconds = Math.max(0.001, sample.time - before.time);
      return {time: sample.time, value: Math.max(0, sample[field] - before[field]) / seconds};
    });
    const levels = (value) =>
        this.samples.map((sample) => ({time: sample.time, value: value(sample)}));
    this.sessions.draw(levels((sample) => sample.sessions_active), end);
    this.rate.draw(rates('accepted'), end);
    this.bytes.draw(rates('relayed_bytes'), end);
    this.busy.draw(levels((sample) => Math.max(0, ...sample.busy_shares)), end);
  }
}
