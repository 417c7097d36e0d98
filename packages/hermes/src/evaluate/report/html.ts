const ESCAPES: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
  "'": "&#39;",
};

/** @returns text that is safe between tags and in quoted attributes */
export function escapeHtml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => ESCAPES[character] ?? "");
}

export interface Column {
  readonly title: string;
  readonly align: "text" | "number";
}

/** A cell as text, or as markup that is safe already. */
export type Cell = string | { readonly html: string };

/** @returns a table with a caption; the first cell of each row is its heading */
export function htmlTable(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): string {
  const head = columns.map(
    ({ title, align }) => `<th scope="col" class="${align}">${escapeHtml(title)}</th>`,
  );
  const body = rows.map((row) => {
    const cells = row.map((cell, i) => {
      const text = typeof cell === "string" ? escapeHtml(cell) : cell.html;
      const align = columns[i]?.align ?? "text";
      return i === 0 ? `<th scope="row" class="${align}">${text}</th>` : `<td class="${align}">${text}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<div class="wide" tabindex="0" role="region" aria-label="${escapeHtml(caption)}"><table><caption>${escapeHtml(caption)}</caption>
<thead><tr>${head.join("")}</tr></thead><tbody>
${body.join("\n")}
</tbody></table></div>`;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly html: string;
}

/** @returns a whole page that needs no other file and may load none */
export function htmlPage(title: string, lead: string, sections: readonly Section[], style: string): string {
  const links = sections.map(({ id, title: name }) => `<li><a href="#${id}">${escapeHtml(name)}</a></li>`);
  const parts = sections.map(
    ({ id, title: name, html }) =>
      `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${escapeHtml(name)}</h2>\n${html}\n</section>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${style}</style></head>
<body><a class="skip" href="#main">Skip to the results</a>
<header><h1>${escapeHtml(title)}</h1>
${lead}
<nav aria-label="Contents"><ul>${links.join("")}</ul></nav></header>
<main id="main">
${parts.join("\n")}
</main></body></html>
`;
}
