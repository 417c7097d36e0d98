/** Rows of 5 pixels, the leftmost the highest bit; 7 rows from top to bottom. */
const GLYPHS: Readonly<Record<string, readonly number[]>> = {
  "0": [14, 17, 19, 21, 25, 17, 14],
  "1": [4, 12, 4, 4, 4, 4, 14],
  "2": [14, 17, 1, 2, 4, 8, 31],
  "3": [31, 2, 4, 2, 1, 17, 14],
  "4": [2, 6, 10, 18, 31, 2, 2],
  "5": [31, 16, 30, 1, 1, 17, 14],
  "6": [6, 8, 16, 30, 17, 17, 14],
  "7": [31, 1, 2, 4, 8, 8, 8],
  "8": [14, 17, 17, 14, 17, 17, 14],
  "9": [14, 17, 17, 15, 1, 2, 12],
  A: [14, 17, 17, 31, 17, 17, 17],
  B: [30, 17, 17, 30, 17, 17, 30],
  C: [14, 17, 16, 16, 16, 17, 14],
  D: [30, 17, 17, 17, 17, 17, 30],
  E: [31, 16, 16, 30, 16, 16, 31],
  I: [14, 4, 4, 4, 4, 4, 14],
  L: [16, 16, 16, 16, 16, 16, 31],
  M: [17, 27, 21, 21, 17, 17, 17],
  O: [14, 17, 17, 17, 17, 17, 14],
  Q: [14, 17, 17, 17, 21, 18, 13],
  R: [30, 17, 17, 30, 20, 18, 17],
  S: [15, 16, 16, 14, 1, 1, 30],
  T: [31, 4, 4, 4, 4, 4, 4],
  U: [17, 17, 17, 17, 17, 17, 14],
  ".": [0, 0, 0, 0, 0, 12, 12],
};

const ADVANCE_PX = 6;
const GLYPH_HEIGHT_PX = 7;

/** @returns the pixels [x, y] that a text covers, its top left corner at the origin; unknown characters are gaps. */
export function textPixels(text: string): { pixels: [number, number][]; widthPx: number; heightPx: number } {
  const pixels: [number, number][] = [];
  [...text].forEach((character, place) => {
    GLYPHS[character]?.forEach((bits, y) => {
      for (let x = 0; x < 5; x++) if ((bits >> (4 - x)) & 1) pixels.push([place * ADVANCE_PX + x, y]);
    });
  });
  return { pixels, widthPx: text.length * ADVANCE_PX, heightPx: GLYPH_HEIGHT_PX };
}
