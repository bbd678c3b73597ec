// Suggestions below the field, as the combobox of the ARIA Authoring Practices: arrows move, Enter goes, Escape closes.
// The page does all else without this script.
"use strict";

const field = document.getElementById("place");
const list = document.getElementById("suggestions");
const told = document.getElementById("suggested");
let chosen = -1;
let asking = null;
let timer = 0;

field.setAttribute("role", "combobox");
field.setAttribute("aria-autocomplete", "list");
field.setAttribute("aria-controls", "suggestions");
close();

field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, 120);
});
field.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && !list.hidden) {
    event.preventDefault();
    const rows = list.children.length + 1;  // One more: nothing chosen.
    choose((chosen + 1 + step + rows) % rows - 1);
  } else if (event.key === "Enter" && chosen >= 0) {
    event.preventDefault();
    go(list.children[chosen]);
  } else if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    close();
  }
});
field.addEventListener("blur", close);
// Before the field loses the focus, and so before the list is gone.
list.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  const row = event.target.closest("li");
  if (row) go(row);
});

async function ask() {
  asking?.abort();
  const text = field.value.trim();
  if (!text) return close();
  asking = new AbortController();
  try {
    const query = new URLSearchParams(new FormData(field.form));
    const answer = await fetch(`/suggest?${query}`, { signal: asking.signal });
    if (document.activeElement === field) show(answer.ok ? await answer.json() : []);
  } catch {
    // Another letter was typed meanwhile, or there is no network: then there are no suggestions.
  }
}

function show(places) {
  list.replaceChildren(...places.map((place, number) => {
    const row = document.createElement("li");
    const area = document.createElement("span");
    row.id = `suggestion-${number}`;
    row.setAttribute("role", "option");
    row.dataset.href = place.href;
    area.textContent = place.area;
    row.append(place.name, area);
    return row;
  }));
  list.hidden = places.length === 0;
  told.textContent = list.hidden ? "" : told.dataset.text.replace("#", places.length);
  field.setAttribute("aria-expanded", String(!list.hidden));
  choose(-1);
}

function choose(number) {
  chosen = number;
  for (const [i, row] of [...list.children].entries()) row.setAttribute("aria-selected", String(i === number));
  if (number < 0) field.removeAttribute("aria-activedescendant");
  else field.setAttribute("aria-activedescendant", `suggestion-${number}`);
}

function close() {
  clearTimeout(timer);
  asking?.abort();
  show([]);
}

function go(row) {
  location.assign(`/${row.dataset.href}`);
}
