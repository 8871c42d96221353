// Time by place in the model, a bar each, its kernels stacked.

function drawPlaces(section) {
  const { places } = section.data;
  const [width, height, left, bottom] = [1200, 220, 64, 24];
  const most = Math.max(...places.map((place) => place.total_nanoseconds));
  const step = (width - left) / places.length;
  const tall = (share) => share * (height - bottom) * 0.94;
  const svg = picture(width, height, "Time by place");
  for (const part of [0, 0.5, 1]) {
    const at = height - bottom - tall(part);
    draw("line", { x1: left, x2: width, y1: at, y2: at, stroke: "var(--line)" }, svg);
    draw("text", { x: left - 8, y: Math.max(12, at + 4), "text-anchor": "end", class: "quiet" }, svg,
      duration(most * part));
  }
  places.forEach((place, index) => {
    let at = height - bottom;
    const bar = draw("g", { class: "place" }, svg);
    for (const part of [...place.stems].sort((a, b) => stems.indexOf(a.stem) - stems.indexOf(b.stem))) {
      const size = tall(part.total_nanoseconds / most);
      at -= size;
      draw("rect", { x: left + index * step + step * 0.1, y: at, width: step * 0.8, height: Math.max(0, size),
        fill: colour(part.stem) }, bar);
    }
    hover(bar, place.place, placeRows(place));
    if (step <= 18 && index % Math.ceil(18 / step) !== 0) return;
    draw("text", { x: left + (index + 0.5) * step, y: height - 6, "text-anchor": "middle", class: "quiet" }, svg,
      place.place.replace("layer ", "").replace("embedding", "emb."));
  });
  const used = new Set(places.flatMap((place) => place.stems.map((part) => part.stem)));
  const legend = stems.filter((stem) => used.has(stem)).map((stem) => legendItem(colour(stem), stem));
  byId("places").replaceChildren(svg, node("div", { class: "legend" }, ...legend));
}

function placeRows({ total_nanoseconds: total, calls, stems }) {
  const parts = [...stems].sort((a, b) => b.total_nanoseconds - a.total_nanoseconds);
  return [`${duration(total)} in ${calls} calls`].concat(parts.map((part) =>
    [part.stem, `${duration(part.total_nanoseconds)}, ${percent(part.total_nanoseconds / total)}`]));
}
