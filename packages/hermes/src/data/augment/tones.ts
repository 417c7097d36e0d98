import { type Key, normalArray, type RandomStream } from "../../random.js";
import { gaussianBlur } from "./blur.js";
import type { Tone, ToneName } from "./policy.js";

/** Changes a view of side V in place; values are from 0 to 1 and are kept there by the caller. */
type Apply<T> = (view: Float32Array, sidePx: number, tone: T, key: Key) => void;

const TONES: { readonly [K in ToneName]: Apply<Extract<Tone, { op: K }>> } = {
  brightness(view, _sidePx, tone, key) {
    const factor = between(tone.factor, key.stream());
    for (let i = 0; i < view.length; i++) view[i]! *= factor;
  },

  contrast(view, _sidePx, tone, key) {
    const factor = between(tone.factor, key.stream());
    let sum = 0;
    for (let i = 0; i < view.length; i++) sum += view[i]!;
    const mean = sum / view.length;
    for (let i = 0; i < view.length; i++) view[i] = mean + factor * (view[i]! - mean);
  },

  gamma(view, _sidePx, tone, key) {
    const [low, high] = tone.exponent;
    const exponent = Math.exp(between([Math.log(low), Math.log(high)], key.stream()));
    const table = tableOf((level) => level ** exponent);
    for (let i = 0; i < view.length; i++) view[i] = lookUp(table, view[i]!);
  },

  blur(view, sidePx, tone, key) {
    gaussianBlur(view, sidePx, sidePx * between(tone.sigmaShare, key.stream()));
  },

  speckle(view, sidePx, tone, key) {
    const deviation = between(tone.deviation, key.stream());
    const noise = grainyNoise(sidePx, key.fork("grain"));
    for (let i = 0; i < view.length; i++) view[i]! *= Math.max(0, 1 + deviation * noise[i]!);
  },

  posterise(view, _sidePx, tone, key) {
    const steps = Math.max(1, Math.round(between(tone.levels, key.stream())) - 1);
    for (let i = 0; i < view.length; i++) view[i] = Math.round(view[i]! * steps) / steps;
  },

  equalise(view, _sidePx, tone, key) {
    const share = between(tone.share, key.stream());
    const equalised = equalisingTable(view);
    for (let i = 0; i < view.length; i++) {
      view[i] = (1 - share) * view[i]! + share * lookUp(equalised, view[i]!);
    }
  },

  "time-gain"(view, sidePx, tone, key) {
    const stream = key.stream();
    const sliders = Array.from({ length: TIME_GAIN_SLIDERS }, () =>
      between([-tone.maxDb, tone.maxDb], stream),
    );
    for (let row = 0; row < sidePx; row++) {
      const gain = 10 ** (smoothAt(sliders, row / (sidePx - 1 || 1)) / 20);
      for (let i = row * sidePx; i < (row + 1) * sidePx; i++) view[i]! *= gain;
    }
  },
};

const TIME_GAIN_SLIDERS = 5;
const LEVELS = 256;

/**
 * Applies each tone with its probability, in the order of the list, in place, and keeps values within 0 to 1.
 *
 * @param view V x V
 */
export function applyTones(view: Float32Array, sidePx: number, tones: readonly Tone[], key: Key): void {
  tones.forEach((tone, i) => {
    const own = key.fork(i, tone.op);
    if (own.uniform() >= tone.probability) return;
    applyOne(view, sidePx, tone, own);
    for (let at = 0; at < view.length; at++) {
      const value = view[at]!;
      if (value < 0) view[at] = 0;
      else if (value > 1) view[at] = 1;
    }
  });
}

function applyOne<K extends ToneName>(
  view: Float32Array,
  sidePx: number,
  tone: Extract<Tone, { op: K }>,
  key: Key,
): void {
  const apply: Apply<Extract<Tone, { op: K }>> = TONES[tone.op as K];
  apply(view, sidePx, tone, key);
}

function between([low, high]: readonly [number, number], stream: RandomStream): number {
  return low + (high - low) * stream.uniform();
}

function tableOf(map: (level: number) => number): Float32Array {
  return Float32Array.from({ length: LEVELS + 1 }, (_, i) => map(Math.min(1, i / (LEVELS - 1))));
}

/** Linear between the entries; `value` from 0 to 1. */
function lookUp(table: Float32Array, value: number): number {
  const at = value * (LEVELS - 1);
  const low = at | 0;
  return table[low]! + (at - low) * (table[low + 1]! - table[low]!);
}

/** Share of the non-black pixels at or below each level. Black is left out: it is most of what surrounds a scan. */
function equalisingTable(view: Float32Array): Float32Array {
  const counts = new Float64Array(LEVELS);
  for (let i = 0; i < view.length; i++) counts[(view[i]! * (LEVELS - 1) + 0.5) | 0]! += 1;
  counts[0] = 0;
  const total = counts.reduce((sum, count) => sum + count, 0) || 1;
  let below = 0;
  const table = new Float32Array(LEVELS + 1);
  counts.forEach((count, level) => {
    table[level] = (below + count / 2) / total;
    below += count;
  });
  table[0] = 0;
  table[LEVELS] = table[LEVELS - 1]!;
  return table;
}

/** Grain of a 128-pixel view: 3 pixels across the beam, 2 along it. */
const GRAIN_SHARE = { across: 3 / 128, along: 2 / 128 } as const;

/** Standard normal noise on a coarse grid, interpolated and scaled back to deviation 1 at every pixel. */
function grainyNoise(sidePx: number, key: Key): Float32Array {
  const columns = Math.ceil(1 / GRAIN_SHARE.across) + 2;
  const rows = Math.ceil(1 / GRAIN_SHARE.along) + 2;
  const grid = normalArray(key, columns * rows);
  const across = grainTaps(sidePx, GRAIN_SHARE.across);
  const along = grainTaps(sidePx, GRAIN_SHARE.along);
  const out = new Float32Array(sidePx * sidePx);
  for (let row = 0, at = 0; row < sidePx; row++) {
    const above = along.near[row]!;
    const below = along.far[row]!;
    const line = along.first[row]! * columns;
    for (let column = 0; column < sidePx; column++, at++) {
      const left = across.near[column]!;
      const right = across.far[column]!;
      const corner = line + across.first[column]!;
      out[at] =
        above * (left * grid[corner]! + right * grid[corner + 1]!) +
        below * (left * grid[corner + columns]! + right * grid[corner + columns + 1]!);
    }
  }
  return out;
}

/** Per pixel the grid point before it and the weights of that and the next; their squares add up to 1. */
function grainTaps(sidePx: number, grainShare: number) {
  const first = new Int32Array(sidePx);
  const near = new Float32Array(sidePx);
  const far = new Float32Array(sidePx);
  for (let i = 0; i < sidePx; i++) {
    const position = i / (sidePx * grainShare);
    first[i] = Math.floor(position);
    const share = position - first[i]!;
    const length = Math.hypot(1 - share, share);
    near[i] = (1 - share) / length;
    far[i] = share / length;
  }
  return { first, near, far };
}

/** Catmull-Rom through evenly spaced values; `position` from 0 to 1. */
function smoothAt(values: readonly number[], position: number): number {
  const last = values.length - 1;
  const at = Math.min(position * last, last - 1e-9);
  const from = Math.floor(at);
  const t = at - from;
  const p0 = values[Math.max(0, from - 1)]!;
  const p1 = values[from]!;
  const p2 = values[from + 1]!;
  const p3 = values[Math.min(last, from + 2)]!;
  return p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)));
}
