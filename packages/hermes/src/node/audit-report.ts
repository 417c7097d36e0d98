import sharp from "sharp";
import { type AuditReport, summariseFindings, verdictOf } from "../data/audit/audit-report.js";
import type { Finding } from "../data/audit/finding.js";
import type { Sample } from "../data/sample.js";
import { classColour, tileOf } from "../data/sheet-tile.js";
import { UserError } from "../errors.js";
import type { Dataset } from "./dataset-folder.js";
import { decodeImage } from "./image-codec.js";
import { loadMask } from "./load-mask.js";
import { resizePlane } from "../data/resize.js";
import { toGrey } from "../data/raster.js";

const TILE_PX = 128;
const JPEG_QUALITY = 72;
/** Findings of one kind, and images of one finding, that are shown with pictures; the rest is listed by name. */
const SHOWN_PER_KIND = 40;
const SHOWN_PER_FINDING = 8;

const STYLE = `
:root { color-scheme: light dark; --ground: #fff; --ink: #1b1e23; --faint: #5d6570; --line: #d5d9df;
  --blocking: #b3261e; --warning: #8a5a00; --info: #2b5f9e }
@media (prefers-color-scheme: dark) { :root { --ground: #16181c; --ink: #e6e8eb; --faint: #a5abb3; --line: #353a42;
  --blocking: #ff8a80; --warning: #ffc166; --info: #8ab8f0 } }
@media print { :root { --ground: #fff; --ink: #000; --faint: #444; --line: #bbb; --blocking: #b3261e; --warning: #8a5a00; --info: #2b5f9e } }
body { margin: 1.5rem auto; max-width: 72rem; padding: 0 1rem; background: var(--ground); color: var(--ink); font: 15px/1.45 system-ui, sans-serif }
table { border-collapse: collapse } td, th { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line) }
td.number { text-align: right; font-variant-numeric: tabular-nums }
.blocking { color: var(--blocking) } .warning { color: var(--warning) } .info { color: var(--info) }
section { margin-top: 2rem } h2 { margin-bottom: .2rem } p { margin: .3rem 0 }
.finding { margin: .8rem 0; padding-top: .4rem; border-top: 1px solid var(--line); break-inside: avoid }
.tiles { display: flex; flex-wrap: wrap; gap: 8px } figure { margin: 0; width: ${TILE_PX}px } img { display: block; background: #000 }
figcaption { font-size: 12px; color: var(--faint); overflow-wrap: anywhere }`;

