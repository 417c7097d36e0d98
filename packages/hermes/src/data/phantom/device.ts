/** How one scanner turns echoes into grey values. */
export interface DeviceStyle {
  readonly name: string;
  /** Width : height of the picture. */
  readonly aspect: number;
  /** Standard deviations of the point-spread function, in pixels of a picture 160 pixels high. */
  readonly axialSigmaPx: number;
  readonly lateralSigmaPx: number;
  /** Depth of the lateral focus as a share of the height, and growth of the beam away from it. */
  readonly focusShare: number;
  readonly defocus: number;
  /** Range of echo levels between black and white. */
  readonly dynamicRangeDb: number;
  /** Level of the electronic noise below the reference echo. */
  readonly noiseFloorDb: number;
  /** Exponent of the grey curve; below 1 lifts dark tissue. */
  readonly gamma: number;
  /** Share of edge sharpening that the scanner adds. */
  readonly sharpening: number;
}

/** Four scanners; a patient is always seen by one of them, independent of the class. */
export const deviceStyles: readonly DeviceStyle[] = [
  {
    name: "Phantom Linear A",
    aspect: 0.84,
    axialSigmaPx: 0.75,
    lateralSigmaPx: 1.35,
    focusShare: 0.45,
    defocus: 0.9,
    dynamicRangeDb: 62,
    noiseFloorDb: -46,
    gamma: 1.05,
    sharpening: 0,
  },
  {
    name: "Phantom Linear B",
    aspect: 1,
    axialSigmaPx: 0.6,
    lateralSigmaPx: 1.1,
    focusShare: 0.4,
    defocus: 0.7,
    dynamicRangeDb: 54,
    noiseFloorDb: -44,
    gamma: 0.95,
    sharpening: 0.35,
  },
  {
    name: "Phantom Linear C",
    aspect: 0.72,
    axialSigmaPx: 0.85,
    lateralSigmaPx: 1.7,
    focusShare: 0.5,
    defocus: 1.1,
    dynamicRangeDb: 68,
    noiseFloorDb: -52,
    gamma: 1.2,
    sharpening: 0,
  },
  {
    name: "Phantom Linear D",
    aspect: 1.25,
    axialSigmaPx: 0.65,
    lateralSigmaPx: 1.25,
    focusShare: 0.35,
    defocus: 0.8,
    dynamicRangeDb: 58,
    noiseFloorDb: -48,
    gamma: 1,
    sharpening: 0.2,
  },
];
