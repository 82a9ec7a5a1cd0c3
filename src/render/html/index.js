(() => {
  "use strict";
  const table = document.getElementById("lines");
  const place = document.getElementById("filters");
  if (!table || !place) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const cell = (row, at) => (row.cells[at] ? row.cells[at].textContent : "");
  const texts = rows.map((row) => row.textContent.toLowerCase());

  const labelled = (text, control) => {
    const label = document.createElement("label");
    label.append(text + " ", control);
    place.append(label);
    return control;
  };
  const choice = (text, values) => {
    const select = document.createElement("select");
    select.append(new Option("all", ""));
    for (const value of values) select.append(new Option(value, value));
    return labelled(text, select);
  };
  const distinct = (list) => Array.from(new Set(list)).filter(Boolean).sort();
  const search = labelled("Search", document.createElement("input"));
  search.type = "search";
  const result = choice("Result", distinct(rows.map((row) => cell(row, 1))));
  const from = choice("From", distinct(rows.map((row) => cell(row, 2))));
  const code = choice("Finding", distinct(rows.flatMap((row) => cell(row, 5).split(", "))));
  const count = document.createElement("output");
  count.setAttribute("aria-live", "polite");
  place.append(count);

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, at) => {
      const fits =
        words.every((word) => texts[at].includes(word)) &&
        (!result.value || cell(row, 1) === result.value) &&
        (!from.value || cell(row, 2) === from.value) &&
        (!code.value || cell(row, 5).split(", ").includes(code.value));
      row.hidden = !fits;
      if (fits) shown += 1;
    });
    count.textContent = shown + " of " + rows.length;
  };
  for (const control of [search, result, from, code]) control.addEventListener("input", filter);
  filter();

  Array.from(table.tHead.rows[0].cells).forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const keyed = rows.map((row) => [cell(row, at), row]);
      keyed.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
      if (!up) keyed.reverse();
      body.append(...keyed.map((pair) => pair[1]));
    });
  });
})();
