import { describe, expect, it } from "vitest";
import { rasterisePolygon } from "../raster.js";
import { simulateBMode } from "./b-mode.js";
import { deviceStyles } from "./device.js";
import { emptyEchoMap } from "./echo-map.js";
import { generatePhantom, type Phantom } from "./phantom.js";
import { CLASS_OFFSET } from "./signs.js";
import { key } from "../../random.js";

const SIZE = { seed: 5, sizePx: 96 } as const;

function many(count: number): Phantom[] {
  return Array.from({ length: count }, (_, index) => generatePhantom({ ...SIZE, index }));
}

function meanWhere(image: Uint8Array, keep: (at: number) => boolean): number {
  let sum = 0;
  let count = 0;
  image.forEach((value, at) => {
    if (!keep(at)) return;
    sum += value;
    count++;
  });
  return sum / count;
}

describe("generatePhantom", () => {
  const phantoms = many(42);

  it("gives the same bytes for the same request, in any order", () => {
    for (const index of [41, 3, 17]) {
      const again = generatePhantom({ ...SIZE, index });
      expect(again.image).toEqual(phantoms[index]!.image);
      expect(again.mask).toEqual(phantoms[index]!.mask);
    }
    expect(generatePhantom({ ...SIZE, seed: 6, index: 0 }).image).not.toEqual(phantoms[0]!.image);
  });

  it("gives seven images to each four patients, with one class and one device per patient", () => {
    expect(new Set(phantoms.map(({ patient }) => patient)).size).toBe(24);
    for (const patient of new Set(phantoms.map((phantom) => phantom.patient))) {
      const views = phantoms.filter((phantom) => phantom.patient === patient);
      expect(new Set(views.map(({ className }) => className)).size).toBe(1);
      expect(new Set(views.map(({ device }) => device)).size).toBe(1);
      expect(views.map(({ view }) => view)).toEqual(views.map((_, i) => i));
    }
  });

  it("shows each view of a patient anew", () => {
    const pair = phantoms.filter(({ patient }, i) =>
      phantoms.some((other, j) => j !== i && other.patient === patient),
    );
    expect(pair.length).toBeGreaterThan(1);
    const [first, second] = pair.filter(({ patient }) => patient === pair[0]!.patient);
    expect(first!.image).not.toEqual(second!.image);
  });

  it("keeps one lesion inside the image, darker than its surroundings", () => {
    const darker = phantoms.filter(({ image, mask }) => {
      return meanWhere(image, (at) => mask[at] === 1) < meanWhere(image, (at) => mask[at] === 0);
    });
    expect(darker.length).toBeGreaterThan(0.8 * phantoms.length);
    for (const { mask, widthPx, heightPx } of phantoms) {
      expect(mask.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(20);
      mask.forEach((value, at) => {
        const x = at % widthPx;
        const y = Math.floor(at / widthPx);
        if (x === 0 || y === 0 || x === widthPx - 1 || y === heightPx - 1) expect(value).toBe(0);
      });
    }
  });

  it("gives an outline that fills to the mask", () => {
    for (const { outlinePx, mask, widthPx, heightPx } of phantoms) {
      const filled = rasterisePolygon(outlinePx, widthPx, heightPx);
      let both = 0;
      let sum = 0;
      filled.forEach((value, at) => {
        both += value * mask[at]!;
        sum += value + mask[at]!;
      });
      expect((2 * both) / sum).toBeGreaterThan(0.9);
    }
  });

  it("makes clear lesions larger and darker, and leaves all else as it is drawn", () => {
    const clear = phantoms.map((_, index) => generatePhantom({ ...SIZE, index, lesions: "clear" }));
    const others = ({ signs }: Phantom) => ({ ...signs, halfWidth: 0, halfHeight: 0, echoDb: 0 });
    const share = ({ mask }: Phantom) => mask.reduce((sum, value) => sum + value, 0) / mask.length;
    const contrast = ({ image, mask }: Phantom) =>
      meanWhere(image, (at) => mask[at] === 1) - meanWhere(image, (at) => mask[at] === 0);
    const average = (values: readonly number[]) =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    clear.forEach((phantom, i) => {
      expect(others(phantom)).toEqual(others(phantoms[i]!));
      expect(phantom.className).toBe(phantoms[i]!.className);
      expect(share(phantom)).toBeGreaterThan(share(phantoms[i]!));
      expect(phantom.signs!.echoDb).toBeLessThanOrEqual(phantoms[i]!.signs!.echoDb);
    });
    // The smallest radius, 0.14 of the shorter side: pi 0.14^2 = 6 % of a square, less in a long picture.
    expect(Math.min(...clear.map(share))).toBeGreaterThan(0.03);
    expect(average(clear.map(share))).toBeGreaterThan(1.5 * average(phantoms.map(share)));
    expect(average(clear.map(contrast))).toBeLessThan(average(phantoms.map(contrast)) - 10);
  });

  it("leaves normal images without lesion", () => {
    const normal = generatePhantom({ ...SIZE, index: 0, classMix: { malignant: 0, normal: 1 } });
    expect(normal.className).toBe("normal");
    expect(normal.mask.every((value) => value === 0)).toBe(true);
    expect(normal.signs).toBeNull();
  });

  it("lets the classes overlap as far as it says", () => {
    const patients = new Map<number, { score: number; className: string }>();
    for (let index = 0; index < 700; index++) {
      const { patient, className, signs } = generatePhantom({ seed: 1, sizePx: 16, index });
      patients.set(patient, { score: signs!.suspicion, className });
    }
    const scores = (name: string) =>
      [...patients.values()].filter((p) => p.className === name).map((p) => p.score);
    const benign = scores("benign");
    const malignant = scores("malignant");
    const won = malignant
      .flatMap((m) => benign.map((b): number => (m > b ? 1 : 0)))
      .reduce((a, b) => a + b, 0);
    const auc = won / (benign.length * malignant.length);
    expect(CLASS_OFFSET).toBe(1.15);
    // Phi(2 * 1.15 / sqrt 2) = 0.948; three standard errors for these numbers are 0.04.
    expect(Math.abs(auc - 0.948)).toBeLessThan(0.04);
    expect(malignant.length / patients.size).toBeCloseTo(1 / 3, 1);
  }, 20_000);
});

describe("simulateBMode", () => {
  const map = emptyEchoMap(128, 128);
  const device = { ...deviceStyles[0]!, sharpening: 0, focusShare: 0.1, defocus: 2 };
  const image = simulateBMode(map, device, { gainDb: 0, depthGainErrorDb: 0 }, key(3));

  function correlation(dx: number, dy: number, fromY: number, toY: number): number {
    const a: number[] = [];
    const b: number[] = [];
    for (let y = fromY; y < toY - dy; y++) {
      for (let x = 0; x < 128 - dx; x++) {
        a.push(image[y * 128 + x]!);
        b.push(image[(y + dy) * 128 + x + dx]!);
      }
    }
    const mean = (v: number[]) => v.reduce((sum, value) => sum + value, 0) / v.length;
    const [ma, mb] = [mean(a), mean(b)];
    const covariance = a.reduce((sum, value, i) => sum + (value - ma) * (b[i]! - mb), 0);
    const variance = (v: number[], m: number) => v.reduce((sum, value) => sum + (value - m) ** 2, 0);
    return covariance / Math.sqrt(variance(a, ma) * variance(b, mb));
  }

  it("makes speckle wider across than along the beam, and wider away from the focus", () => {
    expect(correlation(3, 0, 0, 128)).toBeGreaterThan(correlation(0, 3, 0, 128) + 0.1);
    expect(correlation(4, 0, 90, 128)).toBeGreaterThan(correlation(4, 0, 0, 38) + 0.1);
  });

  it("shadows what lies under an absorber and nothing beside it", () => {
    const absorbing = emptyEchoMap(128, 128);
    for (let y = 40; y < 60; y++) for (let x = 50; x < 70; x++) absorbing.excessDbPerPx[y * 128 + x] = 0.8;
    const shadowed = simulateBMode(absorbing, device, { gainDb: 0, depthGainErrorDb: 0 }, key(3));
    const meanOf = (picture: Uint8Array, x0: number) =>
      meanWhere(
        picture,
        (at) => Math.floor(at / 128) > 70 && Math.floor(at / 128) < 100 && Math.abs((at % 128) - x0) < 5,
      );
    expect(meanOf(shadowed, 60)).toBeLessThan(meanOf(image, 60) - 30);
    expect(Math.abs(meanOf(shadowed, 15) - meanOf(image, 15))).toBeLessThan(2);
  });
});
