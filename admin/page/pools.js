// Pools with their backends, and the dialog that changes one.
import {change, read} from './api.js';
import {afterTyping, cellsRow, find, make, Pager, Rows, setAttribute, setText, tableHead}
  from './dom.js';
import {bytes, count, duration, latency, limit, moment, short} from './format.js';

const PAGE = 50;
const WORDS = {disabled: 'maintenance'};
const STATES = ['healthy', 'unhealthy', 'ejected', 'draining', 'disabled'];

export const stateWord = (state) => WORDS[state] || state;

export function statePill(cell) {
  const pill = make('span', {className: 'state'});
  const since = make('span', {className: 'muted'});
  cell.append(pill, ' ', since);
  return {
    show(state, text, title) {
      setAttribute(pill, 'data-state', state);
      setText(pill, stateWord(state));
      setText(since, text);
      if (cell.title !== title) cell.title = title;
    },
  };
}

const errorsOf = (backend) =>
    Object.values(backend.connect_errors).reduce((sum, value) => sum + value, 0);

function checkCell(cell) {
  const text = make('span');
  const cost = make('span', {className: 'muted'});
  cell.append(text, ' ', cost);
  return ({check}) => {
    setAttribute(text, 'class', check && check.result !== 'passed' ? 'badtext' : null);
    setText(text, check ? check.cause || check.result : '–');
    setText(cost, check ? latency(check.seconds) : '');
  };
}

/** What keeps a pool from serving as it is meant to. */
function troubleOf({panic, states, unresolved}) {
  const eligible = states.healthy + (panic ? states.unhealthy + states.ejected : 0);
  const troubles = [];
  if (eligible === 0) troubles.push('no eligible backend');
  else if (panic) troubles.push('panic: all are used');
  if (unresolved.length > 0) troubles.push(`unresolved: ${unresolved.join(', ')}`);
  return troubles.join(' · ');
}

export class Pools {
  constructor(refresh, act, confirm) {
    this.refresh = refresh;
    this.now = 0;
    this.filter = find('pools-filter');
    this.table = find('backends');
    this.columns = this.makeColumns();
    tableHead(this.table, this.columns);
    this.bodies = new Rows(this.table, (pool) => this.makePool(pool), this.table.tHead);
    this.pager = new Pager(find('pools-pager'), PAGE, 'backends', refresh);
    this.chips = new Rows(find('states'), (state) => this.makeChip(state));
    this.dialog = new ChangeDialog(act, confirm);
    afterTyping(this.filter, () => this.search());
  }

  makeColumns() {
    const number = (title, text, hint) => ({title, text, hint, number: true});
    return [
      {title: 'Backend', text: (backend) => backend.name},
      {title: 'State', hint: 'and since when', fill: (cell) => {
        const pill = statePill(cell);
        return (backend) => pill.show(backend.state, duration(this.now - backend.since),
            'since ' + moment(backend.since));
      }},
      {title: 'Last check', hint: 'what it found, and its cost', fill: checkCell},
      {title: 'Weight', number: true, hint: 'in use; configured, where that is another',
        text: ({weight, configured_weight: configured}) =>
            weight === configured ? String(weight) : `${weight} (${configured})`},
      number('Now', (backend) => short(backend.sessions_active), 'sessions now'),
      number('Most', (backend) => short(backend.sessions_most),
          'sessions at a time, the most that were seen, once a second'),
      number('Limit', (backend) => limit(backend.max_connections), 'max_connections'),
      number('Total', (backend) => short(backend.sessions_total), 'sessions so far'),
      number('In', (backend) => bytes(backend.received_bytes), 'bytes from the backend'),
      number('Out', (backend) => bytes(backend.sent_bytes), 'bytes to the backend'),
      number('Connect', (backend) => latency(backend.connect_seconds_mean),
          'time of a connect, on average'),
      number('Errors', (backend) => short(errorsOf(backend)), 'connects that failed'),
      number('Ejected', (backend) => count(backend.ejections), 'times'),
      number('Downtime', (backend) => duration(backend.downtime_seconds),
          'unhealthy or ejected, all in all'),
      {title: 'Change', hidden: true, fill: (cell, backend) => {
        const button = make('button', {type: 'button'}, 'Change');
        setAttribute(button, 'aria-label', 'Change ' + backend.name);
        cell.append(button);
        let latest = backend;
        button.addEventListener('click', () => this.dialog.open(latest.pool, latest));
        return (now) => {
          latest = now;
          button.hidden = !this.changes;
        };
      }},
    ];
  }

