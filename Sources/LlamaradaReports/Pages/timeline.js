// The timeline: rows of host and device on one axis, to be zoomed and moved.

// Rows from top to bottom; each a sorted list of [start, end, name, colour, lines].
function timelineRows(timeline) {
  const name = (index) => timeline.names[index];
  const rows = [["host: pass", []], ["host", []], ["device: pass", []], ["device: place", []],
    ["device: kernel", []]];
  const hostColours = ["#a1745a", "#d99a00", "#6b7f8f", "#7d62c9"];
  const ranges = [];
  for (const [title, ...t] of timeline.passes) {
    rows[0][1].push([t[0], t[4], name(title), "#6b7f8f", [duration(t[4] - t[0])]]);
    ["record", "submit", "wait", "read back"].forEach((kind, i) =>
      rows[1][1].push([t[i], t[i + 1], kind, hostColours[i], [name(title), duration(t[i + 1] - t[i])]]));
  }
  let place = null;
  for (const [start, length, kernel, shape, scope, bytes, flops, pass] of timeline.kernels) {
    const end = start + length;
    if (!ranges[pass]) {
      ranges[pass] = [start, end, name(timeline.passes[pass][0]), "#6b7f8f", []];
      rows[2][1].push(ranges[pass]);
      place = null;
    }
    ranges[pass][1] = end;
    if (!place || place[2] !== name(scope)) {
      place = [start, end, name(scope), rows[3][1].length % 2 ? "#8494a3" : "#5d7286", []];
      rows[3][1].push(place);
    }
    place[1] = end;
    const seconds = length / 1e9;
    rows[4][1].push([start, end, name(kernel), colour(stemOf(name(kernel))), [name(shape), name(scope),
      duration(length), `${rate(bytes / seconds)} GB/s, ${rate(flops / seconds)} GFLOP/s`]]);
  }
  for (const slice of rows[2][1].concat(rows[3][1])) slice[4] = [duration(slice[1] - slice[0])];
  return rows;
}
const stemOf = (kernel) => [...new Set(kernel.split(" + ").map((k) => k.split(" ")[0]))].join(" + ");

const canvas = byId("timeline");
const context = canvas.getContext("2d");
const [rowHeight, rowTop, rowLeft] = [38, 8, 104];
let rows = [], range = [0, 1], bounds = [0, 1];
const scale = () => (canvas.clientWidth - rowLeft) / (range[1] - range[0]);
const toX = (t) => rowLeft + (t - range[0]) * scale();
const toTime = (px) => range[0] + (px - rowLeft) / scale();

// The first slice that ends after `t`.
function firstAfter(slices, t) {
  let low = 0, high = slices.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (slices[middle][1] <= t) low = middle + 1; else high = middle;
  }
  return low;
}

function drawTimeline() {
  const ratio = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--ink"), quiet = style.getPropertyValue("--quiet");
  context.clearRect(0, 0, width, height);
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  let drawn = 0;
  context.save();
  context.beginPath();
  context.rect(rowLeft, 0, width - rowLeft, height);
  context.clip();
  drawAxis(width, height, style.getPropertyValue("--line"), quiet);
  rows.forEach(([, slices], row) => {
    const top = rowTop + row * rowHeight;
    let last = -1;
    for (let i = firstAfter(slices, range[0]); i < slices.length && slices[i][0] < range[1]; i++) {
      const from = Math.max(rowLeft, toX(slices[i][0])), to = Math.min(width, toX(slices[i][1]));
      const shown = Math.max(1, to - from - (to - from > 3 ? 1 : 0));
      // Slices that fall into one pixel are drawn once.
      if (from + shown < last + 0.5) continue;
      last = from + shown;
      drawn++;
      context.fillStyle = slices[i][3];
      context.fillRect(from, top, shown, rowHeight - 8);
      if (to - from > 36) label(slices[i][2], from + 5, to - 4, top + (rowHeight - 8) / 2);
    }
  });
  context.restore();
  context.fillStyle = ink;
  rows.forEach(([title], row) => context.fillText(title, 6, rowTop + row * rowHeight + (rowHeight - 8) / 2));
  canvas.dataset.slices = drawn;
}

function label(text, from, to, y) {
  const fit = Math.floor((to - from) / 6.4);
  if (fit < 3) return;
  context.fillStyle = "#ffffff";
  context.fillText(text.length > fit ? text.slice(0, fit - 1) + "…" : text, from, y);
}

