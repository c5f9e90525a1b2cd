// The smaller tables: reactors, listeners, changes of state, endings.
import {cellsRow, find, make, Rows, setAttribute, setText, tableHead} from './dom.js';
import {bytes, clock, count, latency, limit, percent, short, stamp} from './format.js';
import {statePill} from './pools.js';

const number = (title, text, hint) => ({title, text, hint, number: true});

/** A number with a bar that shows how much of `most` it is. */
function bar(title, value, text, hint) {
  return {title, hint, number: true, fill: (cell) => {
    const label = make('span');
    cell.append(label);
    cell.classList.add('bar');
    return (item) => {
      setText(label, text(item));
      cell.style.setProperty('--share', String(Math.min(1, value(item))));
    };
  }};
}

class List {
  constructor(id, columns, key) {
    const table = find(id);
    tableHead(table, columns);
    table.append(make('tbody'));
    this.rows = new Rows(table.tBodies[0], (item) => cellsRow(columns, item));
    this.key = key;
  }

  show(items) {
    this.rows.show(items, this.key);
  }
}

export class Reactors extends List {
  constructor() {
    super('reactors', [
      {title: 'Reactor', text: (item) => String(item.reactor)},
      bar('Sessions', (item) => item.share, (item) => short(item.sessions_active)),
      bar('Busy', (item) => item.busy_share, (item) => percent(item.busy_share),
          'share of its time, in the last one to two seconds'),
      number('Lag', (item) => latency(item.lag_seconds_mean), 'how late its timers fire'),
      number('Stalls', (item) => item.stalls === undefined ? '–' : count(item.stalls)),
      number('Placed', (item) => short(item.sessions_placed), 'sessions so far'),
      number('Relayed', (item) => bytes(item.relayed_bytes)),
      number('Held back', (item) => bytes(item.buffer_bytes), 'because readers are slow'),
      number('Pipes', (item) => count(item.pipes_open)),
      number('Faults', (item) => count(item.handler_faults)),
    ], (item) => item.reactor);
  }

  show(answer) {
    const most = Math.max(1, ...answer.reactors.map((item) => item.sessions_active));
    super.show(answer.reactors.map((item) => ({...item, share: item.sessions_active / most})));
    const {sessions, busy} = answer.imbalance;
    setText(find('imbalance'), `largest over mean: sessions ${sessions.toFixed(2)}, ` +
        `busy ${busy.toFixed(2)}`);
  }
}

export class Listeners extends List {
  constructor() {
    super('listeners', [
      {title: 'Listener', text: (item) => item.name},
      {title: 'Address', text: (item) => item.address},
      {title: 'Pool', text: (item) => item.pool},
      number('Now', (item) => short(item.sessions_active), 'sessions now'),
      number('Limit', (item) => limit(item.max_connections), 'max_connections'),
      number('Accepted', (item) => short(item.accepted)),
      number('Errors', (item) => short(item.accept_errors), 'of accept'),
      number('In', (item) => bytes(item.received_bytes), 'bytes from clients'),
      number('Out', (item) => bytes(item.sent_bytes), 'bytes to clients'),
    ], (item) => item.name);
  }
}

export class Events extends List {
  constructor() {
    super('events', [
      {title: 'Time', fill: (cell) => (item) => {
        setText(cell, clock(item.time));
        setAttribute(cell, 'title', stamp(item.time));
      }},
      {title: 'Backend', text: (item) => `${item.pool}/${item.backend}`},
      {title: 'Became', fill: (cell) => {
        const pill = statePill(cell);
        return (item) => pill.show(item.to, '', `it was ${item.from}`);
      }},
      {title: 'Because', text: (item) => item.cause},
    ], (item) => item.number);
  }
}

export class Closed extends List {
  constructor() {
    super('closed', [
      {title: 'Who, how, when', text: (item) => `${item.who} / ${item.how} / ${item.phase}`},
      number('In 5 min', (item) => short(item.recent)),
      number('Since the start', (item) => short(item.total)),
    ], (item) => `${item.who}/${item.how}/${item.phase}`);
  }

  show(items) {
    super.show([...items].sort((a, b) => b.recent - a.recent || b.total - a.total));
  }
}
