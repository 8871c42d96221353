// The roofline: kernels by operations a byte and operations a second, under the measured roofs.

function drawRoofline(section) {
  const { kernels } = section.data;
  const points = kernels.filter((k) => k.intensity > 0 && k.flops_per_second > 0);
  const shown = points.filter((k) => k.share > 0.0005).sort((a, b) => b.share - a.share);
  const frame = rooflineFrame(shown);
  const svg = picture(frame.width, frame.height, "Roofline");
  drawRooflineAxes(svg, frame);
  drawRoofs(svg, frame);
  drawKernels(svg, frame, shown);
  byId("roofline").replaceChildren(svg);
  const hidden = kernels.filter((k) => !points.includes(k));
  if (!hidden.length) return;
  byId("roofline").append(node("p", { class: "quiet" }, "Without arithmetic, so not in the picture: "
    + hidden.map((k) => `${k.kernel} ${k.shape} (${percent(k.share)})`).join("; ") + "."));
}

// The picture's measures, and where an intensity and a rate lie in it: both axes are logarithmic.
function rooflineFrame(shown) {
  const [width, height, left, right, top, bottom] = [1200, 520, 64, 24, 16, 48];
  const { bytes_per_second: peakBytes, flops_per_second: peakFlops } = report.roofs;
  const ridge = peakFlops / peakBytes;
  const xs = shown.map((k) => k.intensity).concat(ridge), ys = shown.map((k) => k.flops_per_second);
  // Room for labels at the right.
  const x0 = Math.log10(Math.min(...xs)) - 0.25;
  const x1 = Math.max(x0 + 1, x0 + (Math.log10(Math.max(...xs)) - x0) * 1.36);
  const y1 = Math.log10(Math.max(peakFlops, ...ys)) + 0.25;
  const y0 = Math.min(y1 - 1.5, Math.log10(Math.min(peakFlops, ...ys)) - 0.25);
  const x = (v) => left + (Math.log10(v) - x0) / (x1 - x0) * (width - left - right);
  const y = (v) => height - bottom - (Math.log10(v) - y0) / (y1 - y0) * (height - top - bottom);
  return { width, height, left, right: width - right, top, bottom: height - bottom, peakBytes, peakFlops, ridge, x0, x1,
    y0, y1, x, y };
}

function drawRooflineAxes(svg, { height, left, right, top, bottom, x0, x1, y0, y1, x, y }) {
  const label = { "text-anchor": "middle", class: "quiet" };
  for (let e = Math.ceil(x0); e <= x1; e++) {
    const at = x(10 ** e);
    draw("line", { x1: at, x2: at, y1: top, y2: bottom, stroke: "var(--line)" }, svg);
    draw("text", { ...label, x: at, y: bottom + 18 }, svg, e < 0 ? (10 ** e).toFixed(-e) : 10 ** e);
  }
  for (let e = Math.ceil(y0); e <= y1; e++) {
    const at = y(10 ** e), g = 10 ** (e - 9);
    draw("line", { x1: left, x2: right, y1: at, y2: at, stroke: "var(--line)" }, svg);
    draw("text", { ...label, x: left - 8, y: at + 4, "text-anchor": "end" }, svg, g < 1 ? g.toFixed(9 - e) : g);
  }
  draw("text", { ...label, x: (left + right) / 2, y: height - 8 }, svg, "FLOP/byte");
  draw("text", { ...label, x: 14, y: height / 2, transform: `rotate(-90 14 ${height / 2})` }, svg, "GFLOP/s");
}

function drawRoofs(svg, { right, peakBytes, peakFlops, ridge, x0, y0, x, y }) {
  // From where the slanted one enters the picture.
  const start = Math.max(10 ** x0, 10 ** y0 / peakBytes);
  draw("path", { d: `M${x(start)} ${y(start * peakBytes)}L${x(ridge)} ${y(peakFlops)}H${right}`, fill: "none",
    stroke: "var(--accent)", "stroke-width": 2.5, class: "roof" }, svg);
  const slope = Math.atan2(y(10 * start * peakBytes) - y(start * peakBytes), x(10 * start) - x(start));
  const middle = Math.sqrt(start * ridge), mx = x(middle), my = y(middle * peakBytes) - 8;
  draw("text", { x: mx, y: my, transform: `rotate(${slope * 180 / Math.PI} ${mx} ${my})`, "text-anchor": "middle",
    class: "halo" }, svg, rate(peakBytes) + " GB/s");
  draw("text", { x: right - 4, y: y(peakFlops) - 8, "text-anchor": "end", class: "halo" }, svg,
    rate(peakFlops) + " GFLOP/s");
}

// Circles, the largest first, with labels that make room for each other.
function drawKernels(svg, { right, bottom, x, y }, shown) {
  const taken = [];
  for (const k of shown) {
    const [cx, cy, r] = [x(k.intensity), y(k.flops_per_second), 4 + 30 * Math.sqrt(k.share)];
    const circle = draw("circle", { cx, cy, r, fill: colour(k.stem), "fill-opacity": 0.55, stroke: colour(k.stem),
      "stroke-width": 1.5, class: "point" }, svg);
    hover(circle, k.kernel, kernelRows(k));
    if (k.share < 0.03 && taken.length > 5) continue;
    const label = `${k.kernel} ${k.shape}`, size = label.length * 6.2;
    const flip = cx + r + size > right;
    const box = { x: flip ? cx - r - 6 - size : cx + r + 6, y: cy + 4, w: size };
    const clash = () => taken.find((t) => Math.abs(t.y - box.y) < 15 && t.x < box.x + box.w && box.x < t.x + t.w);
    for (let hit = clash(), n = 0; hit && n < 12; hit = clash(), n++) box.y = hit.y + 15.5;
    if (box.y > bottom - 4) continue;
    taken.push(box);
    if (box.y > cy + 12) {
      draw("line", { x1: cx, y1: cy, x2: flip ? box.x + size : box.x, y2: box.y - 4, stroke: "var(--quiet)",
        "stroke-width": 0.8, "pointer-events": "none" }, svg);
    }
    draw("text", { x: box.x, y: box.y, class: "halo", "pointer-events": "none" }, svg, label);
  }
}

const kernelRows = (k) => [
  ["shape", k.shape],
  ["time", `${duration(k.total_nanoseconds)} in ${k.calls} calls: ${percent(k.share)} of kernels`],
  ["mean", `${duration(k.mean_nanoseconds)}, ${duration(k.min_nanoseconds)} to ${duration(k.max_nanoseconds)}`],
  ["rates", `${rate(k.bytes_per_second)} GB/s, ${rate(k.flops_per_second)} GFLOP/s`],
  ["of roof", `${percent(k.share_of_roof, 0)} of the ${k.roof} roof`
    + (k.intensity === null ? "" : `, ${digits(k.intensity)} FLOP/byte`)],
];
