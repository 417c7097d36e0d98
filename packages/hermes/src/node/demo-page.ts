import type { DemoScore } from "./demo.js";

export interface DemoPage {
  readonly scores: readonly DemoScore[];
  readonly labels: number;
  readonly images: number;
  /** Relative to the page. */
  readonly pictures: string;
}

const number = (value: number | null) => (value === null ? "-" : value.toFixed(3));

/** @returns an HTML page: the table, the pictures, and links to the report of each run */
export function demoPage({ scores, labels, images, pictures }: DemoPage): string {
  const rows = scores.map(
    ({ method, seed, dice, auroc, report }) =>
      `<tr><td>${method}</td><td>${seed}</td><td>${number(dice)}</td><td>${number(auroc)}</td><td><a href="${encodeURI(report)}">report</a></td></tr>`,
  );
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Hermes demo</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:1300px;margin:2rem auto;padding:0 1rem}
td,th{padding:.2rem .9rem;text-align:right}td:first-child,th:first-child{text-align:left}img{max-width:100%}</style>
<h1>Hermes demo</h1>
<p>${images} simulated ultrasound images; ${labels} of the training images have labels, the same ones for each method. The
numbers are means over test images of patients that no training saw.</p>
<table><tr><th>method</th><th>seed</th><th>lesion Dice</th><th>AUROC</th><th></th></tr>
${rows.join("\n")}
</table>
<p>Test images; yellow: the true outline, orange: the predicted one.</p>
<img src="${encodeURI(pictures)}" alt="Test images with true and predicted outlines, once per method">
</html>
`;
}
