import { type Key, normalArray } from "../../random.js";
import type { DeviceStyle } from "./device.js";
import { amplitudeOf, type EchoMap } from "./echo-map.js";

/** Settings of one acquisition. */
export interface Acquisition {
  /** Added to all echoes. */
  readonly gainDb: number;
  /** Error of the depth gain at the bottom of the image: positive too bright. */
  readonly depthGainErrorDb: number;
}

/** Carriers whose echoes are detected apart and added (frequency compounding), in cycles per pixel of depth. */
const CARRIERS_PER_PX = [0.17, 0.31] as const;

/**
 * Simulated B-mode picture: random scatterers, weighted by the tissue, convolved with a point-spread function that is
 * separable, modulated along the depth by the carrier and widens away from the focus; then envelope and logarithm.
 * The convolution model of Meunier & Bertrand, IEEE Trans. Biomed. Eng. 42(12), 1995, and Bamber & Dickinson, Phys.
 * Med. Biol. 25(3), 1980. Differs from them: two dimensions, no depth dependence of the carrier.
 * @returns grey values 0..255, [H, W].
 */
export function simulateBMode(
  map: EchoMap,
  device: DeviceStyle,
  settings: Acquisition,
  source: Key,
): Uint8Array {
  const { widthPx, heightPx } = map;
  const resolution = Math.sqrt(heightPx / 160);
  const field = scatterers(map, depthLevelDb(map, settings), source.fork("scatterers"));
  const noise = normalArray(source.fork("noise"), 2 * widthPx * heightPx);
  const power = new Float32Array(widthPx * heightPx);
  for (const carrier of CARRIERS_PER_PX) {
    const axial = modulatedKernel(Math.max(0.55, device.axialSigmaPx * resolution), carrier);
    const inPhase = convolveColumns(field, axial.real, widthPx, heightPx);
    const quadrature = convolveColumns(field, axial.imaginary, widthPx, heightPx);
    addPower(power, inPhase, quadrature, noise, widthPx, device);
  }
  const filtered = videoFilter(power, widthPx, heightPx);
  const level = filtered.map(
    (value) => 10 * Math.log10(value / CARRIERS_PER_PX.length + 1e-12) + settings.gainDb,
  );
  return toGrey(level, widthPx, heightPx, device);
}

/** Adds |beam * field + receiver noise|^2 of one carrier to `power`. */
function addPower(
  power: Float32Array,
  inPhase: Float32Array,
  quadrature: Float32Array,
  noise: Float32Array,
  widthPx: number,
  device: DeviceStyle,
): void {
  const heightPx = power.length / widthPx;
  const resolution = Math.sqrt(heightPx / 160);
  const noiseAmplitude = amplitudeOf(device.noiseFloorDb);
  const real = new Float32Array(widthPx);
  const imaginary = new Float32Array(widthPx);
  for (let y = 0; y < heightPx; y++) {
    const defocus = Math.abs(y / heightPx - device.focusShare);
    const lateral = gaussianKernel(device.lateralSigmaPx * resolution * (1 + device.defocus * defocus));
    convolveRow(inPhase, lateral, y * widthPx, real);
    convolveRow(quadrature, lateral, y * widthPx, imaginary);
    const receiverNoise = noiseAmplitude * amplitudeOf(noiseGainDb(y / heightPx));
    for (let x = 0; x < widthPx; x++) {
      const at = y * widthPx + x;
      const re = real[x]! + receiverNoise * noise[2 * at]!;
      const im = imaginary[x]! + receiverNoise * noise[2 * at + 1]!;
      power[at]! += re * re + im * im;
    }
  }
}

/** Binomial smoothing [1 2 1] of the detected power in both directions, as a scanner's video stage does. */
function videoFilter(power: Float32Array, widthPx: number, heightPx: number): Float32Array {
  const across = new Float32Array(power.length);
  const out = new Float32Array(power.length);
  for (let at = 0; at < power.length; at++) {
    const x = at % widthPx;
    const left = x > 0 ? at - 1 : at;
    const right = x < widthPx - 1 ? at + 1 : at;
    across[at] = 0.25 * (power[left]! + 2 * power[at]! + power[right]!);
  }
  for (let y = 0; y < heightPx; y++) {
    const up = Math.max(0, y - 1) * widthPx;
    const down = Math.min(heightPx - 1, y + 1) * widthPx;
    for (let x = 0; x < widthPx; x++) {
      out[y * widthPx + x] = 0.25 * (across[up + x]! + 2 * across[y * widthPx + x]! + across[down + x]!);
    }
  }
  return out;
}

/** Time-gain compensation lifts the receiver's noise with the depth. */
function noiseGainDb(depthShare: number): number {
  return -14 + 26 * depthShare;
}

