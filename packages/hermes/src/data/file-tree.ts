/** A read-only folder of files: a disk, a test's table, later a browser's file picker. */
export interface FileTree {
  /** How messages call the folder. */
  readonly name: string;
  /** Paths of all files below the folder, forward slashes, in code-unit order. */
  list(): readonly string[];
  readText(path: string): Promise<string>;
  readBytes(path: string): Promise<Uint8Array>;
}

/** @returns `a/b` of `a/b/c.png`, empty at the top */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** @returns `c.png` of `a/b/c.png` */
export function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** @returns `a/b/c` of `a/b/c.png` */
export function withoutExtension(path: string): string {
  const dot = path.lastIndexOf(".");
  return dot > path.lastIndexOf("/") + 1 ? path.slice(0, dot) : path;
}

/** @returns `c` of `a/b/c.png` */
export function stemOf(path: string): string {
  return fileNameOf(withoutExtension(path));
}

/** @returns the parts joined with slashes; empty ones left out */
export function joinPath(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("/");
}

const IMAGE_NAME = /\.(png|jpe?g|tiff?|bmp|gif|webp)$/i;

export function isImageName(path: string): boolean {
  return IMAGE_NAME.test(path);
}