function drawAxis(width, height, line, quiet) {
  const rough = (range[1] - range[0]) / 8, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) || 10 * power;
  context.textAlign = "center";
  for (let t = Math.ceil(range[0] / step) * step; t < range[1]; t += step) {
    context.fillStyle = line;
    context.fillRect(toX(t), 0, 1, height - 22);
    context.fillStyle = quiet;
    context.fillText(tick(t, step), toX(t), height - 10);
  }
  context.textAlign = "left";
}
function tick(t, step) {
  const [unit, size] = step >= 1e9 ? ["s", 1e9] : step >= 1e5 ? ["ms", 1e6] : step >= 100 ? ["µs", 1e3] : ["ns", 1];
  return (t / size).toFixed(step / size < 0.999 ? 1 : 0) + " " + unit;
}

function setRange(from, to) {
  const most = bounds[1] - bounds[0], size = Math.min(most, Math.max(200, to - from));
  const start = Math.min(Math.max(bounds[0], from), bounds[1] - size);
  range = [start, start + size];
  drawTimeline();
}
function zoom(factor, at = (range[0] + range[1]) / 2) {
  setRange(at - (at - range[0]) * factor, at + (range[1] - at) * factor);
}
function sliceAt(event) {
  const box = canvas.getBoundingClientRect(), t = toTime(event.clientX - box.left);
  const row = rows[Math.floor((event.clientY - box.top - rowTop) / rowHeight)];
  if (!row || event.clientX - box.left < rowLeft) return null;
  // Two pixels of grace, for slices thinner than one.
  const slice = row[1][firstAfter(row[1], t - 2 / scale())];
  return slice && slice[0] <= t + 2 / scale() ? slice : null;
}

let drag = null;
canvas.addEventListener("pointerdown", (event) => {
  drag = [event.clientX, ...range];
  canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener("pointerup", () => { drag = null; });
canvas.addEventListener("pointermove", (event) => {
  if (drag) {
    const by = (drag[0] - event.clientX) / scale();
    setRange(drag[1] + by, drag[2] + by);
    return;
  }
  const slice = sliceAt(event);
  if (slice) showTip(event, slice[2], slice[4]); else hideTip();
});
canvas.addEventListener("pointerleave", hideTip);
canvas.addEventListener("dblclick", (event) => {
  const slice = sliceAt(event);
  if (slice) setRange(slice[0] - 0.02 * (slice[1] - slice[0]), slice[1] + 0.02 * (slice[1] - slice[0]));
});
canvas.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.deltaX) return;
  event.preventDefault();
  const by = event.deltaX / scale();
  if (event.ctrlKey) zoom(1.0015 ** event.deltaY, toTime(event.clientX - canvas.getBoundingClientRect().left));
  else setRange(range[0] + by, range[1] + by);
}, { passive: false });
canvas.addEventListener("keydown", (event) => {
  const by = (range[1] - range[0]) / 8;
  const actions = { ArrowLeft: () => setRange(range[0] - by, range[1] - by), ArrowUp: () => zoom(0.7),
    ArrowRight: () => setRange(range[0] + by, range[1] + by), ArrowDown: () => zoom(1 / 0.7),
    "+": () => zoom(0.7), "-": () => zoom(1 / 0.7) };
  if (!actions[event.key]) return;
  event.preventDefault();
  actions[event.key]();
});

const views = [];
report.timelines.forEach((timeline) => {
  const mode = timeline.mode === "serialized" ? "serialised" : timeline.mode;
  const made = timelineRows(timeline);
  const show = (slice) => () => {
    rows = made;
    bounds = [0, Math.max(...made.map(([, slices]) => slices.length ? slices[slices.length - 1][1] : 1))];
    const edge = 0.01 * ((slice ? slice[1] - slice[0] : bounds[1]));
    setRange((slice ? slice[0] : 0) - edge, (slice ? slice[1] : bounds[1]) + edge);
  };
  const decodes = made[0][1].filter((slice) => slice[2].startsWith("decode"));
  const left = timeline.left ? ` (without the last ${timeline.left} passes)` : "";
  views.push([`Everything, ${mode}${left}`, show(null)]);
  // The second step replays what the first one recorded.
  const step = decodes[Math.min(1, decodes.length - 1)];
  if (step) views.push([`One decode step, ${mode}`, show(step)]);
  const layer = made[3][1].find((slice) => slice[2] === "layer 1" && (!step || slice[0] >= step[0]));
  if (layer) views.push([`One layer, ${mode}`, show(layer)]);
});
const firstView = Math.max(0, views.findIndex(([title]) => title.startsWith("One layer")));
choices(byId("views"), views, firstView);
choices(byId("views"), [["+", () => zoom(0.7)], ["−", () => zoom(1 / 0.7)]]);
new ResizeObserver(drawTimeline).observe(canvas);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawTimeline);
