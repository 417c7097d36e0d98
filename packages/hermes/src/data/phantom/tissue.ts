import type { Key } from "../../random.js";
import { amplitudeOf, type EchoMap, emptyEchoMap } from "./echo-map.js";
import { NoiseField, smoothStep } from "./noise-field.js";

/** Depths of the layers' lower ends, shares of the image height; the patient's, roughly kept in every view. */
export interface LayerDepths {
  readonly skin: number;
  readonly fat: number;
  readonly gland: number;
  readonly muscle: number;
}

interface Textures {
  readonly waves: NoiseField;
  readonly lobules: NoiseField;
  readonly septa: NoiseField;
  readonly streaks: NoiseField;
  readonly sheets: NoiseField;
  readonly fine: NoiseField;
  readonly fibres: NoiseField;
}

export function drawLayerDepths(patient: Key): LayerDepths {
  const stream = patient.fork("layers").stream();
  const skin = 0.025 + 0.025 * stream.uniform();
  const fat = skin + 0.06 + 0.24 * stream.uniform();
  const gland = Math.max(fat + 0.22, 0.55 + 0.3 * stream.uniform());
  return { skin, fat, gland, muscle: gland + 0.1 + 0.12 * stream.uniform() };
}

/**
 * Skin, fat with Cooper's ligaments, fibroglandular tissue, pectoral muscle between its fasciae, and what lies behind.
 * @param source randomness of this view.
 */
export function layTissue(depths: LayerDepths, widthPx: number, heightPx: number, source: Key): EchoMap {
  const map = emptyEchoMap(widthPx, heightPx);
  const unit = 1 / heightPx;
  const breadth = widthPx * unit;
  const textures: Textures = {
    waves: new NoiseField(source.fork("waves"), 4 * breadth, 8),
    lobules: new NoiseField(source.fork("lobules"), 5 * breadth, 9),
    septa: new NoiseField(source.fork("septa"), 4.5 * breadth, 8),
    streaks: new NoiseField(source.fork("streaks"), 7 * breadth, 26),
    sheets: new NoiseField(source.fork("sheets"), 3 * breadth, 16),
    fine: new NoiseField(source.fork("fine"), 26 * breadth, 44),
    fibres: new NoiseField(source.fork("fibres"), 3 * breadth, 60),
  };
  for (let x = 0; x < widthPx; x++) {
    const u = x * unit;
    const wave = (row: number, size: number): number => size * textures.waves.at(4 * u, row);
    const ends: LayerDepths = {
      skin: depths.skin + wave(0, 0.004),
      fat: depths.fat + wave(2, 0.045),
      gland: depths.gland + wave(4, 0.022),
      muscle: depths.muscle + wave(6, 0.022),
    };
    for (let y = 0; y < heightPx; y++) fillPixel(map, y * widthPx + x, u, y * unit, ends, textures);
  }
  return map;
}

function fillPixel(
  map: EchoMap,
  at: number,
  u: number,
  v: number,
  ends: LayerDepths,
  textures: Textures,
): void {
  const fine = textures.fine.at(26 * u, 44 * v);
  const inFat = band(v, ends.skin, ends.fat, 0.012);
  const inGland = band(v, ends.fat, ends.gland, 0.012);
  const inMuscle = band(v, ends.gland, ends.muscle, 0.008);
  const behind = smoothStep((v - ends.muscle) / 0.01);
  const inSkin = 1 - smoothStep((v - ends.skin) / 0.006);
  const septum = ridge(textures.septa.at(4.5 * u, 8 * v + 0.9 * u), 0.09);
  const sheet = textures.sheets.at(3 * u, 13 * (v + 0.05 * textures.waves.at(4 * u, 8 * v)) + 1);
  const streak = textures.streaks.at(7 * u, 26 * v);
  const lobule = textures.lobules.at(5 * u, 9 * v);
  const fibre = textures.fibres.at(3 * u, 60 * v + 3 * u);
  const fat = -11 + 1.3 * fine + 0.8 * lobule + 12 * septum;
  const gland = -2 + 5.5 * sheet + 3 * streak + 1.4 * fine + 1.5 * lobule + 4 * septum * septum;
  const muscle = -11 + 5.5 * Math.max(0, fibre) + 1.2 * fine;
  const deep = -13 - 30 * Math.max(0, v - ends.muscle) + 2.5 * streak;
  const skin = 4 + 1.5 * fine - 8 * band(v, 0.35 * ends.skin, 0.75 * ends.skin, 0.004);
  map.echoDb[at] = inSkin * skin + inFat * fat + inGland * gland + inMuscle * muscle + behind * deep;
  const fascia = line(v, ends.gland, 0.0045) + 0.8 * line(v, ends.muscle, 0.0045);
  const surface = line(v, ends.skin, 0.003) + 0.7 * line(v, 0.004, 0.004);
  const patchy = smoothStep(0.5 + 0.5 * streak);
  map.echoDb[at]! += 9 * patchy * fascia + 7 * surface;
  map.specular[at] = amplitudeOf(3) * (fascia * patchy + surface) * 0.6 + 0.5 * inFat * septum * septum;
}

/** @returns 1 between `low` and `high`, 0 outside, with soft ends that add up to 1 with the neighbouring band. */
function band(value: number, low: number, high: number, softness: number): number {
  return smoothStep((value - low) / softness) * (1 - smoothStep((value - high) / softness));
}

/** @returns 1 on the line, falling off as a Gaussian. */
function line(value: number, position: number, width: number): number {
  const gap = (value - position) / width;
  return gap > 4 || gap < -4 ? 0 : Math.exp(-0.5 * gap * gap);
}

/** @returns 1 where a smooth field crosses zero: thin curved sheets, as ligaments are. */
function ridge(value: number, width: number): number {
  return Math.exp(-0.5 * (value / width) ** 2);
}
