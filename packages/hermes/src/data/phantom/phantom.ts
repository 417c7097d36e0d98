import { simulateBMode } from "./b-mode.js";
import { addDistractors } from "./distractors.js";
import type { EchoMap } from "./echo-map.js";
import { insertLesion } from "./lesion.js";
import type { LesionLookName } from "./lesion-look.js";
import { LesionOutline } from "./lesion-shape.js";
import {
  type ClassMix,
  defaultClassMix,
  type PhantomClass,
  type PhantomPatient,
  patientOf,
} from "./patient.js";
import type { LesionSigns } from "./signs.js";
import { drawLayerDepths, layTissue } from "./tissue.js";

export interface PhantomRequest {
  readonly seed: number | string;
  /** From 0; images 0, 1, 2, ... form a set in which the views of a patient follow each other. */
  readonly index: number;
  /** Longest side, pixels. */
  readonly sizePx: number;
  readonly classMix?: ClassMix;
  readonly lesions?: LesionLookName;
}

/** One simulated image and all that is known about it. */
export interface Phantom {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Grey values [H, W]. */
  readonly image: Uint8Array;
  /** [H, W], 1 inside the lesion; all zero in a normal image. */
  readonly mask: Uint8Array;
  /** Vertices [x, y] of the lesion's outline; the origin is the top left corner of the top left pixel. */
  readonly outlinePx: readonly (readonly [number, number])[];
  readonly className: PhantomClass;
  /** Number of the patient, from 0. */
  readonly patient: number;
  /** Number among the patient's views, from 0. */
  readonly view: number;
  readonly device: string;
  readonly signs: LesionSigns | null;
}

/** Distance that a lesion keeps from the edge of the image. */
const MARGIN_PX = 3;

/** Pure: equal requests give equal bytes, in any order. */
export function generatePhantom({
  seed,
  index,
  sizePx,
  classMix = defaultClassMix,
  lesions = "natural",
}: PhantomRequest): Phantom {
  const { patient, view } = patientOf({ seed, classMix, lesions }, index);
  const { aspect } = patient.device;
  const widthPx = aspect >= 1 ? sizePx : Math.round(sizePx * aspect);
  const heightPx = aspect >= 1 ? Math.round(sizePx / aspect) : sizePx;
  const own = patient.key.fork("view", view);
  const stream = own.fork("settings").stream();
  const depths = drawLayerDepths(patient.key);
  const map = layTissue(depths, widthPx, heightPx, own.fork("tissue"));
  addDistractors(map, depths, own.fork("distractors"));
  const { mask, outlinePx } = placeLesion(patient, view, map);
  const settings = { gainDb: 2.5 * stream.normal(), depthGainErrorDb: -5 + 6 * stream.normal() };
  return {
    widthPx,
    heightPx,
    image: simulateBMode(map, patient.device, settings, own.fork("sound")),
    mask,
    outlinePx,
    className: patient.className,
    patient: patient.number,
    view,
    device: patient.device.name,
    signs: patient.signs,
  };
}

function placeLesion(
  patient: PhantomPatient,
  view: number,
  map: EchoMap,
): Pick<Phantom, "mask" | "outlinePx"> {
  const { widthPx, heightPx } = map;
  if (patient.signs === null) return { mask: new Uint8Array(widthPx * heightPx), outlinePx: [] };
  const outline = new LesionOutline(patient.signs, patient.key.fork("outline").stream());
  const home = patient.key.fork("place").stream();
  const depthShare = 0.3 + 0.3 * home.uniform();
  const own = patient.key.fork("view", view, "lesion");
  const stream = own.stream();
  const shape = outline.place(
    {
      xPx: widthPx * (0.5 + 0.14 * stream.normal()),
      yPx: heightPx * (depthShare + 0.04 * stream.normal()),
    },
    {
      widthFactor: Math.exp(0.1 * stream.normal()),
      heightFactor: Math.exp(0.08 * stream.normal()),
      tiltRad: 0.12 * stream.normal(),
      phaseRad: view === 0 ? 0 : 0.5 * stream.normal(),
    },
    { widthPx, heightPx, marginPx: MARGIN_PX, scalePx: Math.min(widthPx, heightPx) },
  );
  return { mask: insertLesion(map, shape, patient.signs, own), outlinePx: shape.outlinePx };
}
