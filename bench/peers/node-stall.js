// Preloaded into the Node.js proxy by bench/stall: when the file named by STALL_FILE appears, a handler
// of the event loop keeps it busy for as many milliseconds as the file says.
'use strict';
const fs = require('node:fs');

setInterval(() => {
  let text;
  try {
    text = fs.readFileSync(process.env.STALL_FILE, 'utf8');
    fs.unlinkSync(process.env.STALL_FILE);
  } catch {
    return;  // nobody asks for a stall
  }
  const end = Date.now() + Number(text.split(' ').pop());
  while (Date.now() < end);
}, 5);
