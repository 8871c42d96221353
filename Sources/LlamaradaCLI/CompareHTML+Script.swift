extension CompareHTML {
    static let script = #"""
        const $ = id => document.getElementById(id);
        const report = JSON.parse($("report").textContent);
        const node = (name, attributes = {}, ...children) => {
          const svg = ["svg", "g", "rect", "text", "line"].includes(name);
          const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
          for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
          element.append(...children);
          return element;
        };
        const number = x => x === null ? "∞" : x === 0 ? "0" : Math.abs(x) >= 0.01 && Math.abs(x) < 1e4
          ? String(+x.toPrecision(3)) : x.toExponential(1).replace("e+", "e");
        const percent = x => x === null ? "far beyond" : x === 0 ? "0 %" : x < 1e-3 ? "< 0.1 %" : +(100 * x).toPrecision(3) + " %";
        const layers = report.layers;
        const operations = [...new Set(report.tensors.map(t => t.operation))];
        const phases = [...new Set(report.tensors.map(t => t.phase))];
        const hasAlone = report.tensors.some(t => t.alone);
        const isFiles = report.kind === "files";
        const phaseNames = { prompt: "Prompt", decode: "Decoding" };
        const views = [];
        if (hasAlone) views.push({
          id: "alone", title: "Each operation alone",
          text: "Every operation run by itself on the other side's input: what it adds, without what it was handed.",
          value: t => t.alone && t.alone.nmse, over: t => t.alone && t.alone.cause });
        views.push({
          id: "end", title: "End to end",
          text: "The tensors of the whole run: each carries the rounding of everything before it."
            + (report.cache_type_k === "f16" && !isFiles ? " Steps come from the f16 cache, where a rounding error"
              + " now and then moves a key or value to the neighbouring f16 number." : ""),
          value: t => t.nmse,
          over: t => report.end_to_end_bound !== null && (t.nmse === null || t.nmse > report.end_to_end_bound) });
        const failing = report.tensors.find(t => t.alone && t.alone.cause);
        const state = { view: hasAlone && (isFiles || failing) ? "alone" : "end",
                        phase: failing ? failing.phase : phases[0] };

        const stops = [[46, 84, 150], [38, 130, 142], [53, 160, 107], [170, 190, 60], [240, 170, 40], [214, 73, 40]];
        const range = [-16, 0];
        const colour = value => {
          if (value === 0) return "var(--same)";
          if (value === null) return "rgb(214 73 40)";
          const place = Math.min(1, Math.max(0, (Math.log10(value) - range[0]) / (range[1] - range[0]))) * (stops.length - 1);
          const index = Math.min(stops.length - 2, Math.floor(place)), part = place - index;
          return `rgb(${stops[index].map((c, i) => Math.round(c + (stops[index + 1][i] - c) * part)).join(" ")})`;
        };

        const tip = $("tip");
        const hover = (element, title, rows) => {
          element.addEventListener("mousemove", event => {
            tip.hidden = false;
            tip.replaceChildren(node("b", {}, title), node("table", {}, ...rows.map(([name, value]) =>
              node("tr", {}, node("td", {}, name), node("td", {}, value)))));
            const { width, height } = tip.getBoundingClientRect();
            tip.style.left = Math.min(event.clientX + 16, innerWidth - width - 8) + "px";
            tip.style.top = Math.min(event.clientY + 16, innerHeight - height - 8) + "px";
          });
          element.addEventListener("mouseleave", () => tip.hidden = true);
        };
        const place = at => `token ${at.token}, column ${at.column}: ${at.examined ?? "not finite"} for ${at.against ?? "not finite"}`;
        const details = t => {
          const rows = [["kernel", t.kernel + (t.weight_type ? " " + t.weight_type : "")]];
          if (t.weight) rows.push(["weight", t.weight]);
          if (t.alone) {
            rows.push(["alone, NMSE", number(t.alone.nmse) + (t.alone.bound_nmse !== null ? ` (at most ${number(t.alone.bound_nmse)})` : "")]);
            rows.push(["alone, of magnitude", number(t.alone.element) + (t.alone.bound_element !== null ? ` (at most ${number(t.alone.bound_element)})` : "")]);
            if (t.alone.element) rows.push(["worst alone at", place(t.alone.at)]);
            if (t.alone.bound_nmse !== null) rows.push(["uses of its bound", percent(t.alone.share)]);
          }
          rows.push(["end to end, NMSE", number(t.nmse)], ["1 − cosine", number(1 - t.cosine)],
            ["largest error", number(t.max_abs)]);
          if (t.max_abs) rows.push(["at", place(t.max_abs_at)]);
          rows.push(["values", `${t.count}, ${t.differing} differ`]);
          if (t.non_finite_examined + t.non_finite_against) rows.push(["not finite", `${t.non_finite_examined} for ${t.non_finite_against}`]);
          return rows;
        };
        const title = t => (t.layer === null ? "" : `Layer ${t.layer}, `) + t.operation;

        function drawMap() {
          const view = views.find(v => v.id === state.view);
          $("explanation").textContent = view.text;
          const left = 118, top = 8, size = Math.max(16, Math.min(30, Math.floor(960 / (layers + 2)))), height = 20;
          const columnOf = t => t.layer !== null ? t.layer + 1 : t.operation === "embedding" ? 0 : layers + 1;
          const svg = node("svg", { width: left + (layers + 2) * size + 8, height: top + operations.length * height + 26, role: "img",
            "aria-label": "Heat map of differences by operation and layer" });
          operations.forEach((name, row) => svg.append(
            node("text", { x: left - 8, y: top + row * height + 14, "text-anchor": "end", class: "strong" }, name)));
          for (let layer = 0; layer < layers; layer++) {
            if (size < 22 && layer % 2) continue;
            svg.append(node("text", { x: left + (layer + 1.5) * size, y: top + operations.length * height + 16, "text-anchor": "middle" }, layer));
          }
          svg.append(node("text", { x: left - 8, y: top + operations.length * height + 16, "text-anchor": "end" }, "layer"));
          for (const t of report.tensors) {
            if (t.phase !== state.phase) continue;
            const value = view.value(t), cell = node("rect", {
              x: left + columnOf(t) * size + 1, y: top + operations.indexOf(t.operation) * height + 1, width: size - 2,
              height: height - 2, rx: 2.5, class: view.over(t) ? "cell over" : "cell" });
            cell.style.fill = colour(value);
            hover(cell, title(t), details(t));
            svg.append(cell);
          }
          $("map").replaceChildren(svg);
          $("legend").replaceChildren("log₁₀ NMSE", ...[-16, -13, -10, -7, -4, -1].map(e => {
            const swatch = node("span", { class: "swatch" });
            swatch.style.background = colour(10 ** e);
            return node("span", {}, swatch, e === -16 ? "≤ −16" : "−" + -e);
          }), (() => {
            const swatch = node("span", { class: "swatch" });
            swatch.style.background = "var(--same)";
            return node("span", {}, swatch, "the same values");
          })(), (() => {
            const swatch = node("span", { class: "swatch" });
            swatch.style.border = "2px solid var(--bad)";
            return node("span", {}, swatch, "beyond the bound");
          })());
        }

        function drawChoices() {
          const group = (items, key) => {
            const box = node("span", { class: "group" });
            for (const [id, label] of items) {
              const button = node("button", { "aria-pressed": state[key] === id }, label);
              button.onclick = () => { state[key] = id; drawChoices(); drawMap(); };
              box.append(button);
            }
            return box;
          };
          $("choices").replaceChildren(
            ...(views.length > 1 ? [group(views.map(v => [v.id, v.title]), "view")] : []),
            ...(phases.length > 1 ? [group(phases.map(p => [p, phaseNames[p]]), "phase")] : []));
        }

        function drawFacts() {
          const positions = report.logits.positions.length;
          const shares = report.tensors.map(t => t.alone && t.alone.share);
          const worst = shares.some(s => s !== null && s !== undefined) ? Math.max(...shares.filter(s => typeof s === "number")) : null;
          const facts = [
            [report.tokens.length, `tokens, ${report.prompt_tokens} as a prompt`],
            [number(report.logits.mean_kl), "nats of mean KL divergence"],
            [`${report.logits.same_top1} of ${positions}`, "same likeliest token"],
            [percent(report.logits.mean_top5), "of the likeliest five shared"]];
          if (worst !== null) facts.push([percent(worst), "of a bound used at most, alone"]);
          facts.push([number(Math.max(...report.tensors.map(t => t.nmse ?? Infinity))), "largest NMSE end to end"
            + (report.end_to_end_bound !== null ? ` (at most ${number(report.end_to_end_bound)})` : "")]);
          if (!isFiles) facts.push([report.class, "precision class"]);
          $("facts").replaceChildren(...facts.map(([value, name]) =>
            node("div", { class: "fact" }, node("b", {}, value), node("span", {}, name))));
        }

        function drawLogits() {
          const positions = report.logits.positions, width = Math.max(9, Math.min(26, Math.floor(1050 / positions.length)));
          const left = 46, height = 120, low = -12, high = 1;
          const y = value => height - (Math.min(high, Math.max(low, Math.log10(value || 1e-30))) - low) / (high - low) * height;
          const svg = node("svg", { width: left + positions.length * width + 10, height: height + 40 });
          for (let e = low; e <= high; e += 3) svg.append(
            node("line", { x1: left, x2: left + positions.length * width, y1: y(10 ** e), y2: y(10 ** e), stroke: "var(--line)" }),
            node("text", { x: left - 6, y: y(10 ** e) + 4, "text-anchor": "end" }, "1e" + e));
          positions.forEach((p, index) => {
            const value = p.kl === null ? 10 : p.kl, same = p.top1_examined === p.top1_against;
            const bar = node("rect", { x: left + index * width + 1, y: y(value), width: width - 2, height: Math.max(1, height - y(value)),
              rx: 2, class: "bar" });
            bar.style.fill = same ? colour(Math.max(value, 1e-16)) : "var(--bad)";
            hover(bar, `After token ${p.token}: ${JSON.stringify(report.pieces[p.token] ?? "")}`, [
              ["KL divergence", p.kl === null ? "not finite" : number(p.kl) + " nats"],
              ["likeliest token", same ? `${p.top1_against} on both sides` : `${p.top1_examined} instead of ${p.top1_against}`],
              ["likeliest five", `${p.top5_shared} shared`]]);
            svg.append(bar);
            if (index % Math.ceil(24 / width) === 0) svg.append(
              node("text", { x: left + (index + .5) * width, y: height + 16, "text-anchor": "middle" }, p.token));
          });
          svg.append(node("text", { x: left, y: height + 34 }, "KL divergence in nats after each token; red where the likeliest token differs"));
          $("logits").replaceChildren(svg);
        }

        function drawTable() {
          const columns = [
            ["phase", t => t.phase], ["layer", t => t.layer ?? -1, t => t.layer ?? "–"], ["operation", t => t.operation],
            ["kernel", t => t.kernel + (t.weight_type ? " " + t.weight_type : "")],
            ["alone", t => t.alone ? t.alone.nmse ?? Infinity : -1, t => t.alone ? number(t.alone.nmse) : "–"],
            ["of bound", t => t.alone && t.alone.bound_nmse !== null ? t.alone.share ?? Infinity : -1,
              t => t.alone && t.alone.bound_nmse !== null ? percent(t.alone.share) : "–"],
            ["NMSE", t => t.nmse ?? Infinity, t => number(t.nmse)], ["max error", t => t.max_abs, t => number(t.max_abs)],
            ["at", t => t.max_abs_at.token, t => t.max_abs ? `(${t.max_abs_at.token}, ${t.max_abs_at.column})` : ""],
            ["max relative", t => t.max_rel, t => number(t.max_rel)], ["1 − cosine", t => -t.cosine, t => number(1 - t.cosine)],
            ["not finite", t => t.non_finite_examined, t => `${t.non_finite_examined}/${t.non_finite_against}`]];
          const draw = order => {
            const rows = order === null ? report.tensors : [...report.tensors].sort((a, b) => {
              const [x, y] = [columns[order][1](a), columns[order][1](b)];
              return typeof x === "number" ? y - x : String(x).localeCompare(y);
            });
            $("table").replaceChildren(node("table", {}, node("thead", {}, node("tr", {}, ...columns.map(([name], index) => {
              const head = node("th", index === 2 || index === 3 || index === 0 ? { class: "left" } : {}, name);
              head.onclick = () => draw(index);
              return head;
            }))), node("tbody", {}, ...rows.map(t => node("tr", t.alone && t.alone.cause ? { class: "over" } : {},
              ...columns.map(([, value, text], index) => node("td", index === 2 || index === 3 || index === 0 ? { class: "left" } : {},
                String((text ?? value)(t)))))))));
          };
          draw(null);
        }

        drawFacts(); drawChoices(); drawMap(); drawLogits(); drawTable();
        """#
}
