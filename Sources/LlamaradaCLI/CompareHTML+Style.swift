extension CompareHTML {
    static let style = """
        :root { --same: #e4e4e1; --good-back: #e7f4ec; --bad-back: #fbeaea; }
        @media (prefers-color-scheme: dark) { :root { --same: #34343d; --good-back: #16301f; --bad-back: #3a1a1b; } }
        body { margin: 0 auto; padding: 28px 24px 60px; max-width: 1180px; background: var(--page); color: var(--ink);
          font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
        header { margin-bottom: 18px; }
        h1 { font-size: 26px; line-height: 1.2; margin: 2px 0 6px; font-weight: 650; }
        h2 { font-size: 17px; margin: 0; font-weight: 650; }
        p { margin: 4px 0; }
        .kind { color: var(--quiet); font: 13px ui-monospace, "DejaVu Sans Mono", monospace; margin: 0; }
        .sides { color: var(--quiet); } .sides b { color: var(--ink); font-weight: 600; }
        section { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px;
          margin: 14px 0; overflow-x: auto; }
        .verdict { border-left-width: 6px; }
        .verdict.good { border-left-color: var(--good); background: var(--good-back); } .good h2 { color: var(--good); }
        .verdict.bad { border-left-color: var(--bad); background: var(--bad-back); } .bad h2 { color: var(--bad); }
        #facts { display: flex; flex-wrap: wrap; gap: 10px 38px; }
        .fact b { display: block; font-size: 20px; font-weight: 650; font-variant-numeric: tabular-nums; }
        .fact span { color: var(--quiet); font-size: 13px; }
        .head { display: flex; justify-content: space-between; align-items: center; flex-wrap: wrap; gap: 8px; }
        #choices { display: flex; gap: 14px; flex-wrap: wrap; }
        .group { display: inline-flex; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
        .group button { font: inherit; font-size: 13px; border: 0; padding: 5px 12px; background: none; color: var(--ink);
          cursor: pointer; }
        .group button[aria-pressed=true] { background: var(--ink); color: var(--panel); }
        #explanation { color: var(--quiet); font-size: 13.5px; margin: 6px 0 12px; max-width: 90ch; }
        svg { display: block; } svg text { fill: var(--quiet); font: 11.5px system-ui, "DejaVu Sans", sans-serif; }
        svg text.strong { fill: var(--ink); }
        rect.cell:hover, rect.bar:hover { stroke: var(--ink); stroke-width: 2; }
        rect.cell.over { stroke: var(--bad); stroke-width: 2; }
        #legend { color: var(--quiet); font-size: 12.5px; margin-top: 10px; display: flex; gap: 18px; flex-wrap: wrap;
          align-items: center; }
        .swatch { display: inline-block; width: 13px; height: 13px; border-radius: 3px; margin-right: 6px;
          vertical-align: -2px; }
        #tip { position: fixed; pointer-events: none; background: var(--panel); color: var(--ink);
          border: 1px solid var(--line); border-radius: 8px; padding: 9px 12px; font-size: 13px; max-width: 420px;
          box-shadow: 0 6px 22px rgb(0 0 0 / .22); z-index: 2; }
        #tip b { display: block; margin-bottom: 3px; } #tip table { width: auto; } #tip td { border: 0; text-align: left; padding: 0 14px 0 0; font-variant-numeric: tabular-nums; }
        #tip td:first-child { color: var(--quiet); }
        summary { cursor: pointer; font-weight: 650; font-size: 17px; }
        #table table { border-collapse: collapse; font-size: 12.5px; margin-top: 10px; width: 100%; }
        #table th, #table td { text-align: right; padding: 3px 8px; border-bottom: 1px solid var(--line);
          font-variant-numeric: tabular-nums; white-space: nowrap; }
        #table th { cursor: pointer; color: var(--quiet); font-weight: 600; position: sticky; top: 0; background: var(--panel); }
        #table .left { text-align: left; } #table tr.over td { color: var(--bad); }
        """
}