  makePool() {
    const element = make('tbody');
    const name = make('strong');
    const facts = make('span', {className: 'muted'});
    const warning = make('span', {className: 'badtext'});
    const cell = make('th', {scope: 'rowgroup', colSpan: this.columns.length, className: 'pool'},
        name, ' ', facts, ' ', warning);
    const head = make('tr', {}, cell);
    const rows = new Rows(element, (backend) => cellsRow(this.columns, backend));
    const headRow = {element: head, update: () => {}};
    rows.byKey.set('', headRow);
    return {
      element,
      update: (pool) => {
        setText(name, pool.name);
        const queue = pool.queue_limit > 0
          ? `queue ${short(pool.waiting)} now, ${short(pool.waiting_most)} most, ` +
            `${short(pool.queue_limit)} limit · ` : '';
        setText(facts, `${pool.balance} · sessions ${short(pool.sessions_active)} · ${queue}` +
            `retries ${short(pool.retries)} · without a backend ${short(pool.no_backend)}` +
            (pool.queue_rejected ? ` · without a place ${short(pool.queue_rejected)}` : ''));
        setText(warning, troubleOf(pool));
        const backends = pool.backends.map((backend) => ({...backend, pool: pool.name}));
        rows.show([{name: ''}, ...backends], (backend) => backend.name);
      },
    };
  }

  makeChip() {
    const element = make('button', {type: 'button', className: 'state'});
    let state = '';
    element.addEventListener('click', () => {
      const word = 'state:' + state;
      this.filter.value = this.filter.value.trim() === word ? '' : word;
      this.search();
    });
    return {
      element,
      update: (item) => {
        state = item.state;
        setAttribute(element, 'data-state', item.state);
        setAttribute(element, 'aria-pressed',
            String(this.filter.value.trim() === 'state:' + item.state));
        setText(element, `${short(item.count)} ${stateWord(item.state)}`);
      },
    };
  }

  search() {
    this.pager.offset = 0;
    this.refresh();
  }

  load() {
    return read('pools', {filter: this.filter.value.trim(), offset: this.pager.offset, limit: PAGE});
  }

  show(answer, now, changes) {
    this.now = now;
    this.changes = changes;
    const counts = STATES.map((state) => ({
      state, count: answer.pools.reduce((sum, pool) => sum + (pool.states[state] || 0), 0),
    }));
    this.chips.show(counts.filter((item) => item.count > 0), (item) => item.state);
    const isWhole = this.filter.value.trim() === '' && this.pager.offset === 0;
    const pools = answer.pools.filter((pool) => pool.backends.length > 0 ||
        isWhole && (pool.unresolved.length > 0));
    this.bodies.show(pools, (pool) => pool.name);
    const shown = pools.reduce((sum, pool) => sum + pool.backends.length, 0);
    this.pager.show(shown, answer.matched, Infinity);
  }
}

class ChangeDialog {
  constructor(act, confirm) {
    this.act = act;
    this.confirm = confirm;
    this.element = find('change');
    this.form = this.element.querySelector('form');
    this.fault = this.element.querySelector('.fault');
    const field = (name) => this.form.elements.namedItem(name);
    this.weight = field('weight');
    this.end = field('end');
    this.form.addEventListener('change', () => this.settle());
    field('apply').addEventListener('click', (click) => {
      click.preventDefault();  // the dialog closes when it is done
      this.apply();
    });
    field('end-sessions').addEventListener('click', () => this.endSessions());
  }

  open(pool, backend) {
    this.pool = pool;
    this.backend = backend;
    setText(find('change-title'), `${backend.name} in ${pool}`);
    setText(find('change-weight-hint'), `configured: ${backend.configured_weight}`);
    this.form.elements.namedItem('state').value = backend.wanted;
    this.weight.value = backend.weight;
    this.end.checked = false;
    setText(this.fault, '');
    this.settle();
    this.element.showModal();
  }

  get state() {
    return this.form.elements.namedItem('state').value;
  }

  settle() {
    this.end.disabled = this.state === 'ready';
    if (this.end.disabled) this.end.checked = false;
  }

  apply() {
    const {pool, backend, state} = this;
    const end = this.end.checked;
    const weight = this.weight.value === '' ? null : Number(this.weight.value);
    if (weight !== null && !this.weight.reportValidity()) return;
    this.run(async () => {
      if (state !== backend.wanted || end) await change.state(pool, backend.name, state, end);
      if (weight === null || weight !== backend.weight)
        await change.weight(pool, backend.name, weight === backend.configured_weight ? null : weight);
    }, `${backend.name} is changed`);
  }

  async endSessions() {
    const {pool, backend} = this;
    if (!await this.confirm(`End all sessions of ${backend.name} in ${pool}?`)) return;
    this.run(() => change.endSessionsOf(pool, backend.name),
        `the sessions of ${backend.name} are being ended`);
  }

  async run(work, done) {
    setText(this.fault, '');
    const fault = await this.act(work, done);
    if (fault) setText(this.fault, fault);
    else this.element.close();
  }
}
