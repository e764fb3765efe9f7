"""The page's style: light, one column on a phone, nothing fetched."""

from __future__ import annotations

CSS = """
:root { --ink: #1c2127; --soft: #5b6672; --line: #dde2e7; --back: #f5f7f9; --accent: #2457c5;
  --right: #17692f; --right-back: #e3f4e7; --wrong: #b3261e; --wrong-back: #fde7e5;
  --unknown-back: #eceff2; --missed: #8a5300; --missed-back: #fff1d6; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  -webkit-text-size-adjust: 100%; }
main { max-width: 1120px; margin: 0 auto; padding: 20px 14px 48px; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 1.2rem; margin: 36px 0 4px; }
p { margin: 4px 0 12px; max-width: 75ch; }
.soft, figcaption, .tick, caption { color: var(--soft); }
.break { overflow-wrap: anywhere; }
.tiles { display: grid; gap: 10px; margin: 18px 0;
  grid-template-columns: repeat(auto-fill, minmax(min(46%, 190px), 1fr)); }
.tile, .panel, .photo { background: #fff; border: 1px solid var(--line); border-radius: 10px; }
.tile { padding: 10px 12px; }
.tile b { display: block; font-size: 1.45rem; line-height: 1.2;
  font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: .85rem; }
.panels { display: grid; gap: 12px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); }
.panel { padding: 14px; min-width: 0; }
.panel h2 { margin: 0 0 2px; }
.panel p { font-size: .88rem; color: var(--soft); }
.chart { display: block; width: 100%; max-width: 460px; height: auto; margin: 0 auto; }
.chart text { font-size: 11px; fill: var(--soft); }
.chart .name { font-size: 12px; fill: var(--ink); }
.mid { text-anchor: middle; } .end { text-anchor: end; }
.grid { stroke: var(--line); } .ideal { stroke: var(--soft); stroke-dasharray: 5 4; }
.bar { fill: #b9cdf3; } .count { fill: #c9d0d8; }
.dot { fill: var(--accent); stroke: #fff; stroke-width: 1.5; }
.now { fill: var(--wrong); stroke: #fff; stroke-width: 1.5; }
.curve { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
.scroll { overflow-x: auto; width: fit-content; max-width: 100%; background: #fff;
  border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 10px; text-align: right; white-space: nowrap;
  border-top: 1px solid var(--line); }
thead th { border-top: 0; font-size: .82rem; font-weight: 600; color: var(--soft); }
th:first-child, td:first-child { text-align: left; white-space: normal; overflow-wrap: anywhere;
  min-width: 7em; }
tbody tr:nth-child(even) { background: #fafbfc; }
tbody tr.on { background: #dfe8fb; }
.panel .scroll { border: 0; border-radius: 0; margin-top: 8px; }
.panel .scroll, .panel table { width: 100%; }
.panel th, .panel td { padding: 4px; font-size: .84rem; }
.panel thead th { font-size: .76rem; }
.panel th:first-child, .panel td:first-child { min-width: 0; white-space: nowrap; }
details { margin-top: 8px; } summary { cursor: pointer; color: var(--accent); padding: 6px 0; }
.photos { display: grid; gap: 12px; margin-top: 12px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 250px), 1fr)); }
.photo { margin: 0; overflow: hidden; display: flex; flex-direction: column; }
.photo img, .photo .none { display: block; width: 100%; height: 190px; object-fit: contain;
  background: #e8ebee; }
.photo .none { display: grid; place-items: center; color: var(--soft); }
.photo figcaption { font-size: .78rem; padding: 6px 10px 0; overflow-wrap: anywhere; }
.photo dl { margin: 0; padding: 2px 10px 10px; }
dt { font-size: .72rem; font-weight: 600; letter-spacing: .02em; color: var(--soft);
  margin-top: 6px; }
dd { margin: 2px 0 0; display: flex; flex-wrap: wrap; gap: 4px; }
.word { display: inline-block; max-width: 100%; padding: 1px 7px; border-radius: 10px;
  font-size: .84rem;
  background: var(--unknown-back); color: var(--soft); overflow-wrap: anywhere; }
.word small { opacity: .8; font-variant-numeric: tabular-nums; }
.word.right { background: var(--right-back); color: var(--right); }
.word.wrong { background: var(--wrong-back); color: var(--wrong); font-weight: 600; }
.word.missed { background: var(--missed-back); color: var(--missed); }
ul.notes { padding-left: 20px; } .notes li { overflow-wrap: anywhere; }
@media (max-width: 520px) { th, td { padding: 5px 7px; } body { font-size: 14px; } }
@media print { .photo, .tile, .panel { break-inside: avoid; } body { background: #fff; } }
"""
