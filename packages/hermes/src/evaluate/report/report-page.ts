import type { FindingSummary } from "../../data/audit/audit-report.js";
import type { LedgerEntry } from "../../data/split/test-ledger.js";
import type { Estimate } from "../estimate.js";
import type { Evaluation } from "../evaluation.js";
import { formatMetric, type MetricName, metricTitle } from "../metric-info.js";
import { checklist } from "./checklist.js";
import {
  type GalleryImage,
  type GalleryMaps,
  galleryLists,
  largeGallery,
  pictureStore,
  smallGallery,
} from "./gallery.js";
import { escapeHtml, htmlPage, htmlTable, type Section } from "./html.js";
import {
  confusionTable,
  intervalText,
  metricTable,
  operatingTable,
  resampledUnit,
  subgroupTable,
} from "./metric-tables.js";
import {
  calibrationChart,
  diceHistogram,
  precisionRecallChart,
  rocChart,
  selectionChart,
} from "./result-charts.js";
import { PAGE_STYLE } from "./style.js";
import { type TrainingCurves, trainingCharts } from "./training-charts.js";

/** All that the page of an evaluation shows. */
export interface ReportContent {
  readonly evaluation: Evaluation;
  readonly curves: TrainingCurves;
  /** `null`: the set was not audited as it is now. */
  readonly findings: readonly FindingSummary[] | null;
  /** Openings of this test part, the latest last. */
  readonly ledger: readonly LedgerEntry[];
  /** Images that are shown, in any order. */
  readonly gallery: readonly GalleryImage[];
  /** Of the listed images. */
  readonly maps: ReadonlyMap<string, GalleryMaps>;
}

/** @returns a page that needs no other file */
export function reportPage(content: ReportContent): string {
  const { evaluation } = content;
  const { run } = evaluation;
  const sections = [
    segmentationSection(evaluation),
    classificationSection(evaluation),
    selectionSection(evaluation),
    imagesSection(content),
    subgroupSection(evaluation),
    trainingSection(content),
    dataSection(content),
    checklistSection(content),
    planSection(evaluation),
  ].filter((section) => section !== null);
  return htmlPage(
    `Evaluation of ${run.method}, ${run.labels} labels, seed ${run.seed}`,
    lead(evaluation),
    sections,
    PAGE_STYLE,
  );
}

const TILES: readonly MetricName[] = [
  "dice",
  "iou",
  "hd95Px",
  "hd95Mm",
  "auroc",
  "auprc",
  "balancedAccuracy",
  "calibrationError",
];

function lead({ run, data, segmentation, classification, notes, testLooks, time }: Evaluation): string {
  const metrics: Readonly<Record<string, Estimate>> = {
    ...segmentation?.metrics,
    ...classification?.metrics,
  };
  const tiles = TILES.flatMap((name) => {
    const estimate = metrics[name];
    return estimate === undefined || estimate.value === null
      ? []
      : [
          `<li><small>${escapeHtml(metricTitle(name))}</small><b>${formatMetric(name, estimate.value)}</b><small>${intervalText(name, estimate)}</small></li>`,
        ];
  });
  const where = data.relation === "other" ? "a set that it was not trained on" : PART_NAMES[data.part];
  const looks = testLooks === null ? "" : ` Test looks so far: ${testLooks.all}.`;
  const remarks =
    notes.length === 0
      ? ""
      : `<div class="notes">${notes.map((note) => `<p>${escapeHtml(note)}</p>`).join("")}</div>`;
  return `<p>${escapeHtml(data.title)}, ${where}: ${data.images} images of ${data.groups} known patients. Run <code>${escapeHtml(run.id)}</code>, ${time.slice(0, 10)}.${looks} Research use only; not a medical device.</p>
${remarks}<ul class="tiles" aria-label="Main results with 95 % intervals over ${resampledUnit(data)}">${tiles.join("")}</ul>`;
}

const PART_NAMES: Readonly<Record<Evaluation["data"]["part"], string>> = {
  test: "test part",
  val: "validation part",
  all: "all images",
  ids: "a list of images",
};

function segmentationSection({ segmentation, images, data }: Evaluation): Section | null {
  if (segmentation === null) return null;
  const { emptyCases, surfaceTolerances, truthLesions, predictedLesions } = segmentation;
  const tolerances = surfaceTolerances.map(({ value, unit, images: n }) => `${value} ${unit} (${n} images)`);
  return {
    id: "segmentation",
    title: "Outlines",
    html: `${metricTable("segmentation", data, segmentation)}
<p class="faint">Measured at each image's own size, then averaged. ${truthLesions} lesions, ${predictedLesions} findings. Tolerance of the surface agreement: ${tolerances.join(", ")}. Empty masks: none found where there is a lesion in ${emptyCases["prediction-empty"]} images, found where there is none in ${emptyCases["truth-empty"]}, rightly none in ${emptyCases["both-empty"]}; distances are not defined where one mask alone is empty and leave such images out.</p>
<div class="charts">${diceHistogram(images)}</div>`,
  };
}

