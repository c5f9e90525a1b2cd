// What the page asks its own server. The token lives in this tab only.

const KEY = 'weir-token';
const PATIENCE_MS = 10000;

/** A refusal in the server's words; status 0: there was no answer. */
export class Refusal extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

export const token = {
  get: () => sessionStorage.getItem(KEY) || '',
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => sessionStorage.removeItem(KEY),
};

function noAnswer() {
  throw new Refusal(0, 'weir does not answer.');
}

async function ask(method, path, body) {
  const headers = {};
  if (token.get()) headers.Authorization = 'Bearer ' + token.get();
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const response = await fetch('/api/v1/' + path, {
    method, headers, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS),
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(noAnswer);
  if (!response.ok)
    throw new Refusal(response.status, (await response.text().catch(noAnswer)).trim());
  return response.json().catch(noAnswer);  // it may stop in the middle
}

export function read(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== '' && value !== 0);
  const query = new URLSearchParams(given).toString();
  return ask('GET', query ? path + '?' + query : path);
}

const backendPath = (pool, backend) =>
    `pools/${encodeURIComponent(pool)}/backends/${encodeURIComponent(backend)}`;

export const change = {
  state: (pool, backend, state, endSessions) =>
      ask('PUT', backendPath(pool, backend) + '/state', {state, end_sessions: endSessions}),
  weight: (pool, backend, weight) =>
      ask('PUT', backendPath(pool, backend) + '/weight', {weight}),
  endSessionsOf: (pool, backend) => ask('DELETE', backendPath(pool, backend) + '/sessions'),
  endSession: (id) => ask('DELETE', 'sessions/' + encodeURIComponent(id)),
};
