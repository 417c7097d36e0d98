import type { Key, RandomStream } from "../../random.js";
import type { EchoMap } from "./echo-map.js";
import { smoothStep } from "./noise-field.js";
import type { LayerDepths } from "./tissue.js";

/** Things that look a little like a lesion and are none: fat lobules, ducts, small cysts, shadows of poor contact. */
export function addDistractors(map: EchoMap, depths: LayerDepths, source: Key): void {
  const stream = source.stream();
  const lobules = stream.integer(0, 4);
  for (let i = 0; i < lobules; i++)
    addOval(map, depths, stream, { size: [0.03, 0.085], echoDb: [-9, -5], rimDb: 4 });
  if (stream.uniform() < 0.25)
    addOval(map, depths, stream, { size: [0.014, 0.03], echoDb: [-26, -18], rimDb: 2 });
  const ducts = stream.uniform() < 0.4 ? stream.integer(1, 3) : 0;
  for (let i = 0; i < ducts; i++) addDuct(map, depths, stream);
  const shadows = stream.uniform() < 0.5 ? stream.integer(1, 3) : 0;
  for (let i = 0; i < shadows; i++) addShadow(map, depths, stream);
}

function addOval(
  map: EchoMap,
  depths: LayerDepths,
  stream: RandomStream,
  kind: { size: readonly [number, number]; echoDb: readonly [number, number]; rimDb: number },
): void {
  const height = map.heightPx;
  const between = ([low, high]: readonly [number, number]): number => low + (high - low) * stream.uniform();
  const a = between(kind.size) * height * 1.5;
  const b = a * (0.4 + 0.25 * stream.uniform());
  const x0 = stream.uniform() * map.widthPx;
  const y0 = (depths.fat + (depths.gland - depths.fat) * stream.uniform()) * height;
  const level = between(kind.echoDb);
  const tilt = 0.3 * stream.normal();
  for (let y = Math.max(0, Math.floor(y0 - 2 * a)); y < Math.min(height, y0 + 2 * a); y++) {
    for (let x = Math.max(0, Math.floor(x0 - 2 * a)); x < Math.min(map.widthPx, x0 + 2 * a); x++) {
      const u = ((x - x0) * Math.cos(tilt) + (y - y0) * Math.sin(tilt)) / a;
      const v = ((y - y0) * Math.cos(tilt) - (x - x0) * Math.sin(tilt)) / b;
      const distance = (Math.hypot(u, v) - 1) * b;
      const inside = 1 - smoothStep(0.5 + distance / 3);
      const at = y * map.widthPx + x;
      map.echoDb[at]! +=
        inside * (level - map.echoDb[at]!) + kind.rimDb * Math.exp(-0.5 * (distance - 1) ** 2);
    }
  }
}

/** A dark tube, nearly horizontal. */
function addDuct(map: EchoMap, depths: LayerDepths, stream: RandomStream): void {
  const start = stream.uniform() * map.widthPx;
  const length = (0.15 + 0.25 * stream.uniform()) * map.widthPx;
  const y0 = (depths.fat + (depths.gland - depths.fat) * stream.uniform()) * map.heightPx;
  const slope = 0.25 * stream.normal();
  const half = (0.006 + 0.008 * stream.uniform()) * map.heightPx;
  for (let x = Math.max(0, Math.round(start)); x < Math.min(map.widthPx, start + length); x++) {
    const centre = y0 + slope * (x - start) + 0.02 * map.heightPx * Math.sin(((x - start) / length) * 4);
    const first = Math.max(0, Math.floor(centre - 3 * half));
    for (let y = first; y < Math.min(map.heightPx, centre + 3 * half); y++) {
      map.echoDb[y * map.widthPx + x]! -= 13 * Math.exp(-0.5 * ((y - centre) / half) ** 2);
    }
  }
}

/** A dark band from the skin or a ligament downwards. */
function addShadow(map: EchoMap, depths: LayerDepths, stream: RandomStream): void {
  const x0 = stream.uniform() * map.widthPx;
  const half = (0.02 + 0.06 * stream.uniform()) * map.widthPx;
  const top = stream.uniform() < 0.5 ? 0 : depths.fat * map.heightPx;
  const strengthDb = 3 + 9 * stream.uniform();
  const rows = 0.1 * map.heightPx;
  for (let x = Math.max(0, Math.floor(x0 - 3 * half)); x < Math.min(map.widthPx, x0 + 3 * half); x++) {
    const share = Math.exp(-0.5 * ((x - x0) / half) ** 2);
    for (let y = Math.floor(top); y < Math.min(map.heightPx, top + rows); y++) {
      map.excessDbPerPx[y * map.widthPx + x]! += (share * strengthDb) / rows;
    }
  }
}