function classificationSection({ classification, images, run, data }: Evaluation): Section | null {
  if (classification === null) return null;
  const { positive, metrics } = classification;
  const text = (name: MetricName) => formatMetric(name, metrics[name]?.value ?? null);
  const points =
    classification.operatingPoints.length === 0
      ? `<p class="faint">No thresholds fitted on validation are known.</p>`
      : operatingTable(classification);
  return {
    id: "classification",
    title: "Classes",
    html: `${metricTable("classification", data, classification)}
<p class="faint">Rates speak of ${escapeHtml(positive)}. Calibration error: 15 bins of equal width, of the called class.</p>
${points}
${confusionTable(classification, run.classes)}
<div class="charts">${rocChart(images, positive, text("auroc"))}${precisionRecallChart(images, positive, text("auprc"))}${calibrationChart(images, positive)}</div>`,
  };
}

function selectionSection({ images, run }: Evaluation): Section {
  return {
    id: "selection",
    title: "Handing over",
    html: `<p class="faint">What remains wrong when the images that the run is least certain of go to a person: by the uncertainty of the class, and by that of the outline. A curve that rises to the right means that the uncertainty is worth something. The thresholds of an exported model are fitted on validation, not here.</p>
<div class="charts">${selectionChart(images, run.classes)}</div>`,
  };
}

function imagesSection({ evaluation, gallery, maps }: ReportContent): Section {
  const { classes } = evaluation.run;
  const lists = galleryLists(evaluation.images, classes).map((list) =>
    largeGallery(list, gallery, maps, classes),
  );
  const left = evaluation.images.length - gallery.length;
  return {
    id: "images",
    title: "Images",
    html: `${pictureStore(gallery)}
<p><span class="key"></span>true outline <span class="key dashed"></span>predicted outline. Beside the picture: <b>saliency</b>, where the classifier looks (each picture to its own full range), and <b>certainty</b> of the outline, one less the entropy of each pixel's probability; bright is high.</p>
${lists.join("\n")}
<details><summary>All images, worst Dice first (${gallery.length}${left > 0 ? `, the other ${left} are in images.csv` : ""})</summary>
${smallGallery(gallery, classes)}</details>`,
  };
}

function subgroupSection({ subgroups, data }: Evaluation): Section | null {
  if (subgroups.length === 0) return null;
  return {
    id: "subgroups",
    title: "Subgroups",
    html: `${subgroupTable({ subgroups, data })}
<p class="faint">Lesion size is the share of the image that the true outline covers, in thirds. An AUROC needs both classes. Differences between these rows are hints, not tests.</p>`,
  };
}

function trainingSection({ curves }: ReportContent): Section | null {
  const html = trainingCharts(curves);
  return html === "" ? null : { id: "training", title: "Training", html };
}

function dataSection({ evaluation, findings, ledger }: ReportContent): Section {
  const { data, run } = evaluation;
  const audit =
    findings === null
      ? "<p>This set was not audited as it is now: copies, leaks and wrong masks were not looked for.</p>"
      : findings.length === 0
        ? "<p>The audit found nothing.</p>"
        : htmlTable(
            "What the audit found in the whole set",
            [
              { title: "finding", align: "text" },
              { title: "severity", align: "text" },
              { title: "images", align: "number" },
              { title: "meaning", align: "text" },
            ],
            findings.map(({ code, severity, images, meaning }) => [code, severity, String(images), meaning]),
          );
  const openings =
    ledger.length === 0
      ? "<p>No openings of this test part are written down.</p>"
      : htmlTable(
          `Openings of this test part: ${ledger.length}`,
          [
            { title: "time", align: "text" },
            { title: "run", align: "text" },
            { title: "purpose", align: "text" },
            { title: "by", align: "text" },
          ],
          ledger.map(({ time, runId, purpose, who }) => [time, runId, purpose, who]),
        );
  const split =
    data.relation === "other"
      ? "<p>All usable images of this set; the run was trained on another.</p>"
      : `<p>Split <code>${escapeHtml(run.splitName)}</code>, hash <code>${run.splitHash.slice(0, 12)}</code>, label budget ${escapeHtml(run.labels)}: ${run.labelledImages} labelled and ${run.unlabelledImages} unlabelled training images.</p>`;
  return {
    id: "data",
    title: "Data, split and looks at the test part",
    html: `<p>${escapeHtml(data.title)} (${escapeHtml(data.format)}), manifest <code>${data.manifestHash.slice(0, 12)}</code>, images <code>${data.imagesHash.slice(0, 12)}</code>. Licence: ${escapeHtml(data.licence)}. ${escapeHtml(data.citation ?? "")}</p>
${split}${audit}${openings}`,
  };
}

function checklistSection({ evaluation, findings }: ReportContent): Section {
  const imagesWithoutGroup = evaluation.images.filter(({ group }) => group === null).length;
  const items = checklist({ evaluation, audited: findings === null ? "no" : "yes", imagesWithoutGroup });
  return {
    id: "checklist",
    title: "Checklist for a publication (after CLAIM)",
    html: htmlTable(
      `${items.filter(({ answer }) => answer !== null).length} of ${items.length} items filled in from what is known`,
      [
        { title: "item", align: "text" },
        { title: "what is known", align: "text" },
      ],
      items.map(({ item, answer }) => [
        item,
        answer ?? { html: `<span class="unknown">unknown: for the authors to fill in</span>` },
      ]),
    ),
  };
}

function planSection({ run }: Evaluation): Section {
  return {
    id: "plan",
    title: "Plan of the run",
    html: `<p class="faint">Plan ${run.planHash.slice(0, 12)}, weights ${run.weightsSha256.slice(0, 12)}.</p><pre tabindex="0">${escapeHtml(JSON.stringify(run.plan, undefined, 2))}</pre>`,
  };
}
