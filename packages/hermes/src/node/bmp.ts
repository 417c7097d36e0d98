import { decode } from "fast-bmp";

/** Pixels of a BMP file: rows from top to bottom. */
interface BmpPixels {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly channels: 1 | 3;
  /** H x W x channels. */
  readonly data: Uint8Array;
}

interface BmpHeader {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly bitsPerPixel: 1 | 8 | 24 | 32;
  readonly rowOrder: "bottom-up" | "top-down";
  readonly pixelOffset: number;
  /** 256 or fewer entries of blue, green, red, unused; empty without a palette. */
  readonly palette: Uint8Array;
}

/** Offset of the fields after the 14 bytes of the file header. */
const INFO = 14;
const V5_HEADER_BYTES = 124;

/** @throws Error with the reason in plain words */
export function readBmpHeader(bytes: Uint8Array): BmpHeader {
  if (bytes.length < INFO + 40) throw new Error("the header is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const infoBytes = view.getUint32(INFO, true);
  if (infoBytes < 40) throw new Error("an OS/2 header of before 1990");
  const bitsPerPixel = view.getUint16(28, true);
  if (bitsPerPixel !== 1 && bitsPerPixel !== 8 && bitsPerPixel !== 24 && bitsPerPixel !== 32) {
    throw new Error(`${bitsPerPixel} bits per pixel`);
  }
  const compression = view.getUint32(30, true);
  if (compression !== 0 && !(compression === 3 && bitsPerPixel === 32)) throw new Error("compressed pixels");
  const signedHeight = view.getInt32(22, true);
  const pixelOffset = view.getUint32(10, true);
  const colours = bitsPerPixel > 8 ? 0 : view.getUint32(46, true) || 2 ** bitsPerPixel;
  const paletteStart = INFO + infoBytes;
  if (colours > 256 || paletteStart + 4 * colours > bytes.length) throw new Error("the palette is cut off");
  return {
    widthPx: view.getInt32(18, true),
    heightPx: Math.abs(signedHeight),
    bitsPerPixel,
    rowOrder: signedHeight < 0 ? "top-down" : "bottom-up",
    pixelOffset,
    palette: bytes.subarray(paletteStart, paletteStart + 4 * colours),
  };
}

/** @throws Error with the reason in plain words */
export function decodeBmp(bytes: Uint8Array): BmpPixels {
  const header = readBmpHeader(bytes);
  const { widthPx, heightPx, bitsPerPixel } = header;
  const rowBytes = 4 * Math.ceil((widthPx * bitsPerPixel) / 32);
  const pixels = bytes.subarray(header.pixelOffset, header.pixelOffset + rowBytes * heightPx);
  if (pixels.length < rowBytes * heightPx) throw new Error("the file is cut off");
  const stored = decode(withV5Header(header, pixels)).data;
  if (!(stored instanceof Uint8Array)) throw new Error("pixels of more than 8 bits");
  const colours = coloursOf(stored, header);
  const channels = colours.length === widthPx * heightPx ? 1 : 3;
  const data = header.rowOrder === "bottom-up" ? colours : flipRows(colours, widthPx * channels, heightPx);
  return { widthPx, heightPx, channels, data };
}

/** fast-bmp reads bottom-up rows behind a version 5 header only; the pixels are put behind one. */
function withV5Header(header: BmpHeader, pixels: Uint8Array): Uint8Array {
  const file = new Uint8Array(INFO + V5_HEADER_BYTES + pixels.length);
  const view = new DataView(file.buffer);
  view.setUint16(0, 0x4d42, true);
  view.setUint32(2, file.length, true);
  view.setUint32(10, INFO + V5_HEADER_BYTES, true);
  view.setUint32(INFO, V5_HEADER_BYTES, true);
  view.setInt32(18, header.widthPx, true);
  view.setInt32(22, header.heightPx, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, header.bitsPerPixel, true);
  view.setUint32(54, 0x00ff0000, true);
  view.setUint32(58, 0x0000ff00, true);
  view.setUint32(62, 0x000000ff, true);
  file.set(pixels, INFO + V5_HEADER_BYTES);
  return file;
}

function coloursOf(stored: Uint8Array, header: BmpHeader): Uint8Array {
  if (header.bitsPerPixel === 24) return stored;
  return header.bitsPerPixel === 32 ? dropFourth(stored) : applyPalette(stored, header.palette);
}

/** The fourth byte of 32-bit pixels is unused in most files and rarely alpha: it is left out. */
function dropFourth(pixels: Uint8Array): Uint8Array {
  const out = new Uint8Array((pixels.length / 4) * 3);
  for (let from = 0, to = 0; from < pixels.length; from += 4, to += 3) {
    out.set(pixels.subarray(from, from + 3), to);
  }
  return out;
}

/** @returns one value per pixel if all colours of the palette are grey, else three */
function applyPalette(indices: Uint8Array, palette: Uint8Array): Uint8Array {
  const entry = (index: number, part: number): number => palette[4 * index + part] ?? 0;
  const entries = Array.from({ length: palette.length / 4 }, (_, i) => i);
  const isGrey = entries.every((i) => entry(i, 0) === entry(i, 1) && entry(i, 1) === entry(i, 2));
  if (isGrey) return indices.map((index) => entry(index, 0));
  const out = new Uint8Array(3 * indices.length);
  indices.forEach((index, i) => {
    out[3 * i] = entry(index, 2);
    out[3 * i + 1] = entry(index, 1);
    out[3 * i + 2] = entry(index, 0);
  });
  return out;
}

function flipRows(data: Uint8Array, rowLength: number, rows: number): Uint8Array {
  const out = new Uint8Array(data.length);
  for (let row = 0; row < rows; row++) {
    out.set(data.subarray(row * rowLength, (row + 1) * rowLength), (rows - 1 - row) * rowLength);
  }
  return out;
}
