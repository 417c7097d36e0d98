import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { encode as encodeBmp } from "fast-bmp";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.js";
import { decodeImage, decodeMask, encodePng, readImageHeader } from "./image-codec.js";

const WIDTH = 6;
const HEIGHT = 4;
/** Grey levels 0, 10, 20, ... in reading order. */
const ramp = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => 10 * i);
const colours = Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => (i * 37) % 256);

function picture(data: Uint8Array | Uint16Array, channels: 1 | 2 | 3 | 4) {
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels } });
}

function grey(data: Uint8Array) {
  return picture(data, 1).toColourspace("b-w");
}

async function textured(): Promise<Buffer> {
  const noise = Uint8Array.from({ length: 100 * 100 * 3 }, (_, i) => (i * i * 7919) % 251);
  return sharp(noise, { raw: { width: 100, height: 100, channels: 3 } })
    .png()
    .toBuffer();
}

function half(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length >> 1);
}

/** The size in the header is changed and its checksum made right again, so that only the size is wrong. */
function declareSize(png: Uint8Array, widthPx: number, heightPx: number): Buffer {
  const bomb = Buffer.from(png);
  bomb.writeUInt32BE(widthPx, 16);
  bomb.writeUInt32BE(heightPx, 20);
  bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
  return bomb;
}

describe("decodeImage", () => {
  const sameRamp: [string, () => Promise<Uint8Array>][] = [
    ["PNG, 8-bit grey", () => grey(ramp).png().toBuffer()],
    [
      "PNG, 16-bit grey",
      () =>
        picture(
          Uint16Array.from(ramp, (v) => v * 257),
          1,
        )
          .toColourspace("grey16")
          .png()
          .toBuffer(),
    ],
    ["TIFF, 8-bit grey, LZW", () => grey(ramp).tiff({ compression: "lzw" }).toBuffer()],
    [
      "TIFF, 16-bit grey",
      () =>
        picture(
          Uint16Array.from(ramp, (v) => v * 257),
          1,
        )
          .toColourspace("grey16")
          .tiff({ compression: "none" })
          .toBuffer(),
    ],
    [
      "WebP, lossless",
      () =>
        picture(
          Uint8Array.from({ length: 72 }, (_, i) => ramp[Math.floor(i / 3)]!),
          3,
        )
          .webp({ lossless: true })
          .toBuffer(),
    ],
    ["GIF, first of two frames", () => twoFrameGif()],
    ["BMP, 24 bits", async () => bmp24(Uint8Array.from({ length: 72 }, (_, i) => ramp[Math.floor(i / 3)]!))],
    ["BMP, 8-bit palette", async () => bmpWithPalette("bottom-up")],
    ["BMP, rows from top to bottom", async () => bmpWithPalette("top-down")],
  ];

  it.each(sameRamp)("reads %s", async (_name, make) => {
    const image = await decodeImage(await make());
    expect([image.widthPx, image.heightPx]).toEqual([WIDTH, HEIGHT]);
    const first = image.data.filter((_, i) => i % image.channels === 0);
    expect([...first]).toEqual([...ramp]);
  });

  it("keeps grey as one channel and colour as three", async () => {
    expect((await decodeImage(await grey(ramp).png().toBuffer())).channels).toBe(1);
    const image = await decodeImage(await picture(colours, 3).png().toBuffer());
    expect(image.channels).toBe(3);
    expect([...image.data]).toEqual([...colours]);
  });

  it("reads 24-bit BMP colours in the order red, green, blue", async () => {
    expect([...(await decodeImage(bmp24(colours))).data]).toEqual([...colours]);
  });

  it("lays alpha over black", async () => {
    const half = Uint8Array.from({ length: 4 * WIDTH * HEIGHT }, (_, i) => [200, 100, 50, 128][i % 4]!);
    const image = await decodeImage(await picture(half, 4).png().toBuffer());
    expect([...image.data.subarray(0, 3)]).toEqual([100, 50, 25]);
  });

  it("applies the EXIF orientation, also in the header", async () => {
    const turned = await picture(colours, 3).withMetadata({ orientation: 6 }).png().toBuffer();
    expect(await readImageHeader(turned)).toEqual({
      widthPx: HEIGHT,
      heightPx: WIDTH,
      format: "png",
      bitDepth: 8,
    });
    const image = await decodeImage(turned);
    expect([image.widthPx, image.heightPx]).toEqual([HEIGHT, WIDTH]);
    // Turned clockwise: the stored bottom left pixel is shown top left.
    const bottomLeft = 3 * WIDTH * (HEIGHT - 1);
    expect([...image.data.subarray(0, 3)]).toEqual([...colours.subarray(bottomLeft, bottomLeft + 3)]);
  });

  it("converts CMYK", async () => {
    const white = await picture(new Uint8Array(72).fill(255), 3).toColourspace("cmyk").jpeg().toBuffer();
    const image = await decodeImage(white);
    expect(image.channels).toBe(3);
    expect(Math.min(...image.data)).toBeGreaterThan(245);
  });

  it("encodes PNG without loss", async () => {
    for (const image of [
      { widthPx: WIDTH, heightPx: HEIGHT, channels: 1, data: ramp } as const,
      { widthPx: WIDTH, heightPx: HEIGHT, channels: 3, data: colours } as const,
    ]) {
      const again = await decodeImage(await encodePng(image));
      expect({ ...again, data: [...again.data] }).toEqual({ ...image, data: [...image.data] });
    }
  });
});

