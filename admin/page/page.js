// The page: asks every part of it every two seconds while somebody looks, and shows what came.
import {read, Refusal, token} from './api.js';
import {Charts} from './charts.js';
import {find, setAttribute, setText} from './dom.js';
import {clock, duration} from './format.js';
import {Closed, Events, Listeners, Reactors} from './lists.js';
import {Pools} from './pools.js';
import {Sessions} from './sessions.js';

const INTERVAL_MS = 2000;
const MOST_EVENTS = 50;

const fault = find('fault');
let timer = 0;
let isPaused = false;
let isLoading = false;
let isStale = false;
let isTokenDeclined = false;  // who has said Cancel is not asked again every two seconds
let uptime = 0;
let shownAt = Date.now() / 1000;

/** What the server says to a change; the fault in words, or nothing. */
async function act(work, done) {
  try {
    await work();
    setText(find('news'), done);
    refresh();
    return '';
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.status !== 401) return error.message;
    if (!await askForToken(error.message)) return 'This needs the token.';
    return act(work, done);
  }
}

/** Resolves with what the dialog's button says. */
function asked(dialog) {
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue), {once: true});
  });
}

async function askForToken(why) {
  const dialog = find('ask-token');
  const field = dialog.querySelector('input');
  setText(dialog.querySelector('.fault'), why);
  dialog.querySelector('[value=forget]').hidden = !token.get();
  field.value = '';
  const choice = await asked(dialog);
  if (choice === 'forget') token.forget();
  if (choice === 'use' && field.value) token.set(field.value.trim());
  field.value = '';
  isTokenDeclined = choice !== 'use';
  return !isTokenDeclined;
}

/** The same, where no dialog is open to show the fault. */
async function actAndTell(work, done) {
  const refusal = await act(work, done);
  if (refusal) setText(find('news'), refusal);
}

async function confirm(question) {
  setText(find('confirm-title'), question);
  return await asked(find('confirm')) === 'yes';
}

const charts = new Charts();
const pools = new Pools(refresh, act, confirm);
const sessions = new Sessions(refresh, actAndTell, confirm);
const reactors = new Reactors();
const listeners = new Listeners();
const events = new Events();
const closed = new Closed();

function showProcess(process) {
  setText(find('process'), `${process.version} · ${process.state} · ` +
      `up ${duration(process.uptime_seconds)} · at most ` +
      `${process.max_connections.toLocaleString('en')} connections`);
  document.title = `weir · ${process.sessions_active} sessions`;
  find('token').hidden = !process.changes && !token.get();
}

async function load() {
  const process = await read('process');
  if (process.uptime_seconds < uptime) charts.forget();  // another one has taken its place
  uptime = process.uptime_seconds;
  const [poolsNow, reactorsNow, listenersNow, eventsNow, history] = await Promise.all([
    pools.load(), read('reactors'), read('listeners'),
    read('events', {limit: MOST_EVENTS}), read('history', {after: charts.after}),
    sessions.update(process.changes),
  ]);
  showProcess(process);
  pools.show(poolsNow, process.time, process.changes);
  reactors.show(reactorsNow);
  listeners.show(listenersNow.listeners);
  events.show(eventsNow.events);
  charts.show(history);
  closed.show(history.closed);
}

async function refresh() {
  if (isLoading) {
    isStale = true;
    return;
  }
  isLoading = true;
  clearTimeout(timer);
  try {
    isStale = false;
    await load();
    fault.hidden = true;
    shownAt = Date.now() / 1000;
    setAttribute(document.body, 'data-loaded', 'true');
  } catch (error) {
    await showFault(error);
  } finally {
    isLoading = false;
  }
  const isWanted = !isPaused && !document.hidden;
  if (isStale) timer = setTimeout(refresh, 0);
  else if (isWanted) timer = setTimeout(refresh, INTERVAL_MS);
}

async function showFault(error) {
  if (!(error instanceof Refusal)) console.error(error);  // a mistake of the page: it goes on
  setText(fault, error.status ? error.message
      : `${error.message} What is shown is of ${clock(shownAt)}.`);
  fault.hidden = false;
  if (error.status === 401 && !isTokenDeclined && !find('ask-token').open)
    isStale = await askForToken(error.message);
}

find('pause').addEventListener('click', (click) => {
  isPaused = !isPaused;
  setAttribute(click.currentTarget, 'aria-pressed', String(isPaused));
  setText(click.currentTarget, isPaused ? 'Go on' : 'Pause');
  if (!isPaused) refresh();
});
find('token').addEventListener('click', async () => {
  await askForToken('');
  refresh();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && !isPaused) refresh();
});
refresh();
