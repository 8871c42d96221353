/// The script of a profile's page: choices, hover, roofline and places. The timeline has its own file.
enum ProfilePageScript {
    static let text = shared + roofline + places + choices + ProfileTimelineScript.text

    private static let shared = #"""
        const profile = JSON.parse(document.getElementById("profile").textContent);
        const byId = (id) => document.getElementById(id);
        const palette = ["#e4572e", "#3d8bd9", "#18a38f", "#c13c9b", "#d99a00", "#7d62c9", "#6f9f1d", "#a1745a",
          "#4f9fb5", "#e05a86", "#b0b83a", "#8a8f98"];
        // Colours by time over all sections, so that a kernel has one colour everywhere.
        const times = {};
        for (const section of profile.sections) {
          for (const k of section.data.kernels) times[k.stem] = (times[k.stem] || 0) + k.totalNanoseconds;
        }
        const stems = Object.keys(times).sort((a, b) => times[b] - times[a]);
        const colour = (stem) => palette[Math.max(0, stems.indexOf(stem)) % palette.length];
        for (const dot of document.querySelectorAll("i[data-stem]")) dot.style.background = colour(dot.dataset.stem);

        const digits = (x) => x >= 99.5 ? x.toFixed(0) : x >= 9.95 ? x.toFixed(1) : x.toPrecision(3);
        function duration(ns) {
          const units = ["ns", "µs", "ms", "s"];
          let i = 0;
          while (Math.abs(ns) >= 999.5 && i < 3) { ns /= 1000; i++; }
          return (i === 0 ? ns.toFixed(0) : digits(ns)) + " " + units[i];
        }
        const rate = (perSecond) => digits(perSecond / 1e9);

        function element(name, attributes, parent, text) {
          const made = document.createElementNS("http://www.w3.org/2000/svg", name);
          for (const key in attributes) made.setAttribute(key, attributes[key]);
          if (text !== undefined) made.textContent = text;
          if (parent) parent.append(made);
          return made;
        }

        const hint = byId("hint");
        function showHint(event, title, lines) {
          hint.replaceChildren(Object.assign(document.createElement("b"), { textContent: title }), lines.join("\n"));
          hint.style.display = "block";
          const x = Math.min(event.clientX + 14, innerWidth - hint.offsetWidth - 8);
          const below = event.clientY + 16;
          const y = below + hint.offsetHeight > innerHeight ? event.clientY - hint.offsetHeight - 12 : below;
          hint.style.left = Math.max(0, x) + "px";
          hint.style.top = Math.max(0, y) + "px";
        }
        const hideHint = () => { hint.style.display = "none"; };
        function hover(target, title, lines) {
          target.addEventListener("mousemove", (event) => showHint(event, title, lines));
          target.addEventListener("mouseleave", hideHint);
        }

        function buttons(holder, list, chosen) {
          const made = list.map(([title, action]) => {
            const button = document.createElement("button");
            button.type = "button";
            button.textContent = title;
            button.addEventListener("click", () => { press(button); action(); });
            holder.append(button);
            return button;
          });
          const press = (one) => made.forEach((b) => b.setAttribute("aria-pressed", String(b === one)));
          if (chosen !== undefined) { press(made[chosen]); list[chosen][1](); }
        }

