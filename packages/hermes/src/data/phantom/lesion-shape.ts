import type { RandomStream } from "../../random.js";
import type { LesionSigns } from "./signs.js";

const ANGLES = 512;
const OUTLINE_POINTS = 128;

/** The outline of a lesion in one view, and the signed distance of every point from it. */
export interface LesionShape {
  readonly centreXPx: number;
  readonly centreYPx: number;
  /** @returns distance from the outline along the ray from the centre: negative inside, in pixels. */
  distancePx(xPx: number, yPx: number): number;
  /** Half of the extent of the box around the outline. */
  readonly extentXPx: number;
  readonly extentYPx: number;
  /** Vertices [x, y] of the outline; the origin is the top left corner of the top left pixel. */
  readonly outlinePx: readonly (readonly [number, number])[];
}

/** What a view changes in the section that it shows. */
export interface SectionChange {
  readonly widthFactor: number;
  readonly heightFactor: number;
  readonly tiltRad: number;
  /** Turns the irregularities of the outline. */
  readonly phaseRad: number;
}

/**
 * The outline is r(t) = 1 + lobes + irregular waves + spicules, on an ellipse.
 * @param outline draws the outline; the same stream state gives the same outline in every view of a patient.
 * @param scalePx length that the signs' shares are of.
 */
export class LesionOutline {
  readonly #radius: Float32Array;

  constructor(
    private readonly signs: LesionSigns,
    outline: RandomStream,
  ) {
    this.#radius = radii(signs, outline);
  }

  /** @returns the outline placed in an image; the centre is moved to keep it inside by `marginPx`. */
  place(
    centre: { xPx: number; yPx: number },
    change: SectionChange,
    frame: { widthPx: number; heightPx: number; marginPx: number; scalePx: number },
  ): LesionShape {
    const a = this.signs.halfWidth * change.widthFactor * frame.scalePx;
    const b = this.signs.halfHeight * change.heightFactor * frame.scalePx;
    const tilt = this.signs.tiltRad + change.tiltRad;
    const { extentX, extentY } = this.#extents(a, b, tilt, change.phaseRad);
    const fit = Math.min(
      1,
      (frame.widthPx / 2 - frame.marginPx - 1) / extentX,
      (frame.heightPx / 2 - frame.marginPx - 1) / extentY,
    );
    const keepIn = (value: number, extent: number, size: number): number =>
      Math.min(Math.max(value, extent * fit + frame.marginPx), size - 1 - extent * fit - frame.marginPx);
    const centreXPx = keepIn(centre.xPx, extentX, frame.widthPx);
    const centreYPx = keepIn(centre.yPx, extentY, frame.heightPx);
    const cos = Math.cos(tilt);
    const sin = Math.sin(tilt);
    return {
      centreXPx,
      centreYPx,
      extentXPx: extentX * fit,
      extentYPx: extentY * fit,
      outlinePx: Array.from({ length: OUTLINE_POINTS }, (_, i) => {
        const angle = (2 * Math.PI * i) / OUTLINE_POINTS;
        const radius = this.#radiusAt(angle + change.phaseRad) * fit;
        const u = a * radius * Math.cos(angle);
        const v = b * radius * Math.sin(angle);
        return [centreXPx + 0.5 + cos * u - sin * v, centreYPx + 0.5 + sin * u + cos * v] as const;
      }),
      distancePx: (xPx, yPx) => {
        const dx = xPx - centreXPx;
        const dy = yPx - centreYPx;
        const u = (cos * dx + sin * dy) / (a * fit);
        const v = (cos * dy - sin * dx) / (b * fit);
        const rho = Math.hypot(u, v);
        if (rho < 1e-6) return -Math.min(a, b) * fit;
        return Math.hypot(dx, dy) * (1 - this.#radiusAt(Math.atan2(v, u) + change.phaseRad) / rho);
      },
    };
  }

  #radiusAt(angle: number): number {
    const turns = angle / (2 * Math.PI);
    const position = (turns - Math.floor(turns)) * ANGLES;
    const at = Math.floor(position);
    const here = this.#radius[at % ANGLES]!;
    return here + (position - at) * (this.#radius[(at + 1) % ANGLES]! - here);
  }

  #extents(a: number, b: number, tilt: number, phase: number): { extentX: number; extentY: number } {
    let extentX = 0;
    let extentY = 0;
    for (let i = 0; i < ANGLES; i++) {
      const angle = (2 * Math.PI * i) / ANGLES;
      const radius = this.#radiusAt(angle + phase);
      const u = a * radius * Math.cos(angle);
      const v = b * radius * Math.sin(angle);
      extentX = Math.max(extentX, Math.abs(Math.cos(tilt) * u - Math.sin(tilt) * v));
      extentY = Math.max(extentY, Math.abs(Math.sin(tilt) * u + Math.cos(tilt) * v));
    }
    return { extentX, extentY };
  }
}

function radii(signs: LesionSigns, stream: RandomStream): Float32Array {
  const radius = new Float32Array(ANGLES).fill(1);
  const addWave = (waves: number, amplitude: number): void => {
    const phase = 2 * Math.PI * stream.uniform();
    for (let i = 0; i < ANGLES; i++) {
      radius[i]! += amplitude * Math.cos((2 * Math.PI * waves * i) / ANGLES + phase);
    }
  };
  for (const waves of [2, 3, 4]) addWave(waves, signs.lobulation * (0.4 + 0.6 * stream.uniform()));
  for (let waves = 3; waves <= 13; waves++) {
    addWave(waves, (signs.irregularity * 0.2 * stream.normal()) / Math.sqrt(waves));
  }
  for (let spicule = 0; spicule < signs.spicules; spicule++) {
    const centre = stream.uniform() * ANGLES;
    const width = ANGLES * (0.008 + 0.018 * stream.uniform());
    const length = signs.spiculeLength * (0.4 + stream.uniform());
    for (let i = 0; i < ANGLES; i++) {
      const gap = Math.min(Math.abs(i - centre), ANGLES - Math.abs(i - centre));
      radius[i]! += length * Math.exp(-0.5 * (gap / width) ** 2);
    }
  }
  for (let i = 0; i < ANGLES; i++) radius[i] = Math.max(0.35, radius[i]!);
  return radius;
}
