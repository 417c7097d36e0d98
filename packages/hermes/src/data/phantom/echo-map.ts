/** What the sound meets, per pixel [H, W]. */
export interface EchoMap {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Strength of the scatterers, dB relative to glandular tissue. */
  readonly echoDb: Float32Array;
  /** Attenuation beyond the average that the scanner compensates, dB per pixel of depth. */
  readonly excessDbPerPx: Float32Array;
  /** Amplitude of smooth reflecting surfaces (skin, fasciae, ligaments), which give no speckle. */
  readonly specular: Float32Array;
}

export function emptyEchoMap(widthPx: number, heightPx: number): EchoMap {
  const size = widthPx * heightPx;
  return {
    widthPx,
    heightPx,
    echoDb: new Float32Array(size),
    excessDbPerPx: new Float32Array(size),
    specular: new Float32Array(size),
  };
}

/** @returns the amplitude of a level: 20 dB is 10. */
export function amplitudeOf(db: number): number {
  return 10 ** (db / 20);
}
