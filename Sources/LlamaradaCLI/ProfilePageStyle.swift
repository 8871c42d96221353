/// The look of a profile's page, beyond that of every page.
enum ProfilePageStyle {
    static let text = """
        .cards { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; }
        .cards div {
          background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .6rem .9rem;
          display: flex; flex-direction: column; min-width: 9rem; flex: 1;
        }
        .cards b { font-size: 1.25rem; }
        .cards span { font-size: .85rem; }
        .choices { display: flex; flex-wrap: wrap; gap: .4rem; margin: .5rem 0; }
        .choices button {
          font: inherit; font-size: .9rem; color: var(--ink); background: var(--panel); border: 1px solid var(--line);
          border-radius: 6px; padding: .25rem .7rem; cursor: pointer;
        }
        .choices button[aria-pressed="true"] { border-color: var(--accent); color: var(--accent); font-weight: 600; }
        #choices { position: sticky; top: 0; z-index: 2; background: var(--page); padding: .5rem 0; }
        svg { display: block; width: 100%; height: auto; }
        svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
        svg text.quiet { fill: var(--quiet); }
        svg .halo { paint-order: stroke; stroke: var(--panel); stroke-width: 4px; stroke-linejoin: round; }
        canvas {
          display: block; width: 100%; height: 240px; cursor: grab; touch-action: pan-y; border: 1px solid var(--line);
        }
        canvas:focus-visible { outline: 2px solid var(--accent); }
        td i { display: inline-block; width: .7em; height: .7em; border-radius: 50%; margin-right: .5em; }
        td.share { min-width: 9rem; }
        td s {
          display: inline-block; height: .7em; background: var(--accent); border-radius: 2px; margin-right: .4em;
          min-width: 1px;
        }
        .legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-size: .85rem; margin-top: .5rem; }
        .legend i { display: inline-block; width: .7em; height: .7em; border-radius: 2px; margin-right: .4em; }
        #hint {
          position: fixed; display: none; pointer-events: none; background: var(--panel); border: 1px solid var(--line);
          border-radius: 6px; padding: .5rem .7rem; font-size: .85rem; max-width: 26rem; z-index: 3;
          box-shadow: 0 4px 16px rgb(0 0 0 / 25%); white-space: pre-line; font-variant-numeric: tabular-nums;
        }
        #hint b { display: block; }
        """
}
