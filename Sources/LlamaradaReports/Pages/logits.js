// The divergence of the next token's distribution, after each token.

function drawLogits() {
  const { positions } = report.logits;
  if (positions.length === 0) return byId("logits").replaceChildren("There are no logits to compare.");
  const [left, height, low, high] = [46, 120, -12, 1];
  const width = Math.max(9, Math.min(26, Math.floor(1050 / positions.length)));
  const right = left + positions.length * width;
  const exponent = (value) => Math.min(high, Math.max(low, Math.log10(value || 1e-30)));
  const y = (value) => height - (exponent(value) - low) / (high - low) * height;
  // A few tokens are narrower than the words below them.
  const svg = picture(Math.max(right + 10, 540), height + 40, "KL divergence after each token");
  for (let e = low; e <= high; e += 3) {
    const at = y(10 ** e);
    svg.append(node("line", { x1: left, x2: right, y1: at, y2: at, stroke: "var(--line)" }),
      node("text", { x: left - 6, y: at + 4, "text-anchor": "end", class: "quiet" }, "1e" + e));
  }
  positions.forEach((position, index) => {
    const { token, kl, top1_examined, top1_against, top5_shared } = position;
    const value = kl === null ? 10 : kl, same = top1_examined === top1_against;
    const bar = node("rect", { x: left + index * width + 1, y: y(value), width: width - 2,
      height: Math.max(1, height - y(value)), rx: 2, class: "bar" });
    bar.style.fill = same ? colour(Math.max(value, 1e-16)) : "var(--bad)";
    hover(bar, `After token ${token}: ${JSON.stringify(report.pieces[token] ?? "")}`, [
      ["KL divergence", kl === null ? "not finite" : number(kl) + " nats"],
      ["likeliest token", same ? `${top1_against} on both sides` : `${top1_examined} instead of ${top1_against}`],
      ["likeliest five", `${top5_shared} shared`]]);
    svg.append(bar);
    if (index % Math.ceil(24 / width) !== 0) return;
    svg.append(node("text", { x: left + (index + .5) * width, y: height + 16, "text-anchor": "middle", class: "quiet" },
      token));
  });
  svg.append(node("text", { x: left, y: height + 34, class: "quiet" },
    "KL divergence in nats after each token; red where the likeliest token differs"));
  byId("logits").replaceChildren(svg);
}
drawLogits();
