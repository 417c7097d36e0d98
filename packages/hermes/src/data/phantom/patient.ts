import { type Key, key } from "../../random.js";
import { type DeviceStyle, deviceStyles } from "./device.js";
import { type LesionLookName, lesionLooks } from "./lesion-look.js";
import { drawSigns, type LesionSigns } from "./signs.js";

export type PhantomClass = "benign" | "malignant" | "normal";

/** Which classes occur, and how often, among the patients; shares of 1. */
export interface ClassMix {
  readonly malignant: number;
  readonly normal: number;
}

export const defaultClassMix: ClassMix = { malignant: 1 / 3, normal: 0 };

/** Of which patients a set is made. */
export interface Population {
  readonly seed: number | string;
  readonly classMix: ClassMix;
  readonly lesions: LesionLookName;
}

/** What does not change between the views of a patient. */
export interface PhantomPatient {
  /** From 0. */
  readonly number: number;
  readonly className: PhantomClass;
  readonly device: DeviceStyle;
  /** `null` for a normal breast. */
  readonly signs: LesionSigns | null;
  /** Randomness of the patient's anatomy. */
  readonly key: Key;
}

/** Views of four patients, in an order drawn per block: 7 images of 4 patients, as 1,875 of 1,064 in BUS-BRA. */
const VIEWS_OF_BLOCK = [1, 1, 2, 3] as const;
const IMAGES_PER_BLOCK = 7;

/** @returns the patient that image `index` belongs to, and which of the patient's views it is; no state, any order. */
export function patientOf(population: Population, index: number): { patient: PhantomPatient; view: number } {
  const root = key(population.seed).fork("phantom");
  const block = Math.floor(index / IMAGES_PER_BLOCK);
  const views = root.fork("views", block).stream().shuffle(VIEWS_OF_BLOCK);
  let view = index % IMAGES_PER_BLOCK;
  let place = 0;
  while (view >= views[place]!) {
    view -= views[place]!;
    place++;
  }
  return { patient: drawPatient(root, block * VIEWS_OF_BLOCK.length + place, population), view };
}

function drawPatient(root: Key, number: number, { classMix, lesions }: Population): PhantomPatient {
  const own = root.fork("patient", number);
  const stream = own.fork("traits").stream();
  const className = classOf(root, number, classMix);
  return {
    number,
    className,
    device: stream.choose(deviceStyles),
    signs: className === "normal" ? null : drawSigns(stream, className, lesionLooks[lesions]),
    key: own,
  };
}

/**
 * Spreads the classes evenly over the patients (the golden-ratio sequence), so that a small set has the wished
 * shares too.
 */
function classOf(root: Key, number: number, mix: ClassMix): PhantomClass {
  const position = (root.fork("class").uniform() + number * 0.618033988749895) % 1;
  if (position < mix.malignant) return "malignant";
  return position < mix.malignant + mix.normal ? "normal" : "benign";
}
