"""What a page needs for everybody: names, contrast, an order of the focus, targets for fingers. A check of our own, and axe-core's
rules where there is axe.min.js."""

import json

from browser import BrowserError

# Colours as sRGB; the ratio is WCAG 2.2's.
OWN = r"""(() => {
  const faults = [];
  const say = (node, what) => faults.push(`${what}: ${node.outerHTML.slice(0, 100)}`);
  const isShown = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: false }) && node.getBoundingClientRect().width > 0;
  const named = (node) => (node.getAttribute("aria-label") || (node.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ")
    || [...(node.labels ?? [])].map((label) => label.textContent).join(" ") || (node.matches("input, textarea") ? "" : node.textContent) || node.getAttribute("title") || "").trim();
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const channels = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const behind = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.push(channels(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const luminance = (colour) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
    const c = colour[i] / 255;
    return sum + weight * (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  }, 0);
  const ratio = (one, other) => { const [a, b] = [luminance(one), luminance(other)].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); };

  for (const node of document.querySelectorAll("button, a[href], input:not([type=file]), textarea, [role=region], dialog, nav, summary")) {
    if (isShown(node) && !named(node)) say(node, "has no name");
  }
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) faults.push(`two elements are called ${id}`);
  for (const node of document.querySelectorAll("[aria-describedby], [aria-labelledby], [aria-controls], label[for]")) {
    for (const name of ["aria-describedby", "aria-labelledby", "aria-controls", "for"]) {
      for (const id of (node.getAttribute(name) ?? "").split(" ").filter((id) => id)) if (!document.getElementById(id)) say(node, `names #${id}, which is not there`);
    }
  }
  for (const [selector, count] of [["main", 1], ["nav", 1], ["h1", 1]]) if (document.querySelectorAll(selector).length !== count) faults.push(`not ${count} ${selector}`);
  if (!document.documentElement.lang || !document.title) faults.push("no language or no title");
  // In front of the page, the page itself is out of reach and out of sight.
  const root = document.querySelector("dialog[open]") ?? document.body;
  let level = 1;
  for (const node of root.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    if (!node.checkVisibility()) continue;
    const next = Number(node.localName[1]);
    if (root === document.body && next > level + 1) say(node, "leaves a level of headings out");
    level = next;
  }
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !isShown(node) || node.closest(".hidden, .skip, [inert], :disabled, noscript, script, style")) continue;
    const below = behind(node);
    const colour = over(channels(getComputedStyle(node).color), below);
    const size = parseFloat(getComputedStyle(node).fontSize);
    const needed = size >= 24 || (size >= 18.66 && parseInt(getComputedStyle(node).fontWeight, 10) >= 700) ? 3 : 4.5;
    if (ratio(colour, below) < needed) say(node, `has a contrast of ${ratio(colour, below).toFixed(2)} instead of ${needed}`);
  }
  for (const node of root.querySelectorAll("input:not([type=file]):not([type=checkbox]), textarea")) {
    if (!isShown(node) || getComputedStyle(node).borderTopWidth === "0px") continue;
    const below = behind(node.parentElement);
    if (ratio(channels(getComputedStyle(node).borderTopColor), below) < 3) say(node, "has an edge that is hard to see");
  }
  return faults;
})()"""


def check(page, axe, where):
    """Finds nothing, or fails."""
    faults = page.evaluate(OWN)
    if faults:
        raise BrowserError(f"{where}: {len(faults)} faults: " + "; ".join(faults[:5]))
    if not axe:
        return
    if not page.evaluate("typeof axe === 'object'"):
        with open(axe) as file:
            page.evaluate(file.read() + "; 0")
    found = page.evaluate(AXE)
    if found["faults"]:
        raise BrowserError(f"{where}: axe-core: " + "\n  ".join(found["faults"]))
    # Rules that apply to nothing find nothing.
    if found["passed"] < 15:
        raise BrowserError(f"{where}: only {found['passed']} rules of axe-core applied")


AXE = """axe.run(document).then(({ violations, passes }) => ({ passed: passes.length, faults: violations.map((one) => {
  const nodes = one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 120)} ${node.any[0]?.message ?? ""}`);
  return `${one.id} (${one.impact}): ${one.help}: ${nodes.join(" | ")}`;
}) }))"""

# Where the focus is: in which part of the page, and whether it can be seen.
ORDER = """(() => {
  const node = document.activeElement, box = node.getBoundingClientRect();
  // The message box has no edge of its own: the composer around it shows the focus.
  const frame = node.id === "message" ? document.querySelector("#composer") : node;
  const style = getComputedStyle(frame);
  return {
    name: node.id || node.getAttribute("aria-label") || node.textContent.slice(0, 40), tag: node.localName,
    region: ["#sidebar", "#bar", "#thread", "#foot"].findIndex((part) => node.closest(part)),
    isVisible: frame === node ? style.outlineStyle !== "none" : style.boxShadow.includes("0px 0px 0px 1px"),
    isShown: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
  };
})()"""


def check_order(page):
    """Tab goes through the page from the list over the bar and the messages to the box, every stop visibly."""
    page.evaluate("document.activeElement.blur(); document.querySelector('.skip').focus()")
    stops = []
    for _ in range(80):
        page.press("Tab")
        stop = page.evaluate(ORDER)
        if stop["tag"] == "body" or stop["name"] == "Skip to the message box":
            break
        stops.append(stop)
    regions = [stop["region"] for stop in stops if stop["region"] >= 0]
    if regions != sorted(regions) or set(regions) != {0, 1, 2, 3}:
        raise BrowserError(f"the order of the focus: {[(stop['name'], stop['region']) for stop in stops]}")
    for stop in stops:
        if not stop["isVisible"] or not stop["isShown"]:
            raise BrowserError(f"the focus on {stop['name']} cannot be seen")
    names = {stop["name"] for stop in stops}
    for needed in ("new-chat", "filter", "import", "theme", "open-settings", "message", "attach", "send"):
        if needed not in names:
            raise BrowserError(f"the keyboard does not reach {needed}: {sorted(names)}")


def check_trap(page):
    """Tab stays inside of a dialog."""
    for _ in range(40):
        page.press("Tab")
        if not page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')"):
            raise BrowserError(f"the focus left the dialog for {page.focused()}")


def check_targets(page):
    """What a finger is to hit has 44 pixels each way."""
    small = page.evaluate(
        """[...document.querySelectorAll("button, input:not([type=checkbox]):not([type=file]), textarea")]
      .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.closest("[inert]") && (!document.querySelector("dialog[open]") || node.closest("dialog")))
      .filter((node) => { const box = node.getBoundingClientRect(); return box.width < 43.5 || box.height < (node.matches(".copy, #message") ? 39.5 : 43.5); })
      .map((node) => `${node.outerHTML.slice(0, 80)} ${JSON.stringify(node.getBoundingClientRect())}`)"""
    )
    if small:
        raise BrowserError(f"too small for a finger: {json.dumps(small[:3])}")
