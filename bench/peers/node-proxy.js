// Node.js as a plain TCP proxy: node-proxy.js LISTEN BACKEND [WORKERS]
//
// The idiom of its own manual (https://nodejs.org/api/net.html, stream.html, cluster.html): pipe each
// socket into the other, half-open allowed so that an end is passed on and not doubled, no delay.
// One process is one event loop; more than one worker goes through `cluster`.
'use strict';
const cluster = require('node:cluster');
const net = require('node:net');

const [listen, backend, workers = '1'] = process.argv.slice(2);
const at = (text) => {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
};

function serve() {
  const options = { allowHalfOpen: true, noDelay: true };
  net.createServer(options, (client) => {
    const server = net.connect({ ...at(backend), ...options });
    const end = () => {
      client.destroy();
      server.destroy();
    };
    client.on('error', end).pipe(server);
    server.on('error', end).pipe(client);
  }).listen({ ...at(listen), backlog: 4096 });
}

if (Number(workers) > 1 && cluster.isPrimary) {
  for (let i = 0; i < Number(workers); ++i) cluster.fork();
} else {
  serve();
}
