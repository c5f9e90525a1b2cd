// Elements that are made once and then only change where something is different, so that nothing
// flickers, a selection stays, and a screen reader is left alone. Text is always text, never HTML.

export const find = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** The head of a table: columns are {title, hint, number, key}. */
export function tableHead(table, columns, onSort) {
  const row = make('tr');
  for (const column of columns) {
    const cell = make('th', {scope: 'col'});
    if (column.number) cell.className = 'number';
    if (column.hint) cell.title = column.hint;
    if (column.sort && onSort) {
      const button = make('button', {type: 'button', className: 'sort'}, column.title);
      button.addEventListener('click', () => onSort(column.sort));
      cell.dataset.sort = column.sort;
      cell.append(button);
    } else {
      cell.append(column.hidden ? make('span', {className: 'unseen'}, column.title) : column.title);
    }
    row.append(cell);
  }
  table.append(make('thead', {}, row));
}

/** Children of a parent by key, behind that one if there is one, in the order of the last list. */
export class Rows {
  constructor(parent, create, after = null) {
    this.parent = parent;
    this.create = create;
    this.after = after;
    this.byKey = new Map();
  }

  /** `key` of an item names its row; a row's update(item) shows it. */
  show(items, key) {
    const seen = new Set();
    let place = this.after;
    for (const item of items) {
      const name = key(item);
      seen.add(name);
      let row = this.byKey.get(name);
      if (!row) {
        row = this.create(item);
        this.byKey.set(name, row);
      }
      row.update(item);
      const next = place ? place.nextSibling : this.parent.firstChild;
      if (next !== row.element) this.parent.insertBefore(row.element, next);
      place = row.element;
    }
    for (const [name, row] of this.byKey) {
      if (seen.has(name)) continue;
      row.element.remove();
      this.byKey.delete(name);
    }
  }
}

/** A row of cells by their columns: {title, number, text(item)} or {title, cell(item), update}. */
export function cellsRow(columns, item) {
  const element = make('tr');
  const updates = [];
  columns.forEach((column, index) => {
    const cell = make(index === 0 ? 'th' : 'td');
    if (index === 0) cell.scope = 'row';
    if (column.number) cell.className = 'number';
    cell.dataset.label = column.title;
    element.append(cell);
    if (column.fill) updates.push(column.fill(cell, item));
    else updates.push((now) => setText(cell, column.text(now)));
  });
  return {element, update: (now) => updates.forEach((update) => update(now))};
}

/** Calls `work` when typing has paused. */
export function afterTyping(input, work) {
  let timer = 0;
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(work, 200);
  });
}

/** "1 to 50 of 1,000", and a way to the others. */
export class Pager {
  constructor(parent, size, what, onTurn) {
    this.size = size;
    this.offset = 0;
    this.what = what;
    this.onTurn = onTurn;
    this.text = make('span', {className: 'muted'});
    this.back = make('button', {type: 'button'}, 'Previous');
    this.on = make('button', {type: 'button'}, 'Next');
    this.back.addEventListener('click', () => this.turn(-this.size));
    this.on.addEventListener('click', () => this.turn(this.size));
    parent.append(this.text, this.back, this.on);
  }

  turn(by) {
    this.offset = Math.max(0, this.offset + by);
    this.onTurn();
  }

  show(shown, matched, farthest) {
    const from = shown > 0 ? this.offset + 1 : 0;
    const to = this.offset + shown;
    const number = (value) => value.toLocaleString('en');
    setText(this.text, matched === 0 ? `no ${this.what}`
        : `${number(from)} to ${number(to)} of ${number(matched)} ${this.what}`);
    this.back.disabled = this.offset === 0;
    this.on.disabled = to >= Math.min(matched, farthest);
    const single = this.offset === 0 && to >= matched;
    this.back.hidden = this.on.hidden = single;
    if (shown === 0 && matched > 0 && this.offset > 0) this.turn(-this.offset);
  }
}
