import type { Key, RandomStream } from "../../random.js";
import type { EchoMap } from "./echo-map.js";
import type { LesionShape } from "./lesion-shape.js";
import { NoiseField, smoothStep } from "./noise-field.js";
import type { LesionSigns } from "./signs.js";

/**
 * Writes a lesion into the tissue: its echo, margin, capsule or halo, calcifications and what it does to the sound.
 * @returns mask [H, W], 1 inside the outline (without halo).
 */
export function insertLesion(map: EchoMap, shape: LesionShape, signs: LesionSigns, source: Key): Uint8Array {
  const { widthPx, heightPx } = map;
  const mask = new Uint8Array(widthPx * heightPx);
  const texture = new NoiseField(source.fork("texture"), 14 * (widthPx / heightPx), 18);
  const rim = new NoiseField(source.fork("rim"), 9 * (widthPx / heightPx), 9);
  const surroundDb = meanEchoAround(map, shape);
  const softPx = Math.max(0.6, signs.marginSoftness * heightPx);
  const haloPx = 0.022 * heightPx;
  const excess = -signs.posteriorDb / Math.max(6, 1.4 * shape.extentYPx);
  const edgeShadow = Math.max(0, signs.posteriorDb) * 0.05;
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const at = y * widthPx + x;
      const distance = shape.distancePx(x, y);
      if (distance < 0) mask[at] = 1;
      if (distance > 4 * haloPx) continue;
      const patch = rim.at((9 * x) / heightPx, (9 * y) / heightPx);
      const inside = 1 - smoothStep(0.5 + distance / (2 * softPx));
      const own =
        surroundDb +
        signs.echoDb +
        signs.heterogeneityDb * texture.at((14 * x) / heightPx, (18 * y) / heightPx);
      map.echoDb[at]! += inside * (own - map.echoDb[at]!);
      map.specular[at]! *= 1 - inside;
      const capsule = Math.exp(-0.5 * ((distance - 0.6) / Math.max(0.7, 0.005 * heightPx)) ** 2);
      const halo = distance > 0 ? Math.exp(-0.5 * (distance / haloPx - 0.5) ** 2) : 0;
      map.echoDb[at]! += signs.capsuleDb * capsule + signs.haloDb * halo * smoothStep(0.7 + 0.5 * patch);
      map.excessDbPerPx[at]! += inside * excess * (1 + 0.25 * patch);
      const flank = Math.abs(x - shape.centreXPx) / shape.extentXPx;
      if (Math.abs(distance) < 2 && flank > 0.88) map.excessDbPerPx[at]! += edgeShadow;
    }
  }
  addCalcifications(map, shape, signs, source.fork("calcifications").stream());
  return mask;
}

/** Of a ring around the lesion, so that a lesion in fat is darker than fat. */
function meanEchoAround(map: EchoMap, shape: LesionShape): number {
  let sum = 0;
  let count = 0;
  for (let step = 0; step < 48; step++) {
    const angle = (2 * Math.PI * step) / 48;
    const x = Math.round(shape.centreXPx + 1.2 * shape.extentXPx * Math.cos(angle));
    const y = Math.round(shape.centreYPx + 1.2 * shape.extentYPx * Math.sin(angle));
    if (x < 0 || y < 0 || x >= map.widthPx || y >= map.heightPx) continue;
    sum += map.echoDb[y * map.widthPx + x]!;
    count++;
  }
  return count === 0 ? -4 : sum / count;
}

function addCalcifications(map: EchoMap, shape: LesionShape, signs: LesionSigns, stream: RandomStream): void {
  for (let i = 0; i < signs.calcifications; i++) {
    const x = Math.round(shape.centreXPx + 0.5 * shape.extentXPx * stream.normal());
    const y = Math.round(shape.centreYPx + 0.5 * shape.extentYPx * stream.normal());
    if (x < 0 || y < 0 || x >= map.widthPx || y >= map.heightPx || shape.distancePx(x, y) > -1) continue;
    map.specular[y * map.widthPx + x]! += 2.2;
  }
}