/** @returns dB to add at each pixel: excess attenuation of all that lies above, and the error of the depth gain. */
function depthLevelDb(map: EchoMap, settings: Acquisition): Float32Array {
  const { widthPx, heightPx, excessDbPerPx } = map;
  const total = new Float32Array(widthPx * heightPx);
  const above = new Float32Array(widthPx);
  const blurred = new Float32Array(widthPx);
  for (let y = 0; y < heightPx; y++) {
    const kernel = gaussianKernel(0.012 * heightPx * (0.5 + y / heightPx));
    convolveRow(above, kernel, 0, blurred);
    const share = y / heightPx;
    for (let x = 0; x < widthPx; x++) {
      total[y * widthPx + x] = settings.depthGainErrorDb * share * share - blurred[x]! * kernelGain(kernel);
      above[x]! += excessDbPerPx[y * widthPx + x]!;
    }
  }
  return total;
}

function scatterers(map: EchoMap, depthDb: Float32Array, source: Key): Float32Array {
  const field = normalArray(source, map.widthPx * map.heightPx);
  for (let at = 0; at < field.length; at++) {
    field[at] = (field[at]! * amplitudeOf(map.echoDb[at]!) + map.specular[at]!) * amplitudeOf(depthDb[at]!);
  }
  return field;
}

/** @returns odd-length kernel of unit energy (not unit sum): white noise keeps its power. */
function gaussianKernel(sigmaPx: number): Float32Array {
  const reach = Math.max(1, Math.ceil(2.5 * sigmaPx));
  const kernel = new Float32Array(2 * reach + 1);
  let energy = 0;
  for (let i = -reach; i <= reach; i++) {
    const value = Math.exp((-0.5 * i * i) / (sigmaPx * sigmaPx));
    kernel[i + reach] = value;
    energy += value * value;
  }
  for (let i = 0; i < kernel.length; i++) kernel[i]! /= Math.sqrt(energy);
  return kernel;
}

/** @returns the factor that turns a kernel of unit energy into one of unit sum. */
function kernelGain(kernel: Float32Array): number {
  let sum = 0;
  for (const value of kernel) sum += value;
  return 1 / sum;
}

/** Gaussian pulse on a carrier. */
function modulatedKernel(
  sigmaPx: number,
  cyclesPerPx: number,
): { real: Float32Array; imaginary: Float32Array } {
  const envelope = gaussianKernel(sigmaPx);
  const reach = (envelope.length - 1) / 2;
  const phase = (i: number): number => 2 * Math.PI * cyclesPerPx * (i - reach);
  return {
    real: envelope.map((value, i) => value * Math.cos(phase(i))),
    imaginary: envelope.map((value, i) => value * Math.sin(phase(i))),
  };
}

function convolveColumns(
  field: Float32Array,
  kernel: Float32Array,
  widthPx: number,
  heightPx: number,
): Float32Array {
  const out = new Float32Array(field.length);
  const reach = (kernel.length - 1) / 2;
  for (let y = 0; y < heightPx; y++) {
    for (let tap = 0; tap < kernel.length; tap++) {
      const weight = kernel[tap]!;
      const row = mirror(y + tap - reach, heightPx) * widthPx;
      for (let x = 0; x < widthPx; x++) out[y * widthPx + x]! += weight * field[row + x]!;
    }
  }
  return out;
}

/** Writes one filtered row, taken from `field` at `start`, into `out`. */
function convolveRow(field: Float32Array, kernel: Float32Array, start: number, out: Float32Array): void {
  const reach = (kernel.length - 1) / 2;
  const width = out.length;
  for (let x = 0; x < width; x++) {
    let sum = 0;
    if (x >= reach && x + reach < width) {
      for (let tap = 0; tap < kernel.length; tap++) sum += kernel[tap]! * field[start + x + tap - reach]!;
    } else {
      for (let tap = 0; tap < kernel.length; tap++) {
        sum += kernel[tap]! * field[start + mirror(x + tap - reach, width)]!;
      }
    }
    out[x] = sum;
  }
}

function mirror(at: number, length: number): number {
  const reflected = at < 0 ? -at : at >= length ? 2 * length - 2 - at : at;
  return Math.min(Math.max(reflected, 0), length - 1);
}

/** Logarithmic compression, the scanner's sharpening and its grey curve. 0 dB lies at 56 % of the range. */
function toGrey(levelDb: Float32Array, widthPx: number, heightPx: number, device: DeviceStyle): Uint8Array {
  const grey = new Uint8Array(levelDb.length);
  const share = (at: number): number => 0.56 + levelDb[at]! / device.dynamicRangeDb;
  for (let y = 0; y < heightPx; y++) {
    const up = Math.max(0, y - 1) * widthPx;
    const down = Math.min(heightPx - 1, y + 1) * widthPx;
    for (let x = 0; x < widthPx; x++) {
      const at = y * widthPx + x;
      const own = share(at);
      const sharpened = own + device.sharpening * (own - 0.5 * (share(up + x) + share(down + x)));
      grey[at] = Math.round(255 * Math.min(Math.max(sharpened, 0), 1) ** device.gamma);
    }
  }
  return grey;
}
