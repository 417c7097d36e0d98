import type { NetworkPrediction } from "../predict/predictor.js";
import type { StepTaken } from "../train/step-record.js";
import { stepNames } from "../train/training-program.js";
import type { ValidationImage } from "../train/validation.js";
import { encodePng } from "./image-codec.js";
import type { TaggedPictures } from "./tensorboard.js";
import type { TensorboardPicture } from "./tensorboard-records.js";

/** Images of each kind per validation. */
const SHOWN = 4;
const LESION_PROB = 0.5;

type Colour = readonly [red: number, green: number, blue: number];
const TRUTH: Colour = [0, 200, 80];
const PREDICTED: Colour = [230, 60, 60];
const KEPT: Colour = [70, 130, 255];

/** A square in colour, S x S x 3. */
type Panel = Uint8Array;

/**
 * Validation images beside what the network says: image; truth green, prediction red, both yellow; saliency.
 * @param images the whole validation part: the first few are shown, the same every time
 */
export async function validationPictures(
  images: readonly ValidationImage[],
  predictions: readonly NetworkPrediction[],
  sidePx: number,
): Promise<TaggedPictures> {
  const shown = images.slice(0, SHOWN).map(async (image, i) => {
    const { lesionProbs, saliency } = predictions[i]!;
    const overlay = grey(image.image);
    const truth = truthInSquare(image, sidePx);
    tint(overlay, TRUTH, (at) => truth?.[at] === 1);
    tint(overlay, PREDICTED, (at) => lesionProbs[at]! > LESION_PROB);
    const panels = [grey(image.image), overlay, ...(saliency === null ? [] : [grey(saliency)])];
    return [`validation/${i}`, await sideBySide(panels, sidePx)] as const;
  });
  return new Map(await Promise.all(shown));
}

/** Unlabelled images of a step: weak view; lesion pseudo-label red; pixels that count blue. */
export async function pseudoLabelPictures({ result, batch }: StepTaken): Promise<TaggedPictures> {
  const masks = result.outputs[stepNames.pseudoMask]?.data;
  const keeps = result.outputs[stepNames.pseudoKeepPixels]?.data;
  const { unlabelled } = batch;
  if (masks === undefined || keeps === undefined || unlabelled === null) return new Map();
  const area = unlabelled.sidePx ** 2;
  const shown = unlabelled.ids.slice(0, SHOWN).map(async (_, i) => {
    const view = unlabelled.weak.subarray(i * area, (i + 1) * area);
    const [lesion, kept] = [grey(view), grey(view)];
    tint(lesion, PREDICTED, (at) => masks[i * area + at] === 1);
    tint(kept, KEPT, (at) => keeps[i * area + at] === 1);
    return [`pseudo-label/${i}`, await sideBySide([grey(view), lesion, kept], unlabelled.sidePx)] as const;
  });
  return new Map(await Promise.all(shown));
}

/** @param levels 0 to 1 */
function grey(levels: Float32Array): Panel {
  const panel = new Uint8Array(levels.length * 3);
  for (let at = 0; at < levels.length; at++) panel.fill(Math.round(255 * levels[at]!), at * 3, at * 3 + 3);
  return panel;
}

/** Mixes the colour half and half into the chosen pixels. */
function tint(panel: Panel, colour: Colour, isChosen: (at: number) => boolean): void {
  for (let at = 0; at < panel.length / 3; at++) {
    if (!isChosen(at)) continue;
    for (const [channel, level] of colour.entries()) {
      panel[at * 3 + channel] = Math.round((panel[at * 3 + channel]! + level) / 2);
    }
  }
}

/** @returns the outline's mask at the network's size, nearest pixel; 0 in the bars */
function truthInSquare({ truth, content }: ValidationImage, sidePx: number): Uint8Array | undefined {
  if (truth === null) return undefined;
  const out = new Uint8Array(sidePx * sidePx);
  for (let y = 0; y < content.heightPx; y++) {
    const fromY = Math.floor(((y + 0.5) * truth.heightPx) / content.heightPx);
    for (let x = 0; x < content.widthPx; x++) {
      const fromX = Math.floor(((x + 0.5) * truth.widthPx) / content.widthPx);
      out[(content.topPx + y) * sidePx + content.leftPx + x] = truth.data[fromY * truth.widthPx + fromX]!;
    }
  }
  return out;
}

async function sideBySide(panels: readonly Panel[], sidePx: number): Promise<TensorboardPicture> {
  const [widthPx, rowBytes] = [panels.length * sidePx, sidePx * 3];
  const data = new Uint8Array(widthPx * sidePx * 3);
  for (const [i, panel] of panels.entries()) {
    for (let y = 0; y < sidePx; y++) {
      data.set(panel.subarray(y * rowBytes, (y + 1) * rowBytes), (y * panels.length + i) * rowBytes);
    }
  }
  const png = await encodePng({ widthPx, heightPx: sidePx, channels: 3, data });
  return { widthPx, heightPx: sidePx, png };
}