describe("bad files", () => {
  const bad: [string, () => Promise<Uint8Array>, RegExp][] = [
    ["an empty file", async () => new Uint8Array(), /an empty file/],
    ["a renamed text file", async () => Buffer.from("case,class\n1,benign\n"), /a text file/],
    ["a renamed zip file", async () => Buffer.from("PK\u0003\u0004rest"), /a zip file/],
    ["a truncated PNG", async () => half(await textured()), /cut off/],
    [
      "a truncated JPEG",
      async () =>
        (
          await sharp(await textured())
            .jpeg()
            .toBuffer()
        ).subarray(0, 2000),
      /cut off/,
    ],
    [
      "a truncated TIFF",
      async () =>
        (
          await sharp(await textured())
            .tiff()
            .toBuffer()
        ).subarray(0, 2000),
      /damaged/,
    ],
    ["a truncated BMP", async () => bmp24(colours).subarray(0, 160), /cut off/],
    [
      "an SVG",
      async () => Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' width='5' height='5'/>"),
      /a text file/,
    ],
    ["a PNG bomb", async () => declareSize(await textured(), 60_000, 60_000), /60000 x 60000/],
    ["a long strip", async () => declareSize(await textured(), 30_001, 10), /30001 x 10/],
    ["too many pixels", async () => declareSize(await textured(), 10_001, 10_000), /10001 x 10000/],
  ];

  it.each(bad)("refuses %s, naming the file", async (_name, make, reason) => {
    const path = join(await mkdtemp(join(tmpdir(), "hermes-codec-")), "quoted 'name'.png");
    await writeFile(path, await make());
    const failure: unknown = await decodeImage(path).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect(String(failure)).toContain(path);
    expect(String(failure)).toMatch(reason);
  });

  it("refuses a missing file and a folder", async () => {
    await expect(decodeImage("/nowhere/a.png")).rejects.toThrow(/\/nowhere\/a\.png: got no such file/);
    await expect(decodeImage(tmpdir())).rejects.toThrow(UserError);
  });

  it("refuses a bomb from its header alone", async () => {
    const started = performance.now();
    await expect(readImageHeader(declareSize(await textured(), 60_000, 60_000))).rejects.toThrow(UserError);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe("decodeMask", () => {
  const outline = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % 5 === 0 ? 1 : 0));
  const scaled = (high: number, low = 0) => outline.map((v) => (v === 1 ? high : low));
  const rgba = (pixel: (lesion: number) => number[]) =>
    Uint8Array.from([...outline].flatMap((lesion) => pixel(lesion)));

  const cases: [string, () => Promise<Uint8Array>, string[]][] = [
    ["8-bit grey", () => grey(scaled(255)).png().toBuffer(), []],
    ["1-bit PNG", () => grey(scaled(255)).png({ palette: true, colours: 2 }).toBuffer(), []],
    ["1-bit TIFF", () => grey(scaled(255)).tiff({ bitdepth: 1, compression: "none" }).toBuffer(), []],
    ["1-bit BMP", async () => bmp1(outline), []],
    [
      "red on black",
      () =>
        picture(
          rgba((v) => [255 * v, 0, 0]),
          3,
        )
          .png()
          .toBuffer(),
      [],
    ],
    [
      "RGBA, outline in the colour, opaque",
      () =>
        picture(
          rgba((v) => [255 * v, 255 * v, 255 * v, 255]),
          4,
        )
          .png()
          .toBuffer(),
      [],
    ],
    [
      "RGBA, outline in the colour, alpha misleading",
      () =>
        picture(
          rgba((v) => [255 * v, 255 * v, 255 * v, 200 - 100 * v]),
          4,
        )
          .png()
          .toBuffer(),
      [],
    ],
    [
      "RGBA, outline in the alpha",
      () =>
        picture(
          rgba((v) => [9, 9, 9, 255 * v]),
          4,
        )
          .png()
          .toBuffer(),
      ["from-alpha"],
    ],
    ["values 0 and 1", () => grey(scaled(1)).png().toBuffer(), ["low-foreground"]],
    [
      "soft edge",
      () =>
        grey(scaled(255).map((v, i) => (i === 1 ? 90 : v)))
          .png()
          .toBuffer(),
      ["grey-levels"],
    ],
  ];

  it.each(cases)("reads %s", async (_name, make, faults) => {
    const mask = await decodeMask(await make());
    expect([...mask.data]).toEqual([...outline]);
    expect(mask.faults.map((fault) => fault.kind)).toEqual(faults);
  });

  it("reads JPEG masks by threshold and says so", async () => {
    const disc = Uint8Array.from({ length: 64 * 64 }, (_, i) =>
      Math.hypot((i % 64) - 32, Math.floor(i / 64) - 32) < 20 ? 255 : 0,
    );
    const jpeg = await sharp(disc, { raw: { width: 64, height: 64, channels: 1 } })
      .jpeg({ quality: 60 })
      .toBuffer();
    const mask = await decodeMask(jpeg);
    expect(mask.faults.map((fault) => fault.kind)).toContain("lossy");
    const wrong = mask.data.reduce((sum, v, i) => sum + (v === disc[i]! / 255 ? 0 : 1), 0);
    expect(wrong).toBeLessThan(20);
  });

  it("takes an all-zero RGB mask as empty", async () => {
    const mask = await decodeMask(await picture(new Uint8Array(72), 3).png().toBuffer());
    expect(mask.data.some((v) => v !== 0)).toBe(false);
    expect(mask.faults).toEqual([]);
  });
});

function bmp24(data: Uint8Array): Uint8Array {
  return encodeBmp({ width: WIDTH, height: HEIGHT, data, bitsPerPixel: 24, components: 3, channels: 3 });
}

function bmp1(data: Uint8Array): Uint8Array {
  return encodeBmp({ width: WIDTH, height: HEIGHT, data, bitsPerPixel: 1, components: 1, channels: 1 });
}

/** As Windows programs write it: 40-byte header, palette in reverse order of brightness. */
function bmpWithPalette(order: "bottom-up" | "top-down"): Uint8Array {
  const rowBytes = 8;
  const pixelOffset = 14 + 40 + 1024;
  const file = new Uint8Array(pixelOffset + rowBytes * HEIGHT);
  const view = new DataView(file.buffer);
  file.set([0x42, 0x4d]);
  view.setUint32(10, pixelOffset, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, WIDTH, true);
  view.setInt32(22, order === "top-down" ? -HEIGHT : HEIGHT, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 8, true);
  for (let i = 0; i < 256; i++) file.fill(255 - i, 54 + 4 * i, 54 + 4 * i + 3);
  for (let row = 0; row < HEIGHT; row++) {
    const stored = order === "top-down" ? row : HEIGHT - 1 - row;
    for (let x = 0; x < WIDTH; x++) file[pixelOffset + stored * rowBytes + x] = 255 - ramp[row * WIDTH + x]!;
  }
  return file;
}

async function twoFrameGif(): Promise<Buffer> {
  const frames = new Uint8Array(2 * 3 * WIDTH * HEIGHT).fill(7);
  for (const [i, v] of ramp.entries()) frames.fill(v, 3 * i, 3 * i + 3);
  return sharp(frames, { raw: { width: WIDTH, height: 2 * HEIGHT, channels: 3, pageHeight: HEIGHT } })
    .gif({ colours: 256, dither: 0 })
    .toBuffer();
}
