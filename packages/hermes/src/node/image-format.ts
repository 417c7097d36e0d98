/** The kinds of picture file that are read; everything else is refused before a decoder sees it. */
export type ImageFormat = "png" | "jpeg" | "tiff" | "bmp" | "gif" | "webp";

/** First bytes of each kind; `undefined` matches any byte. */
const SIGNATURES: readonly { format: ImageFormat; bytes: readonly (number | undefined)[] }[] = [
  { format: "png", bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { format: "jpeg", bytes: [0xff, 0xd8, 0xff] },
  { format: "tiff", bytes: [0x49, 0x49, 0x2a, 0x00] },
  { format: "tiff", bytes: [0x4d, 0x4d, 0x00, 0x2a] },
  { format: "tiff", bytes: [0x49, 0x49, 0x2b, 0x00] },
  { format: "tiff", bytes: [0x4d, 0x4d, 0x00, 0x2b] },
  { format: "bmp", bytes: [0x42, 0x4d] },
  { format: "gif", bytes: [0x47, 0x49, 0x46, 0x38] },
  {
    format: "webp",
    bytes: [0x52, 0x49, 0x46, 0x46, undefined, undefined, undefined, undefined, 0x57, 0x45, 0x42, 0x50],
  },
];

/** @returns the kind told by the first bytes, whatever the file is called */
export function sniffImageFormat(bytes: Uint8Array): ImageFormat | undefined {
  return SIGNATURES.find(({ bytes: wanted }) =>
    wanted.every((byte, i) => byte === undefined || byte === bytes[i]),
  )?.format;
}

/** @returns what a file that is no picture seems to be, in words for an error message */
export function describeForeignBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty file";
  const start = bytes.subarray(0, 512);
  const ascii = Buffer.from(start.subarray(0, 8)).toString("latin1");
  if (ascii.startsWith("%PDF")) return "a PDF file";
  if (ascii.startsWith("PK")) return "a zip file";
  if (Buffer.from(bytes.subarray(128, 132)).toString("latin1") === "DICM") return "a DICOM file";
  if (start.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127))) {
    return "a text file";
  }
  if (start.every((byte) => byte === 0)) return "a file of zeros";
  return "bytes of no known picture format";
}