/** @returns a page that needs no other file: the table, then pictures of each finding with the outlines */
export async function auditHtml(dataset: Dataset, report: AuditReport): Promise<string> {
  const { title, classes } = dataset.manifest.header;
  const samples = new Map(dataset.manifest.samples.map((sample) => [sample.id, sample]));
  const figures = new FigureStore(dataset, classes);
  const sections: string[] = [];
  for (const { code, severity, meaning } of summariseFindings(report.findings)) {
    const same = report.findings.filter((one) => one.code === code && one.severity === severity);
    sections.push(await sectionOf(`${code}`, severity, meaning, same, samples, figures));
  }
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Audit: ${escapeHtml(title)}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>${STYLE}</style></head>
<body><h1>Audit: ${escapeHtml(title)}</h1>
<p>${report.images} images; verdict: <b>${verdictOf(report)}</b>; ${report.nearDuplicateGroups.length} groups of copies; manifest ${report.manifestHash.slice(0, 12)}.</p>
${summaryTable(report)}
${probeTable(report)}
${sections.join("\n")}
</body></html>
`;
}

function summaryTable(report: AuditReport): string {
  const rows = summariseFindings(report.findings).map(
    ({ code, severity, findings, images, meaning }) =>
      `<tr><td class="${severity}">${severity}</td><td><a href="#${severity}-${code}">${code}</a></td><td class="number">${findings}</td><td class="number">${images}</td><td>${escapeHtml(meaning)}</td></tr>`,
  );
  return `<table><tr><th>severity</th><th>finding</th><th>findings</th><th>images</th><th>meaning</th></tr>\n${rows.join("\n")}</table>`;
}

function probeTable({ shortcutProbe }: AuditReport): string {
  if (shortcutProbe === null)
    return "<section><h2>Shortcut probe</h2><p>Too few images per class.</p></section>";
  const { combined, single, positiveClass, images } = shortcutProbe;
  const row = (name: string, { auc, low, high }: typeof combined): string =>
    `<tr><td>${escapeHtml(name)}</td><td class="number">${auc.toFixed(2)}</td><td class="number">${low.toFixed(2)} to ${high.toFixed(2)}</td></tr>`;
  const rows = [
    row("all together, cross-validated", combined),
    ...Object.entries(single).map(([name, value]) => row(name, value)),
  ];
  return `<section><h2>Shortcut probe</h2><p>How well ${escapeHtml(positiveClass)} can be told without looking at the anatomy (AUC, 95 % interval over patients, ${images} images; 0.5 is chance).</p>
<table><tr><th>feature</th><th>AUC</th><th>interval</th></tr>${rows.join("\n")}</table></section>`;
}

async function sectionOf(
  code: string,
  severity: Finding["severity"],
  meaning: string,
  findings: readonly Finding[],
  samples: ReadonlyMap<string, Sample>,
  figures: FigureStore,
): Promise<string> {
  const shown: string[] = [];
  for (const { ids, message } of findings.slice(0, SHOWN_PER_KIND)) {
    const pictures: string[] = [];
    for (const id of ids.slice(0, SHOWN_PER_FINDING)) {
      const sample = samples.get(id);
      if (sample !== undefined) pictures.push(await figures.figureOf(sample));
    }
    const more = ids.length > SHOWN_PER_FINDING ? `<p>and ${ids.length - SHOWN_PER_FINDING} more</p>` : "";
    shown.push(
      `<div class="finding"><p>${escapeHtml(message)}</p><div class="tiles">${pictures.join("")}</div>${more}</div>`,
    );
  }
  const rest = findings.slice(SHOWN_PER_KIND);
  const listed =
    rest.length === 0 ? "" : `<p>Also: ${escapeHtml(rest.map(({ ids }) => ids.join(" = ")).join(", "))}</p>`;
  return `<section id="${severity}-${code}"><h2>${code} <small class="${severity}">${severity}, ${findings.length}</small></h2>
<p>${escapeHtml(meaning)}</p>${shown.join("\n")}${listed}</section>`;
}

/** Makes the picture of each image once. */
class FigureStore {
  readonly #figures = new Map<string, Promise<string>>();

  constructor(
    private readonly dataset: Dataset,
    private readonly classes: readonly string[],
  ) {}

  figureOf(sample: Sample): Promise<string> {
    const known = this.#figures.get(sample.id);
    if (known !== undefined) return known;
    const made = this.#make(sample);
    this.#figures.set(sample.id, made);
    return made;
  }

  async #make(sample: Sample): Promise<string> {
    const caption = [
      sample.id,
      sample.className ?? "no class",
      sample.group === null ? "" : `patient ${sample.group}`,
    ];
    const text = escapeHtml(caption.filter((part) => part !== "").join(" · "));
    const source = await this.#picture(sample).catch((error: unknown) => {
      if (error instanceof UserError) return null;
      throw error;
    });
    const picture =
      source === null
        ? "<p>cannot be read</p>"
        : `<img src="${source}" width="${TILE_PX}" height="${TILE_PX}" alt="${text}">`;
    return `<figure>${picture}<figcaption>${text}</figcaption></figure>`;
  }

  async #picture(sample: Sample): Promise<string> {
    const image = await decodeImage(this.dataset.pathOf(sample.image), sample.image);
    const mask = await loadMask(this.dataset, sample);
    const grey = letterbox(toGrey(image), image);
    const lesion = mask === null ? null : letterbox(mask.data, mask).map((share) => (share >= 0.5 ? 1 : 0));
    const at = sample.className === null ? -1 : this.classes.indexOf(sample.className);
    const tile = tileOf(
      Uint8Array.from(grey, Math.round),
      lesion,
      TILE_PX,
      classColour(at < 0 ? null : at, this.classes.length),
    );
    const raw = { width: TILE_PX, height: TILE_PX, channels: 3 } as const;
    const bytes = await sharp(tile.data, { raw }).jpeg({ quality: JPEG_QUALITY }).toBuffer();
    return `data:image/jpeg;base64,${bytes.toString("base64")}`;
  }
}

/** @returns the plane shrunk into the middle of a square tile, 0 around it */
function letterbox(
  data: Uint8Array,
  { widthPx, heightPx }: { widthPx: number; heightPx: number },
): Float64Array {
  const scale = TILE_PX / Math.max(widthPx, heightPx);
  const width = Math.max(1, Math.round(widthPx * scale));
  const height = Math.max(1, Math.round(heightPx * scale));
  const inner = resizePlane({ widthPx, heightPx, data }, width, height, "area");
  const out = new Float64Array(TILE_PX * TILE_PX);
  const left = Math.floor((TILE_PX - width) / 2);
  const top = Math.floor((TILE_PX - height) / 2);
  for (let y = 0; y < height; y++) {
    out.set(inner.subarray(y * width, (y + 1) * width), (top + y) * TILE_PX + left);
  }
  return out;
}

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => HTML_ESCAPES[character] ?? "");
}