        """#

    private static let roofline = #"""
        function drawRoofline(section) {
          const [width, height, left, right, top, bottom] = [1200, 520, 64, 24, 16, 48];
          const { bytesPerSecond: peakBytes, flopsPerSecond: peakFlops } = profile.roofs;
          const ridge = peakFlops / peakBytes;
          const points = section.data.kernels.filter((k) => k.intensity > 0 && k.flopsPerSecond > 0);
          const shown = points.filter((k) => k.share > 0.0005);
          const xs = shown.map((k) => k.intensity).concat(ridge), ys = shown.map((k) => k.flopsPerSecond);
          // Room for labels at the right.
          const x0 = Math.log10(Math.min(...xs)) - 0.25;
          const x1 = Math.max(x0 + 1, x0 + (Math.log10(Math.max(...xs)) - x0) * 1.36);
          const y1 = Math.log10(Math.max(peakFlops, ...ys)) + 0.25;
          const y0 = Math.min(y1 - 1.5, Math.log10(Math.min(peakFlops, ...ys)) - 0.25);
          const x = (v) => left + (Math.log10(v) - x0) / (x1 - x0) * (width - left - right);
          const y = (v) => height - bottom - (Math.log10(v) - y0) / (y1 - y0) * (height - top - bottom);
          const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Roofline" });
          for (let e = Math.ceil(x0); e <= x1; e++) {
            element("line", { x1: x(10 ** e), x2: x(10 ** e), y1: top, y2: height - bottom, stroke: "var(--line)" }, svg);
            element("text", { x: x(10 ** e), y: height - bottom + 18, "text-anchor": "middle", class: "quiet" }, svg,
              e < 0 ? (10 ** e).toFixed(-e) : 10 ** e);
          }
          for (let e = Math.ceil(y0); e <= y1; e++) {
            element("line", { x1: left, x2: width - right, y1: y(10 ** e), y2: y(10 ** e), stroke: "var(--line)" }, svg);
            const g = 10 ** (e - 9);
            element("text", { x: left - 8, y: y(10 ** e) + 4, "text-anchor": "end", class: "quiet" }, svg,
              g < 1 ? g.toFixed(9 - e) : g);
          }
          element("text", { x: (left + width - right) / 2, y: height - 8, "text-anchor": "middle", class: "quiet" }, svg,
            "FLOP/byte");
          element("text", { x: 14, y: height / 2, transform: `rotate(-90 14 ${height / 2})`, "text-anchor": "middle",
            class: "quiet" }, svg, "GFLOP/s");
          // The roofs, from where the slanted one enters the picture.
          const startX = Math.max(10 ** x0, 10 ** y0 / peakBytes);
          element("path", { d: `M${x(startX)} ${y(startX * peakBytes)}L${x(ridge)} ${y(peakFlops)}H${width - right}`,
            fill: "none", stroke: "var(--accent)", "stroke-width": 2.5, class: "roof" }, svg);
          const slope = Math.atan2(y(10 * startX * peakBytes) - y(startX * peakBytes), x(10 * startX) - x(startX));
          const middle = Math.sqrt(startX * ridge), mx = x(middle), my = y(middle * peakBytes) - 8;
          element("text", { x: mx, y: my, transform: `rotate(${slope * 180 / Math.PI} ${mx} ${my})`,
            "text-anchor": "middle", class: "halo" }, svg, rate(peakBytes) + " GB/s");
          element("text", { x: width - right - 4, y: y(peakFlops) - 8, "text-anchor": "end", class: "halo" }, svg,
            rate(peakFlops) + " GFLOP/s");
          const taken = [];
          for (const k of [...shown].sort((a, b) => b.share - a.share)) {
            const [cx, cy, r] = [x(k.intensity), y(k.flopsPerSecond), 4 + 30 * Math.sqrt(k.share)];
            const circle = element("circle", { cx, cy, r, fill: colour(k.stem), "fill-opacity": 0.55,
              stroke: colour(k.stem), "stroke-width": 1.5, class: "point" }, svg);
            hover(circle, k.kernel, kernelLines(k));
            if (k.share < 0.03 && taken.length > 5) continue;
            const label = `${k.kernel} ${k.shape}`, size = label.length * 6.2;
            const flip = cx + r + size > width - right;
            const box = { x: flip ? cx - r - 6 - size : cx + r + 6, y: cy + 4, w: size };
            const clash = () => taken.find((t) => Math.abs(t.y - box.y) < 15 && t.x < box.x + box.w && box.x < t.x + t.w);
            for (let hit = clash(), n = 0; hit && n < 12; hit = clash(), n++) box.y = hit.y + 15.5;
            if (box.y > height - bottom - 4) continue;
            taken.push(box);
            if (box.y > cy + 12) {
              element("line", { x1: cx, y1: cy, x2: flip ? box.x + size : box.x, y2: box.y - 4, stroke: "var(--quiet)",
                "stroke-width": 0.8, "pointer-events": "none" }, svg);
            }
            element("text", { x: box.x, y: box.y, class: "halo", "pointer-events": "none" }, svg, label);
          }
          byId("roofline").replaceChildren(svg);
          const hidden = section.data.kernels.filter((k) => !points.includes(k));
          if (hidden.length) {
            const note = document.createElement("p");
            note.className = "quiet";
            note.textContent = "Without arithmetic, so not in the picture: "
              + hidden.map((k) => `${k.kernel} ${k.shape} (${(100 * k.share).toFixed(1)} %)`).join("; ") + ".";
            byId("roofline").append(note);
          }
        }

