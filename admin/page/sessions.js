// The table of live sessions: filtered, sorted and paged by the server.
import {change, read} from './api.js';
import {afterTyping, cellsRow, find, make, Pager, Rows, setAttribute, setText, tableHead}
  from './dom.js';
import {bytes, duration, latency} from './format.js';

const PAGE = 20;
const FARTHEST = 10000;
const PATIENCE_MS = 1000;
const NO_ANSWER = [0, 504];  // of all reactors, in time

const later = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function tcpCell(field) {
  return (cell) => {
    const rtt = make('span');
    const rest = make('span', {className: 'muted'});
    cell.append(rtt, ' ', rest);
    return (session) => {
      const tcp = session[field];
      setText(rtt, tcp ? latency(tcp.rtt_seconds) : '–');
      setText(rest, tcp ? `${tcp.retransmits} again · window ${tcp.congestion_window}` +
          (tcp.unacked ? ` · ${tcp.unacked} unacked` : '') : '');
    };
  };
}

export class Sessions {
  constructor(refresh, act, confirm) {
    this.refresh = refresh;
    this.sort = '-age';
    this.isAsked = false;
    this.filter = find('sessions-filter');
    this.note = find('sessions-note');
    this.table = find('sessions');
    const number = (title, sort, text, hint) => ({title, sort, text, hint, number: true});
    this.columns = [
      {title: 'Client', text: (session) => session.client},
      {title: 'Listener', text: (session) => session.listener},
      {title: 'Backend', text: (session) => `${session.pool}/${session.backend || '–'}`},
      {title: 'Stage', text: (session) => session.stage.replace('_', ' ')},
      number('Age', 'age', (session) => duration(session.age_seconds)),
      number('Idle', 'idle', (session) => duration(session.idle_seconds),
          'since bytes moved, or its stage changed'),
      number('Received', 'received', (session) => bytes(session.received_bytes),
          'from the client'),
      number('Sent', 'sent', (session) => bytes(session.sent_bytes), 'to the client'),
      number('Unsent', 'unsent', (session) =>
          bytes(session.unsent_to_backend_bytes + session.unsent_to_client_bytes),
      'held back because a reader is slow'),
      number('Attempts', 'attempts', (session) => String(session.attempts), 'backends tried'),
      {title: 'Client TCP', hint: 'round trip, segments sent again, congestion window',
        fill: tcpCell('client_tcp')},
      {title: 'Backend TCP', hint: 'round trip, segments sent again, congestion window',
        fill: tcpCell('backend_tcp')},
      {title: 'End', hidden: true, fill: (cell, session) => {
        const button = make('button', {type: 'button', className: 'bad'}, 'End');
        setAttribute(button, 'aria-label', `End the session of ${session.client}`);
        cell.append(button);
        button.addEventListener('click', async () => {
          if (!await confirm(`End the session of ${session.client}?`)) return;
          act(() => change.endSession(session.id), `the session of ${session.client} has ended`);
        });
        return () => {
          button.hidden = !this.changes;
        };
      }},
    ];
    tableHead(this.table, this.columns, (key) => this.sortBy(key));
    this.table.append(make('tbody'));
    this.rows = new Rows(this.table.tBodies[0], (session) => cellsRow(this.columns, session));
    this.pager = new Pager(find('sessions-pager'), PAGE, 'sessions', refresh);
    afterTyping(this.filter, () => this.search());
    this.showSort();
  }

  sortBy(key) {
    this.sort = this.sort === '-' + key ? key : '-' + key;
    this.showSort();
    this.search();
  }

  showSort() {
    for (const cell of this.table.tHead.rows[0].cells) {
      if (!cell.dataset.sort) continue;
      const isThis = this.sort.replace('-', '') === cell.dataset.sort;
      const way = this.sort.startsWith('-') ? 'descending' : 'ascending';
      setAttribute(cell, 'aria-sort', isThis ? way : null);
    }
  }

  search() {
    this.pager.offset = 0;
    this.refresh();
  }

  /**
   * Resolves when they are shown, or after a while: every reactor is asked, and one that is stuck
   * must not hold up the rest of the page.
   */
  async update(changes) {
    if (this.isAsked) return;
    this.isAsked = true;
    const shown = this.load(changes).finally(() => {
      this.isAsked = false;
    });
    await Promise.race([shown, later(PATIENCE_MS)]);
    if (this.isAsked) setText(this.note, 'A reactor does not answer. What is shown is older.');
  }

  async load(changes) {
    try {
      this.show(await read('sessions', {filter: this.filter.value.trim(), sort: this.sort,
        offset: this.pager.offset, limit: PAGE, tcp: 1}), changes);
      setText(this.note, '');
    } catch (error) {
      if (!NO_ANSWER.includes(error.status)) throw error;
    }
  }

  show(answer, changes) {
    this.changes = changes;
    this.rows.show(answer.sessions, (session) => session.id);
    this.pager.show(answer.sessions.length, answer.matched, FARTHEST);
  }
}
