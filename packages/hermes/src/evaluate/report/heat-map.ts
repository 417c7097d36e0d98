/** Stops of viridis (van der Walt & Smith, matplotlib, CC0): even steps of brightness, also for colour-blind readers. */
const VIRIDIS = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
] as const;

/**
 * A plane of numbers as a picture.
 * @param plane h x w, 0 to 1; what lies outside is cut
 * @returns h x w x 3, 0 to 255
 */
export function heatMap(plane: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array(plane.length * 3);
  for (let i = 0; i < plane.length; i++) {
    const position = Math.min(1, Math.max(0, plane[i]!)) * (VIRIDIS.length - 1);
    const below = Math.min(VIRIDIS.length - 2, Math.floor(position));
    const share = position - below;
    for (let c = 0; c < 3; c++) {
      out[i * 3 + c] = Math.round(VIRIDIS[below]![c]! * (1 - share) + VIRIDIS[below + 1]![c]! * share);
    }
  }
  return out;
}
