import type { SheetEntry } from "./contact-sheet.js";
import { encodePng } from "./image-codec.js";

const STYLE = `
body { margin: 1.5rem; background: #16181c; color: #e6e8eb; font: 14px/1.4 system-ui, sans-serif }
main { display: flex; flex-wrap: wrap; gap: 12px }
figure { margin: 0; border-top: 4px solid var(--class) }
figure div { display: flex }
img { display: block; background: #000 }
figcaption { padding: 4px 2px; overflow-wrap: anywhere }
figcaption b { color: var(--class) }
figcaption small { display: block; color: #a5abb3 }`;

/** @returns a page that needs no other file: each image with its views, class, part and what is known of it */
export async function contactSheetHtml(
  title: string,
  views: readonly string[],
  entries: readonly SheetEntry[],
): Promise<string> {
  const figures = await Promise.all(entries.map((entry) => figureOf(entry, views)));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>${STYLE}</style></head>
<body><h1>${escapeHtml(title)}</h1><p>${entries.length} images; from left to right: ${views.join(", ")}.</p>
<main>
${figures.join("\n")}
</main></body></html>
`;
}

async function figureOf(entry: SheetEntry, views: readonly string[]): Promise<string> {
  const pictures = await Promise.all(
    entry.tiles.map(async ({ data, sidePx }, i) => {
      const png = await encodePng({ widthPx: sidePx, heightPx: sidePx, channels: 3, data });
      const source = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
      return `<img src="${source}" width="${sidePx}" height="${sidePx}" alt="${escapeHtml(`${entry.id}, ${views[i]}`)}">`;
    }),
  );
  const sidePx = entry.tiles[0]?.sidePx ?? 0;
  const part = entry.part === null ? "" : ` · ${escapeHtml(entry.part)}`;
  return `<figure style="--class: rgb(${entry.colour.join(",")}); width: ${sidePx * entry.tiles.length}px"><div>${pictures.join("")}</div>
<figcaption><b>${escapeHtml(entry.className)}</b>${part}<br>${escapeHtml(entry.id)}<small>${escapeHtml(entry.remark)}</small></figcaption></figure>`;
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
