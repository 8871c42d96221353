// Colours of kernels by time over all sections, so that a kernel has one colour everywhere.

const palette = ["#e4572e", "#3d8bd9", "#18a38f", "#c13c9b", "#d99a00", "#7d62c9", "#6f9f1d", "#a1745a", "#4f9fb5",
  "#e05a86", "#b0b83a", "#8a8f98"];
const times = {};
for (const section of report.sections) {
  for (const k of section.data.kernels) times[k.stem] = (times[k.stem] || 0) + k.total_nanoseconds;
}
const stems = Object.keys(times).sort((a, b) => times[b] - times[a]);
const colour = (stem) => palette[Math.max(0, stems.indexOf(stem)) % palette.length];
for (const dot of document.querySelectorAll("i[data-stem]")) dot.style.background = colour(dot.dataset.stem);