        function kernelLines(k) {
          return [k.shape, `${duration(k.totalNanoseconds)} in ${k.calls} calls: ${(100 * k.share).toFixed(1)} % of kernels`,
            `mean ${duration(k.meanNanoseconds)}, ${duration(k.minNanoseconds)} to ${duration(k.maxNanoseconds)}`,
            `${rate(k.bytesPerSecond)} GB/s, ${rate(k.flopsPerSecond)} GFLOP/s`,
            `${(100 * k.shareOfRoof).toFixed(0)} % of the ${k.roof} roof`
            + (k.intensity === null ? "" : `, ${digits(k.intensity)} FLOP/byte`)];
        }

        """#

    private static let places = #"""
        function drawPlaces(section) {
          const places = section.data.places;
          const [width, height, left, bottom] = [1200, 220, 64, 24];
          const most = Math.max(...places.map((p) => p.totalNanoseconds));
          const step = (width - left) / places.length;
          const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Time by place" });
          for (const part of [0, 0.5, 1]) {
            const at = (height - bottom) * (1 - part * 0.94);
            element("line", { x1: left, x2: width, y1: at, y2: at, stroke: "var(--line)" }, svg);
            element("text", { x: left - 8, y: Math.max(12, at + 4), "text-anchor": "end", class: "quiet" }, svg,
              duration(most * part));
          }
          const used = new Set();
          places.forEach((place, index) => {
            let at = height - bottom;
            const bar = element("g", { class: "place" }, svg);
            for (const part of [...place.stems].sort((a, b) => stems.indexOf(a.stem) - stems.indexOf(b.stem))) {
              const size = part.totalNanoseconds / most * (height - bottom) * 0.94;
              at -= size;
              used.add(part.stem);
              element("rect", { x: left + index * step + step * 0.1, y: at, width: step * 0.8, height: Math.max(0, size),
                fill: colour(part.stem) }, bar);
            }
            const short = place.place.replace("layer ", "").replace("embedding", "emb.");
            if (step > 18 || index % Math.ceil(18 / step) === 0) {
              element("text", { x: left + (index + 0.5) * step, y: height - 6, "text-anchor": "middle", class: "quiet" },
                svg, short);
            }
            const total = place.totalNanoseconds;
            hover(bar, place.place, [`${duration(total)} in ${place.calls} calls`].concat(
              [...place.stems].sort((a, b) => b.totalNanoseconds - a.totalNanoseconds)
                .map((s) => `${s.stem}: ${duration(s.totalNanoseconds)}, ${(100 * s.totalNanoseconds / total).toFixed(1)} %`)));
          });
          const legend = document.createElement("div");
          legend.className = "legend";
          for (const stem of stems.filter((s) => used.has(s))) {
            const item = document.createElement("span"), dot = document.createElement("i");
            dot.style.background = colour(stem);
            item.append(dot, stem);
            legend.append(item);
          }
          byId("places").replaceChildren(svg, legend);
        }

        """#

    private static let choices = #"""
        buttons(byId("choices"), profile.sections.map((section) => [section.title, () => {
          for (const one of document.querySelectorAll("section.kernels")) one.hidden = one.id !== section.id;
          drawRoofline(section);
          drawPlaces(section);
          history.replaceState(null, "", "#show=" + section.id);
        }]), Math.max(0, profile.sections.findIndex((section) => "#show=" + section.id === location.hash)));

        """#
}
