/** From which range a lesion's size and darkness are drawn, for all classes alike. */
export interface LesionLook {
  /** Geometric mean of the half extents, as a share of the image's shorter side. */
  readonly radius: readonly [number, number];
  /** dB relative to the tissue around. */
  readonly echoDb: readonly [number, number];
  /** Of the few that are nearly free of echoes. */
  readonly darkestDb: readonly [number, number];
}

export const lesionLookNames = ["natural", "clear"] as const;
export type LesionLookName = (typeof lesionLookNames)[number];

/** `natural` spreads as in published sets; `clear` leaves out what is small or faint, so that little training is enough. */
export const lesionLooks: Readonly<Record<LesionLookName, LesionLook>> = {
  natural: { radius: [0.06, 0.27], echoDb: [-17, -6.5], darkestDb: [-28, -20] },
  clear: { radius: [0.14, 0.27], echoDb: [-20, -11], darkestDb: [-28, -20] },
};
