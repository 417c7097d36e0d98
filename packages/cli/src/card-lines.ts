import type { ModelCard } from "@hermes-us/hermes";
import { textTable } from "./text-table.js";

type Measured = NonNullable<ModelCard["metrics"]>["dice"];

/** @returns a model card for a terminal */
export function cardLines(card: ModelCard): string[] {
  return [
    card.title,
    "",
    ...textTable(cardRows(card)),
    "",
    ...abstentionLines(card),
    "",
    `Intended use: ${card.intendedUse}`,
  ];
}

function cardRows({ data, metrics, ...card }: ModelCard): string[][] {
  const measured =
    metrics === null
      ? [["metrics", "none: exported without the data set"]]
      : [
          [
            "measured on",
            `${metrics.part}, ${metrics.images} images of ${metrics.patients} patients (95 % intervals)`,
          ],
          ["Dice", formatMeasured(metrics.dice)],
          [`AUROC (${card.classes.at(-1)})`, formatMeasured(metrics.auroc)],
          ["accuracy", formatMeasured(metrics.accuracy)],
        ];
  return [
    ["classes", card.classes.join(", ")],
    ["input", `${card.sidePx} x ${card.sidePx} inside, ${card.aspect}; ${card.batch} per run`],
    ["weights", card.precision],
    ["lesion above", String(card.maskThreshold)],
    ...measured,
    ["data", `${data.title} (${data.manifestHash.slice(0, 12)}, split ${data.splitHash.slice(0, 12)})`],
    ["licence", data.licence],
    ["citation", data.citation ?? "none given"],
    ["plan", card.planHash],
    ["made by", `hermes ${card.codeVersion}`],
  ];
}

function formatMeasured({ value, interval }: Measured): string {
  if (value === null) return "not measurable";
  return interval === null
    ? value.toFixed(3)
    : `${value.toFixed(3)} (${interval[0].toFixed(3)} to ${interval[1].toFixed(3)})`;
}

function abstentionLines({ abstention }: ModelCard): string[] {
  if (abstention === null)
    return ["Never abstains: exported without the data set, so no thresholds were fitted."];
  const percent = (share: number | null) => (share === null ? "–" : `${(100 * share).toFixed(1)} %`);
  return [
    `Abstains below class confidence ${abstention.classConfidence.toFixed(3)} or mask confidence ` +
      `${abstention.maskConfidence.toFixed(3)}, fitted on ${abstention.images} validation images:`,
    ...textTable([
      ["kept", "wrong class", "Dice"],
      ...[abstention.kept, ...abstention.curve].map(({ coverage, errorRate, dice }, i) => [
        `${percent(coverage)}${i === 0 ? " (chosen)" : ""}`,
        percent(errorRate),
        dice === null ? "–" : dice.toFixed(3),
      ]),
    ]),
  ];
}
