// Numbers for people. What is not known is a dash.

const DASH = '–';
const whole = new Intl.NumberFormat('en', {maximumFractionDigits: 0});

function scaled(value, units, step) {
  let unit = 0;
  while (value >= step && unit < units.length - 1) {
    value /= step;
    ++unit;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return value.toFixed(digits) + units[unit];
}

export function count(value) {
  return value === null ? DASH : whole.format(value);
}

/** A count that may be large: 12.3 k. */
export function short(value) {
  return value < 10000 ? whole.format(value) : scaled(value, ['', ' k', ' M', ' G', ' T'], 1000);
}

export function bytes(value) {
  return scaled(value, [' B', ' KiB', ' MiB', ' GiB', ' TiB', ' PiB'], 1024);
}

export function limit(value) {
  return value === 0 ? '∞' : short(value);
}

export function percent(share) {
  return (share * 100).toFixed(share > 0 && share < 0.0995 ? 1 : 0) + ' %';
}

/** Short times, as they are measured. */
export function latency(seconds) {
  if (seconds === null || seconds === undefined) return DASH;
  if (seconds < 1) return (seconds * 1000).toFixed(seconds < 0.01 ? 2 : 0) + ' ms';
  return seconds.toFixed(1) + ' s';
}

/** Long times, in their two largest units. */
export function duration(seconds) {
  const rest = Math.max(0, Math.floor(seconds));
  if (rest < 60) return rest + ' s';
  if (rest < 3600)
    return Math.floor(rest / 60) + ' min' + (rest % 60 ? ' ' + (rest % 60) + ' s' : '');
  if (rest < 86400) return Math.floor(rest / 3600) + ' h ' + Math.floor(rest % 3600 / 60) + ' min';
  return Math.floor(rest / 86400) + ' d ' + Math.floor(rest % 86400 / 3600) + ' h';
}

/** The time of day, with the date where that is not today's. */
export function clock(unixSeconds) {
  const date = new Date(unixSeconds * 1000);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? date.toLocaleTimeString([], {hourCycle: 'h23'}) : moment(unixSeconds);
}

export function moment(unixSeconds) {
  return new Date(unixSeconds * 1000).toLocaleString([],
      {dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23'});
}

/** In UTC, as the log has it. */
export function stamp(unixSeconds) {
  return new Date(unixSeconds * 1000).toISOString();
}
