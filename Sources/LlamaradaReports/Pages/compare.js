// The heat map of a comparison: operations by layers.

const { layers, tensors } = report;
const operations = [...new Set(tensors.map((t) => t.operation))];
const phases = [...new Set(tensors.map((t) => t.phase))];
const phaseNames = { prompt: "Prompt", decode: "Decoding" };
const hasAlone = tensors.some((t) => t.alone);
const isFiles = report.kind === "files";
const failing = tensors.find((t) => t.alone && t.alone.cause);

const views = [];
if (hasAlone) views.push({
  id: "alone", title: "Each operation alone",
  text: "Every operation run by itself on the other side's input: what it adds, without what it was handed.",
  value: (t) => t.alone && t.alone.nmse,
  over: (t) => t.alone && t.alone.cause,
});
views.push({
  id: "end", title: "End to end",
  text: "The tensors of the whole run: each carries the rounding of everything before it."
    + (report.cache_type_k === "f16" && !isFiles ? " Steps come from the f16 cache, where a rounding error now and"
      + " then moves a key or value to the neighbouring f16 number." : ""),
  value: (t) => t.nmse,
  over: (t) => report.end_to_end_bound !== null && (t.nmse === null || t.nmse > report.end_to_end_bound),
});
const state = {
  view: views.find((view) => view.id === (hasAlone && (isFiles || failing) ? "alone" : "end")),
  phase: failing ? failing.phase : phases[0],
};

// The colour of an error, from blue at 1e-16 to red at 1.
const stops = [[46, 84, 150], [38, 130, 142], [53, 160, 107], [170, 190, 60], [240, 170, 40], [214, 73, 40]];
const leastExponent = -16;
function colour(value) {
  if (value === 0) return "var(--same)";
  if (value === null) return "rgb(214 73 40)";
  const share = Math.min(1, Math.max(0, 1 - Math.log10(value) / leastExponent));
  const place = share * (stops.length - 1), index = Math.min(stops.length - 2, Math.floor(place));
  const mixed = stops[index].map((from, i) => Math.round(from + (stops[index + 1][i] - from) * (place - index)));
  return `rgb(${mixed.join(" ")})`;
}

const atMost = (bound) => bound === null ? "" : ` (at most ${number(bound)})`;
const element = (at) =>
  `token ${at.token}, column ${at.column}: ${at.examined ?? "not finite"} for ${at.against ?? "not finite"}`;
function details(t) {
  const rows = [["kernel", t.kernel + (t.weight_type ? " " + t.weight_type : "")]];
  if (t.weight) rows.push(["weight", t.weight]);
  if (t.alone) {
    const { nmse, element: error, at, bound_nmse, bound_element, share } = t.alone;
    rows.push(["alone, NMSE", number(nmse) + atMost(bound_nmse)]);
    rows.push(["alone, of magnitude", number(error) + atMost(bound_element)]);
    if (error) rows.push(["worst alone at", element(at)]);
    if (bound_nmse !== null) rows.push(["uses of its bound", share === null ? "far beyond" : percent(share)]);
  }
  rows.push(["end to end, NMSE", number(t.nmse)], ["1 − cosine", number(1 - t.cosine)],
    ["largest error", number(t.max_abs)]);
  if (t.max_abs) rows.push(["at", element(t.max_abs_at)]);
  rows.push(["values", `${t.count}, ${t.differing} differ`]);
  const notFinite = [t.non_finite_examined, t.non_finite_against];
  if (notFinite[0] + notFinite[1]) rows.push(["not finite", notFinite.join(" for ")]);
  return rows;
}

function drawMap() {
  const { view, phase } = state;
  byId("explanation").textContent = view.text;
  const [left, top, height] = [118, 8, 20];
  const size = Math.max(16, Math.min(30, Math.floor(960 / (layers + 2))));
  const bottom = top + operations.length * height;
  // What belongs to no layer stands before the first or after the last.
  const column = (t) => t.layer !== null ? t.layer + 1 : t.operation === operations[0] ? 0 : layers + 1;
  const svg = picture(left + (layers + 2) * size + 8, bottom + 26, "Heat map of differences by operation and layer");
  operations.forEach((name, row) =>
    svg.append(node("text", { x: left - 8, y: top + row * height + 14, "text-anchor": "end" }, name)));
  const below = { y: bottom + 16, class: "quiet" };
  for (let layer = 0; layer < layers; layer += size < 22 ? 2 : 1) {
    svg.append(node("text", { ...below, x: left + (layer + 1.5) * size, "text-anchor": "middle" }, layer));
  }
  svg.append(node("text", { ...below, x: left - 8, "text-anchor": "end" }, "layer"));
  for (const t of tensors.filter((t) => t.phase === phase)) {
    const cell = node("rect", {
      x: left + column(t) * size + 1, y: top + operations.indexOf(t.operation) * height + 1, width: size - 2,
      height: height - 2, rx: 2.5, class: view.over(t) ? "cell over" : "cell",
    });
    cell.style.fill = colour(view.value(t));
    hover(cell, (t.layer === null ? "" : `Layer ${t.layer}, `) + t.operation, details(t));
    svg.append(cell);
  }
  byId("map").replaceChildren(svg);
}

function drawLegend() {
  const beyond = legendItem("none", "beyond the bound");
  beyond.firstChild.style.border = "2px solid var(--bad)";
  byId("legend").replaceChildren("log₁₀ NMSE",
    ...[-16, -13, -10, -7, -4, -1].map((e) => legendItem(colour(10 ** e), (e === -16 ? "≤ −" : "−") + -e)),
    legendItem(colour(0), "the same values"), beyond);
}

function drawFacts() {
  const { logits } = report;
  const shares = tensors.map((t) => t.alone && t.alone.share).filter((share) => typeof share === "number");
  const facts = [[report.tokens.length, `tokens, ${report.prompt_tokens} as a prompt`]];
  if (logits.positions.length) facts.push(
    [number(logits.mean_kl), "nats of mean KL divergence"],
    [`${logits.same_top1} of ${logits.positions.length}`, "same likeliest token"],
    [percent(logits.mean_top5), "of the likeliest five shared"]);
  if (shares.length) facts.push([percent(Math.max(...shares)), "of a bound used at most, alone"]);
  const largest = Math.max(...tensors.map((t) => t.nmse ?? Infinity));
  facts.push([number(Number.isFinite(largest) ? largest : null),
    "largest NMSE end to end" + atMost(report.end_to_end_bound)]);
  if (!isFiles) facts.push([report.class, "precision class"]);
  byId("facts").replaceChildren(...facts.map(([value, name]) =>
    node("div", {}, node("b", {}, value), node("span", { class: "quiet" }, name))));
}

function offer(items, key) {
  if (items.length < 2) return;
  choices(byId("choices"), items.map(([title, value]) => [title, () => { state[key] = value; drawMap(); }]),
    items.findIndex(([, value]) => value === state[key]));
}

drawFacts();
drawLegend();
offer(views.map((view) => [view.title, view]), "view");
if (views.length > 1 && phases.length > 1) byId("choices").append(node("span", { class: "gap" }));
offer(phases.map((phase) => [phaseNames[phase], phase]), "phase");
drawMap();
