// The choice of phase and mode.

choices(byId("choices"), report.sections.map((section) => [section.title, () => {
  for (const one of document.querySelectorAll("section.kernels")) one.hidden = one.id !== section.id;
  drawRoofline(section);
  drawPlaces(section);
  history.replaceState(null, "", "#show=" + section.id);
}]), Math.max(0, report.sections.findIndex((section) => "#show=" + section.id === location.hash)));
