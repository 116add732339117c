/** The figures that matter most as bars, in an SVG that suits light and dark pages. Pure. */
import { toFigure } from './units.mjs';

const WIDTH = 960;
const PANEL_WIDTH = 464;
const LABEL_WIDTH = 200;
const BAR_WIDTH = 200;
const ROW_HEIGHT = 24;
const HEAD_HEIGHT = 44;
const GAP = 32;

/** Panels, two beside each other: title, and the figure that is drawn. */
const PANELS = /** @type {{ title: string, read: (summary: Summary) => number | undefined }[]} */ ([
  { title: 'Cold: spawn to answer, ms', read: ({ cold }) => cold?.totalMs },
  { title: 'First delivery with the CPU of 512 MB, ms', read: ({ limited512 }) => limited512?.firstMs },
  { title: 'Warm: p50 of 8 kB, ms', read: ({ warm }) => warm?.p50Ms['8 kB'] },
  { title: 'Deliveries per second (longer is better)', read: ({ warm }) => warm?.perSecond },
]);

/** @typedef {import('./summary.mjs').Summary} Summary */

const LABELS = /** @type {Record<string, string>} */ ({
  hookmint: 'hookmint, inline',
  'hookmint-queued': 'hookmint, queued',
  'floor-fetch': 'floor: fetch',
  'floor-https': 'floor: node:https',
  'floor-https-warmed': 'floor: warmed in INIT',
  'octokit-webhooks': '@octokit/webhooks',
  'octokit-app': '@octokit/app',
  'probot-14-minimal': 'Probot 14',
  'probot-14-adapter': 'Probot 14, adapter',
  'probot-13-adapter': 'Probot 13, adapter',
  'probot-13-shipped': 'Probot 13, as shipped',
});

/** Contrast of the text is at least 4.5 on GitHub's white and on its dark page. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .bar { fill: #8c959f; }
  .ours { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .bar { fill: #6e7681; }
    .ours { fill: #4493f8; }
  }`;

/** @param {readonly Summary[]} summaries */
export function drawChart(summaries) {
  const panels = PANELS.map(({ title, read }) => {
    const rows = summaries.flatMap((summary) => {
      const label = LABELS[summary.name];
      const figure = read(summary);
      return label === undefined || figure === undefined
        ? []
        : [{ label, figure, ours: summary.name.startsWith('hookmint') }];
    });
    return { title, rows };
  });
  const panelHeight = HEAD_HEIGHT + ROW_HEIGHT * Math.max(...panels.map(({ rows }) => rows.length));
  const height = 2 * panelHeight + GAP;
  const drawn = panels.map((panel, index) => {
    const x = (index % 2) * (PANEL_WIDTH + GAP);
    const y = Math.floor(index / 2) * (panelHeight + GAP);
    return `<g transform="translate(${x} ${y})">${drawPanel(panel)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">`,
    '<title id="title">hookmint, the floors and the peers; every figure stands in RESULTS.md</title>',
    `<style>${STYLE}\n</style>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

/** @param {{ title: string, rows: { label: string, figure: number, ours: boolean }[] }} panel */
function drawPanel({ title, rows }) {
  const most = Math.max(...rows.map(({ figure }) => figure));
  const drawn = rows.map(({ label, figure, ours }, index) => {
    const y = HEAD_HEIGHT + index * ROW_HEIGHT;
    const width = Math.max(1, Math.round((figure / most) * BAR_WIDTH));
    const middle = y + ROW_HEIGHT / 2 - 4;
    return [
      `<text x="${LABEL_WIDTH - 8}" y="${middle + 4}" text-anchor="end">${label}</text>`,
      `<rect class="${ours ? 'bar ours' : 'bar'}" x="${LABEL_WIDTH}" y="${middle - 8}" width="${width}" height="16" rx="2"/>`,
      `<text x="${LABEL_WIDTH + width + 6}" y="${middle + 4}">${toFigure(figure)}</text>`,
    ].join('');
  });
  return [`<text class="title" x="0" y="20">${title}</text>`, ...drawn].join('\n');
}
