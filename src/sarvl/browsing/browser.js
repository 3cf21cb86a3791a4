"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const PER_PAGE = 24, REJECTS = 200, SVG = "http://www.w3.org/2000/svg";
  const at = (id) => document.getElementById(id), all = (what) => document.querySelectorAll(what);
  const COLUMNS = [...all("th")].map((head) => head.textContent);
  const make = (tag, text, parent) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (parent) parent.append(element);
    return element;
  };
  const distinct = (values) => [...new Set(values)].sort();
  const classes = distinct(data.images.flatMap((image) => image.classes));
  const colourOf = new Map(Object.entries(data.colours));

  const filters = at("filters"), chosen = {};
  const choice = (name, values) => {
    const select = make("select", undefined, make("label", name, filters));
    select.append(new Option("all", ""));
    for (const value of values) select.append(new Option(value, "=" + value));
    select.addEventListener("change", () => { chosen[name] = select.value.slice(1); chosen[name + "?"] = select.value !== ""; show(0); });
  };
  choice("source", distinct(data.images.map((image) => image.source).concat(data.rejects.map((reject) => reject[0]))));
  choice("split", distinct(data.images.map((image) => image.split)));
  choice("class", classes);
  choice("family", distinct(data.images.flatMap((image) => image.texts.map((text) => text[1]))));
  choice("refused", distinct(data.rejects.map((reject) => reject[2])));
  const search = make("input", undefined, make("label", "words in texts or file", filters));
  search.type = "search";
  search.addEventListener("input", () => show(0));
  const boxesLabel = make("label", undefined, filters), boxes = make("input", undefined, boxesLabel);
  boxes.type = "checkbox"; boxes.checked = true; boxesLabel.className = "row"; boxesLabel.append("boxes");
  boxes.addEventListener("change", () => show(page));
  filters.addEventListener("submit", (event) => event.preventDefault());

  const asks = (name, has) => !chosen[name + "?"] || has(chosen[name]);
  const fits = (image, word) =>
    asks("source", (value) => image.source === value) &&
    asks("split", (value) => image.split === value) &&
    asks("class", (value) => image.classes.includes(value)) &&
    asks("family", (value) => image.texts.some((text) => text[1] === value)) &&
    (!word || image.id.toLowerCase().includes(word) || image.texts.some((text) => (text[2] + " " + text[3]).toLowerCase().includes(word)));

  const drawBoxes = (image, frame) => {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${Number(image.width)} ${Number(image.height)}`);
    svg.setAttribute("preserveAspectRatio", "none");
    for (const [name, corners] of image.objects) {
      const polygon = document.createElementNS(SVG, "polygon");
      polygon.setAttribute("points", corners.map(Number).join(" "));
      polygon.setAttribute("stroke", colourOf.get(name));
      const title = document.createElementNS(SVG, "title");
      title.textContent = name;
      polygon.append(title);
      svg.append(polygon);
    }
    frame.append(svg);
  };
  const drawTexts = (image, caption) => {
    const list = make("ul", undefined, caption);
    for (const [kind, family, text, answer] of image.texts) {
      if (!asks("family", (value) => family === value)) continue;
      const item = make("li", undefined, list);
      make("b", kind === "question" ? "question: " + family : family, item);
      item.append(text + (answer ? " → " + answer : ""));
    }
    if (image.moreTexts) make("li", `${image.moreTexts} more texts are left out`, list);
  };
  const draw = (image) => {
    const figure = make("figure"), frame = make("div", undefined, figure), caption = make("figcaption", undefined, figure);
    frame.className = "picture";
    if (image.picture) {
      const picture = make("img", undefined, frame);
      picture.alt = image.id;
      picture.src = "data:image/jpeg;base64," + image.picture;
      if (boxes.checked) drawBoxes(image, frame);
    } else {
      make("div", "cannot be shown: " + image.problem, frame).className = "problem";
    }
    make("h3", image.id, caption);
    make("div", `${image.split} · ${image.width} × ${image.height}` + (image.label ? ` · ${image.label}` : ""), caption).className = "soft";
    const counts = new Map();
    for (const [name] of image.objects) counts.set(name, (counts.get(name) || 0) + 1);
    const named = make("div");
    named.className = "classes";
    for (const [name, count] of counts) make("span", `${name} ${count}`, named).style.setProperty("--mark", colourOf.get(name));
    for (const [name, share] of image.cover) make("span", `${name} ${share} %`, named);
    if (image.moreObjects) make("span", `${image.moreObjects} more objects are not drawn`, named);
    if (named.childElementCount) caption.append(named);
    drawTexts(image, caption);
    for (const note of image.notes) make("div", note, caption).className = "soft small";
    return figure;
  };

  let page = 0;
  const show = (number) => {
    const word = search.value.trim().toLowerCase();
    const fitting = data.images.filter((image) => fits(image, word));
    const last = Math.max(0, Math.ceil(fitting.length / PER_PAGE) - 1);
    page = Math.min(Math.max(0, number), last);
    at("gallery").replaceChildren(...fitting.slice(page * PER_PAGE, (page + 1) * PER_PAGE).map(draw));
    for (const told of all(".told")) told.textContent = `${fitting.length} of ${data.images.length} images · page ${page + 1} of ${last + 1}`;
    for (const back of all(".back")) back.disabled = page === 0;
    for (const next of all(".next")) next.disabled = page === last;
    const refused = data.rejects.filter((reject) =>
      asks("source", (value) => reject[0] === value) && asks("refused", (value) => reject[2] === value) &&
      (!word || reject.some((part) => part.toLowerCase().includes(word))));
    at("rejectsTold").textContent = refused.length > REJECTS ? `${refused.length} fit the filters; the first ${REJECTS} are listed.` : `${refused.length} fit the filters.`;
    at("rejects").replaceChildren(...refused.slice(0, REJECTS).map((reject) => {
      const line = make("tr");
      reject.forEach((part, index) => { make("td", part, line).dataset.column = COLUMNS[index]; });
      return line;
    }));
  };
  const turn = (by) => { show(page + by); filters.scrollIntoView(); };
  for (const back of all(".back")) back.addEventListener("click", () => turn(-1));
  for (const next of all(".next")) next.addEventListener("click", () => turn(1));
  show(0);
})();
